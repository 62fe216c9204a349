// Which events become lines of the log, and how often: each failure is told, but what a peer can cause without end
// must not fill a disk. Events themselves are not touched. No clock, no I/O.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "pipe/event.hh"

namespace super {

class EventLog {
 public:
  using Sink = std::function<void(bool problem, const std::string& pipeline, const std::string& line)>;

  explicit EventLog(Sink sink) : sink_(std::move(sink)) {}

  // Tells each event as it comes, but at most `burst` of one event of one pipeline in a `window`, and always why a
  // session ends. The others are counted, and summed up when the window is over.
  void take(const pipeline::Event& e, base::Nanos now);
  // Sums up what is due. How long until more is, if more was held back.
  std::optional<base::Nanos> flush(base::Nanos now);
  // Sums up all that was held back, due or not.
  void tell_all(base::Nanos now);

  static constexpr int burst = 10;
  static constexpr base::Nanos window = 60 * base::second;

 private:
  using Key = std::pair<std::string, std::string>;  // pipeline, event
  struct Told {
    base::Nanos window_began = 0;
    int lines = 0;                // in this window
    std::uint64_t held_back = 0;  // of them
    std::string line;             // that was held back; only the event's name if they differ
    bool problem = false;         // one of them is
  };
  void tell(const Key& key, Told& t, base::Nanos now);

  static constexpr std::size_t most_keys = 10000;
  Sink sink_;
  std::map<Key, Told> told_;
};

}  // namespace super
