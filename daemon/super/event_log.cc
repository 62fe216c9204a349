#include "super/event_log.hh"

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
  // What is new after the session was up is told, whatever the words.
  if (e.name == "ESTABLISHED")
    for (auto at = told_.lower_bound({e.pipeline, ""}); at != told_.end() && at->first.first == e.pipeline; ++at)
      at->second.text.clear();
  // Names of pipelines that are gone stay until then; so does nothing that matters.
  if (told_.size() >= most_keys) told_.clear();
  const auto [at, fresh] = told_.try_emplace({e.pipeline, e.name});
  Told& t = at->second;
  if (!fresh) summarize(at->first, t, now);
  const std::string line = line_of(e);
  t.problem = e.problem;
  if (e.problem && !fresh && line == t.text && now - t.told_at < repeat) {
    ++t.repeated;
    return;
  }
  if (fresh || now - t.window_began >= window) {
    t.window_began = now;
    t.lines = 0;
  }
  if (++t.lines > burst && !e.decisive) {
    ++t.left_out;
    return;
  }
  sink_(e.problem, e.pipeline, t.repeated == 0 ? line : line + " (as " + std::to_string(t.repeated) + " times before)");
  t.repeated = 0;
  t.text = line;
  t.told_at = now;
}

bool EventLog::flush(base::Nanos now) {
  bool more = false;
  for (auto& [key, t] : told_) {
    summarize(key, t, now);
    more |= t.left_out != 0;
  }
  return more;
}

void EventLog::summarize(const Key& key, Told& t, base::Nanos now) {
  if (t.left_out == 0 || now - t.window_began < window) return;
  sink_(t.problem, key.first, key.second + ": " + std::to_string(t.left_out) + " more in 10s");
  t.left_out = 0;
}

}  // namespace super
