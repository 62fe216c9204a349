#include "bgp/error.hh"

#include "bgp/attr_table.hh"
#include "bgp/notification.hh"

namespace bgp {

std::string_view text(Reason r) noexcept {
  switch (r) {
    case Reason::truncated: return "a length runs past the end";
    case Reason::bad_length: return "a length that its type does not allow";
    case Reason::bad_value: return "a value that is not allowed";
    case Reason::bad_flags: return "flags that conflict with its type";
    case Reason::duplicate: return "stands twice";
    case Reason::missing: return "is missing";
    case Reason::bad_prefix_length: return "a prefix that is too long or runs past the end";
    case Reason::unwanted: return "is not wanted here";
    case Reason::deprecated: return "a set of AS numbers, which is deprecated";
    case Reason::not_allowed_here: return "is not allowed from this neighbour";
    case Reason::bad_version: return "a version other than 4";
    case Reason::bad_peer_as: return "an AS number that is not allowed";
    case Reason::bad_bgp_id: return "a BGP identifier that is not allowed";
    case Reason::bad_hold_time: return "a hold time of one or two seconds";
    case Reason::bad_parameter: return "an optional parameter that is not known or not sound";
  }
  return "an error";
}

std::string_view text(Severity s) noexcept {
  switch (s) {
    case Severity::attribute_discard: return "attribute discard";
    case Severity::treat_as_withdraw: return "treat as withdraw";
    case Severity::session_reset: return "session reset";
  }
  return "";
}

std::string text(const Error& e) {
  std::string out;
  if (e.attribute != 0)
    out = attr_name(static_cast<AttrCode>(e.attribute));
  else if (e.code != 0)
    out = name(e.code, 0);
  if (!out.empty()) out += ": ";
  out += text(e.reason);
  if (e.reason != Reason::missing) out += ", at byte " + std::to_string(e.offset) + " of the body";
  if (e.code == notify::update) out.append(" (").append(text(e.severity)).append(")");
  return out;
}

}  // namespace bgp
