// What the method table means for JSON: checks values against it and writes it out. Only JSON libraries and the table;
// any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hh"
#include "rpc/methods.hh"

namespace rpc {

// Whether an object of parameters may be handed to a handler: all names known, none missing, all of the right type. The
// error names the parameter and what would be right.
base::Result<> check_params(const Method&, const nlohmann::json& params);
// Whether an answer or a stream record is what the table promises, to the last member. For tests.
base::Result<> check_result(const Method&, const nlohmann::json& result);
base::Result<> check_record(const Method&, const nlohmann::json& record);

// The result of rpc.describe.
nlohmann::json describe();

}  // namespace rpc
