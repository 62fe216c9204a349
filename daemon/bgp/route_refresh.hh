// ROUTE-REFRESH (RFC 2918 3): a family, a subtype in the byte that was reserved (RFC 7313 3.2), and filters (RFC 5291).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace bgp {

namespace refresh_subtype {
inline constexpr std::uint8_t request = 0, begin = 1, end = 2;
}

struct RouteRefresh {
  Family family;
  std::uint8_t subtype = refresh_subtype::request;
  base::Bytes filters;  // RFC 5291 3, raw
};
// Nothing for less than four bytes.
std::optional<RouteRefresh> parse_route_refresh(base::Bytes body) noexcept;
// Appends the body.
void encode(base::Buffer& out, const RouteRefresh&);

// "REQUEST", "BORR", "EORR" (RFC 7313 3.2), in any case.
std::optional<std::uint8_t> parse_refresh_subtype(std::string_view) noexcept;
// For people: "IPV4/UNICAST", "IPV4/UNICAST, begin (BoRR)".
std::string text(const RouteRefresh&);

}  // namespace bgp
