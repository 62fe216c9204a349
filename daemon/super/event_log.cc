#include "super/event_log.hh"

#include <algorithm>

#include "base/text.hh"

namespace super {

namespace {
std::string line_of(const pipeline::Event& e) {
  std::string line = e.name;
  if (!e.peer.empty()) line += " " + e.peer;
  if (!e.text.empty()) line += ": " + e.text;
  return line;
}
}  // namespace

void EventLog::take(const pipeline::Event& e, base::Nanos now) {
  // Names of pipelines that are gone stay until then.
  if (told_.size() >= most_keys) {
    tell_all(now);
    told_.clear();
  }
  const auto [at, fresh] = told_.try_emplace({e.pipeline, e.name});
  Told& t = at->second;
  if (fresh || now - t.window_began >= window) {
    tell(at->first, t, now);
    t.window_began = now;
    t.lines = 0;
  }
  const std::string line = line_of(e);
  if (++t.lines <= burst || e.decisive) {
    sink_(e.problem, e.pipeline, line);
    return;
  }
  if (t.held_back++ == 0)
    t.line = line;
  else if (t.line != line)
    t.line = e.name;
  t.problem |= e.problem;
}

std::optional<base::Nanos> EventLog::flush(base::Nanos now) {
  std::optional<base::Nanos> wait;
  for (auto& [key, t] : told_) {
    const base::Nanos due = t.window_began + window;
    if (now >= due)
      tell(key, t, now);
    else if (t.held_back != 0)
      wait = std::min(wait.value_or(window), due - now);
  }
  return wait;
}

void EventLog::tell_all(base::Nanos now) {
  for (auto& [key, t] : told_) tell(key, t, now);
}

void EventLog::tell(const Key& key, Told& t, base::Nanos now) {
  if (t.held_back == 0) return;
  const base::Nanos over = now - t.window_began;
  sink_(t.problem, key.first,
        t.line + ": " + std::to_string(t.held_back) + (t.held_back == 1 ? " more time in " : " more times in ") +
            (over < window ? base::duration_human(over) : "1m"));
  t.held_back = 0;
  t.problem = false;
}

}  // namespace super
