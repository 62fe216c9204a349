// What a reload would do, pipeline by pipeline, and why. Pure: compares two configurations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "super/config.hh"

namespace super {

enum class Action : std::uint8_t { unchanged, updated, restarted, added, removed };
const char* name(Action);

struct PlanEntry {
  std::string pipeline;
  Action action{};
  std::string why;  // "limit: session 100 -> 200", or empty
};

// In the order of the new configuration, removed ones last.
std::vector<PlanEntry> plan(const Config& running, const Config& wanted);
// What differs and is read once, when the daemon starts: a reload does not change it.
std::vector<std::string> needs_restart(const Config& started, const Config& wanted);
PlanEntry compare(const pipeline::PipelineSpec& was, const pipeline::PipelineSpec& now);
inline bool changes(const std::vector<PlanEntry>& p) {
  for (const auto& e : p)
    if (e.action != Action::unchanged) return true;
  return false;
}

}  // namespace super
