// What the supervisor knows, as the JSON that the method table promises.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "super/supervisor.hh"

namespace api {

// Times on the monotonic clock become UTC text by the two readings of "now".
struct Now {
  base::Nanos mono = 0, wall = 0;
};

nlohmann::json render(const super::PipelineStatus& p, Now now);
nlohmann::json render_summary(const super::PipelineStatus& p);
nlohmann::json render(const pipeline::Event& e);
// Without the member `message`, which is text already when it is made.
nlohmann::json render(const pipeline::Malformed& m, std::uint32_t session);
nlohmann::json render(const std::vector<super::PlanEntry>& plan);
nlohmann::json render(std::span<const conf::Problem> problems);
std::string utc(base::Nanos wall);

}  // namespace api
