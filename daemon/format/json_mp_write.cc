#include "format/json_mp_write.hh"

#include "bgp/mp.hh"
#include "bgp/nlri.hh"
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

std::uint32_t v4_bits(const bgp::Nlri& n) noexcept {
  const std::uint8_t* const b = n.bytes;
  switch ((n.length + 7u) / 8) {
    case 0: return 0;
    case 1: return std::uint32_t{b[0]} << 24;
    case 2: return std::uint32_t{base::load<std::uint16_t>(b)} << 16;
    case 3: return std::uint32_t{base::load<std::uint16_t>(b)} << 16 | std::uint32_t{b[2]} << 8;
    default: return base::load<std::uint32_t>(b);
  }
}

char* put_family(char* p, bgp::Family f) {
  if (f == bgp::ipv6_unicast) return put(p, "\"IPV6/UNICAST\"");
  if (f == bgp::ipv4_unicast) return put(p, "\"IPV4/UNICAST\"");
  *p++ = '"';
  p = put(p, bgp::name(f));
  *p++ = '"';
  return p;
}

char* put_next_hop(char* p, Bytes hop) noexcept {
  if (hop.size() == 4) return put_v4_string(put(p, ",\"nexthop\":"), hop.data());
  if (hop.size() != 16 && hop.size() != 32) return put_hex_string(put(p, ",\"nh\":"), hop);
  p = put_v6_string(put(p, ",\"nexthop\":"), hop.data());
  if (hop.size() == 32) p = put_v6_string(put(p, ",\"link-local\":"), hop.data() + 16);
  return p;
}

bool shown_as_prefixes(bgp::Family f) noexcept { return f == bgp::ipv4_unicast || f == bgp::ipv6_unicast; }

// ,"prefixes":[…], or ,"data":"0x…" for what is not a sound list of prefixes.
char* put_mp_nlri(char* p, bgp::Family f, Bytes nlri, const bgp::Context& c, ContextMarks& marks) {
  const bool add_path = c.add_path.has(f);
  if (shown_as_prefixes(f)) {
    char* const list = put(p, ",\"prefixes\":");
    char* const end =
        f.afi == bgp::Afi::ipv4 ? put_prefixes_v4(list, nlri, add_path) : put_prefixes_v6(list, nlri, add_path);
    if (end) return end;
  }
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
    p = put(put_slash(put_v4(p, v4_bits(n)), n.length), "\",");
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
  if (shown_as_prefixes(m->family))
    p = put_next_hop(p, m->next_hop);
  else if (!m->next_hop.empty())
    p = put_hex_string(put(p, ",\"nh\":"), m->next_hop);
  if (m->reserved != 0) p = put_decimal(put(p, ",\"reserved\":"), m->reserved);
  p = put_mp_nlri(p, m->family, m->nlri, c, marks);
  *p++ = '}';
  return p;
}

char* put_mp_unreach(char* p, Bytes v, const bgp::Context& c, ContextMarks& marks) {
  const auto m = bgp::parse_mp_unreach(v);
  if (!m) return nullptr;
  p = put_mp_nlri(put_family(put(p, "{\"af\":"), m->family), m->family, m->nlri, c, marks);
  *p++ = '}';
  return p;
}

}  // namespace format
