// A control server with canned answers, as the method table promises them: what bgpipectl is tested against.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rpc/server.hh"

namespace support {

// Wall time at which the canned answers were made.
inline constexpr base::Nanos canned_now = 1'780'000'000 * base::second;

nlohmann::json canned_status();
nlohmann::json canned_plan(bool dry_run);
// Binds every method. Pipelines: edge (established), twin (two sessions, one in back-off), broken (failed).
void bind_canned(rpc::Server& server);

}  // namespace support
