// Route distinguishers (RFC 4364 4.2): eight bytes, a type of two and a value of six.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"

namespace bgp {

struct RouteDistinguisher {
  static constexpr std::size_t wire_size = 8;

  std::uint16_t type = 0;
  std::uint64_t value = 0;  // 48 bits

  static RouteDistinguisher read(const std::uint8_t* p) noexcept {
    const auto whole = base::load<std::uint64_t>(p);
    return {static_cast<std::uint16_t>(whole >> 48), whole & 0xffff'ffff'ffff};
  }
  std::uint64_t whole() const noexcept { return std::uint64_t{type} << 48 | value; }
  auto operator<=>(const RouteDistinguisher&) const = default;
};

// "65000:1" (type 0), "192.0.2.1:1" (type 1), "4200000000:1" (type 2), with the type in front where the numbers do not
// tell it, "2:65000:1"; other types in hex, "0x0003…". At most rd_text_size characters. The same bytes come back.
inline constexpr std::size_t rd_text_size = 24;
char* put_rd(char* p, const RouteDistinguisher& rd) noexcept;
std::string text(const RouteDistinguisher&);
std::optional<RouteDistinguisher> parse_rd(std::string_view text) noexcept;

}  // namespace bgp
