// What the daemon answered, as text for people. Pure: JSON in, text out; times are relative to `now` (wall).
#pragma once

#include <string>

#include "base/clock.hh"
#include "ctl/view.hh"

namespace ctl {

// daemon.status: one line for the daemon, then a table with one line for each session.
std::string status_text(const Json& result, const Style& style, base::Nanos now);
// pipeline.list
std::string list_text(const Json& result, const Style& style);
// pipeline.show: everything about one pipeline.
std::string show_text(const Json& result, const Style& style, base::Nanos now);
// pipeline.errors: of each message what was wrong and what was done, then its bytes, sixteen a line.
std::string errors_text(const Json& result, const Style& style);
// config.reload: the plan, one line for each pipeline, and what became of it.
std::string plan_text(const Json& result, const Style& style);
// config.reload: what deserves a look, one line each.
std::string warnings_text(const Json& result);
// config.reload: "file:line:column: text" for each problem.
std::string problems_text(const Json& result);
// pipeline.start, .stop, .restart
std::string acted_text(const Json& result, const Style& style);
// rpc.describe: all methods, or one of them with its parameters and results; empty when there is no such method.
std::string describe_text(const Json& result, const std::string& method, const Style& style);
// An event record on one line.
std::string event_text(const Json& event, const Style& style);

// Its last error is a thing of the past.
bool recovered(const Json& session);
// "left 192.0.2.1:179: connection refused; retry in 12s" of a session, or "recovered, 3h05m ago: …"; empty when nothing
// went wrong.
std::string last_error_text(const Json& session, base::Nanos now);
// What stands in the LEFT and RIGHT columns.
std::string leg_text(const Json& session, std::string_view side);

}  // namespace ctl
