#include "ctl/view.hh"

#include <nlohmann/json.hpp>

#include "base/text.hh"

namespace ctl {

const Json& member_of(const Json& object, std::string_view name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

const Json& list_of(const Json& object, std::string_view name) {
  static const Json nothing = Json::array();
  const Json& v = member_of(object, name);
  return v.is_array() ? v : nothing;
}

std::string text_of(const Json& object, std::string_view name) {
  const Json& v = member_of(object, name);
  if (v.is_string()) return v.get<std::string>();
  return v.is_number() || v.is_boolean() ? v.dump() : std::string();
}

std::optional<double> number_of(const Json& object, std::string_view name) {
  const Json& v = member_of(object, name);
  return v.is_number() ? std::optional(v.get<double>()) : std::nullopt;
}

bool flag_of(const Json& object, std::string_view name) {
  const Json& v = member_of(object, name);
  return v.is_boolean() && v.get<bool>();
}

std::string seconds_of(const Json& object, std::string_view name) {
  const auto n = number_of(object, name);
  // Beyond what nanoseconds hold is nothing we should believe.
  if (!n || !(*n >= 0 && *n < 9e9)) return {};
  return base::duration_human(static_cast<base::Nanos>(*n * static_cast<double>(base::second)));
}

std::string age_of(const Json& object, std::string_view name, base::Nanos now) {
  base::Nanos at = 0;
  if (!base::parse_time(text_of(object, name), at)) return {};
  return base::duration_human(now - at);
}

Tint state_tint(std::string_view state) {
  if (state == "established" || state == "running") return Tint::good;
  if (state == "failed" || state == "backoff") return Tint::bad;
  if (state == "stopped" || state.empty()) return Tint::dim;
  return Tint::busy;
}

}  // namespace ctl
