#include "format/exa_words.hh"

#include <algorithm>

namespace format {

namespace {

struct Row {
  std::string_view afi, safi;
  std::uint16_t afi_code;
  std::uint8_t safi_code;
};
// The first name of a code point is the one written.
constexpr Row families[] = {
    {"ipv4", "unicast", 1, 1},
    {"ipv4", "multicast", 1, 2},
    {"ipv4", "nlri-mpls", 1, 4},
    {"ipv4", "labeled-unicast", 1, 4},
    {"ipv4", "mcast-vpn", 1, 5},
    {"ipv4", "sr-policy", 1, 73},
    {"ipv4", "mup", 1, 85},
    {"ipv4", "mpls-vpn", 1, 128},
    {"ipv4", "rtc", 1, 132},
    {"ipv4", "flow", 1, 133},
    {"ipv4", "flow-vpn", 1, 134},
    {"ipv6", "unicast", 2, 1},
    {"ipv6", "multicast", 2, 2},
    {"ipv6", "nlri-mpls", 2, 4},
    {"ipv6", "labeled-unicast", 2, 4},
    {"ipv6", "mcast-vpn", 2, 5},
    {"ipv6", "sr-policy", 2, 73},
    {"ipv6", "mup", 2, 85},
    {"ipv6", "mpls-vpn", 2, 128},
    {"ipv6", "flow", 2, 133},
    {"ipv6", "flow-vpn", 2, 134},
    {"l2vpn", "vpls", 25, 65},
    {"l2vpn", "evpn", 25, 70},
    {"bgp-ls", "bgp-ls", 16388, 71},
    {"bgp-ls", "bgp-ls-vpn", 16388, 72},
};

struct Community {
  std::string_view name;
  std::uint32_t value;
};
// RFC 1997, RFC 3765, RFC 7999.
constexpr Community communities[] = {{"no-export", 0xffffff01},
                                     {"no-advertise", 0xffffff02},
                                     {"no-export-subconfed", 0xffffff03},
                                     {"no-peer", 0xffffff04},
                                     {"blackhole", 0xffff029a}};

constexpr bool is_mark(char c) noexcept { return c == '[' || c == ']' || c == '(' || c == ')' || c == ','; }
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_hyphen(char c) noexcept { return c == '-' || c == '_'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_but_hyphens(std::string_view a, std::string_view b) noexcept {
  auto i = a.begin(), j = b.begin();
  while (true) {
    while (i != a.end() && is_hyphen(*i)) ++i;
    while (j != b.end() && is_hyphen(*j)) ++j;
    if (i == a.end() || j == b.end()) return i == a.end() && j == b.end();
    if (lower(*i++) != lower(*j++)) return false;
  }
}

}  // namespace

ExaFamily exa_family(bgp::Family f) noexcept {
  for (const Row& r : families)
    if (r.afi_code == static_cast<std::uint16_t>(f.afi) && r.safi_code == static_cast<std::uint8_t>(f.safi))
      return {r.afi, r.safi};
  return {};
}

std::optional<bgp::Family> parse_exa_family(std::string_view afi, std::string_view safi) noexcept {
  for (const Row& r : families)
    if (r.afi == afi && r.safi == safi)
      return bgp::Family{static_cast<bgp::Afi>(r.afi_code), static_cast<bgp::Safi>(r.safi_code)};
  return std::nullopt;
}

std::string_view exa_community(std::uint32_t value) noexcept {
  for (const Community& c : communities)
    if (c.value == value) return c.name;
  return {};
}

std::optional<std::uint32_t> parse_exa_community(std::string_view text) noexcept {
  for (const Community& c : communities)
    if (same_but_hyphens(text, c.name)) return c.value;
  return std::nullopt;
}

std::string_view ExaWords::next() noexcept {
  std::size_t i = 0;
  while (i < left_.size() && is_space(left_[i])) ++i;
  std::size_t end = i;
  if (end < left_.size() && is_mark(left_[end]))
    ++end;
  else
    while (end < left_.size() && !is_space(left_[end]) && !is_mark(left_[end])) ++end;
  const std::string_view word = left_.substr(i, end - i);
  left_.remove_prefix(end);
  return word;
}

bool ExaWords::take(std::string_view word) noexcept {
  if (peek() != word) return false;
  next();
  return true;
}

}  // namespace format
