#include "format/json_attr_write.hh"

#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "format/json_ext_community.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::AttrCode;

// "ORIGIN":{"flags":" of each code, and T","value": of each flags byte: copied whole.
struct Head {
  std::array<char, 39> text{};
  std::uint8_t size = 0;
};
struct FlagsText {
  std::array<char, 7> text{};
  std::uint8_t size = 0;
};

std::array<Head, 256> make_heads() {
  std::array<Head, 256> heads;
  for (unsigned code = 0; code < 256; ++code) {
    const std::string text = '"' + bgp::attr_name(static_cast<AttrCode>(code)) + "\":{\"flags\":\"";
    Head& h = heads[code];
    h.size = static_cast<std::uint8_t>(std::min(text.size(), h.text.size()));
    std::memcpy(h.text.data(), text.data(), h.size);
  }
  return heads;
}
const std::array<Head, 256> heads = make_heads();

constexpr std::array<FlagsText, 256> flags_texts = [] {
  std::array<FlagsText, 256> t{};
  for (unsigned flags = 0; flags < 256; ++flags) {
    FlagsText& f = t[flags];
    for (unsigned bit = 0; bit < 4; ++bit)
      if ((flags & 0x80u >> bit) != 0) f.text[f.size++] = "OTPX"[bit];
    const unsigned low = flags & 15;
    if (low >= 10) f.text[f.size++] = '1';
    if (low != 0) f.text[f.size++] = static_cast<char>('0' + low % 10);
  }
  return t;
}();

char* put_head(char* p, AttrCode code, std::uint8_t flags) noexcept {
  const Head& h = heads[static_cast<std::uint8_t>(code)];
  std::memcpy(p, h.text.data(), sizeof h.text);
  p += h.size;
  const FlagsText& f = flags_texts[flags];
  std::memcpy(p, f.text.data(), sizeof f.text);
  return p + f.size;
}

// Ends a list in place of its last comma.
char* close_list(char* p, const char* first) noexcept {
  if (p != first) --p;
  *p++ = ']';
  return p;
}

char* put_asns(char* p, const std::uint8_t* b, std::size_t count, bool as4) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    p = put_decimal(p, as4 ? base::load<std::uint32_t>(b + 4 * i) : base::load<std::uint16_t>(b + 2 * i));
    *p++ = ',';
  }
  return p;
}

char* put_segment_object(char* p, std::string_view type, const std::uint8_t* b, std::size_t count, bool as4) noexcept {
  p = put(put(put(p, "{\""), type), "\":[");
  p = put_asns(p, b, count, as4) - 1;
  return put(p, "]},");
}

// The numbers of a sequence stand bare. One that follows another such sequence is told apart as an object, unless the
// one before is full: a run of more than 255 numbers is cut there anyway.
char* put_as_path(char* p, Bytes v, bool as4) noexcept {
  *p++ = '[';
  char* const first = p;
  const std::size_t width = as4 ? 4 : 2;
  std::size_t run = 0;  // numbers in the bare sequence before, 0 if there is none
  while (!v.empty()) {
    if (v.size() < 2 || v[1] == 0 || v.size() - 2 < v[1] * width) return nullptr;
    const std::size_t count = v[1];
    const std::uint8_t* const asns = v.data() + 2;
    switch (v[0]) {
      case 1:
        *p++ = '[';
        p = put(put_asns(p, asns, count, as4) - 1, "],");
        run = 0;
        break;
      case 2:
        if (run == 0 || run == 255) {
          p = put_asns(p, asns, count, as4);
          run = count;
        } else {
          p = put_segment_object(p, "sequence", asns, count, as4);
          run = 0;
        }
        break;
      case 3:
        p = put_segment_object(p, "confed_sequence", asns, count, as4);
        run = 0;
        break;
      case 4:
        p = put_segment_object(p, "confed_set", asns, count, as4);
        run = 0;
        break;
      default: return nullptr;
    }
    v = v.subspan(2 + count * width);
  }
  return close_list(p, first);
}

char* put_origin(char* p, Bytes v) noexcept {
  if (v.size() != 1) return nullptr;
  switch (v[0]) {
    case 0: return put(p, "\"IGP\"");
    case 1: return put(p, "\"EGP\"");
    case 2: return put(p, "\"INCOMPLETE\"");
    default: return put_decimal(p, v[0]);
  }
}

char* put_number(char* p, Bytes v) noexcept {
  return v.size() == 4 ? put_decimal(p, base::load<std::uint32_t>(v.data())) : nullptr;
}

char* put_address(char* p, Bytes v) noexcept {
  if (v.size() != 4) return nullptr;
  *p++ = '"';
  p = put_v4(p, v.data());
  *p++ = '"';
  return p;
}

char* put_aggregator(char* p, Bytes v, bool as4) noexcept {
  if (v.size() != (as4 ? 8u : 6u)) return nullptr;
  p = put_decimal(put(p, "{\"asn\":"), as4 ? base::load<std::uint32_t>(v.data()) : base::load<std::uint16_t>(v.data()));
  p = put_v4(put(p, ", \"addr\":\""), v.data() + (as4 ? 4 : 2));
  return put(p, "\"}");
}

char* put_communities(char* p, Bytes v) noexcept {
  if (v.size() % 4 != 0) return nullptr;
  *p++ = '[';
  char* const first = p;
  for (std::size_t i = 0; i < v.size(); i += 4) {
    *p++ = '"';
    p = put_decimal(p, base::load<std::uint16_t>(v.data() + i));
    *p++ = ':';
    p = put_decimal(p, base::load<std::uint16_t>(v.data() + i + 2));
    p = put(p, "\",");
  }
  return close_list(p, first);
}

char* put_large_communities(char* p, Bytes v) noexcept {
  if (v.size() % 12 != 0) return nullptr;
  *p++ = '[';
  char* const first = p;
  for (std::size_t i = 0; i < v.size(); i += 4) {
    *p++ = i % 12 == 0 ? '"' : ':';
    p = put_decimal(p, base::load<std::uint32_t>(v.data() + i));
    if (i % 12 == 8) p = put(p, "\",");
  }
  return close_list(p, first);
}

char* put_ext_communities(char* p, Bytes v) noexcept {
  if (v.size() % 8 != 0) return nullptr;
  *p++ = '[';
  char* const first = p;
  for (std::size_t i = 0; i < v.size(); i += 8) {
    p = put_ext_community(p, bgp::ExtCommunity::read(v.data() + i));
    *p++ = ',';
  }
  return close_list(p, first);
}

char* put_cluster_list(char* p, Bytes v) noexcept {
  if (v.size() % 4 != 0) return nullptr;
  *p++ = '[';
  char* const first = p;
  for (std::size_t i = 0; i < v.size(); i += 4) {
    p = put_address(p, v.subspan(i, 4));
    *p++ = ',';
  }
  return close_list(p, first);
}

char* put_unknown(char* p, Bytes v) noexcept { return v.empty() ? put(p, "true") : put_hex_string(p, v); }

char* put_family(char* p, bgp::Family f) {
  if (f == bgp::ipv6_unicast) return put(p, "\"IPV6/UNICAST\"");
  if (f == bgp::ipv4_unicast) return put(p, "\"IPV4/UNICAST\"");
  *p++ = '"';
  p = put(p, bgp::name(f));
  *p++ = '"';
  return p;
}

char* put_v6_string(char* p, const std::uint8_t* b) noexcept {
  *p++ = '"';
  p = put_v6(p, b);
  *p++ = '"';
  return p;
}

char* put_next_hop(char* p, Bytes hop) noexcept {
  if (hop.size() == 4) return put_address(put(p, ",\"nexthop\":"), hop);
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

// Null if the bytes do not fit the form of this attribute.
char* put_value(char* p, AttrCode code, Bytes v, const bgp::Context& c, ContextMarks& marks) {
  switch (code) {
    case AttrCode::origin: return put_origin(p, v);
    case AttrCode::as_path: return put_as_path(p, v, c.as4);
    case AttrCode::as4_path: return put_as_path(p, v, true);
    case AttrCode::next_hop:
    case AttrCode::originator_id: return put_address(p, v);
    case AttrCode::med:
    case AttrCode::local_pref:
    case AttrCode::otc: return put_number(p, v);
    case AttrCode::aggregator: return put_aggregator(p, v, c.as4);
    case AttrCode::as4_aggregator: return put_aggregator(p, v, true);
    case AttrCode::community: return put_communities(p, v);
    case AttrCode::cluster_list: return put_cluster_list(p, v);
    case AttrCode::mp_reach: return put_mp_reach(p, v, c, marks);
    case AttrCode::mp_unreach: return put_mp_unreach(p, v, c, marks);
    case AttrCode::ext_community: return put_ext_communities(p, v);
    case AttrCode::large_community: return put_large_communities(p, v);
    default: return put_unknown(p, v);
  }
}

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

char* put_attribute(char* p, const bgp::AttrRef& a, Bytes value, const bgp::Context& c, ContextMarks& marks) {
  char* const name_end = put_head(p, a.code, a.flags);
  char* end = put_value(put(name_end, "\",\"value\":"), a.code, value, c, marks);
  if (!end) {
    end = put_hex_string(put(name_end, "\",\"raw\":"), value);
    if (!c.as4 && (a.code == AttrCode::as_path || a.code == AttrCode::aggregator)) marks.two_byte_as = true;
  }
  *end++ = '}';
  return end;
}

}  // namespace format
