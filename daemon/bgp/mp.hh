// MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 3, 4): views on the attribute's value.
#pragma once

#include <optional>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/error.hh"
#include "bgp/types.hh"

namespace bgp {

struct MpReach {
  Family family;
  base::Bytes next_hop;  // raw: 4, 16, 32 bytes for IP; RD and address for VPN
  std::uint8_t reserved = 0;
  base::Bytes nlri;
};
struct MpUnreach {
  Family family;
  base::Bytes nlri;
};

Result<MpReach> parse_mp_reach(base::Bytes value);
Result<MpUnreach> parse_mp_unreach(base::Bytes value);
void encode(base::Buffer& out, const MpReach&);
void encode(base::Buffer& out, const MpUnreach&);

// Families whose NLRI are plain IP prefixes here.
inline bool is_ip_prefix_family(Family f) {
  return (f.afi == Afi::ipv4 || f.afi == Afi::ipv6) && (f.safi == Safi::unicast || f.safi == Safi::multicast);
}

struct NextHop {
  base::Address global, link_local;  // link_local may be empty
};
// RFC 2545 3, RFC 8950 4: 4, 16 or 32 bytes; 24 and 48 with a zero RD in front (RFC 4659). Nothing for other lengths.
std::optional<NextHop> parse_next_hop(base::Bytes) noexcept;

}  // namespace bgp
