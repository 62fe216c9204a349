// Which events there are, so that an option which names one nobody raises is found before it is needed. A firewall's
// `kill` that never comes looks like one that was never due.
#pragma once

#include <string>
#include <vector>

#include "base/result.hh"
#include "pipe/event.hh"
#include "pipe/registry.hh"
#include "pipe/spec.hh"

namespace pipeline {

// All that a session of this pipeline can raise, its stages' by their identities.
std::vector<Event> known_events(const PipelineSpec& pipeline);
// What stages of any kind raise, by the names of the kinds.
std::vector<Event> known_events(const Registry& registry);
// Whether the pattern means one of them; else what was perhaps meant.
base::Result<> check_event(const std::string& pattern, const std::vector<Event>& known);

}  // namespace pipeline
