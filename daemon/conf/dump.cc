#include "conf/dump.hh"

#include <algorithm>

#include "base/ip.hh"
#include "base/text.hh"
#include "conf/interpolate.hh"

namespace conf {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("_./@+-").find(c) != std::string_view::npos;
}

// Words that some YAML reads as a boolean or null.
bool is_reserved(std::string_view text) {
  static constexpr std::string_view words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"};
  return std::ranges::find(words, base::lower(text)) != std::end(words);
}

// No number, time or date has this form, nor has any sign a meaning in it, inside braces or out.
bool stands_plain(std::string_view text) {
  if (text.empty() || text.size() > 200 || !std::ranges::all_of(text, is_plain)) return false;
  if (is_letter(text[0]) || text[0] == '/' || text[0] == '_') return !is_reserved(text);
  const auto prefix = base::Prefix::parse(text);
  return prefix && prefix->address.is_v4();
}

// Length of what must be written as an escape at the start: controls, and what a reader would take for a line break or
// byte order mark.
std::size_t unprintable(std::string_view s) {
  const auto c = static_cast<unsigned char>(s[0]);
  if (c < 0x20 || c == 0x7f) return 1;
  if (c == 0xc2 && s.size() > 1 && static_cast<unsigned char>(s[1]) < 0xa0) return 2;
  for (const std::string_view special :
       {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf"})
    if (s.starts_with(special)) return 3;
  return 0;
}

std::string escaped(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned code = s.size() == 1   ? at(0)
                        : s.size() == 2 ? (at(0) & 0x1fu) << 6 | (at(1) & 0x3fu)
                                        : (at(0) & 0x0fu) << 12 | (at(1) & 0x3fu) << 6 | (at(2) & 0x3fu);
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = code < 0x100 ? "\\x" : "\\u";
  for (int shift = code < 0x100 ? 4 : 12; shift >= 0; shift -= 4) out += digits[code >> shift & 15];
  return out;
}

std::size_t character(std::string_view s) {
  for (std::size_t n = 1; n <= std::min<std::size_t>(4, s.size()); ++n)
    if (base::valid_utf8(s.substr(0, n))) return n;
  return 0;
}

std::string in_quotes(std::string_view s) {
  std::string out = "\"";
  while (!s.empty()) {
    std::size_t n = character(s);
    if (n == 0) {
      out += escaped(s.substr(0, 1));
      n = 1;
    } else if (unprintable(s) != 0) {
      out += escaped(s.substr(0, n));
    } else {
      if (s[0] == '"' || s[0] == '\\') out += '\\';
      out += s.substr(0, n);
    }
    s.remove_prefix(n);
  }
  return out + '"';
}

struct Entry {
  const Option* option;
  std::string value;
};

std::vector<Entry> entries(std::span<const Dumped> all) {
  std::vector<Entry> out;
  for (const Dumped& d : all)
    for (const Option& o : d.table) {
      const Value value = o.get(d.object);
      if (std::holds_alternative<std::monostate>(value)) continue;
      if (o.required || value != o.get(d.defaults)) out.push_back({&o, yaml_value(value)});
    }
  return out;
}

// Whether the reader would take the value of this one without its name.
bool is_argument(const Option& o, std::span<const Dumped> all) {
  for (const Dumped& d : all)
    if (const Option* const first = argument_option(d.table)) return first == &o;
  return false;
}

}  // namespace

std::string yaml_text(std::string_view text) { return stands_plain(text) ? std::string(text) : in_quotes(text); }

std::string yaml_value(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return yaml_text(escape_references(*text));
  if (std::holds_alternative<Secret>(value)) return yaml_text(value_text(value));
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) return value_text(value);
  std::string out = "[";
  for (const std::string& text : *list) {
    if (&text != &list->front()) out += ", ";
    out += yaml_text(escape_references(text));
  }
  return out + "]";
}

std::string dump_flow(std::span<const Dumped> all) {
  const auto found = entries(all);
  if (found.empty()) return "{}";
  if (found.size() == 1 && is_argument(*found[0].option, all)) return found[0].value;
  std::string out = "{ ";
  for (const Entry& e : found) {
    if (&e != &found.front()) out += ", ";
    out.append(e.option->name).append(": ").append(e.value);
  }
  return out + " }";
}

std::string dump_block(std::span<const Dumped> all, int indent) {
  std::string out;
  for (const Entry& e : entries(all)) {
    out.append(static_cast<std::size_t>(std::max(indent, 0)), ' ');
    out.append(e.option->name).append(": ").append(e.value).append("\n");
  }
  return out;
}

}  // namespace conf
