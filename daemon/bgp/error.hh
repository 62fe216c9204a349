// What is wrong with a message: RFC 4271 6 code and subcode, RFC 7606 class, and where. No text: printed on demand.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace bgp {

// RFC 7606 2, from mild to grave.
enum class Severity : std::uint8_t { attribute_discard, treat_as_withdraw, session_reset };

enum class Reason : std::uint8_t {
  truncated,          // a length runs past the end
  bad_length,         // a field has a length its type does not allow
  bad_value,          // a field has a value the RFC does not allow
  bad_flags,          // attribute flags conflict with the type (RFC 7606 3.c)
  duplicate,          // an attribute stands twice (RFC 7606 3.g)
  missing,            // a well-known mandatory attribute is absent (RFC 7606 3.d)
  bad_prefix_length,  // more than 32 or 128 bits (RFC 7606 5.3)
  unwanted,           // an attribute that the operator does not want, whatever it holds
  deprecated,         // AS_SET or AS_CONFED_SET where they are refused (RFC 9774 3)
  not_allowed_here,   // an attribute that this neighbour must not send (RFC 7606 7.5, 7.9, 7.10, RFC 6793 3)
  bad_version,
  bad_peer_as,
  bad_bgp_id,
  bad_hold_time,
  bad_parameter,  // OPEN (RFC 4271 6.2)
};

struct Error {
  Reason reason{};
  Severity severity = Severity::session_reset;
  std::uint8_t code = 0, subcode = 0;  // NOTIFICATION that RFC 4271 6 asks for
  std::uint8_t attribute = 0;          // attribute code concerned, or 0
  std::uint16_t offset = 0;            // in the message body
};

template <class T = void>
using Result = std::expected<T, Error>;

std::string_view text(Reason) noexcept;
std::string_view text(Severity) noexcept;
// "ASPATH: a length runs past the end, at byte 31 of the body (treat as withdraw)".
std::string text(const Error&);

}  // namespace bgp
