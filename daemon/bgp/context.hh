// What the encoding of an UPDATE depends on beyond its bytes. Comes from two OPENs, or from the container (MRT, BMP).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "bgp/types.hh"

namespace bgp {

// A set of address families. The usual ones are bits; others stand in a list, which is empty as a rule, so that copies
// are cheap.
class FamilySet {
 public:
  bool has(Family f) const noexcept {
    const std::uint32_t b = bit(f);
    return b != 0 ? (bits_ & b) != 0 : std::ranges::binary_search(others_, f) != all_;
  }
  void add(Family f) { set(f, true); }
  void remove(Family f) { set(f, false); }
  bool empty() const noexcept { return bits_ == 0 && !all_ && others_.empty(); }
  void unite(const FamilySet& o) {
    bits_ |= o.bits_;
    combine(o, [](bool a, bool b) { return a || b; });
  }
  void intersect(const FamilySet& o) {
    bits_ &= o.bits_;
    combine(o, [](bool a, bool b) { return a && b; });
  }
  // Every family there is, named or not.
  static FamilySet all() noexcept {
    FamilySet s;
    s.bits_ = ~std::uint32_t{0};
    s.all_ = true;
    return s;
  }
  bool is_all() const noexcept { return *this == all(); }
  // Its families one by one; of those that all() has, only the usual ones.
  std::vector<Family> list() const {
    std::vector<Family> families;
    for (const Afi afi : afis)
      for (const Safi safi : safis)
        if (has({afi, safi})) families.push_back({afi, safi});
    if (!all_) families.insert(families.end(), others_.begin(), others_.end());
    return families;
  }
  auto operator<=>(const FamilySet&) const = default;

 private:
  static constexpr std::array afis{Afi::ipv4, Afi::ipv6, Afi::l2vpn};
  static constexpr std::array safis{Safi::unicast,  Safi::multicast,    Safi::mpls, Safi::mpls_vpn,
                                    Safi::flowspec, Safi::flowspec_vpn, Safi::evpn, Safi::route_target};
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
      case Safi::route_target: safi = 7; break;
      default: break;
    }
    return afi == 3 || safi == 8 ? 0 : std::uint32_t{1} << (afi * 8 + safi);
  }
  void set(Family f, bool in) {
    if (has(f) == in) return;
    const auto at = std::ranges::lower_bound(others_, f);
    if (const std::uint32_t b = bit(f); b != 0)
      bits_ ^= b;
    else if (at != others_.end() && *at == f)
      others_.erase(at);
    else
      others_.insert(at, f);
  }
  // Of the families that are no bits.
  template <class Op>
  void combine(const FamilySet& o, Op op) {
    const bool all = op(all_, o.all_);
    std::vector<Family> named, others;
    std::ranges::set_union(others_, o.others_, std::back_inserter(named));
    for (const Family f : named)
      if (op(has(f), o.has(f)) != all) others.push_back(f);
    all_ = all;
    others_ = std::move(others);
  }
  std::uint32_t bits_ = 0;
  bool all_ = false;
  std::vector<Family> others_;  // sorted; those that are in it, or with all_ those that are not
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
