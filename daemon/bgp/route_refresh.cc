#include "bgp/route_refresh.hh"

#include "bgp/names.hh"

namespace bgp {

namespace {
constexpr NamedCode subtypes[] = {
    {refresh_subtype::request, "REQUEST"}, {refresh_subtype::begin, "BORR"}, {refresh_subtype::end, "EORR"}};
}

std::optional<RouteRefresh> parse_route_refresh(base::Bytes body) noexcept {
  base::Reader r(body);
  RouteRefresh out;
  out.family.afi = static_cast<Afi>(r.u16());
  out.subtype = r.u8();
  out.family.safi = static_cast<Safi>(r.u8());
  out.filters = r.rest();
  if (!r.ok()) return std::nullopt;
  return out;
}

void encode(base::Buffer& out, const RouteRefresh& m) {
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(m.family.afi));
  w.u8(m.subtype);
  w.u8(static_cast<std::uint8_t>(m.family.safi));
  w.bytes(m.filters);
}

std::optional<std::uint8_t> parse_refresh_subtype(std::string_view text) noexcept {
  const auto code = find_code(subtypes, text);
  if (!code) return std::nullopt;
  return static_cast<std::uint8_t>(*code);
}

std::string text(const RouteRefresh& m) {
  std::string out = name(m.family);
  switch (m.subtype) {
    case refresh_subtype::request: break;
    case refresh_subtype::begin: out += ", begin (BoRR)"; break;
    case refresh_subtype::end: out += ", end (EoRR)"; break;
    default: out += ", subtype " + std::to_string(m.subtype);
  }
  if (!m.filters.empty()) out += ", with filters";
  return out;
}

}  // namespace bgp
