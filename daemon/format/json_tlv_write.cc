#include "format/json_tlv_write.hh"

#include "bgp/attrs.hh"
#include "bgp/srv6.hh"
#include "bgp/tunnel.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::Tlv;
using bgp::TlvShape;

// What a double holds exactly.
constexpr std::uint64_t largest_plain = (std::uint64_t{1} << 53) - 1;

char* put_tunnel_id(char* p, const bgp::PmsiTunnel& t) noexcept {
  if (t.type == bgp::pmsi::ingress_replication && t.id.size() == 4) return put_v4_string(p, t.id.data());
  if (t.type == bgp::pmsi::ingress_replication && t.id.size() == 16) return put_v6_string(p, t.id.data());
  return put_hex_string(p, t.id);
}

template <class NameOf>
char* put_raw_tlv(char* p, const Tlv& t, NameOf name_of) noexcept {
  p = put_code(put(p, "{\"type\":"), name_of, t.type);
  return put(put_hex_string(put(p, ",\"data\":"), t.value), "},");
}

// The type, up to where the value starts.
char* put_prefix_sid_head(char* p, const Tlv& t, std::uint16_t flags) noexcept {
  p = put_code(put(p, "{\"type\":"), bgp::prefix_sid_name, t.type);
  return put_decimal(put(p, ",\"flags\":"), flags);
}

char* put_srgb(char* p, const Tlv& t) noexcept {
  p = put(put_prefix_sid_head(p, t, base::load<std::uint16_t>(t.value.data())), ",\"ranges\":[");
  char* const first = p;
  for (const bgp::SrgbRange r : bgp::Items<bgp::SrgbRange>(t.value.subspan(2))) {
    p = put_decimal(put(p, "["), r.base);
    p = put(put_decimal(put(p, ","), r.size), "],");
  }
  return put(close_list(p, first), "},");
}

char* put_structure(char* p, Bytes structure) noexcept {
  static constexpr std::string_view names[] = {"block", "node", "function", "argument", "transposition", "offset"};
  p = put(p, ",\"structure\":{");
  for (std::size_t i = 0; i < std::size(names); ++i) {
    p = put(put(put(p, "\""), names[i]), "\":");
    p = put(put_decimal(p, structure[i]), ",");
  }
  p[-1] = '}';
  return p;
}

// Null where it holds anything but SIDs.
char* put_service(char* p, const Tlv& t) noexcept {
  if (t.value.empty() || t.value[0] != 0) return nullptr;
  p = put(put_code(put(p, "{\"type\":"), bgp::prefix_sid_name, t.type), ",\"sids\":[");
  char* const first = p;
  bgp::TlvReader r(t.value.subspan(1), TlvShape::prefix_sid);
  for (Tlv sub; r.next(sub);) {
    const auto s = bgp::parse_srv6_sid(sub.value);
    if (sub.type != bgp::Srv6Sid::type || !s) return nullptr;
    p = put_v6_string(put(p, "{\"sid\":"), s->sid);
    p = put_decimal(put(p, ",\"flags\":"), s->flags);
    p = put_decimal(put(p, ",\"behavior\":"), s->behavior);
    if (!s->structure.empty()) p = put_structure(p, s->structure);
    p = put(p, "},");
  }
  return r.ok() ? put(close_list(p, first), "},") : nullptr;
}

char* put_segment(char* p, const Tlv& t) noexcept {
  if (t.type == bgp::prefix_sid_tlv::label_index) {
    if (const auto l = bgp::parse_label_index(t.value))
      return put(put_decimal(put(put_prefix_sid_head(p, t, l->flags), ",\"index\":"), l->index), "},");
  } else if (t.type == bgp::prefix_sid_tlv::originator_srgb) {
    if (t.value.size() % bgp::SrgbRange::wire_size == 2) return put_srgb(p, t);
  } else if (t.type == bgp::prefix_sid_tlv::srv6_l3_service || t.type == bgp::prefix_sid_tlv::srv6_l2_service) {
    if (char* const end = put_service(p, t)) return end;
  }
  return put_raw_tlv(p, t, bgp::prefix_sid_name);
}

}  // namespace

char* put_pmsi_tunnel(char* p, Bytes v) noexcept {
  const auto t = bgp::parse_pmsi_tunnel(v);
  if (!t) return nullptr;
  p = put_code(put(p, "{\"type\":"), bgp::pmsi_type_name, t->type);
  p = put_decimal(put(p, ",\"tunnel_flags\":"), t->flags);
  p = put_decimal(put(p, ",\"label\":"), t->label >> 4);
  p = put_decimal(put(p, ",\"vni\":"), t->label);
  p = put_tunnel_id(put(p, ",\"id\":"), *t);
  *p++ = '}';
  return p;
}

char* put_tunnel_encap(char* p, Bytes v) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::TlvReader tunnels(v, TlvShape::tunnel);
  for (Tlv tunnel; tunnels.next(tunnel);) {
    p = put_code(put(p, "{\"type\":"), bgp::tunnel_type_name, tunnel.type);
    p = put(p, ",\"tlvs\":[");
    char* const first_sub = p;
    bgp::TlvReader subs(tunnel.value, TlvShape::tunnel_sub);
    for (Tlv sub; subs.next(sub);) p = put_raw_tlv(p, sub, bgp::tunnel_sub_name);
    if (!subs.ok()) return nullptr;
    p = put(close_list(p, first_sub), "},");
  }
  return tunnels.ok() ? close_list(p, first) : nullptr;
}

char* put_prefix_sid(char* p, Bytes v) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::TlvReader r(v, TlvShape::prefix_sid);
  for (Tlv t; r.next(t);) p = put_segment(p, t);
  return r.ok() ? close_list(p, first) : nullptr;
}

char* put_aigp(char* p, Bytes v) noexcept {
  const auto metric = bgp::parse_aigp(v);
  if (!metric) return nullptr;
  if (*metric <= largest_plain) return put_decimal64(p, *metric);
  *p++ = '"';
  p = put_decimal64(p, *metric);
  *p++ = '"';
  return p;
}

}  // namespace format
