#include "format/bmp_open.hh"

#include <algorithm>
#include <vector>

#include "bgp/header.hh"
#include "bgp/open.hh"

namespace format {

namespace {

using bgp::Afi;
using bgp::Safi;
constexpr bgp::Family families[] = {
    {Afi::ipv4, Safi::unicast},  {Afi::ipv4, Safi::multicast}, {Afi::ipv4, Safi::mpls},
    {Afi::ipv4, Safi::mpls_vpn}, {Afi::ipv4, Safi::flowspec},  {Afi::ipv4, Safi::flowspec_vpn},
    {Afi::ipv6, Safi::unicast},  {Afi::ipv6, Safi::multicast}, {Afi::ipv6, Safi::mpls},
    {Afi::ipv6, Safi::mpls_vpn}, {Afi::ipv6, Safi::flowspec},  {Afi::ipv6, Safi::flowspec_vpn},
    {Afi::l2vpn, Safi::evpn},
};
constexpr std::size_t most_families = 255 / 4;  // that a capability has room for
constexpr std::uint16_t hold_time = 180;
constexpr std::uint8_t both_ways = 3;

// RFC 6286 2.1: not zero.
base::Address valid_id(const base::Address& id) {
  if (id.is_v4() && !id.unspecified()) return id;
  if (id.is_v6()) {
    const auto last = base::Address::from(id.bytes().subspan(12));
    if (!last.unspecified()) return last;
  }
  return base::Address::v4(1);
}

}  // namespace

bool append_made_up_open(base::Buffer& out, bgp::Asn asn, const base::Address& id, bgp::FamilySet path_ids) {
  std::vector<std::pair<bgp::CapCode, base::Buffer>> caps;
  base::Buffer add_path;
  std::vector<bgp::Family> all(std::begin(families), std::end(families));
  bool room = true;
  for (const bgp::Family f : path_ids.list()) {
    if (std::ranges::find(all, f) != all.end()) continue;
    if (all.size() < most_families)
      all.push_back(f);
    else
      room = false;
  }
  for (const bgp::Family f : all) {
    base::Buffer value;
    base::Writer w(value);
    w.u16(static_cast<std::uint16_t>(f.afi));
    w.u8(0);
    w.u8(static_cast<std::uint8_t>(f.safi));
    caps.emplace_back(bgp::CapCode::mp, std::move(value));
    if (!path_ids.has(f)) continue;
    base::Writer a(add_path);
    a.u16(static_cast<std::uint16_t>(f.afi));
    a.u8(static_cast<std::uint8_t>(f.safi));
    a.u8(both_ways);
  }
  base::Buffer as4;
  base::Writer(as4).u32(asn);
  caps.emplace_back(bgp::CapCode::as4, std::move(as4));
  if (!add_path.empty()) caps.emplace_back(bgp::CapCode::add_path, std::move(add_path));
  const std::size_t at = bgp::begin_message(out, bgp::MsgType::open);
  bgp::encode_open(out, hold_time, asn, valid_id(id), caps);
  (void)bgp::finish_message(out, at);
  return room;
}

const bgp::FamilySet& made_up_families() {
  static const bgp::FamilySet all = [] {
    bgp::FamilySet s;
    for (const bgp::Family f : families) s.add(f);
    return s;
  }();
  return all;
}

}  // namespace format
