// What a stage in the path has handed to somebody outside and not got back. Keeps the order of the line: what the stage
// did not hand out waits behind what it did, and when the outside fails everything unanswered goes on unchanged, before
// anything newer. One direction; no I/O, no timers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "pipe/message.hh"

namespace stages {

class AnswerWindow {
 public:
  using Release = std::function<void(const bgp::MessageView&)>;

  explicit AnswerWindow(std::size_t bound) : bound_(bound) {}

  // A copy went outside. Beyond the bound the oldest copies are forgotten, and replay is no longer whole.
  void handed_out(const bgp::MessageView& m, base::Nanos now);
  // Must wait: something handed out before it is unanswered.
  bool must_wait() const noexcept { return unanswered_ != 0; }
  void wait_behind(const bgp::MessageView& m, base::Nanos now);
  // A line with this number came back: its question and all before it are answered. Messages that waited in front of
  // that question go on through `release` now; those right behind it at settle(), after the answer itself went on.
  void answered(std::uint64_t seq, const Release& release);
  // A line came that does not say which question it answers.
  void answered_without_number() noexcept { unnumbered_ = true; }
  void settle(const Release& release);
  // Waiting messages that stand behind questions asked before `since` go on; the questions stay open.
  void release_older(base::Nanos since, const Release& release);
  // The outside failed: everything goes on unchanged, in order. Returns whether that is all that was handed out and not
  // answered: nothing was forgotten, and nobody answers without a number.
  bool release_all(const Release& release);
  void clear();

  std::size_t unanswered() const noexcept { return unanswered_; }
  std::size_t waiting() const noexcept { return entries_.size() - unanswered_; }
  std::size_t bytes() const noexcept { return bytes_; }
  // When the oldest open question was asked; only with unanswered() != 0.
  base::Nanos oldest() const noexcept;
  // Calls with every message that is still with the outside, in order: to ask somebody new.
  void each_unanswered(const Release& call) const;

 private:
  struct Entry {
    pipeline::Parked message;
    base::Nanos at;
    bool handed_out;
  };
  void pop_front();

  std::deque<Entry> entries_;
  std::size_t bound_, bytes_ = 0, unanswered_ = 0;
  bool whole_ = true, echoed_ = false, unnumbered_ = false;
};

}  // namespace stages
