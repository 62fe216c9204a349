// EVPN routes (RFC 7432 7, RFC 9136 3.1): a view on one entry of L2VPN/EVPNS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/labelled.hh"
#include "bgp/route_distinguisher.hh"

namespace bgp {

enum class EvpnType : std::uint8_t {
  auto_discovery = 1,       // RFC 7432 7.1
  mac_ip = 2,               // 7.2
  inclusive_multicast = 3,  // 7.3
  ethernet_segment = 4,     // 7.4
  ip_prefix = 5             // RFC 9136 3.1
};

// "MAC_IP"; empty for types that are not known.
std::string_view name(EvpnType) noexcept;
// In any case.
std::optional<EvpnType> parse_evpn_type(std::string_view name) noexcept;

// The fields of types 1 to 5; those a type has not are empty.
struct EvpnRoute {
  static constexpr std::size_t esi_size = 10, mac_size = 6;

  EvpnType type{};
  const std::uint8_t* rd{};  // eight bytes
  base::Bytes esi;           // Ethernet segment identifier, of 1, 2, 4, 5
  std::uint32_t tag = 0;     // Ethernet tag, of 1, 2, 3, 5
  base::Bytes mac;           // of 2
  base::Bytes ip;  // of 2 (may be empty), 3 and 4: the originating router, 5: the prefix, bits behind it and all
  std::uint8_t ip_length = 0;  // bits of the prefix of 5
  base::Bytes gateway;         // of 5, as long as ip
  base::Bytes labels;          // fields of three bytes: one in 1 and 5, one or two in 2
};

bool evpn_has_esi(EvpnType) noexcept;
bool evpn_has_tag(EvpnType) noexcept;

// Nothing for types that are not known, and where lengths do not fit the type.
std::optional<EvpnRoute> parse_evpn(base::Bytes entry) noexcept;
// Appends the entry of such a route; its fields have the sizes of its type.
void append_evpn(base::Buffer& out, const EvpnRoute& r);
// What tells it from other routes (RFC 7432 7.1 to 7.4, RFC 9136 3.1).
void append_route_key(std::string& key, const EvpnRoute& r);

}  // namespace bgp
