// Attributes that tell how to reach a next hop: PMSI_TUNNEL (RFC 6514 5), the tunnels of TUNNEL_ENCAP (RFC 9012), the
// labels of PREFIX_SID (RFC 8669; srv6.hh has its other half) and AIGP (RFC 7311). Views borrow the value. The lists
// are read with TlvReader.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/tlv.hh"

namespace bgp {

struct PmsiTunnel {
  std::uint8_t flags = 0, type = 0;
  std::uint32_t label = 0;  // 24 bits: a label in the upper 20 of them (RFC 6514 5), or a VNI (RFC 8365 5.1.3)
  base::Bytes id;
};
namespace pmsi {
inline constexpr std::uint8_t ingress_replication = 6;  // the id is an address
}
std::optional<PmsiTunnel> parse_pmsi_tunnel(base::Bytes value) noexcept;
void encode(base::Buffer& out, const PmsiTunnel&);

// PREFIX_SID, type 1; nothing where the reserved byte is set or the length is another.
struct LabelIndex {
  std::uint16_t flags = 0;
  std::uint32_t index = 0;
};
std::optional<LabelIndex> parse_label_index(base::Bytes value) noexcept;
void encode(base::Buffer& out, const LabelIndex&);

// PREFIX_SID, type 3: flags, then ranges.
struct SrgbRange {
  static constexpr std::size_t wire_size = 6;
  std::uint32_t base = 0, size = 0;  // 24 bits each
  static SrgbRange read(const std::uint8_t* p) noexcept;
  auto operator<=>(const SrgbRange&) const = default;
};
void encode(base::Buffer& out, const SrgbRange&);

namespace prefix_sid_tlv {
inline constexpr std::uint8_t label_index = 1, originator_srgb = 3, srv6_l3_service = 5, srv6_l2_service = 6;
}

// The metric of an attribute that holds nothing but one (RFC 7311 3: type 1, length 11).
std::optional<std::uint64_t> parse_aigp(base::Bytes value) noexcept;
void encode_aigp(base::Buffer& out, std::uint64_t metric);

// Names of the IANA registries as in JSON, "INGRESS_REPLICATION", "VXLAN"; empty for numbers without one. parse takes
// them in any case.
std::string_view pmsi_type_name(unsigned type) noexcept;
std::optional<unsigned> parse_pmsi_type(std::string_view) noexcept;
std::string_view tunnel_type_name(unsigned type) noexcept;
std::optional<unsigned> parse_tunnel_type(std::string_view) noexcept;
std::string_view tunnel_sub_name(unsigned type) noexcept;
std::optional<unsigned> parse_tunnel_sub(std::string_view) noexcept;
std::string_view prefix_sid_name(unsigned type) noexcept;
std::optional<unsigned> parse_prefix_sid(std::string_view) noexcept;

}  // namespace bgp
