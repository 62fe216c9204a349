// One direction of a session: the stages that see it, in the order a message meets them, and the leg it leaves by.
#pragma once

#include <vector>

#include "bgp/header.hh"
#include "pipe/errors.hh"
#include "pipe/leg.hh"
#include "pipe/stage.hh"
#include "pipe/status.hh"

namespace pipeline {

class Session;

struct Slot {
  Stage* stage{};
  int order = 0;  // place along the pipeline; grows the way the line runs
  TypeMask interest = 0;
  bool running = false;  // its start event has come
  std::uint64_t seen = 0, dropped = 0;
};

class Line {
 public:
  Line(Session& session, bgp::Direction direction) : session_(session), direction_(direction) {}

  // Between two runs only.
  void set_slots(std::vector<Slot> slots);
  std::span<Slot> slots() noexcept { return slots_; }
  void set_running(const Stage& stage, bool running);
  void set_output(Leg* leg) noexcept { output_ = leg; }
  Leg* output() const noexcept { return output_; }
  // Recomputes which types nobody looks at: call when stages, contexts or the session's state change.
  void update_attention();

  // True if the message passes all stages as it is, and the setting `errors` has nothing to say to it: relay() is then
  // all there is to do. An UPDATE is counted by the stage that admitted it.
  bool passes(bgp::MsgType type, base::Bytes wire, const bgp::Context& context) {
    // A short UPDATE may be an End-of-RIB (RFC 4724 2), which is an event; any short message may be shorter than its
    // type can be.
    if ((attention_ & bit(type)) != 0 || wire.size() <= short_message) return false;
    return type != bgp::MsgType::update || (!policy_.acts() && admitter_ == nullptr) || admits(wire, context);
  }
  // The next UPDATE, for a stage that wants to know of it early.
  bool expects() const noexcept { return admitter_ != nullptr; }
  void expect(base::Bytes wire) { admitter_->stage->expect(wire.subspan(bgp::header_size), direction_); }
  void relay(base::Bytes wire, bgp::MsgType type) noexcept {
    count(wire.size(), type);
    ++seq_;
    if (output_ != nullptr) output_->append(wire);
  }
  // Carries the message through the stages from slot `entry` on and out. Gives it a sequence number if it has none.
  void run(const bgp::MessageView& view, std::size_t entry, bool in_read_buffer);
  // The slot at which a message that enters behind this place goes on.
  std::size_t entry_after(int order) const noexcept;

  bgp::Direction direction() const noexcept { return direction_; }
  LineStatus status() const;
  void count_injected() noexcept { ++injected_; }
  void count_malformed() noexcept { ++malformed_; }
  void count_repaired() noexcept { ++repaired_; }
  void count_unwanted() noexcept { ++unwanted_; }
  const ErrorPolicy& errors() const noexcept { return policy_; }
  // A filter stands in it or the setting `errors` acts: what nobody can read must not pass.
  bool guards() const noexcept { return guards_; }

 private:
  static constexpr std::size_t short_message = 40;
  void count(std::size_t size, bgp::MsgType type) noexcept {
    ++messages_;
    bytes_ += size;
    updates_ += type == bgp::MsgType::update;
  }
  // It is sound, and passes the stage that looks at UPDATEs, if there is one.
  bool admits(base::Bytes wire, const bgp::Context& context);
  void deliver(Message& m);

  Session& session_;
  bgp::Direction direction_;
  std::vector<Slot> slots_;
  Leg* output_ = nullptr;
  Slot* admitter_ = nullptr;  // of the stage that alone looks at UPDATEs, where it can admit them
  TypeMask attention_ = all_types;
  ErrorPolicy policy_;
  bool guards_ = false;
  bool judges_ = false;       // UPDATEs that stages see
  bgp::UpdateIndex scratch_;  // of admits()
  std::uint64_t seq_ = 0, messages_ = 0, bytes_ = 0, updates_ = 0, dropped_ = 0, injected_ = 0, malformed_ = 0,
                repaired_ = 0, unwanted_ = 0;
};

}  // namespace pipeline
