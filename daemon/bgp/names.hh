// Names of code points: tables of number and name, looked up both ways.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bgp {

struct NamedCode {
  unsigned code;
  std::string_view name;
};

bool same_word(std::string_view a, std::string_view b) noexcept;  // ASCII letters in any case
// Empty when the table has no such code.
std::string_view find_name(std::span<const NamedCode> table, unsigned code) noexcept;
// The table's name in any case.
std::optional<unsigned> find_code(std::span<const NamedCode> table, std::string_view name) noexcept;
// The number between prefix and suffix, as in "AFI(99)" and "CAP_99"; decimal or 0x hex, at most max.
std::optional<unsigned> numbered(std::string_view text, std::string_view prefix, std::string_view suffix, unsigned max);

// The table's name, else "What(99)"; and both read back: open is "What(".
std::string name_or_number(std::span<const NamedCode> table, std::string_view what, unsigned code);
template <class Code>
std::optional<Code> parse_code(std::span<const NamedCode> table, std::string_view open, unsigned max,
                               std::string_view text) {
  auto code = find_code(table, text);
  if (!code) code = numbered(text, open, ")", max);
  if (!code) return std::nullopt;
  return static_cast<Code>(*code);
}

}  // namespace bgp
