#include "format/mrt_table.hh"

#include "bgp/mp.hh"
#include "bgp/nlri.hh"

namespace format {

namespace {

using base::Bytes;

bgp::Family read_family(base::Reader& in) noexcept {
  const auto afi = static_cast<bgp::Afi>(in.u16());
  return {afi, static_cast<bgp::Safi>(in.u8())};
}

// RFC 6396 4.3.2: 2 and 4 are unicast, 3 and 5 multicast; RFC 8050 4.1: 8 to 11 are the same with path ids.
bgp::Family family_of(std::uint16_t subtype) noexcept {
  const unsigned n = subtype < 8 ? subtype - 2u : subtype - 8u;
  return {n < 2 ? bgp::Afi::ipv4 : bgp::Afi::ipv6, n % 2 == 0 ? bgp::Safi::unicast : bgp::Safi::multicast};
}

// One entry in front of other things.
Bytes read_nlri(base::Reader& in, bgp::Family family) noexcept {
  const auto size = bgp::nlri_size(in.rest(), family);
  return size ? in.bytes(*size) : Bytes();
}

unsigned address_size(bgp::Afi afi) noexcept { return afi == bgp::Afi::ipv6 ? 16 : 4; }

}  // namespace

std::expected<std::vector<bgp::PeerInfo>, std::string_view> read_peer_index(Bytes body) {
  base::Reader in(body);
  in.skip(4);  // the collector's identifier
  in.skip(in.u16());
  const std::size_t count = in.u16();
  std::vector<bgp::PeerInfo> peers;
  peers.reserve(std::min(count, in.left() / 9));
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    bgp::PeerInfo& p = peers.emplace_back();
    const std::uint8_t type = in.u8();
    p.id = base::Address::from(in.bytes(4));
    p.peer_ip = base::Address::from(in.bytes((type & 1) != 0 ? 16 : 4));
    p.peer_as = (type & 2) != 0 ? in.u32() : in.u16();
  }
  if (!in.ok()) return std::unexpected("too short for its peers");
  if (!in.empty()) return std::unexpected("bytes behind its peers");
  return peers;
}

std::expected<RibReader, std::string_view> RibReader::start(Bytes body, std::uint16_t subtype) noexcept {
  RibReader r(body);
  r.path_ids_ = subtype >= 8;
  r.in_.skip(4);  // the sequence number
  r.family_ = subtype == 6 || subtype == 12 ? read_family(r.in_) : family_of(subtype);
  if (!bgp::has_sized_nlri(r.family_)) return std::unexpected("prefix of a family whose prefixes have no length");
  r.nlri_ = read_nlri(r.in_, r.family_);
  if (r.nlri_.empty()) return std::unexpected("too short for its prefix");
  if (bgp::is_ip_prefix_family(r.family_) && r.nlri_[0] > 8 * address_size(r.family_.afi))
    return std::unexpected("prefix longer than an address");
  r.left_ = r.in_.u16();
  if (!r.in_.ok()) return std::unexpected("too short for its entries");
  return r;
}

bool RibReader::next(TableRoute& r, std::uint16_t& peer) noexcept {
  if (left_ == 0) return false;
  r.family = family_;
  r.nlri = nlri_;
  peer = in_.u16();
  r.originated = base::Nanos{in_.u32()} * base::second;
  if (path_ids_) r.path_id = in_.u32();
  r.attributes = in_.bytes(in_.u16());
  if (!in_.ok()) return false;
  --left_;
  return true;
}

bgp::PeerInfo OldTableRoute::info() const noexcept {
  bgp::PeerInfo i;
  base::Reader in(peer);
  i.peer_ip = base::Address::from(in.bytes(peer.size() - (as4 ? 4 : 2)));
  i.peer_as = as4 ? in.u32() : in.u16();
  return i;
}

std::expected<OldTableRoute, std::string_view> read_table_dump(Bytes body, std::uint16_t subtype) noexcept {
  OldTableRoute o;
  o.as4 = subtype > 2;
  const auto afi = static_cast<bgp::Afi>(o.as4 ? subtype - 2 : subtype);
  const unsigned size = address_size(afi);
  o.route.family = {afi, bgp::Safi::unicast};
  base::Reader in(body);
  in.skip(4);  // view and sequence number
  const Bytes prefix = in.bytes(size);
  const std::uint8_t length = in.u8();
  in.skip(1);  // status
  o.route.originated = base::Nanos{in.u32()} * base::second;
  o.peer = in.bytes(size + (o.as4 ? 4 : 2));
  o.route.attributes = in.bytes(in.u16());
  if (!in.ok()) return std::unexpected("too short for its route");
  if (!in.empty()) return std::unexpected("bytes behind its route");
  if (length > 8 * size) return std::unexpected("prefix longer than an address");
  o.route.length = length;
  o.route.nlri = prefix.first((length + 7u) / 8);
  return o;
}

std::expected<TableRoute, std::string_view> read_mrt_entry(Bytes body) noexcept {
  TableRoute r;
  base::Reader in(body);
  in.skip(4);  // view and status
  r.originated = base::Nanos{in.u32()} * base::second;
  r.family = read_family(in);
  r.next_hop = in.bytes(in.u8());
  r.nlri = read_nlri(in, r.family);
  r.attributes = in.bytes(in.u16());
  if (!in.ok() || r.nlri.empty()) return std::unexpected("too short for its route");
  if (!in.empty()) return std::unexpected("bytes behind its route");
  if (bgp::is_ip_prefix_family(r.family) && r.nlri[0] > 8 * address_size(r.family.afi))
    return std::unexpected("prefix longer than an address");
  return r;
}

}  // namespace format
