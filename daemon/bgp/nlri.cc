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

void append_nlri(base::Buffer& out, const base::Prefix& p, std::optional<std::uint32_t> path_id) {
  base::Writer w(out);
  if (path_id) w.u32(*path_id);
  w.u8(p.length);
  w.bytes(p.address.bytes().first((std::size_t{p.length} + 7) / 8));
}

}  // namespace bgp
