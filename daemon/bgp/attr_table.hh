// The registry of path attributes: one row a code with its name in JSON, its flags and the form of its value.
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
  connector = 20,
  as_pathlimit = 21,
  pmsi_tunnel = 22,
  tunnel_encap = 23,
  traffic_engineering = 24,
  ipv6_ext_community = 25,
  aigp = 26,
  pe_distinguisher = 27,
  entropy_label = 28,
  bgp_ls = 29,
  large_community = 32,
  bgpsec_path = 33,
  community_container = 34,
  otc = 35,
  d_path = 36,
  sfp = 37,
  bfd_discriminator = 38,
  rca = 39,
  prefix_sid = 40,
  bier = 41,
  edge_metadata = 42,
  attr_set = 128
};

// RFC 4271 4.3.
namespace attr_flag {
inline constexpr std::uint8_t optional = 0x80, transitive = 0x40, partial = 0x20, extended = 0x10;
}

// How the bytes of a value read. Attributes may share a form; every form is written and read as JSON.
enum class AttrForm : std::uint8_t {
  raw,
  origin,                // RFC 4271 5.1.1
  as_path,               // RFC 4271 5.1.2, RFC 5065; numbers as wide as the message's
  as4_path,              // RFC 6793 3: the same with 4 bytes
  address,               // IPv4
  address_list,          // of IPv4
  number,                // of 4 bytes
  aggregator,            // RFC 4271 5.1.7
  as4_aggregator,        // RFC 6793 3
  communities,           // RFC 1997
  large_communities,     // RFC 8092
  ext_communities,       // RFC 4360
  mp_reach,              // RFC 4760 3
  mp_unreach,            // RFC 4760 4
  ipv6_ext_communities,  // RFC 5701
  pmsi_tunnel,           // RFC 6514 5
  tunnel_encap,          // RFC 9012 2
  aigp,                  // RFC 7311 3
  prefix_sid,            // RFC 8669 3
  attr_set               // RFC 6368 5
};

// "ORIGIN", "ASPATH", "NEXTHOP", … or "ATTR_99"; parse takes both, upper or lower case.
std::string_view attr_name_or_empty(AttrCode);
std::string attr_name(AttrCode);
std::optional<AttrCode> parse_attr_name(std::string_view);
// The flags the defining RFC asks for; optional transitive for codes not in the table.
std::uint8_t default_flags(AttrCode);
// Raw for codes not in the table.
AttrForm attr_form(AttrCode);

}  // namespace bgp
