#include "bgp/labelled.hh"

namespace bgp {

namespace {

// How many label fields stand at the front, when `bits` remain for them and the prefix.
std::size_t count_labels(const std::uint8_t* p, std::size_t bits, bool withdrawn) noexcept {
  if (withdrawn) return 1;
  for (std::size_t n = 0; bits >= 24 * (n + 1); ++n) {
    const LabelField f = read_label(p + label_size * n);
    if ((f & 1) != 0 || (n == 0 && (f == withdrawn_label || f == old_withdrawn_label))) return n + 1;
  }
  return 1;
}

}  // namespace

std::optional<LabelledNlri> parse_labelled(base::Bytes entry, Family family, bool withdrawn) noexcept {
  if (entry.empty() || entry.size() != 1 + (entry[0] + std::size_t{7}) / 8) return std::nullopt;
  const bool has_labels = family.safi != Safi::multicast_vpn, has_rd = family.safi != Safi::mpls;
  const std::size_t fixed = has_rd ? 64 : 0;
  std::size_t bits = entry[0];
  if (bits < fixed) return std::nullopt;
  bits -= fixed;
  LabelledNlri n;
  const std::uint8_t* p = entry.data() + 1;
  if (has_labels) {
    const std::size_t labels = count_labels(p, bits, withdrawn);
    if (bits < 24 * labels) return std::nullopt;
    bits -= 24 * labels;
    n.labels = {p, label_size * labels};
    p += label_size * labels;
  }
  if (bits > (family.afi == Afi::ipv6 ? 128 : 32)) return std::nullopt;
  if (has_rd) {
    n.rd = p;
    p += RouteDistinguisher::wire_size;
  }
  n.length = static_cast<std::uint8_t>(bits);
  n.bytes = p;
  return n;
}

bool append_labelled(base::Buffer& out, const LabelledNlri& n, std::optional<std::uint32_t> path_id) {
  const std::size_t bits = n.labels.size() * 8 + (n.rd ? 64 : 0) + n.length;
  if (bits > 255) return false;
  base::Writer w(out);
  if (path_id) w.u32(*path_id);
  w.u8(static_cast<std::uint8_t>(bits));
  w.bytes(n.labels);
  if (n.rd) w.bytes({n.rd, RouteDistinguisher::wire_size});
  w.bytes({n.bytes, (n.length + 7u) / 8});
  return true;
}

}  // namespace bgp
