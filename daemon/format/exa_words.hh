// Words of ExaBGP's API text and their code points.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bgp/types.hh"

namespace format {

// "ipv4" and "nlri-mpls"; empty for families that have no words.
struct ExaFamily {
  std::string_view afi, safi;
};
ExaFamily exa_family(bgp::Family) noexcept;
std::optional<bgp::Family> parse_exa_family(std::string_view afi, std::string_view safi) noexcept;

// "no-export", …; empty for communities without a name. Read in any case, "_" as "-", with or without hyphens.
std::string_view exa_community(std::uint32_t) noexcept;
std::optional<std::uint32_t> parse_exa_community(std::string_view) noexcept;

// Takes words off a line. Brackets, parentheses, and commas are words of their own, whatever stands beside them.
class ExaWords {
 public:
  explicit ExaWords(std::string_view line) noexcept : left_(line) {}
  // Empty at the end.
  std::string_view next() noexcept;
  std::string_view peek() const noexcept { return ExaWords(*this).next(); }
  // Takes the next word if it is this one.
  bool take(std::string_view word) noexcept;
  bool done() const noexcept { return peek().empty(); }

 private:
  std::string_view left_;
};

}  // namespace format
