#include "bgp/nlri.hh"

namespace bgp {

base::Prefix Nlri::prefix(Afi afi) const noexcept {
  std::uint8_t whole[16] = {};
  const std::size_t n = (std::size_t{length} + 7) / 8;
  if (n > sizeof whole) return {};
  if (n != 0) std::memcpy(whole, bytes, n);
  if (length % 8 != 0) whole[n - 1] &= static_cast<std::uint8_t>(0xff00u >> (length % 8));
  return {base::Address::from({whole, afi == Afi::ipv6 ? std::size_t{16} : std::size_t{4}}), length};
}

bool nlri_valid(base::Bytes list, Afi afi, bool add_path) noexcept {
  NlriReader reader(list, afi, add_path);
  for (Nlri n; reader.next(n);) {
  }
  return reader.ok();
}

void append_nlri(base::Buffer& out, const base::Prefix& p, std::optional<std::uint32_t> path_id) {
  base::Writer w(out);
  if (path_id) w.u32(*path_id);
  w.u8(p.length);
  w.bytes(p.address.bytes().first((std::size_t{p.length} + 7) / 8));
}

bool has_sized_nlri(Family f) noexcept {
  switch (f.safi) {
    case Safi::unicast:
    case Safi::multicast:
    case Safi::mpls:
    case Safi::mpls_vpn:
    case Safi::flowspec: return f.afi == Afi::ipv4 || f.afi == Afi::ipv6;
    case Safi::flowspec_vpn: return f.afi == Afi::ipv4 || f.afi == Afi::ipv6 || f.afi == Afi::l2vpn;
    case Safi::evpn: return f.afi == Afi::l2vpn;
  }
  return false;
}

std::optional<std::size_t> nlri_size(base::Bytes rest, Family family) noexcept {
  if (rest.empty() || !has_sized_nlri(family)) return std::nullopt;
  const std::size_t first = rest[0];
  std::size_t size = 0;
  switch (family.safi) {
    case Safi::unicast:
    case Safi::multicast:
    case Safi::mpls:
    case Safi::mpls_vpn: size = 1 + (first + 7) / 8; break;
    case Safi::evpn:
      if (rest.size() < 2) return std::nullopt;
      size = std::size_t{2} + rest[1];
      break;
    case Safi::flowspec:
    case Safi::flowspec_vpn:
      // RFC 8955 4.1: 0xf in the first four bits announces a length of twelve bits.
      if (first >= 0xf0 && rest.size() < 2) return std::nullopt;
      size = first < 0xf0 ? 1 + first : 2 + ((first & 0x0f) << 8 | rest[1]);
      break;
    default: return std::nullopt;
  }
  if (size > rest.size()) return std::nullopt;
  return size;
}

}  // namespace bgp
