// Which events become lines of the log, and how often: what a peer can cause without end must not fill a disk, and a
// session that is down all night is told in a few lines. Events themselves are not touched. No clock, no I/O.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "pipe/event.hh"

namespace super {

class EventLog {
 public:
  using Sink = std::function<void(bool problem, const std::string& pipeline, const std::string& line)>;

  explicit EventLog(Sink sink) : sink_(std::move(sink)) {}

  // At most `burst` lines of one event of one pipeline in `window`, but always why a session ends; a problem that is
  // told in the same words as before, without the session having been up, at most once in `repeat`. What was left out
  // is counted and told.
  void take(const pipeline::Event& e, base::Nanos now);
  // Tells what was left out and is due. True if there is more to come.
  bool flush(base::Nanos now);

  static constexpr int burst = 10;
  static constexpr base::Nanos window = 10 * base::second, repeat = 10 * 60 * base::second;

 private:
  using Key = std::pair<std::string, std::string>;  // pipeline, event
  struct Told {
    std::string text;
    bool problem = false;
    base::Nanos window_began = 0, told_at = 0;
    int lines = 0;
    std::uint64_t left_out = 0;  // in this window
    std::uint64_t repeated = 0;  // since told_at
  };
  void summarize(const Key& key, Told& t, base::Nanos now);

  static constexpr std::size_t most_keys = 10000;
  Sink sink_;
  std::map<Key, Told> told_;
};

}  // namespace super
