// NOTIFICATION (RFC 4271 4.5, 6): codes by name, the administrator's text (RFC 9003), hard reset (RFC 8538).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/error.hh"

namespace bgp {

namespace notify {
inline constexpr std::uint8_t header = 1, open = 2, update = 3, hold_timer = 4, fsm = 5, cease = 6, route_refresh = 7,
                              send_hold = 8;  // RFC 9687
// RFC 4486, 9003, 8538, 9384.
namespace cease_subcode {
inline constexpr std::uint8_t max_prefixes = 1, shutdown = 2, deconfigured = 3, reset = 4, rejected = 5,
                              other_change = 6, collision = 7, out_of_resources = 8, hard_reset = 9, bfd_down = 10;
}
}  // namespace notify

struct Notification {
  std::uint8_t code = 0, subcode = 0;
  base::Bytes data;
};
std::optional<Notification> parse_notification(base::Bytes body);
// RFC 8538 3.1: the notification that a hard reset stands for, if it is one and names one.
std::optional<Notification> inside_hard_reset(const Notification&);

// "Cease/Administrative Shutdown"; unknown ones by number.
std::string name(std::uint8_t code, std::uint8_t subcode);
// RFC 9003 text of a Cease 2 or 4, also inside a hard reset; raw bytes, UTF-8 if the sender kept to the RFC.
std::optional<std::string_view> shutdown_text(const Notification&);
// For people: "Cease/Administrative Shutdown: maintenance until 06:00"; made printable.
std::string text(const Notification&);

// Appends a whole message. The text (RFC 9003, at most 255 bytes, cut at a character) goes with Cease 2 and 4 only.
void append_notification(base::Buffer& out, std::uint8_t code, std::uint8_t subcode, base::Bytes data = {});
void append_cease(base::Buffer& out, std::uint8_t subcode, std::string_view text, bool hard_reset = false);

}  // namespace bgp
