#include "format/json_mp_write.hh"

#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/route_distinguisher.hh"
#include "format/json_flow.hh"
#include "format/json_nlri_write.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;

// Path id in front, as #7#.
char* put_path_id(char* p, const bgp::Nlri& n) noexcept {
  *p++ = '#';
  p = put_decimal(p, n.path_id);
  *p++ = '#';
  return p;
}

char* put_family(char* p, bgp::Family f) {
  if (f == bgp::ipv6_unicast) return put(p, "\"IPV6/UNICAST\"");
  if (f == bgp::ipv4_unicast) return put(p, "\"IPV4/UNICAST\"");
  *p++ = '"';
  p = put(p, bgp::name(f));
  *p++ = '"';
  return p;
}

// Behind a route distinguisher, of which the usual one is zero. Null where it is another form.
char* put_vpn_next_hop(char* p, Bytes hop) noexcept {
  constexpr std::size_t rd_size = bgp::RouteDistinguisher::wire_size;
  const bool two = hop.size() == 48;
  if (hop.size() != 12 && hop.size() != 24 && !two) return nullptr;
  const auto rd = bgp::RouteDistinguisher::read(hop.data());
  if (two && bgp::RouteDistinguisher::read(hop.data() + 24) != rd) return nullptr;
  p = put(p, ",\"nexthop\":");
  p = hop.size() == 12 ? put_v4_string(p, hop.data() + rd_size) : put_v6_string(p, hop.data() + rd_size);
  if (two) p = put_v6_string(put(p, ",\"link-local\":"), hop.data() + 24 + rd_size);
  if (rd.whole() != 0) p = put(bgp::put_rd(put(p, ",\"rd\":\""), rd), "\"");
  return p;
}

char* put_next_hop(char* p, bgp::Family f, Bytes hop) noexcept {
  if (hop.empty() && f != bgp::ipv4_unicast && f != bgp::ipv6_unicast) return p;
  switch (bgp::nlri_form(f)) {
    case bgp::NlriForm::opaque: return put_hex_string(put(p, ",\"nh\":"), hop);
    case bgp::NlriForm::vpn:
      if (char* const end = put_vpn_next_hop(p, hop)) return end;
      return put_hex_string(put(p, ",\"nh\":"), hop);
    default: break;
  }
  if (hop.size() == 4) return put_v4_string(put(p, ",\"nexthop\":"), hop.data());
  if (hop.size() != 16 && hop.size() != 32) return put_hex_string(put(p, ",\"nh\":"), hop);
  p = put_v6_string(put(p, ",\"nexthop\":"), hop.data());
  if (hop.size() == 32) p = put_v6_string(put(p, ",\"link-local\":"), hop.data() + 16);
  return p;
}

// ,"prefixes":[…] and what other families call theirs; null where that could not give back the bytes.
char* put_readable_nlri(char* p, bgp::Family f, Bytes nlri, bool add_path, bool withdrawn) noexcept {
  switch (bgp::nlri_form(f)) {
    case bgp::NlriForm::prefix:
      p = put(p, ",\"prefixes\":");
      return f.afi == bgp::Afi::ipv4 ? put_prefixes_v4(p, nlri, add_path) : put_prefixes_v6(p, nlri, add_path);
    case bgp::NlriForm::labelled:
    case bgp::NlriForm::vpn: return put_labelled(put(p, ",\"prefixes\":"), f, nlri, add_path, withdrawn);
    case bgp::NlriForm::evpn: return put_evpn(put(p, ",\"routes\":"), nlri, add_path);
    case bgp::NlriForm::route_target: return put_route_targets(put(p, ",\"targets\":"), nlri, add_path);
    case bgp::NlriForm::flowspec:
    case bgp::NlriForm::flowspec_vpn: return put_flow_rules(put(p, ",\"rules\":"), f, nlri, add_path);
    case bgp::NlriForm::opaque: break;
  }
  return nullptr;
}

char* put_mp_nlri(char* p, bgp::Family f, Bytes nlri, const bgp::Context& c, ContextMarks& marks, bool withdrawn) {
  const bool add_path = c.add_path.has(f);
  if (char* const end = put_readable_nlri(p, f, nlri, add_path, withdrawn)) return end;
  if (add_path && !nlri.empty()) marks.hidden_paths(f);
  return put_hex_string(put(p, ",\"data\":"), nlri);
}

}  // namespace

char* put_prefixes_v4(char* p, Bytes list, bool add_path) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::NlriReader r(list, bgp::Afi::ipv4, add_path);
  for (bgp::Nlri n; r.next(n);) {
    *p++ = '"';
    if (add_path) p = put_path_id(p, n);
    p = put(put_prefix_v4(p, n.bytes, n.length), "\",");
  }
  return r.ok() ? close_list(p, first) : nullptr;
}

char* put_prefixes_v6(char* p, Bytes list, bool add_path) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::NlriReader r(list, bgp::Afi::ipv6, add_path);
  for (bgp::Nlri n; r.next(n);) {
    std::uint8_t b[16] = {};
    std::memcpy(b, n.bytes, (n.length + 7u) / 8);
    *p++ = '"';
    if (add_path) p = put_path_id(p, n);
    p = put(put_slash(put_v6(p, b), n.length), "\",");
  }
  return r.ok() ? close_list(p, first) : nullptr;
}

char* put_mp_reach(char* p, Bytes v, const bgp::Context& c, ContextMarks& marks) {
  const auto m = bgp::parse_mp_reach(v);
  if (!m) return nullptr;
  p = put_family(put(p, "{\"af\":"), m->family);
  p = put_next_hop(p, m->family, m->next_hop);
  if (m->reserved != 0) p = put_decimal(put(p, ",\"reserved\":"), m->reserved);
  p = put_mp_nlri(p, m->family, m->nlri, c, marks, false);
  *p++ = '}';
  return p;
}

char* put_mp_unreach(char* p, Bytes v, const bgp::Context& c, ContextMarks& marks) {
  const auto m = bgp::parse_mp_unreach(v);
  if (!m) return nullptr;
  p = put_mp_nlri(put_family(put(p, "{\"af\":"), m->family), m->family, m->nlri, c, marks, true);
  *p++ = '}';
  return p;
}

}  // namespace format
