#include "bgp/names.hh"

#include <algorithm>

#include "base/text.hh"

namespace bgp {

bool same_word(std::string_view a, std::string_view b) noexcept {
  const auto fold = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::ranges::equal(a, b, {}, fold, fold);
}

std::string_view find_name(std::span<const NamedCode> table, unsigned code) noexcept {
  const auto row = std::ranges::find(table, code, &NamedCode::code);
  return row == table.end() ? std::string_view{} : row->name;
}

std::optional<unsigned> find_code(std::span<const NamedCode> table, std::string_view name) noexcept {
  const auto row = std::ranges::find_if(table, [name](const NamedCode& r) { return same_word(r.name, name); });
  if (row == table.end()) return std::nullopt;
  return row->code;
}

std::optional<unsigned> numbered(std::string_view text, std::string_view prefix, std::string_view suffix,
                                 unsigned max) {
  if (text.size() <= prefix.size() + suffix.size() || !same_word(text.substr(0, prefix.size()), prefix) ||
      !text.ends_with(suffix))
    return std::nullopt;
  text = text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
  if (text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto value = base::parse_int(text);
  if (!value || *value < 0 || *value > std::int64_t{max}) return std::nullopt;
  return static_cast<unsigned>(*value);
}

std::string name_or_number(std::span<const NamedCode> table, std::string_view what, unsigned code) {
  const std::string_view found = find_name(table, code);
  if (!found.empty()) return std::string(found);
  return std::string(what) + "(" + std::to_string(code) + ")";
}

}  // namespace bgp
