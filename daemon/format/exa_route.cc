#include "format/exa_route.hh"

#include "bgp/nlri.hh"

namespace format {

namespace {

constexpr std::uint32_t withdraw_label = 0x800000;  // RFC 8277 2.4: three bytes in place of a label stack
constexpr std::uint32_t bottom = 1;                 // RFC 3032 2.1

bool has_labels(bgp::Family f) noexcept { return f.safi == bgp::Safi::mpls || f.safi == bgp::Safi::mpls_vpn; }

void put_label(base::Writer& w, std::uint32_t three) {
  w.u8(static_cast<std::uint8_t>(three >> 16));
  w.u16(static_cast<std::uint16_t>(three));
}

}  // namespace

bool append_exa_route(base::Buffer& out, const ExaRoute& r, bgp::Family f, bool withdrawn) {
  const std::size_t labels = has_labels(f) ? std::max<std::size_t>(r.labels.size(), 1) : 0;
  const std::size_t bits = labels * 24 + (f.safi == bgp::Safi::mpls_vpn ? 64 : 0) + r.prefix.length;
  if (bits > 255) return false;
  base::Writer w(out);
  if (r.path_id) w.u32(*r.path_id);
  w.u8(static_cast<std::uint8_t>(bits));
  const bool no_label = r.labels.empty() || (r.labels.size() == 1 && r.labels[0] == withdraw_label >> 4);
  if (labels != 0 && no_label) put_label(w, withdrawn ? withdraw_label : bottom);
  for (std::size_t i = 0; i < r.labels.size() && labels != 0 && !no_label; ++i)
    put_label(w, r.labels[i] << 4 | (i + 1 == r.labels.size() ? bottom : 0));
  if (f.safi == bgp::Safi::mpls_vpn) w.u64(r.rd);
  w.bytes(r.prefix.masked().address.bytes().first((r.prefix.length + 7u) / 8));
  return true;
}

std::optional<ExaRoute> take_exa_route(base::Bytes& list, bgp::Family f, bool path_ids, bool withdrawn) {
  base::Reader r(list);
  ExaRoute route;
  if (path_ids) route.path_id = r.u32();
  std::size_t bits = r.u8();
  while (has_labels(f)) {
    const std::uint32_t high = r.u8(), label = high << 16 | r.u16();
    if (!r.ok() || bits < 24) return std::nullopt;
    bits -= 24;
    if (withdrawn && route.labels.empty() && label == withdraw_label) {
      route.labels.push_back(label >> 4);
      break;
    }
    if ((label & 0xe) != 0) return std::nullopt;  // traffic class
    route.labels.push_back(label >> 4);
    if ((label & bottom) != 0) break;
  }
  if (f.safi == bgp::Safi::mpls_vpn) {
    if (bits < 64) return std::nullopt;
    bits -= 64;
    route.rd = r.u64();
  }
  const bool v6 = f.afi == bgp::Afi::ipv6;
  const base::Bytes bytes = r.bytes((bits + 7) / 8);
  if (!r.ok() || bits > (v6 ? 128u : 32u)) return std::nullopt;
  std::uint8_t address[16] = {};
  for (std::size_t i = 0; i < bytes.size(); ++i) address[i] = bytes[i];
  route.prefix = {base::Address::from({address, v6 ? 16u : 4u}), static_cast<std::uint8_t>(bits)};
  if (!(route.prefix.masked() == route.prefix)) return std::nullopt;
  list = r.rest();
  return route;
}

}  // namespace format
