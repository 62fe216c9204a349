#include "format/json_attr_write.hh"

#include <bitset>

#include "bgp/attr_set.hh"
#include "format/json_ext_community.hh"
#include "format/json_mp_write.hh"
#include "format/json_tlv_write.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::AttrCode;
using bgp::AttrForm;

// "ORIGIN":{"flags":" of each code, and T","value": of each flags byte: copied whole.
struct Head {
  std::array<char, 40> text{};
  std::uint8_t size = 0;
  AttrForm form{};
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
    h.form = bgp::attr_form(static_cast<AttrCode>(code));
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

char* put_head(char* p, const Head& h, std::uint8_t flags) noexcept {
  std::memcpy(p, h.text.data(), sizeof h.text);
  p += h.size;
  const FlagsText& f = flags_texts[flags];
  std::memcpy(p, f.text.data(), sizeof f.text);
  return p + f.size;
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
  static constexpr char names[3][16] = {"\"IGP\"", "\"EGP\"", "\"INCOMPLETE\""};
  static constexpr std::uint8_t sizes[3] = {5, 5, 12};
  if (v.size() != 1) return nullptr;
  if (v[0] >= std::size(names)) return put_decimal(p, v[0]);
  std::memcpy(p, names[v[0]], sizeof names[0]);
  return p + sizes[v[0]];
}

char* put_number(char* p, Bytes v) noexcept {
  return v.size() == 4 ? put_decimal(p, base::load<std::uint32_t>(v.data())) : nullptr;
}

char* put_address(char* p, Bytes v) noexcept { return v.size() == 4 ? put_v4_string(p, v.data()) : nullptr; }

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

char* put_ipv6_ext_communities(char* p, Bytes v) noexcept {
  if (v.size() % 20 != 0) return nullptr;
  *p++ = '[';
  char* const first = p;
  for (std::size_t i = 0; i < v.size(); i += 20) {
    p = put_ipv6_ext_community(p, bgp::Ipv6ExtCommunity::read(v.data() + i));
    *p++ = ',';
  }
  return close_list(p, first);
}

char* put_addresses(char* p, Bytes v) noexcept {
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

// {"asn":65000,"attrs":{…}}. An object cannot hold a name twice.
char* put_attr_set(char* p, Bytes v, const ContextMarks& around) {
  const auto set = bgp::parse_attr_set(v);
  if (!set || around.depth == max_attr_set_depth) return nullptr;
  ContextMarks marks;
  marks.depth = around.depth + 1;
  std::bitset<256> seen;
  p = put(put_decimal(put(p, "{\"asn\":"), set->origin), ",\"attrs\":{");
  char* const first = p;
  bgp::AttrReader r(set->attributes);
  for (bgp::RawAttr a; r.next(a);) {
    if (seen[static_cast<std::uint8_t>(a.code)]) return nullptr;
    seen.set(static_cast<std::uint8_t>(a.code));
    p = put_attribute(p, {a.code, a.flags, 0, 0}, a.value, {}, marks);
    *p++ = ',';
  }
  if (!r.ok()) return nullptr;
  if (p != first) --p;
  return put(p, "}}");
}

// Null if the bytes do not fit the form of this attribute. The rare forms stand aside of the common ones.
[[gnu::noinline]] char* put_rare_value(char* p, AttrForm form, Bytes v, const ContextMarks& marks) {
  switch (form) {
    case AttrForm::ipv6_ext_communities: return put_ipv6_ext_communities(p, v);
    case AttrForm::pmsi_tunnel: return put_pmsi_tunnel(p, v);
    case AttrForm::tunnel_encap: return put_tunnel_encap(p, v);
    case AttrForm::aigp: return put_aigp(p, v);
    case AttrForm::prefix_sid: return put_prefix_sid(p, v);
    case AttrForm::attr_set: return put_attr_set(p, v, marks);
    default: return put_unknown(p, v);
  }
}

char* put_value(char* p, AttrForm form, Bytes v, const bgp::Context& c, ContextMarks& marks) {
  switch (form) {
    case AttrForm::origin: return put_origin(p, v);
    case AttrForm::as_path: return put_as_path(p, v, c.as4);
    case AttrForm::as4_path: return put_as_path(p, v, true);
    case AttrForm::address: return put_address(p, v);
    case AttrForm::address_list: return put_addresses(p, v);
    case AttrForm::number: return put_number(p, v);
    case AttrForm::aggregator: return put_aggregator(p, v, c.as4);
    case AttrForm::as4_aggregator: return put_aggregator(p, v, true);
    case AttrForm::communities: return put_communities(p, v);
    case AttrForm::large_communities: return put_large_communities(p, v);
    case AttrForm::ext_communities: return put_ext_communities(p, v);
    case AttrForm::mp_reach: return marks.depth == 0 ? put_mp_reach(p, v, c, marks) : nullptr;
    case AttrForm::mp_unreach: return marks.depth == 0 ? put_mp_unreach(p, v, c, marks) : nullptr;
    default: return put_rare_value(p, form, v, marks);
  }
}

}  // namespace

char* put_attribute(char* p, const bgp::AttrRef& a, Bytes value, const bgp::Context& c, ContextMarks& marks) {
  const Head& head = heads[static_cast<std::uint8_t>(a.code)];
  char* const name_end = put_head(p, head, a.flags);
  char* end = put_value(put(name_end, "\",\"value\":"), head.form, value, c, marks);
  if (!end) end = put_hex_string(put(name_end, "\",\"raw\":"), value);
  *end++ = '}';
  return end;
}

}  // namespace format
