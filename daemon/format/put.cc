#include "format/put.hh"

#include <bit>
#include <charconv>

namespace format {

static_assert(std::endian::native == std::endian::little);

namespace detail {

namespace {
constexpr char digit(unsigned v) { return static_cast<char>('0' + v); }
constexpr char hex_digit(unsigned v) { return "0123456789abcdef"[v]; }
}  // namespace

constexpr std::array<std::array<char, 4>, 1000> digits3 = [] {
  std::array<std::array<char, 4>, 1000> t{};
  for (unsigned v = 0; v < 1000; ++v) {
    const char significant = v < 10 ? 1 : v < 100 ? 2 : 3;
    t[v] = {digit(v / 100), digit(v / 10 % 10), digit(v % 10), significant};
  }
  return t;
}();

constexpr std::array<std::array<char, 4>, 256> octet_dot = [] {
  std::array<std::array<char, 4>, 256> t{};
  for (unsigned v = 0; v < 256; ++v) {
    std::size_t n = 0;
    if (v >= 100) t[v][n++] = digit(v / 100);
    if (v >= 10) t[v][n++] = digit(v / 10 % 10);
    t[v][n++] = digit(v % 10);
    t[v][n] = '.';
  }
  return t;
}();

constexpr std::array<std::uint8_t, 256> octet_size = [] {
  std::array<std::uint8_t, 256> t{};
  for (unsigned v = 0; v < 256; ++v) t[v] = v < 10 ? 2 : v < 100 ? 3 : 4;
  return t;
}();

constexpr std::array<std::array<char, 8>, 129> slash = [] {
  std::array<std::array<char, 8>, 129> t{};
  for (unsigned v = 0; v < 129; ++v) {
    std::size_t n = 0;
    t[v][n++] = '/';
    if (v >= 100) t[v][n++] = digit(v / 100);
    if (v >= 10) t[v][n++] = digit(v / 10 % 10);
    t[v][n++] = digit(v % 10);
    t[v][7] = static_cast<char>(n);
  }
  return t;
}();

constexpr std::array<std::array<char, 2>, 256> hex2 = [] {
  std::array<std::array<char, 2>, 256> t{};
  for (unsigned v = 0; v < 256; ++v) t[v] = {hex_digit(v >> 4), hex_digit(v & 15)};
  return t;
}();

namespace {

struct Run {
  std::uint8_t start, length;
};
// Where the first of the longest runs of at least `least` zero fields lies, by the mask of zero fields.
constexpr std::array<Run, 256> longest_runs(unsigned least) {
  std::array<Run, 256> t{};
  for (unsigned mask = 0; mask < 256; ++mask) {
    Run best{8, static_cast<std::uint8_t>(least - 1)};
    for (unsigned i = 0; i < 8; ++i) {
      unsigned n = 0;
      while (i + n < 8 && (mask >> (i + n) & 1) != 0) ++n;
      if (n > best.length) best = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(n)};
      i += n;
    }
    if (best.start == 8) best.length = 0;
    t[mask] = best;
  }
  return t;
}
constexpr std::array<Run, 256> runs_of_two = longest_runs(2);  // RFC 5952 4.2.2
constexpr std::array<Run, 256> runs_of_one = longest_runs(1);

char* put_field(char* p, const std::uint8_t* two) noexcept {
  const auto pair = [&p](std::uint8_t v) {
    std::memcpy(p, hex2[v].data(), 2);
    p += 2;
  };
  const auto leading = [&](std::uint8_t v) {
    if (v >= 16) return pair(v);
    *p++ = hex2[v][1];
  };
  if (two[0] != 0) {
    leading(two[0]);
    pair(two[1]);
  } else {
    leading(two[1]);
  }
  return p;
}

}  // namespace
}  // namespace detail

char* put_decimal64(char* p, std::uint64_t v) noexcept {
  if (v <= 0xffffffff) return put_decimal(p, static_cast<std::uint32_t>(v));
  return std::to_chars(p, p + 20, v).ptr;
}

namespace {

unsigned zero_fields(const std::uint8_t* b) noexcept {
  unsigned zeros = 0;
  for (unsigned i = 0; i < 8; ++i) zeros |= static_cast<unsigned>((b[2 * i] | b[2 * i + 1]) == 0) << i;
  return zeros;
}

char* put_v6(char* p, const std::uint8_t* b, detail::Run run, bool dotted) noexcept {
  const unsigned fields = dotted ? 6 : 8;
  for (unsigned i = 0; i < fields;) {
    if (i == run.start) {
      p = put(p, "::");
      i += run.length;
      continue;
    }
    if (i != 0 && i != static_cast<unsigned>(run.start + run.length)) *p++ = ':';
    p = detail::put_field(p, b + 2 * i);
    ++i;
  }
  if (!dotted) return p;
  if (run.length < fields) *p++ = ':';
  return put_v4(p, b + 12);
}

bool is_mapped(const std::uint8_t* b, detail::Run run) noexcept {
  return run.start == 0 && run.length == 5 && b[10] == 0xff && b[11] == 0xff;
}

}  // namespace

char* put_v6(char* p, const std::uint8_t* b) noexcept {
  const detail::Run run = detail::runs_of_two[zero_fields(b)];
  return put_v6(p, b, run, is_mapped(b, run));
}

char* put_v6_classic(char* p, const std::uint8_t* b) noexcept {
  const detail::Run run = detail::runs_of_one[zero_fields(b)];
  const bool compatible = run.start == 0 && (run.length == 6 || (run.length == 7 && (b[14] != 0 || b[15] != 1)));
  return put_v6(p, b, run, compatible || is_mapped(b, run));
}

char* put_hex(char* p, base::Bytes b) noexcept {
  for (const std::uint8_t c : b) {
    std::memcpy(p, detail::hex2[c].data(), 2);
    p += 2;
  }
  return p;
}

char* put_hex_string(char* p, base::Bytes b) noexcept {
  if (b.empty()) return put(p, "\"\"");
  p = put_hex(put(p, "\"0x"), b);
  *p++ = '"';
  return p;
}

char* put_text_string(char* p, std::string_view bytes) noexcept {
  *p++ = '"';
  for (const char c : bytes) {
    switch (c) {
      case '"': p = put(p, "\\\""); break;
      case '\\': p = put(p, "\\\\"); break;
      case '\r': p = put(p, "\\r"); break;
      case '\n': p = put(p, "\\n"); break;
      case '\t': p = put(p, "\\t"); break;
      default:
        if (c >= 0x20 && c <= 0x7e) {
          *p++ = c;
        } else {
          const auto u = static_cast<std::uint8_t>(c);
          p = put_hex(put(p, "\\u00"), {&u, 1});
        }
    }
  }
  *p++ = '"';
  return p;
}

}  // namespace format
