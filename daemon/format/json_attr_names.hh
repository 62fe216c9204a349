// Attributes by their names in JSON, for every attribute of every line that is read.
#pragma once

#include <array>
#include <string_view>

#include "bgp/attr_table.hh"

namespace format {

struct NamedAttr {
  std::string_view name;  // in upper case
  bgp::AttrCode code{};
  bgp::AttrForm form{};
};

// Null for those without a name in the registry, and for one that is not in upper case: bgp::parse_attr_name knows.
inline const NamedAttr* find_named_attr(std::string_view name) noexcept {
  struct Table {
    std::array<NamedAttr, 256> slots{};
    static std::size_t hash(std::string_view s) noexcept {
      return (s.size() * 29 + static_cast<unsigned char>(s.front()) * 7 + static_cast<unsigned char>(s.back()) * 3 +
              static_cast<unsigned char>(s[s.size() / 2])) &
             255;
    }
    Table() {
      // The lower codes are the more frequent ones: they are put in last.
      for (unsigned n = 256; n-- > 0;) {
        const auto code = static_cast<bgp::AttrCode>(n);
        const std::string_view known = bgp::attr_name_or_empty(code);
        if (!known.empty()) slots[hash(known)] = {known, code, bgp::attr_form(code)};
      }
    }
  };
  static const Table table;
  if (name.empty()) return nullptr;
  const NamedAttr& found = table.slots[Table::hash(name)];
  return found.name == name ? &found : nullptr;
}

}  // namespace format
