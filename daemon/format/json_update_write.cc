#include "format/json_update_write.hh"

#include <algorithm>
#include <array>

#include "bgp/mp.hh"
#include "format/json_attr_write.hh"
#include "format/put.hh"

namespace format {

namespace {

using bgp::AttrCode;

bool has_duplicates(const bgp::UpdateIndex& u) noexcept {
  // Most stand in ascending order (RFC 4271 5).
  if (std::ranges::adjacent_find(u.attrs(), std::ranges::greater_equal{}, &bgp::AttrRef::code) == u.attrs().end())
    return false;
  std::array<std::uint64_t, 4> seen{};
  for (const bgp::AttrRef& a : u.attrs()) {
    const auto code = static_cast<std::uint8_t>(a.code);
    std::uint64_t& word = seen[code >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (code & 63);
    if ((word & bit) != 0) return true;
    word |= bit;
  }
  return false;
}

// Of the context's width, or those that complete them (RFC 6793 4.2.3).
bool holds_as_numbers(const bgp::UpdateIndex& u) noexcept {
  if (u.has(AttrCode::aggregator) || u.has(AttrCode::as4_path) || u.has(AttrCode::as4_aggregator)) return true;
  return std::ranges::any_of(u.attrs(),
                             [](const bgp::AttrRef& a) { return a.code == AttrCode::as_path && a.length != 0; });
}

char* put_attributes(char* p, const bgp::UpdateIndex& u, const bgp::Context& c, ContextMarks& marks) {
  *p++ = '{';
  for (const bgp::AttrRef& a : u.attrs()) {
    p = put_attribute(p, a, u.value(a), c, marks);
    *p++ = ',';
  }
  p[-1] = '}';
  return p;
}

// An object cannot hold the same name twice.
char* put_raw_attributes(char* p, const bgp::UpdateIndex& u, const bgp::Context& c, ContextMarks& marks) {
  for (const bgp::AttrRef& a : u.attrs()) {
    if (a.length < 3 || (a.code != AttrCode::mp_reach && a.code != AttrCode::mp_unreach)) continue;
    const std::uint8_t* const b = u.value(a).data();
    const bgp::Family f{static_cast<bgp::Afi>(base::load<std::uint16_t>(b)), static_cast<bgp::Safi>(b[2])};
    if (c.add_path.has(f)) marks.hidden_paths(f);
  }
  return put_hex_string(p, u.attributes());
}

char* put_family_list(char* p, std::span<const bgp::Family> families) {
  p = put(p, "\"addpath\":[");
  for (const bgp::Family f : families) {
    *p++ = '"';
    p = put(p, bgp::name(f));
    p = put(p, "\",");
  }
  p[-1] = ']';
  *p++ = ',';
  return p;
}

char* put_marks(char* p, const ContextMarks& marks) {
  if (marks.add_path_count != 0) p = put_family_list(p, {marks.add_path.data(), marks.add_path_count});
  return p;
}

}  // namespace

char* put_update(char* p, const bgp::UpdateIndex& u, const bgp::Context& c) {
  *p++ = '{';
  char* const first = p;
  const bool add_path = c.add_path.has(bgp::ipv4_unicast);
  if (!u.nlri().empty()) {
    p = put_prefixes_v4(put(p, "\"reach\":"), u.nlri(), add_path);
    if (!p) return nullptr;
    *p++ = ',';
  }
  if (!u.withdrawn().empty()) {
    p = put_prefixes_v4(put(p, "\"unreach\":"), u.withdrawn(), add_path);
    if (!p) return nullptr;
    *p++ = ',';
  }
  ContextMarks marks;
  if (!c.as4 && holds_as_numbers(u)) p = put(p, "\"as4\":false,");
  if (!u.attrs().empty()) {
    p = put(p, "\"attrs\":");
    p = has_duplicates(u) ? put_raw_attributes(p, u, c, marks) : put_attributes(p, u, c, marks);
    *p++ = ',';
  }
  p = put_marks(p, marks);
  if (p != first) --p;
  *p++ = '}';
  return p;
}

char* put_raw_update(char* p, base::Bytes body, const bgp::Context& c) {
  if (c.as4 && c.add_path.empty()) return put_hex_string(p, body);
  p = put_hex_string(put(p, "{\"raw\":"), body);
  *p++ = ',';
  if (!c.as4) p = put(p, "\"as4\":false,");
  if (c.add_path.is_all())
    p = put(p, "\"addpath\":true,");
  else if (!c.add_path.empty())
    p = put_family_list(p, c.add_path.list());
  p[-1] = '}';
  return p;
}

}  // namespace format
