#include "bgp/tunnel.hh"

#include "bgp/names.hh"

namespace bgp {

namespace {

// RFC 7385, 6514, 7524, 9574, 8556.
constexpr NamedCode pmsi_types[] = {{0, "NO_TUNNEL"},
                                    {1, "RSVP_TE_P2MP"},
                                    {2, "MLDP_P2MP"},
                                    {3, "PIM_SSM"},
                                    {4, "PIM_SM"},
                                    {5, "BIDIR_PIM"},
                                    {pmsi::ingress_replication, "INGRESS_REPLICATION"},
                                    {7, "MLDP_MP2MP"},
                                    {8, "TRANSPORT_TUNNEL"},
                                    {10, "ASSISTED_REPLICATION"},
                                    {11, "BIER"},
                                    {12, "SR_MPLS_P2MP"},
                                    {13, "SRV6_P2MP"}};

constexpr NamedCode tunnel_types[] = {{1, "L2TPV3"},
                                      {2, "GRE"},
                                      {3, "TRANSMIT_ENDPOINT"},
                                      {4, "IPSEC"},
                                      {5, "IP_IPSEC"},
                                      {6, "MPLS_IPSEC"},
                                      {7, "IP"},
                                      {8, "VXLAN"},
                                      {9, "NVGRE"},
                                      {10, "MPLS"},
                                      {11, "MPLS_GRE"},
                                      {12, "VXLAN_GPE"},
                                      {13, "MPLS_UDP"},
                                      {14, "IPV6"},
                                      {15, "SR_TE_POLICY"},
                                      {16, "BARE"},
                                      {17, "SR_TUNNEL"},
                                      {18, "CLOUD_SECURITY"},
                                      {19, "GENEVE"},
                                      {20, "ANY"},
                                      {21, "GTP"},
                                      {22, "DPS"},
                                      {23, "ORIGINATING_PE"},
                                      {24, "DPS_POLICY"},
                                      {25, "SDWAN_HYBRID"},
                                      {26, "X_OVER_UDP"}};

// The writer of JSON counts on at most 18 characters.
constexpr NamedCode tunnel_subs[] = {{1, "ENCAPSULATION"},     {2, "PROTOCOL_TYPE"},
                                     {3, "IPSEC_AUTH"},        {4, "COLOR"},
                                     {5, "LOAD_BALANCE"},      {6, "EGRESS_ENDPOINT"},
                                     {7, "DS_FIELD"},          {8, "UDP_PORT"},
                                     {9, "EMBEDDED_LABEL"},    {10, "MPLS_LABEL_STACK"},
                                     {11, "PREFIX_SID"},       {12, "PREFERENCE"},
                                     {13, "BINDING_SID"},      {14, "ENLP"},
                                     {15, "PRIORITY"},         {16, "SPI_SI"},
                                     {20, "SRV6_BINDING_SID"}, {128, "SEGMENT_LIST"},
                                     {129, "CANDIDATE_PATH"},  {130, "POLICY_NAME"}};

constexpr NamedCode prefix_sids[] = {{prefix_sid_tlv::label_index, "LABEL_INDEX"},
                                     {prefix_sid_tlv::originator_srgb, "ORIGINATOR_SRGB"},
                                     {prefix_sid_tlv::srv6_l3_service, "SRV6_L3_SERVICE"},
                                     {prefix_sid_tlv::srv6_l2_service, "SRV6_L2_SERVICE"}};

std::uint32_t load24(const std::uint8_t* p) noexcept {
  return std::uint32_t{p[0]} << 16 | std::uint32_t{p[1]} << 8 | p[2];
}

void put24(base::Writer& w, std::uint32_t v) {
  w.u8(static_cast<std::uint8_t>(v >> 16));
  w.u16(static_cast<std::uint16_t>(v));
}

}  // namespace

std::optional<PmsiTunnel> parse_pmsi_tunnel(base::Bytes v) noexcept {
  if (v.size() < 5) return std::nullopt;
  return PmsiTunnel{v[0], v[1], load24(v.data() + 2), v.subspan(5)};
}

void encode(base::Buffer& out, const PmsiTunnel& t) {
  base::Writer w(out);
  w.u8(t.flags);
  w.u8(t.type);
  put24(w, t.label);
  w.bytes(t.id);
}

std::optional<LabelIndex> parse_label_index(base::Bytes v) noexcept {
  if (v.size() != 7 || v[0] != 0) return std::nullopt;
  return LabelIndex{base::load<std::uint16_t>(v.data() + 1), base::load<std::uint32_t>(v.data() + 3)};
}

void encode(base::Buffer& out, const LabelIndex& l) {
  base::Writer w(out);
  w.u8(0);
  w.u16(l.flags);
  w.u32(l.index);
}

SrgbRange SrgbRange::read(const std::uint8_t* p) noexcept { return {load24(p), load24(p + 3)}; }

void encode(base::Buffer& out, const SrgbRange& r) {
  base::Writer w(out);
  put24(w, r.base);
  put24(w, r.size);
}

std::optional<std::uint64_t> parse_aigp(base::Bytes v) noexcept {
  if (v.size() != 11 || v[0] != 1 || base::load<std::uint16_t>(v.data() + 1) != 11) return std::nullopt;
  return base::load<std::uint64_t>(v.data() + 3);
}

void encode_aigp(base::Buffer& out, std::uint64_t metric) {
  base::Writer w(out);
  w.u8(1);
  w.u16(11);
  w.u64(metric);
}

std::string_view pmsi_type_name(unsigned type) noexcept { return find_name(pmsi_types, type); }
std::optional<unsigned> parse_pmsi_type(std::string_view text) noexcept { return find_code(pmsi_types, text); }
std::string_view tunnel_type_name(unsigned type) noexcept { return find_name(tunnel_types, type); }
std::optional<unsigned> parse_tunnel_type(std::string_view text) noexcept { return find_code(tunnel_types, text); }
std::string_view tunnel_sub_name(unsigned type) noexcept { return find_name(tunnel_subs, type); }
std::optional<unsigned> parse_tunnel_sub(std::string_view text) noexcept { return find_code(tunnel_subs, text); }
std::string_view prefix_sid_name(unsigned type) noexcept { return find_name(prefix_sids, type); }
std::optional<unsigned> parse_prefix_sid(std::string_view text) noexcept { return find_code(prefix_sids, text); }

}  // namespace bgp
