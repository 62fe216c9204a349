#include "base/text.hh"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace base {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view space = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

namespace {
char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper_char(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_char);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upper_char);
  return out;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int radix = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char mark = lower_char(text[1]);
    radix = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    if (radix != 10) text.remove_prefix(2);
  }
  if (text.empty() || text[0] == '-' || text[0] == '+') return std::nullopt;
  std::int64_t v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v, radix);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return negative ? -v : v;
}

namespace {
struct Unit {
  std::string_view name;
  Nanos size;
};
constexpr Unit units[] = {{"d", 86400 * second}, {"h", 3600 * second}, {"m", 60 * second}, {"s", second},
                          {"ms", millisecond},   {"us", microsecond},  {"ns", 1}};
}  // namespace

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "15" or "1.5" at the start of text, times the unit behind it; both are taken off.
std::optional<Nanos> take_amount(std::string_view& text) {
  const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view amount = text.substr(0, digits);
  text.remove_prefix(digits);
  const auto letters = std::min(text.find_first_of("0123456789."), text.size());
  const auto* unit = std::ranges::find(units, text.substr(0, letters), &Unit::name);
  if (unit == std::end(units)) return std::nullopt;
  text.remove_prefix(letters);
  const auto point = amount.find('.');
  Nanos whole = 0;
  if (const auto head = amount.substr(0, point); !head.empty()) {
    const auto v = parse_int(head);
    if (!v || __builtin_mul_overflow(*v, unit->size, &whole)) return std::nullopt;
  }
  if (point == std::string_view::npos) return amount.empty() ? std::nullopt : std::optional(whole);
  double fraction = 0, place = 0.1;
  for (const char c : amount.substr(point + 1)) {
    if (!is_digit(c)) return std::nullopt;
    fraction += place * (c - '0');
    place /= 10;
  }
  if (amount.size() == 1) return std::nullopt;
  Nanos total = 0;
  if (__builtin_add_overflow(whole, std::llround(fraction * static_cast<double>(unit->size)), &total))
    return std::nullopt;
  return total;
}
}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Nanos total = 0;
  while (!text.empty()) {
    const auto amount = take_amount(text);
    if (!amount || __builtin_add_overflow(total, *amount, &total)) return std::nullopt;
  }
  return negative ? -total : total;
}

std::string duration_text(Nanos d) {
  if (d == 0) return "0";
  std::string out = d < 0 ? "-" : "";
  auto left = d < 0 ? -static_cast<std::uint64_t>(d) : static_cast<std::uint64_t>(d);
  for (const Unit& u : units) {
    const auto size = static_cast<std::uint64_t>(u.size);
    if (left / size == 0) continue;
    out += std::to_string(left / size);
    out += u.name;
    left %= size;
  }
  return out;
}

std::string duration_human(Nanos d) {
  const std::int64_t s = std::max<Nanos>(d, 0) / second;
  const auto two = [](std::int64_t v) { return (v < 10 ? "0" : "") + std::to_string(v); };
  if (s >= 86400) return std::to_string(s / 86400) + "d" + two(s / 3600 % 24) + "h";
  if (s >= 3600) return std::to_string(s / 3600) + "h" + two(s / 60 % 60) + "m";
  if (s >= 60) return std::to_string(s / 60) + "m" + two(s % 60) + "s";
  return std::to_string(s) + "s";
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto v = parse_int(text.substr(0, digits));
  if (!v) return std::nullopt;
  std::string unit = lower(text.substr(digits));
  if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
  const int shift = unit.empty() ? 0 : unit == "k" ? 10 : unit == "m" ? 20 : unit == "g" ? 30 : -1;
  if (shift < 0 || *v > (std::int64_t{1} << 62 >> shift)) return std::nullopt;
  return *v << shift;
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const std::string_view c : candidates) {
    std::vector<std::size_t> row(c.size() + 1);
    for (std::size_t j = 0; j <= c.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= c.size(); ++j) {
        const std::size_t change = diagonal + (lower_char(word[i - 1]) == lower_char(c[j - 1]) ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
      }
    }
    if (row.back() < best_distance) best = c, best_distance = row.back();
  }
  return best;
}

namespace {
// Length of the valid UTF-8 sequence at the start (RFC 3629 4), or 0.
std::size_t utf8_length(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char c = at(0);
  const std::size_t n = c < 0x80                ? 1
                        : c >= 0xc2 && c < 0xe0 ? 2
                        : c >= 0xe0 && c < 0xf0 ? 3
                        : c >= 0xf0 && c < 0xf5 ? 4
                                                : 0;
  if (n == 0 || n > s.size()) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  if ((c == 0xe0 && at(1) < 0xa0) || (c == 0xed && at(1) > 0x9f) || (c == 0xf0 && at(1) < 0x90) ||
      (c == 0xf4 && at(1) > 0x8f))
    return 0;
  return n;
}
}  // namespace

namespace {
// Control characters (U+0080 to U+009F are some too), and what makes a terminal show text in another order or nothing:
// marks and overrides of direction, separators of lines, and the byte order mark.
bool is_control(std::string_view character) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1: return at(0) < 0x20 || at(0) == 0x7f;
    case 2: return (at(0) == 0xc2 && at(1) < 0xa0) || (at(0) == 0xd8 && at(1) == 0x9c);
    case 3:
      if (at(0) == 0xef) return at(1) == 0xbb && at(2) == 0xbf;
      if (at(0) != 0xe2) return false;
      if (at(1) == 0x80) return (at(2) >= 0x8b && at(2) <= 0x8f) || (at(2) >= 0xa8 && at(2) <= 0xae);
      return at(1) == 0x81 && at(2) >= 0xa0 && at(2) <= 0xaf;
    default: return false;
  }
}
}  // namespace

bool valid_utf8(std::string_view s) {
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    if (n == 0) return false;
    s.remove_prefix(n);
  }
  return true;
}

std::string printable(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    if (n != 0 && !is_control(s.substr(0, n))) {
      out += s.substr(0, n);
      s.remove_prefix(n);
    } else {
      out += "\\x" + to_hex(as_bytes(s.substr(0, 1)));
      s.remove_prefix(1);
    }
  }
  return out;
}

bool glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace base
