// Standard output of bgpipectl: plain text, or colours on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ctl {

enum class Tint : std::uint8_t { none, good, busy, bad, dim, head };

struct Style {
  bool colour = false;
  bool terminal = false;  // standard output is one
  std::string paint(Tint tint, std::string_view text) const;
};

// when: "auto", "always" or "never". Auto means a terminal, unless NO_COLOR is set (no-color.org) or TERM is dumb.
Style style_for(std::string_view when);

// Writes all of it. False when the reader has gone, which is not an error: `bgpipectl … | head`.
bool write_out(std::string_view text);
// "bgpipectl: text", with control characters made visible, on standard error.
void complain(std::string_view text);

// As base::printable, but line feeds stay.
std::string printable_lines(std::string_view text);

}  // namespace ctl
