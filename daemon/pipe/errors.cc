#include "pipe/errors.hh"

#include <algorithm>

#include "bgp/attr_table.hh"
#include "pipe/spec.hh"

namespace pipeline {

namespace {

constexpr std::string_view as_set_choices[] = {"accept", "withdraw"};
constexpr std::string_view external_choices[] = {"auto", "yes", "no"};

std::optional<bgp::AttrCode> attribute(const std::string& text) {
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return bgp::parse_attr_name(digits ? "ATTR_" + text : text);
}

std::bitset<256> codes(const std::vector<std::string>& names) {
  std::bitset<256> out;
  for (const std::string& n : names)
    if (const auto code = attribute(n)) out.set(static_cast<std::size_t>(*code));
  return out;
}

}  // namespace

base::Result<> are_attributes(const conf::Value& v) {
  using enum bgp::AttrCode;
  for (const std::string& text : std::get<std::vector<std::string>>(v)) {
    const auto code = attribute(text);
    if (!code) return base::fail("'" + text + "' is no attribute: give a name as in JSON, or a number up to 255");
    for (const bgp::AttrCode needed : {origin, as_path, next_hop, mp_reach, mp_unreach})
      if (*code == needed)
        return base::fail(bgp::attr_name(needed) + " is what routes consist of: it cannot stand here");
  }
  return {};
}

namespace {

constexpr conf::Option table[] = {
    conf::option<&ErrorOptions::action>(
        "action", "what becomes of a malformed UPDATE (RFC 7606): relay it untouched, repair it, or reset the session",
        {.cost = conf::Cost::live,
         .choices = error_actions,
         .argument = true,
         .absent = "repair where a filter stands in the direction, else relay"}),
    conf::option<&ErrorOptions::discard>("discard", "the same for errors that discard an attribute",
                                         {.cost = conf::Cost::live, .choices = error_actions, .absent = "as action"}),
    conf::option<&ErrorOptions::withdraw>("withdraw", "the same for errors that withdraw the routes",
                                          {.cost = conf::Cost::live, .choices = error_actions, .absent = "as action"}),
    conf::option<&ErrorOptions::reset>("reset",
                                       "the same for errors that reset the session; repair and a speaker do so too",
                                       {.cost = conf::Cost::live, .choices = error_actions, .absent = "as action"}),
    conf::option<&ErrorOptions::discard_attributes>(
        "discard-attributes", "attributes that are discarded whatever they hold",
        {.cost = conf::Cost::live, .value_name = "ATTRIBUTES", .check = are_attributes}),
    conf::option<&ErrorOptions::withdraw_attributes>(
        "withdraw-attributes", "attributes whose routes are withdrawn whatever they hold",
        {.cost = conf::Cost::live, .value_name = "ATTRIBUTES", .check = are_attributes}),
    conf::option<&ErrorOptions::as_sets>(
        "as-sets", "whether routes with an AS_SET or AS_CONFED_SET are to be withdrawn (RFC 9774)",
        {.cost = conf::Cost::live, .choices = as_set_choices}),
    conf::option<&ErrorOptions::external>(
        "external",
        "whether the routers are of different ASes, where LOCAL_PREF and the attributes of route reflectors "
        "are discarded; auto: as the OPENs say; no between members of a confederation",
        {.cost = conf::Cost::live, .choices = external_choices}),
};

ErrorAction action_of(const std::string& text, ErrorAction otherwise) {
  const auto at = std::ranges::find(error_actions, text);
  return at == std::end(error_actions) ? otherwise : static_cast<ErrorAction>(at - std::begin(error_actions));
}

}  // namespace

conf::OptionTable error_options() { return table; }

ErrorPolicy error_policy(const PipelineSpec& spec, bgp::Direction d, bool external) {
  const ErrorOptions& o = spec.errors;
  const auto any = [&](bool StageKind::* what) {
    return std::ranges::any_of(spec.stages, [&](const StageSpec& s) {
      return s.kind->*what && (d == bgp::Direction::left ? s.sees_left : s.sees_right);
    });
  };
  const auto all = action_of(o.action, any(&StageKind::in_path) ? ErrorAction::repair : ErrorAction::relay);
  ErrorPolicy p;
  p.by_class = {action_of(o.discard, all), action_of(o.withdraw, all), action_of(o.reset, all)};
  // An end of the session keeps to the RFC.
  if (any(&StageKind::answers)) p.by_class[2] = ErrorAction::reset;
  p.rules.external = o.external == "auto" ? external : o.external == "yes";
  p.rules.as_sets_withdrawn = o.as_sets == "withdraw";
  p.rules.discard = codes(o.discard_attributes);
  p.rules.withdraw = codes(o.withdraw_attributes);
  p.acts_ = p.rules.discard.any() || p.rules.withdraw.any() ||
            std::ranges::any_of(p.by_class, [](ErrorAction a) { return a != ErrorAction::relay; });
  return p;
}

}  // namespace pipeline
