// Text appenders for the hot path: each writes at p and returns the new end. The caller made room; a call may scribble
// up to put_slack bytes behind the end it returns, so that short pieces are copied with one wide store.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.hh"

namespace format {

inline constexpr std::size_t put_slack = 64;

namespace detail {
// "007" and its significant digits, for every number below 1000: three characters, then their count.
extern const std::array<std::array<char, 4>, 1000> digits3;
// "255." and the like: text of an octet with a dot behind it, and its length.
extern const std::array<std::array<char, 4>, 256> octet_dot;
extern const std::array<std::uint8_t, 256> octet_size;
// "/24", with its length last.
extern const std::array<std::array<char, 8>, 129> slash;
extern const std::array<std::array<char, 2>, 256> hex2;
}  // namespace detail

template <std::size_t N>
inline char* put(char* p, const char (&literal)[N]) noexcept {
  std::memcpy(p, literal, N - 1);
  return p + (N - 1);
}
inline char* put(char* p, std::string_view s) noexcept {
  std::memcpy(p, s.data(), s.size());
  return p + s.size();
}

inline char* put_below_1000(char* p, std::uint32_t v) noexcept {
  std::uint32_t e;
  std::memcpy(&e, detail::digits3[v].data(), 4);
  const std::uint32_t n = e >> 24;
  e >>= (3 - n) * 8;  // drops leading zeros: the tables and this shift are little-endian, as every target is
  std::memcpy(p, &e, 4);
  return p + n;
}
inline char* put_three(char* p, std::uint32_t v) noexcept {
  std::memcpy(p, detail::digits3[v].data(), 4);
  return p + 3;
}
inline char* put_decimal(char* p, std::uint32_t v) noexcept {
  if (v < 1000) return put_below_1000(p, v);
  if (v < 1'000'000) return put_three(put_below_1000(p, v / 1000), v % 1000);
  if (v < 1'000'000'000) return put_three(put_three(put_below_1000(p, v / 1'000'000), v / 1000 % 1000), v % 1000);
  p = put_below_1000(p, v / 1'000'000'000);
  v %= 1'000'000'000;
  return put_three(put_three(put_three(p, v / 1'000'000), v / 1000 % 1000), v % 1000);
}
char* put_decimal64(char* p, std::uint64_t v) noexcept;

inline char* put_octet_dot(char* p, std::uint32_t octet) noexcept {
  std::memcpy(p, detail::octet_dot[octet].data(), 4);
  return p + detail::octet_size[octet];
}
inline char* put_v4(char* p, std::uint32_t a) noexcept {
  p = put_octet_dot(put_octet_dot(p, a >> 24), a >> 16 & 255);
  return put_octet_dot(put_octet_dot(p, a >> 8 & 255), a & 255) - 1;
}
inline char* put_v4(char* p, const std::uint8_t* four) noexcept { return put_v4(p, base::load<std::uint32_t>(four)); }
// RFC 5952, with an IPv4-mapped address in dotted decimal.
char* put_v6(char* p, const std::uint8_t* sixteen) noexcept;
// As inet_ntop did before RFC 5952: "::" for a single zero field, too, and those below 2^32 in dotted decimal, but for
// "::" and "::1".
char* put_v6_classic(char* p, const std::uint8_t* sixteen) noexcept;
inline char* put_slash(char* p, std::uint8_t length) noexcept {
  std::memcpy(p, detail::slash[length].data(), 4);
  return p + detail::slash[length][7];
}

// "192.0.2.0/24", of a prefix on the wire: as many bytes as its length needs.
inline char* put_prefix_v4(char* p, const std::uint8_t* b, std::uint8_t length) noexcept {
  std::uint32_t bits = 0;
  switch ((length + 7u) / 8) {
    case 0: break;
    case 1: bits = std::uint32_t{b[0]} << 24; break;
    case 2: bits = std::uint32_t{base::load<std::uint16_t>(b)} << 16; break;
    case 3: bits = std::uint32_t{base::load<std::uint16_t>(b)} << 16 | std::uint32_t{b[2]} << 8; break;
    default: bits = base::load<std::uint32_t>(b);
  }
  return put_slash(put_v4(p, bits), length);
}

// "192.0.2.1" and "2001:db8::1" as JSON strings.
inline char* put_v4_string(char* p, const std::uint8_t* four) noexcept {
  *p++ = '"';
  p = put_v4(p, four);
  *p++ = '"';
  return p;
}
inline char* put_v6_string(char* p, const std::uint8_t* sixteen) noexcept {
  *p++ = '"';
  p = put_v6(p, sixteen);
  *p++ = '"';
  return p;
}

// Ends a JSON list that started behind `first`, in place of its last comma.
inline char* close_list(char* p, const char* first) noexcept {
  if (p != first) --p;
  *p++ = ']';
  return p;
}

// "NAME" as a JSON string, or the number of what has none.
template <class NameOf>
char* put_code(char* p, NameOf name_of, std::uint32_t code) noexcept {
  const std::string_view name = name_of(code);
  if (name.empty()) return put_decimal(p, code);
  *p++ = '"';
  p = put(p, name);
  *p++ = '"';
  return p;
}

// Hex digits without a prefix.
char* put_hex(char* p, base::Bytes b) noexcept;
// A JSON string "0x…"; "" when there are no bytes.
char* put_hex_string(char* p, base::Bytes b) noexcept;
// A JSON string of bytes: 0x20-0x7e literal, all others \u00xx or a short escape. At most 6 characters a byte, and two
// quotes.
char* put_text_string(char* p, std::string_view bytes) noexcept;

}  // namespace format
