#include "format/take.hh"

#include <algorithm>
#include <array>

#include "base/ip.hh"
#include "base/text.hh"
#include "format/digits.hh"

namespace format {

namespace {

// Digits at the front, at most ten of them; how many there were.
std::size_t leading_decimal(std::string_view text, std::uint64_t& v) noexcept {
  std::size_t n = 0;
  v = 0;
  while (n < text.size() && n < 10 && digit(text[n]) < 10) v = v * 10 + digit(text[n++]);
  return n;
}

// Up to three digits without a zero in front, at most 255; at most as many characters as there are.
bool slow_octet(const char*& p, const char* end, std::uint8_t& octet) noexcept {
  if (p == end || digit(*p) > 9) return false;
  unsigned v = digit(*p++);
  if (v != 0)
    for (int more = 0; more < 2 && p != end && digit(*p) < 10; ++more) v = v * 10 + digit(*p++);
  octet = static_cast<std::uint8_t>(v);
  return v <= 255;
}

// Dotted decimal at the front.
bool leading_v4(const char*& p, const char* end, std::uint8_t* four) noexcept {
  if (end - p >= 16) [[likely]] {
    // Three octets and their dots are at most twelve characters.
    return take_dotted_fast(p, four);
  }
  for (int i = 0; i < 4; ++i) {
    if (i != 0 && (p == end || *p++ != '.')) return false;
    if (!slow_octet(p, end, four[i])) return false;
  }
  return true;
}

constexpr auto hex_values = [] {
  std::array<std::uint8_t, 256> t{};
  t.fill(255);
  for (unsigned i = 0; i < 10; ++i) t['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i) t['a' + i] = t['A' + i] = static_cast<std::uint8_t>(10 + i);
  return t;
}();
inline std::uint8_t hex_value(char c) noexcept { return hex_values[static_cast<unsigned char>(c)]; }

// The common forms of RFC 5952: up to four hex digits a field, one "::"; no dotted decimal.
bool take_plain_v6(std::string_view text, std::uint8_t* out) noexcept {
  std::uint16_t fields[8] = {};
  unsigned n = 0, gap = 8;
  const char *p = text.data(), *const end = p + text.size();
  if (text.starts_with("::")) {
    gap = 0;
    p += 2;
  }
  while (p != end) {
    if (n == 8) return false;
    unsigned v = 0, digits = 0;
    while (p != end && digits < 4 && hex_value(*p) < 16) v = v << 4 | hex_value(*p++), ++digits;
    if (digits == 0) return false;
    fields[n++] = static_cast<std::uint16_t>(v);
    if (p == end) break;
    if (*p != ':') return false;
    ++p;
    if (p == end) return false;
    if (*p == ':') {
      if (gap != 8 || n == 8) return false;
      gap = n;
      ++p;
    }
  }
  if (gap == 8 ? n != 8 : n == 8) return false;
  const unsigned tail = n - std::min(gap, n);
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned from_end = 8 - i;
    const std::uint16_t v = i < std::min(gap, n) ? fields[i] : from_end <= tail ? fields[n - from_end] : 0;
    base::store(out + 2 * i, v);
  }
  return true;
}

}  // namespace

bool take_number(std::string_view text, std::uint64_t max, std::uint64_t& v) noexcept {
  if (!text.empty() && (text[0] != '0' || text.size() == 1) && leading_decimal(text, v) == text.size()) return v <= max;
  const auto slow = base::parse_int(text);
  if (!slow || *slow < 0) return false;
  v = static_cast<std::uint64_t>(*slow);
  return v <= max;
}

bool take_v4(std::string_view text, std::uint8_t* four) noexcept {
  // No address has sixteen characters. Behind the last octet stands what ends it.
  char room[32] = {};
  if (text.size() >= 16) return false;
  std::memcpy(room, text.data(), text.size());
  const char* p = room;
  return take_dotted_fast(p, four) && p == room + text.size();
}

bool take_v6(std::string_view text, std::uint8_t* sixteen) noexcept {
  if (take_plain_v6(text, sixteen)) return true;
  const auto a = base::Address::parse(text);
  if (!a || !a->is_v6()) return false;
  std::memcpy(sixteen, a->bytes().data(), 16);
  return true;
}

bool take_prefix(std::string_view text, bgp::Afi afi, PrefixText& out) noexcept {
  out.has_path_id = text.starts_with('#');
  if (out.has_path_id) {
    std::uint64_t id = 0;
    const std::size_t n = leading_decimal(text.substr(1), id);
    if (n == 0 || id > 0xffffffff || n + 1 >= text.size() || text[n + 1] != '#') return false;
    out.path_id = static_cast<std::uint32_t>(id);
    text.remove_prefix(n + 2);
  }
  const char *p = text.data(), *const end = p + text.size();
  if (afi == bgp::Afi::ipv6) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos || !take_v6(text.substr(0, slash), out.bytes)) return false;
    p += slash;
  } else if (!leading_v4(p, end, out.bytes)) {
    return false;
  }
  if (p == end || *p++ != '/') return false;
  std::uint64_t length = 0;
  const std::string_view digits(p, end);
  if (digits.empty() || digits.size() > 3 || leading_decimal(digits, length) != digits.size()) return false;
  out.length = static_cast<std::uint8_t>(length);
  return length <= (afi == bgp::Afi::ipv6 ? 128u : 32u);
}

bool take_plain_prefixes_v4(std::string_view list, base::Buffer& out) {
  const char *p = list.data(), *const end = p + list.size();
  const std::size_t before = out.size();
  const auto one = [&](std::uint8_t* nlri) {
    // The shortest rest is 0.0.0.0/0"]
    if (end - p < 12 || *p++ != '"' || !leading_v4(p, end, nlri + 1) || end - p < 4 || *p++ != '/') return false;
    unsigned length = digit(*p++);
    if (length > 9) return false;
    if (length != 0 && digit(*p) < 10) length = length * 10 + digit(*p++);
    nlri[0] = static_cast<std::uint8_t>(length);
    return length <= 32 && *p++ == '"' && p != end;
  };
  if (list.size() < 2 || *p++ != '[') return false;
  if (*p == ']') return list.size() == 2;
  for (;;) {
    std::uint8_t* const nlri = out.reserve(5);
    if (!one(nlri)) break;
    out.commit(1 + (nlri[0] + 7u) / 8);
    const char next = *p++;
    if (next == ']' && p == end) return true;
    if (next != ',') break;
  }
  out.truncate(before);
  return false;
}

bool take_parts(std::string_view text, unsigned parts, unsigned width, std::uint8_t* out) noexcept {
  const std::uint64_t max = width == 2 ? 0xffff : 0xffffffff;
  for (unsigned i = 0; i < parts; ++i) {
    const std::size_t end = i + 1 == parts ? text.size() : text.find(':');
    std::uint64_t v = 0;
    if (end == std::string_view::npos || !take_number(text.substr(0, end), max, v)) return false;
    if (width == 2)
      base::store(out + 2 * i, static_cast<std::uint16_t>(v));
    else
      base::store(out + 4 * i, static_cast<std::uint32_t>(v));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool take_hex_digits(std::string_view digits, std::uint8_t* out) noexcept {
  if (digits.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if ((high | low) > 15) return false;
    *out++ = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool take_hex(std::string_view text, base::Buffer& out) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (!take_hex_digits(text, out.reserve(text.size() / 2))) return false;
  out.commit(text.size() / 2);
  return true;
}

void take_text(std::string_view utf8, std::string& out) {
  out.assign(utf8);
  if (std::ranges::none_of(utf8, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return;
  out.clear();
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    // U+0080 to U+00FF are C2 and C3 with one byte behind.
    if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.size())
      out.push_back(static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3f)));
    else
      out.push_back(static_cast<char>(c));
  }
}

}  // namespace format
