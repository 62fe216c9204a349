#include "format/bmp_record.hh"

#include <algorithm>

#include "bgp/header.hh"
#include "format/format.hh"

namespace format {

BmpHeader read_bmp_header(const std::uint8_t* six) noexcept {
  return {six[0], base::load<std::uint32_t>(six + 1), static_cast<BmpType>(six[5])};
}

std::string_view bmp_header_fault(const BmpHeader& h) noexcept {
  if (h.version != 3 && h.version != 4) return "version is neither 3 nor 4";
  if (h.length < bmp_header_size) return "length is below that of its header";
  if (h.length > max_record) return "length is over the limit of 1048576 bytes";
  if (bmp_has_peer(h.type) && h.length < bmp_header_size + bmp_peer_header_size)
    return "length is below that of its per-peer header";
  return {};
}

base::Address BmpPeerHeader::address() const noexcept {
  const base::Bytes all{bytes + 10, 16};
  return base::Address::from(has(bmp_flag::v6) ? all : all.subspan(12));
}

bgp::PeerInfo BmpPeerHeader::info() const noexcept {
  bgp::PeerInfo i;
  i.type = type();
  i.flags = flags();
  i.distinguisher = base::load<std::uint64_t>(bytes + 2);
  i.peer_ip = address();
  i.peer_as = base::load<std::uint32_t>(bytes + 26);
  i.id = base::Address::from({bytes + 30, 4});
  return i;
}

std::optional<BmpTlv> next_bmp_tlv(base::Reader& r) noexcept {
  if (r.left() < 4) return std::nullopt;
  BmpTlv t;
  t.type = r.u16();
  t.value = r.bytes(r.u16());
  if (!r.ok()) return std::nullopt;
  return t;
}

bool bmp_tlvs_sound(base::Bytes b) noexcept {
  base::Reader r(b);
  while (!r.empty())
    if (!next_bmp_tlv(r)) return false;
  return true;
}

std::optional<base::Bytes> bgp_message_at(base::Bytes b) noexcept {
  const bgp::Frame f = bgp::frame(b.data(), b.size(), bgp::max_extended_message);
  if (f.status != bgp::FrameStatus::ok || f.type == bgp::MsgType::report) return std::nullopt;
  return b.first(f.length);
}

std::optional<BmpPeerUp> parse_bmp_peer_up(base::Bytes data) noexcept {
  base::Reader r(data);
  BmpPeerUp up;
  up.local_address = r.bytes(16);
  up.local_port = r.u16();
  up.remote_port = r.u16();
  if (!r.ok()) return std::nullopt;
  for (base::Bytes* open : {&up.sent, &up.received}) {
    const auto m = bgp_message_at(r.rest());
    if (!m || static_cast<bgp::MsgType>((*m)[18]) != bgp::MsgType::open) return std::nullopt;
    if (m->size() > bgp::max_message) return std::nullopt;  // RFC 8654 4: an OPEN is never extended
    *open = *m;
    r.skip(m->size());
  }
  up.information = r.rest();
  return up;
}

}  // namespace format
