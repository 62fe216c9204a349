// The registry of path attributes: one row a code. Names are those of the JSON format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bgp/types.hh"

namespace bgp {

// IANA "BGP Path Attributes". Unknown codes are carried by number.
enum class AttrCode : std::uint8_t {
  origin = 1,
  as_path = 2,
  next_hop = 3,
  med = 4,
  local_pref = 5,
  atomic_aggregate = 6,
  aggregator = 7,
  community = 8,
  originator_id = 9,
  cluster_list = 10,
  mp_reach = 14,
  mp_unreach = 15,
  ext_community = 16,
  as4_path = 17,
  as4_aggregator = 18,
  pmsi_tunnel = 22,
  tunnel_encap = 23,
  traffic_engineering = 24,
  ipv6_ext_community = 25,
  aigp = 26,
  pe_distinguisher = 27,
  bgp_ls = 29,
  large_community = 32,
  bgpsec_path = 33,
  otc = 35,
  d_path = 36,
  sfp = 37,
  bfd_discriminator = 38,
  rca = 39,
  prefix_sid = 40,
  attr_set = 128
};

// RFC 4271 4.3.
namespace attr_flag {
inline constexpr std::uint8_t optional = 0x80, transitive = 0x40, partial = 0x20, extended = 0x10;
}

// "ORIGIN", "ASPATH", "NEXTHOP", … or "ATTR_99"; parse takes both, upper or lower case.
std::string_view attr_name_or_empty(AttrCode);
std::string attr_name(AttrCode);
std::optional<AttrCode> parse_attr_name(std::string_view);
// The code is one of this table.
bool attr_known(AttrCode);
// The flags the defining RFC asks for; optional transitive for codes not in the table.
std::uint8_t default_flags(AttrCode);

}  // namespace bgp
