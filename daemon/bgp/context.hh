// What the encoding of an UPDATE depends on beyond its bytes. Comes from two OPENs, or from the container (MRT, BMP).
#pragma once

#include <cstdint>

#include "bgp/types.hh"

namespace bgp {

// A set of address families; families without a bit of their own are never in it (their NLRI are carried as raw bytes).
class FamilySet {
 public:
  bool has(Family f) const noexcept { return (bits_ & bit(f)) != 0; }
  void add(Family f) noexcept { bits_ |= bit(f); }
  void remove(Family f) noexcept { bits_ &= ~bit(f); }
  bool empty() const noexcept { return bits_ == 0; }
  void unite(FamilySet o) noexcept { bits_ |= o.bits_; }
  void intersect(FamilySet o) noexcept { bits_ &= o.bits_; }
  static FamilySet all() noexcept {
    FamilySet s;
    s.bits_ = ~std::uint32_t{0};
    return s;
  }
  auto operator<=>(const FamilySet&) const = default;

 private:
  static std::uint32_t bit(Family f) noexcept {
    const unsigned afi = f.afi == Afi::ipv4 ? 0 : f.afi == Afi::ipv6 ? 1 : f.afi == Afi::l2vpn ? 2 : 3;
    unsigned safi = 8;
    switch (f.safi) {
      case Safi::unicast: safi = 0; break;
      case Safi::multicast: safi = 1; break;
      case Safi::mpls: safi = 2; break;
      case Safi::mpls_vpn: safi = 3; break;
      case Safi::flowspec: safi = 4; break;
      case Safi::flowspec_vpn: safi = 5; break;
      case Safi::evpn: safi = 6; break;
    }
    return afi == 3 || safi == 8 ? 0 : std::uint32_t{1} << (afi * 8 + safi);
  }
  std::uint32_t bits_ = 0;
};

// One direction of one leg. The default is canonical: 4-byte AS numbers, no path ids, no size limit of 4096.
struct Context {
  bool as4 = true;               // RFC 6793: AS_PATH and AGGREGATOR hold 4-byte AS numbers
  bool extended_message = true;  // RFC 8654: up to 65535 bytes
  FamilySet add_path;            // RFC 7911: NLRI of these families carry a path id
  FamilySet extended_next_hop;   // RFC 8950: IPv4 NLRI of these families may have an IPv6 next hop
  auto operator<=>(const Context&) const = default;
};

}  // namespace bgp
