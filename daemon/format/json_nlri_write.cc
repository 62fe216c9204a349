#include "format/json_nlri_write.hh"

#include "bgp/evpn.hh"
#include "bgp/ext_community.hh"
#include "bgp/labelled.hh"
#include "bgp/nlri.hh"
#include "format/json_ext_community.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;

constexpr bgp::Family evpn_family{bgp::Afi::l2vpn, bgp::Safi::evpn},
    route_target_family{bgp::Afi::ipv4, bgp::Safi::route_target};

char* put_rd_member(char* p, const std::uint8_t* rd) noexcept {
  p = bgp::put_rd(put(p, "\"rd\":\""), bgp::RouteDistinguisher::read(rd));
  return put(p, "\",");
}

// The end of an entry, in place of the comma of its last member.
char* close_entry(char* p, const bgp::NlriEntry& e) noexcept {
  if (e.path_id)
    p = put_decimal(put(p, "\"id\":"), *e.path_id);
  else if (p[-1] == ',')
    --p;
  return put(p, "},");
}

// The list of entries, each put by put(p, entry), which ends with a comma or the opening brace.
template <class Put>
char* put_entries(char* p, bgp::Family f, Bytes list, bool add_path, Put put_entry) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::NlriEntries entries(list, f, add_path);
  for (bgp::NlriEntry e; entries.next(e);) {
    *p++ = '{';
    p = put_entry(p, e.bytes);
    if (!p) return nullptr;
    p = close_entry(p, e);
  }
  return entries.ok() ? close_list(p, first) : nullptr;
}

// The label, where the field says nothing but that and, in the last one, the bottom of the stack; else the field.
char* put_labels(char* p, Bytes fields) noexcept {
  p = put(p, "\"labels\":[");
  for (std::size_t i = 0; i < fields.size(); i += bgp::label_size) {
    const bgp::LabelField f = bgp::read_label(fields.data() + i);
    const bool last = i + bgp::label_size == fields.size();
    if (f == bgp::label_field(f >> 4, last))
      p = put_decimal(p, f >> 4);
    else
      p = put_hex_string(p, fields.subspan(i, bgp::label_size));
    *p++ = ',';
  }
  p[-1] = ']';
  *p++ = ',';
  return p;
}

char* put_prefix(char* p, bool v6, const std::uint8_t* bytes, std::uint8_t length) noexcept {
  std::uint8_t b[16] = {};
  std::memcpy(b, bytes, (length + 7u) / 8);
  p = put(p, "\"prefix\":\"");
  p = v6 ? put_v6(p, b) : put_v4(p, b);
  return put(put_slash(p, length), "\",");
}

char* put_address(char* p, Bytes ip) noexcept {
  p = ip.size() == 16 ? put_v6_string(p, ip.data()) : put_v4_string(p, ip.data());
  *p++ = ',';
  return p;
}

// 00:01:02
char* put_octets(char* p, Bytes b) noexcept {
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (i != 0) *p++ = ':';
    p = put_hex(p, b.subspan(i, 1));
  }
  return p;
}

// The number in the field as it stands: a VNI, or a label in its high 20 bits (RFC 8365 5.1.3).
char* put_evpn_labels(char* p, Bytes fields) noexcept {
  p = put(p, "\"labels\":[");
  for (std::size_t i = 0; i < fields.size(); i += bgp::label_size) {
    p = put_decimal(p, bgp::read_label(fields.data() + i));
    *p++ = ',';
  }
  p[-1] = ']';
  *p++ = ',';
  return p;
}

char* put_evpn_type(char* p, std::uint8_t type) noexcept {
  const std::string_view name = bgp::name(static_cast<bgp::EvpnType>(type));
  p = put(p, "\"type\":");
  if (name.empty())
    p = put_decimal(p, type);
  else
    p = put(put(put(p, "\""), name), "\"");
  *p++ = ',';
  return p;
}

char* put_evpn_route(char* p, Bytes entry) noexcept {
  p = put_evpn_type(p, entry[0]);
  const auto r = bgp::parse_evpn(entry);
  if (!r) {
    p = put_hex_string(put(p, "\"data\":"), entry.subspan(2));
    *p++ = ',';
    return p;
  }
  p = put_rd_member(p, r->rd);
  if (bgp::evpn_has_esi(r->type)) p = put(put_octets(put(p, "\"esi\":\""), r->esi), "\",");
  if (bgp::evpn_has_tag(r->type)) p = put(put_decimal(put(p, "\"tag\":"), r->tag), ",");
  if (!r->mac.empty()) p = put(put_octets(put(p, "\"mac\":\""), r->mac), "\",");
  if (r->type == bgp::EvpnType::ip_prefix) {
    const bool v6 = r->ip.size() == 16;
    p = put(p, "\"prefix\":\"");
    p = v6 ? put_v6(p, r->ip.data()) : put_v4(p, r->ip.data());
    p = put(put_slash(p, r->ip_length), "\",");
    p = put_address(put(p, "\"gateway\":"), r->gateway);
  } else if (!r->ip.empty()) {
    p = put_address(put(p, "\"ip\":"), r->ip);
  }
  return r->labels.empty() ? p : put_evpn_labels(p, r->labels);
}

// RFC 4684 4: nothing, or the origin AS and as much of the route target as its length says.
char* put_route_target(char* p, Bytes entry) noexcept {
  const std::uint8_t length = entry[0];
  const Bytes bytes = entry.subspan(1);
  if (length != 32 && length != 96) {
    p = put_decimal(put(p, "\"length\":"), length);
    *p++ = ',';
    if (length == 0) return p;
    p = put_hex_string(put(p, "\"data\":"), bytes);
    *p++ = ',';
    return p;
  }
  p = put_decimal(put(p, "\"asn\":"), base::load<std::uint32_t>(bytes.data()));
  *p++ = ',';
  if (length == 32) return p;
  p = put_ext_community(put(p, "\"target\":"), bgp::ExtCommunity::read(bytes.data() + 4));
  *p++ = ',';
  return p;
}

}  // namespace

char* put_labelled(char* p, bgp::Family f, Bytes list, bool add_path, bool withdrawn) noexcept {
  return put_entries(p, f, list, add_path, [f, withdrawn](char* q, Bytes entry) -> char* {
    const auto n = bgp::parse_labelled(entry, f, withdrawn);
    if (!n) return nullptr;
    if (n->rd) q = put_rd_member(q, n->rd);
    if (!n->labels.empty()) q = put_labels(q, n->labels);
    return put_prefix(q, f.afi == bgp::Afi::ipv6, n->bytes, n->length);
  });
}

char* put_evpn(char* p, Bytes list, bool add_path) noexcept {
  return put_entries(p, evpn_family, list, add_path, put_evpn_route);
}

char* put_route_targets(char* p, Bytes list, bool add_path) noexcept {
  return put_entries(p, route_target_family, list, add_path, put_route_target);
}

}  // namespace format
