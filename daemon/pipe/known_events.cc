#include "pipe/known_events.hh"

#include <algorithm>

#include "base/text.hh"

namespace pipeline {

namespace {
std::vector<Event> of_session() {
  std::vector<Event> out;
  for (const EventHelp& e : session_events()) out.push_back({.name = std::string(e.name)});
  return out;
}

void add(std::vector<Event>& out, const std::string& stage, const StageKind& kind) {
  for (const EventHelp& e : kind.events)
    out.push_back({.name = stage + "/" + std::string(e.name),
                   .alias = e.alias.empty() ? "" : stage + "/" + std::string(e.alias)});
}
}  // namespace

std::vector<Event> known_events(const PipelineSpec& pipeline) {
  std::vector<Event> out = of_session();
  for (const StageSpec& s : pipeline.stages) add(out, s.identity, *s.kind);
  return out;
}

std::vector<Event> known_events(const Registry& registry) {
  std::vector<Event> out = of_session();
  for (const StageKind* kind : registry.all()) add(out, std::string(kind->name), *kind);
  return out;
}

base::Result<> check_event(const std::string& pattern, const std::vector<Event>& known) {
  if (std::ranges::any_of(known, [&](const Event& e) { return matches(pattern, e); })) return {};
  std::vector<std::string_view> names;
  for (const Event& e : known) {
    names.push_back(e.name);
    if (e.name.ends_with("/READY")) names.push_back(std::string_view(e.name).substr(0, e.name.size() - 6));
  }
  std::string text = "no event '" + base::printable(pattern.substr(0, 80)) + "' can come here";
  if (const auto near = base::nearest(pattern, names))
    return base::fail(text + ": did you mean '" + std::string(*near) + "'?");
  std::string all;
  for (const Event& e : known) all += (all.empty() ? ": there are " : ", ") + e.name;
  return base::fail(text + all);
}

}  // namespace pipeline
