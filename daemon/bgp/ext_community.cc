#include "bgp/ext_community.hh"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hh"
#include "bgp/names.hh"

namespace bgp {

namespace {

struct Row {
  std::uint16_t type;  // without the non-transitive bit
  std::string_view name;
  ExtForm form;
};
// IANA "BGP Extended Communities", the transitive and the non-transitive registries in one: their types do not clash.
constexpr Row rows[] = {
    // RFC 4360, 4577, 4384, 6514, 6074; draft-ietf-idr-link-bandwidth
    {0x0000, "AS2", ExtForm::as2},
    {0x0002, "TARGET", ExtForm::as2},
    {0x0003, "ORIGIN", ExtForm::as2},
    {0x0004, "LINK_BANDWIDTH", ExtForm::bandwidth},
    {0x0005, "OSPF_DOMAIN_ID", ExtForm::as2},
    {0x0008, "DATA_COLLECTION", ExtForm::as2},
    {0x0009, "SOURCE_AS", ExtForm::as2},
    {0x000a, "L2VPN_ID", ExtForm::as2},
    {0x0010, "VPN_DISTINGUISHER", ExtForm::as2},
    {0x0013, "TARGET_RECORD", ExtForm::as2},
    {0x0080, "VIRTUAL_NETWORK_ID", ExtForm::as2},
    {0x00ff, "SUBTYPE", ExtForm::as2},
    // RFC 4360, 4577, 6074, 6514, 7524
    {0x0100, "IP4", ExtForm::ip4},
    {0x0102, "IP4_TARGET", ExtForm::ip4},
    {0x0103, "IP4_ORIGIN", ExtForm::ip4},
    {0x0105, "IP4_OSPF_DOMAIN_ID", ExtForm::ip4},
    {0x0107, "OSPF_ROUTER_ID", ExtForm::ip4},
    {0x010a, "IP4_L2VPN_ID", ExtForm::ip4},
    {0x010b, "VRF_ROUTE_IMPORT", ExtForm::ip4},
    {0x010c, "FLOW_REDIRECT_TO_IP4", ExtForm::ip4},
    {0x0110, "IP4_VPN_DISTINGUISHER", ExtForm::ip4},
    {0x0112, "SEGMENTED_NEXT_HOP", ExtForm::ip4},
    {0x0113, "IP4_TARGET_RECORD", ExtForm::ip4},
    {0x0114, "RECURSIVE_NEXT_HOP", ExtForm::ip4},
    {0x0120, "MVPN_RP_ADDRESS", ExtForm::ip4},
    // RFC 5668, 4577, 4384, 6514
    {0x0200, "AS4", ExtForm::as4},
    {0x0202, "AS4_TARGET", ExtForm::as4},
    {0x0203, "AS4_ORIGIN", ExtForm::as4},
    {0x0204, "AS4_GENERIC", ExtForm::as4},
    {0x0205, "AS4_OSPF_DOMAIN_ID", ExtForm::as4},
    {0x0208, "AS4_DATA_COLLECTION", ExtForm::as4},
    {0x0209, "AS4_SOURCE_AS", ExtForm::as4},
    {0x0210, "AS4_VPN_DISTINGUISHER", ExtForm::as4},
    {0x0213, "AS4_TARGET_RECORD", ExtForm::as4},
    // RFC 8097, 7543, 7900, 4577, 7902, 9012, 7432
    {0x0300, "ORIGIN_VALIDATION", ExtForm::number},
    {0x0301, "COST", ExtForm::raw},
    {0x0303, "CP_ORF", ExtForm::raw},
    {0x0304, "EXTRANET_SOURCE", ExtForm::raw},
    {0x0305, "EXTRANET_SEPARATION", ExtForm::raw},
    {0x0306, "OSPF_ROUTE_TYPE", ExtForm::raw},
    {0x0307, "PMSI_FLAGS", ExtForm::raw},
    {0x0308, "CONTEXT_LABEL_SPACE", ExtForm::raw},
    {0x030b, "COLOR", ExtForm::number},
    {0x030c, "ENCAPSULATION", ExtForm::tunnel},
    {0x030d, "DEFAULT_GATEWAY", ExtForm::raw},
    {0x030e, "PPMP_LABEL", ExtForm::raw},
    {0x0314, "HASH_SORT_ORDER", ExtForm::raw},
    {0x03aa, "LOAD_BALANCE", ExtForm::raw},
    // RFC 7432, 9135, 8214, 8317, 8584, 9047, 9251
    {0x0600, "MAC_MOBILITY", ExtForm::raw},
    {0x0601, "ESI_LABEL", ExtForm::raw},
    {0x0602, "ES_IMPORT", ExtForm::mac},
    {0x0603, "ROUTER_MAC", ExtForm::mac},
    {0x0604, "L2_ATTRIBUTES", ExtForm::raw},
    {0x0605, "ETREE", ExtForm::raw},
    {0x0606, "DF_ELECTION", ExtForm::raw},
    {0x0607, "ISID", ExtForm::raw},
    {0x0608, "ARP_ND", ExtForm::raw},
    {0x0609, "MULTICAST_FLAGS", ExtForm::raw},
    {0x060a, "EVI_RT_0", ExtForm::raw},
    {0x060b, "EVI_RT_1", ExtForm::raw},
    {0x060c, "EVI_RT_2", ExtForm::raw},
    {0x060d, "EVI_RT_3", ExtForm::raw},
    {0x060e, "ATTACHMENT_CIRCUIT", ExtForm::raw},
    {0x060f, "SERVICE_CARVING", ExtForm::raw},
    {0x0610, "EVPN_LINK_BANDWIDTH", ExtForm::raw},
    {0x0615, "RT_DERIVED", ExtForm::raw},
    // Flow specification and transport: drafts; RFC 9015
    {0x0702, "FLOW_INTERFACE_SET", ExtForm::raw},
    {0x0800, "FLOW_REDIRECT_NH", ExtForm::redirect_nh},
    {0x0900, "FLOW_REDIRECT_ID", ExtForm::raw},
    {0x0a00, "TRANSPORT_CLASS", ExtForm::raw},
    {0x0b01, "SFIR_POOL", ExtForm::raw},
    {0x0b02, "SFC_LABELS", ExtForm::raw},
    {0x0c00, "MUP_SEGMENT", ExtForm::raw},
    // RFC 8955, 4761, 7796
    {0x8006, "FLOW_RATE_BYTES", ExtForm::rate},
    {0x8007, "FLOW_ACTION", ExtForm::flow_action},
    {0x8008, "FLOW_REDIRECT_AS2", ExtForm::as2},
    {0x8009, "FLOW_DSCP", ExtForm::dscp},
    {0x800a, "L2_INFO", ExtForm::raw},
    {0x800b, "ETREE_INFO", ExtForm::raw},
    {0x800c, "FLOW_RATE_PACKETS", ExtForm::rate},
    {0x8108, "FLOW_REDIRECT_IP4", ExtForm::ip4},
    {0x8208, "FLOW_REDIRECT_AS4", ExtForm::as4},
    {0xbf00, "TYPE", ExtForm::raw}};

constexpr std::uint16_t transitive_part(std::uint16_t type) {
  return type & static_cast<std::uint16_t>(~ExtCommunity::non_transitive_bit);
}

// Rows by type, open hashing: a look-up for every community that is printed.
constexpr std::size_t hash(std::uint16_t type) { return (type ^ type >> 3) & 255u; }
constexpr auto slots = [] {
  std::array<std::uint8_t, 256> t{};  // row and one
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    std::size_t at = hash(rows[i].type);
    while (t[at] != 0) at = (at + 1) & 255;
    t[at] = static_cast<std::uint8_t>(i + 1);
  }
  return t;
}();

const Row* find(std::uint16_t type) noexcept {
  const std::uint16_t t = transitive_part(type);
  for (std::size_t at = hash(t); slots[at] != 0; at = (at + 1) & 255)
    if (const Row& r = rows[slots[at] - 1u]; r.type == t) return &r;
  return nullptr;
}

// Where the Go tool has no row; it shows them by family.
ExtForm family_form(std::uint16_t type) noexcept {
  switch (transitive_part(type) >> 8) {
    case 0x00: return ExtForm::as2;
    case 0x01: return ExtForm::ip4;
    case 0x02: return ExtForm::as4;
    case 0x08: return ExtForm::redirect_nh;
    default: return ExtForm::raw;
  }
}

// RFC 5701, 6515, 8956, 7524; drafts.
constexpr NamedCode ipv6_types[] = {{0x0002, "TARGET"},           {0x0003, "ORIGIN"},
                                    {0x000b, "VRF_ROUTE_IMPORT"}, {0x000c, "FLOW_REDIRECT_TO_IP6"},
                                    {0x000d, "FLOW_REDIRECT"},    {0x0010, "VPN_DISTINGUISHER"},
                                    {0x0011, "UUID_TARGET"},      {0x0012, "SEGMENTED_NEXT_HOP"}};

std::optional<std::uint16_t> type_number(std::string_view text) {
  const auto number = base::parse_int(text);
  if (!number || *number < 0 || *number > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

ExtType ext_type(std::uint16_t type) noexcept {
  const Row* r = find(type);
  return r ? ExtType{type, r->form, r->name} : ExtType{type, family_form(type), {}};
}

bool ExtCommunity::exact(ExtForm form) const noexcept {
  switch (form) {
    case ExtForm::rate:
    case ExtForm::bandwidth: return std::isfinite(rate());
    case ExtForm::flow_action: return value <= 3;
    case ExtForm::redirect_nh: return value <= 1;
    case ExtForm::dscp: return value <= 63;
    case ExtForm::number: return value <= 0xffff'ffff;
    case ExtForm::tunnel: return value <= 0xffff;
    default: return true;
  }
}

std::optional<ExtType> parse_ext_type(std::string_view text) {
  const auto row = std::ranges::find_if(rows, [text](const Row& r) { return same_word(r.name, text); });
  if (row != std::end(rows)) return ExtType{row->type, row->form, row->name};
  if (same_word(text, "TRANSITIVE")) return ext_type(ExtCommunity::non_transitive_bit);
  const auto number = type_number(text);
  if (!number) return std::nullopt;
  ExtType type = ext_type(*number);
  if (type.form == ExtForm::bandwidth) type.form = family_form(*number);
  return type;
}

void encode(base::Buffer& out, const ExtCommunity& c) {
  base::Writer(out).u64(std::uint64_t{c.type} << 48 | (c.value & 0xffff'ffff'ffff));
}

std::uint64_t ext_value_as2(Asn asn, std::uint32_t local) noexcept { return std::uint64_t{asn & 0xffff} << 32 | local; }

std::uint64_t ext_value_as4(Asn asn, std::uint32_t local) noexcept {
  return std::uint64_t{asn} << 16 | (local & 0xffff);
}

std::uint64_t ext_value_ip4(const base::Address& address, std::uint32_t local) noexcept {
  return ext_value_as4(address.is_v4() ? address.v4_value() : 0, local);
}

std::uint64_t ext_value_rate(std::uint16_t id, float rate) noexcept {
  return std::uint64_t{id} << 32 | std::bit_cast<std::uint32_t>(rate);
}

std::string_view Ipv6ExtCommunity::type_name() const noexcept { return find_name(ipv6_types, transitive_part(type)); }

std::optional<std::uint16_t> parse_ipv6_ext_type(std::string_view text) {
  if (const auto code = find_code(ipv6_types, text)) return static_cast<std::uint16_t>(*code);
  return type_number(text);
}

void encode(base::Buffer& out, const Ipv6ExtCommunity& c) {
  base::Writer w(out);
  w.u16(c.type);
  w.bytes({c.address, 16});
  w.u16(c.local);
}

}  // namespace bgp
