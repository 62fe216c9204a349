// A route of ExaBGP's API text as it goes on the wire: an entry of NLRI, and a next hop.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/types.hh"

namespace format {

struct ExaRoute {
  base::Prefix prefix;
  std::optional<std::uint32_t> path_id;
  std::vector<std::uint32_t> labels;  // of 20 bits; none or 524288 in a withdrawal is the field of RFC 8277 2.4
  std::uint64_t rd = 0;
};

// Families that have such routes: IP prefixes, with labels or in a VPN.
constexpr bool exa_has_routes(bgp::Family f) noexcept {
  return (f.afi == bgp::Afi::ipv4 || f.afi == bgp::Afi::ipv6) &&
         (f.safi == bgp::Safi::unicast || f.safi == bgp::Safi::multicast || f.safi == bgp::Safi::mpls ||
          f.safi == bgp::Safi::mpls_vpn);
}

// Appends the entry; false if it is longer than its length byte can say.
bool append_exa_route(base::Buffer& out, const ExaRoute&, bgp::Family, bool withdrawn);
// The entry at the front of the list, whose bytes are taken off. Nothing if it is malformed, or says more than text
// can: bits behind a prefix, or labels that do not end as RFC 8277 2.3 has it.
std::optional<ExaRoute> take_exa_route(base::Bytes& list, bgp::Family, bool path_ids, bool withdrawn);

}  // namespace format
