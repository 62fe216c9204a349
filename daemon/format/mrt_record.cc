#include "format/mrt_record.hh"

#include "bgp/header.hh"
#include "format/format.hh"

namespace format {

bool mrt_type_known(std::uint16_t type) noexcept {
  return type == 5 || (type >= 11 && type <= 13) || type == 16 || type == 17 || type == 32 || type == 33 ||
         type == 48 || type == 49;
}

bool mrt_header_plausible(const MrtHeader& h, std::optional<std::uint32_t> near) noexcept {
  constexpr std::int64_t year = std::int64_t{366} * 86400;
  const auto apart = std::int64_t{h.seconds} - std::int64_t{near.value_or(h.seconds)};
  if (apart > year || apart < -year || h.length > max_record) return false;
  switch (static_cast<MrtType>(h.type)) {
    case MrtType::bgp: return h.subtype <= 7 && h.length >= 6;
    case MrtType::table_dump: return h.subtype >= 1 && h.subtype <= 4 && h.length >= 22;
    case MrtType::table_dump_v2: return h.subtype >= 1 && h.subtype <= 12 && h.length >= 7;
    case MrtType::bgp4mp:
    case MrtType::bgp4mp_et: return h.subtype <= mrt_last_subtype && h.length >= 20;
  }
  return false;
}

bgp::PeerInfo MrtPeerHead::info() const noexcept {
  base::Reader r(bytes);
  bgp::PeerInfo i;
  i.peer_as = as4 ? r.u32() : r.u16();
  i.local_as = as4 ? r.u32() : r.u16();
  i.interface = r.u16();
  r.skip(2);
  i.peer_ip = base::Address::from(r.bytes(address));
  i.local_ip = base::Address::from(r.bytes(address));
  return i;
}

std::expected<MrtPeerHead, std::string_view> read_mrt_peer(base::Bytes body, MrtSubtype subtype) noexcept {
  MrtPeerHead h;
  h.as4 = mrt_has_as4(subtype);
  const std::size_t fixed = h.as4 ? 12 : 8;
  if (body.size() < fixed) return std::unexpected("too short for its peer");
  const auto afi = base::load<std::uint16_t>(body.data() + fixed - 2);
  if (afi != 1 && afi != 2) return std::unexpected("address family of the peer is neither IPv4 nor IPv6");
  h.address = afi == 1 ? 4 : 16;
  const std::size_t size = fixed + 2u * h.address;
  if (body.size() < size) return std::unexpected("too short for its addresses");
  h.bytes = body.first(size);
  return h;
}

std::expected<MrtMessage, std::string_view> read_mrt_message(base::Bytes body, MrtSubtype subtype) noexcept {
  const auto peer = read_mrt_peer(body, subtype);
  if (!peer) return std::unexpected(peer.error());
  const MrtMessage m{*peer, body.subspan(peer->bytes.size())};
  const bgp::Frame f = bgp::frame(m.wire.data(), m.wire.size(), bgp::max_extended_message);
  if (f.status == bgp::FrameStatus::bad_marker) return std::unexpected("message without its marker");
  if (m.wire.size() < bgp::header_size) return std::unexpected("too short for its message");
  if (f.status != bgp::FrameStatus::ok || f.length != m.wire.size())
    return std::unexpected("message does not fill the record");
  if (f.type == bgp::MsgType::report) return std::unexpected("type 0 is not one of a message");
  return m;
}

}  // namespace format
