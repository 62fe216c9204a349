// The small vocabulary of BGP: message types, families, directions. Enums keep code points they do not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bgp {

using Asn = std::uint32_t;
inline constexpr Asn as_trans = 23456;  // RFC 6793 9

// RFC 4271 4.1, RFC 2918 3. 0 is ours: what is told of a session beside its messages (report.hh).
enum class MsgType : std::uint8_t {
  report = 0,
  open = 1,
  update = 2,
  notification = 3,
  keepalive = 4,
  route_refresh = 5
};

// Which way a message travels through a pipeline whose stages stand left to right.
enum class Direction : std::uint8_t { none = 0, left = 1, right = 2 };
inline Direction opposite(Direction d) { return d == Direction::left ? Direction::right : Direction::left; }
// Of what there is one for each direction, left first.
inline std::size_t index_of(Direction d) { return d == Direction::left ? 0 : 1; }

// RFC 4760 3; code points from the IANA registries.
enum class Afi : std::uint16_t { ipv4 = 1, ipv6 = 2, l2vpn = 25, ls = 16388 };
enum class Safi : std::uint8_t {
  unicast = 1,
  multicast = 2,
  mpls = 4,
  mcast_vpn = 5,
  evpn = 70,
  ls = 71,
  ls_vpn = 72,
  sr_policy = 73,
  mup = 85,
  mpls_vpn = 128,
  multicast_vpn = 129,
  route_target = 132,
  flowspec = 133,
  flowspec_vpn = 134
};

struct Family {
  Afi afi{};
  Safi safi{};
  auto operator<=>(const Family&) const = default;
};
inline constexpr Family ipv4_unicast{Afi::ipv4, Safi::unicast}, ipv6_unicast{Afi::ipv6, Safi::unicast};

// Names as in JSON: "OPEN", "UPDATE", "NOTIFY", "KEEPALIVE", "REFRESH", "REPORT", else "Type(9)"; "IPV6/UNICAST", else
// "AFI(99)/SAFI(200)". Every printed name parses back, in any case.
std::string name(MsgType);
std::optional<MsgType> parse_msg_type(std::string_view);
std::string name(Afi);
std::string name(Safi);
std::string name(Family);
std::optional<Afi> parse_afi(std::string_view);
std::optional<Safi> parse_safi(std::string_view);
std::optional<Family> parse_family(std::string_view);

}  // namespace bgp
