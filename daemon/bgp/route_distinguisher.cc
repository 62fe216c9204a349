#include "bgp/route_distinguisher.hh"

#include <charconv>

#include "base/ip.hh"

namespace bgp {

namespace {

char* put_number(char* p, std::uint64_t v) noexcept { return std::to_chars(p, p + 20, v).ptr; }

char* put_pair(char* p, std::uint64_t high, std::uint64_t low) noexcept {
  p = put_number(p, high);
  *p++ = ':';
  return put_number(p, low);
}

template <class T>
bool whole(std::string_view text, T& v, int base) noexcept {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v, base);
  return ec == std::errc{} && end == text.data() + text.size();
}

// The administrator's part and the assigned number, of a type that is known.
std::optional<RouteDistinguisher> of_type(std::uint16_t type, std::string_view high, std::string_view low) noexcept {
  std::uint64_t number = 0, admin = 0;
  if (!whole(low, number, 10) || number > (type == 0 ? 0xffff'ffff : 0xffff)) return std::nullopt;
  if (type == 1) {
    const auto address = base::Address::parse(high);
    if (!address || !address->is_v4()) return std::nullopt;
    admin = address->v4_value();
  } else if (!whole(high, admin, 10) || admin > (type == 0 ? 0xffff : 0xffff'ffff)) {
    return std::nullopt;
  }
  return RouteDistinguisher{type, admin << (type == 0 ? 32 : 16) | number};
}

}  // namespace

char* put_rd(char* p, const RouteDistinguisher& rd) noexcept {
  const std::uint64_t v = rd.value;
  switch (rd.type) {
    case 0: return put_pair(p, v >> 32, v & 0xffff'ffff);
    case 1:
      for (int shift = 40; shift >= 16; shift -= 8) {
        p = put_number(p, v >> shift & 255);
        *p++ = shift == 16 ? ':' : '.';
      }
      return put_number(p, v & 0xffff);
    case 2:
      if (v >> 16 <= 0xffff) {
        *p++ = '2';
        *p++ = ':';
      }
      return put_pair(p, v >> 16, v & 0xffff);
    default:
      *p++ = '0';
      *p++ = 'x';
      for (int shift = 60; shift >= 0; shift -= 4) *p++ = "0123456789abcdef"[rd.whole() >> shift & 15];
      return p;
  }
}

std::string text(const RouteDistinguisher& rd) {
  char buffer[rd_text_size];
  return {buffer, put_rd(buffer, rd)};
}

std::optional<RouteDistinguisher> parse_rd(std::string_view text) noexcept {
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t v = 0;
    if (text.size() != 18 || !whole(text.substr(2), v, 16)) return std::nullopt;
    return RouteDistinguisher{static_cast<std::uint16_t>(v >> 48), v & 0xffff'ffff'ffff};
  }
  const auto last = text.rfind(':');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view low = text.substr(last + 1), high = text.substr(0, last);
  const auto first = high.find(':');
  if (first != std::string_view::npos) {
    if (first != 1 || high[0] < '0' || high[0] > '2') return std::nullopt;
    return of_type(static_cast<std::uint16_t>(high[0] - '0'), high.substr(2), low);
  }
  if (high.find('.') != std::string_view::npos) return of_type(1, high, low);
  const auto two_byte = of_type(0, high, low);
  return two_byte ? two_byte : of_type(2, high, low);
}

}  // namespace bgp
