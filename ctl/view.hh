// Reading what the daemon sent without trusting it: a member that is missing or of another type reads as empty. The
// daemon may be of another version.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "ctl/output.hh"

namespace ctl {

using Json = nlohmann::json;

// A string as it is, a number or boolean in JSON, else empty.
std::string text_of(const Json& object, std::string_view name);
std::optional<double> number_of(const Json& object, std::string_view name);
bool flag_of(const Json& object, std::string_view name);
// The member, or null, or an empty list.
const Json& member_of(const Json& object, std::string_view name);
const Json& list_of(const Json& object, std::string_view name);

// A member in seconds as "3h04m"; empty when there is none.
std::string seconds_of(const Json& object, std::string_view name);
// How long ago a time was: "3h04m", or empty. now: wall.
std::string age_of(const Json& object, std::string_view name, base::Nanos now);

// The colour of a session's, pipeline's or leg's state.
Tint state_tint(std::string_view state);

}  // namespace ctl
