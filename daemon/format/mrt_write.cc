#include "format/mrt_write.hh"

#include <cstring>

#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/report.hh"
#include "bgp/transcode.hh"
#include "bgp/update.hh"
#include "format/mrt_record.hh"
#include "format/peer_tags.hh"
#include "format/route_lists.hh"

namespace format {

namespace {

using base::Bytes;

// Which form of NLRI stands in an UPDATE.
struct PathIds {
  bool with = false, without = false;
};

PathIds path_ids(const bgp::MessageView& m) {
  PathIds ids;
  if (m.type != bgp::MsgType::update || m.context->add_path.empty()) return ids;
  const auto note = [&](bgp::Family f, Bytes nlri) {
    if (!nlri.empty()) (m.context->add_path.has(f) ? ids.with : ids.without) = true;
  };
  // What cannot be read is kept under the label of its context.
  if (!each_route_list(m, note)) return {true, false};
  return ids;
}

std::uint8_t* put_as(std::uint8_t* p, bgp::Asn as, bool as4) noexcept {
  if (as4) {
    base::store<std::uint32_t>(p, as);
    return p + 4;
  }
  base::store<std::uint16_t>(p, as > 0xffff ? std::uint16_t{bgp::as_trans} : static_cast<std::uint16_t>(as));
  return p + 2;
}

// One of the other family stands in front, with zeros behind it.
std::uint8_t* put_address(std::uint8_t* p, const base::Address& a, std::size_t size) noexcept {
  std::memset(p, 0, size);
  std::memcpy(p, a.bytes().data(), a.size());
  return p + size;
}

MrtSubtype subtype_of(bool as4, bool ids, bool local) {
  if (ids && local) return as4 ? MrtSubtype::message_as4_local_addpath : MrtSubtype::message_local_addpath;
  if (ids) return as4 ? MrtSubtype::message_as4_addpath : MrtSubtype::message_addpath;
  if (local) return as4 ? MrtSubtype::message_as4_local : MrtSubtype::message_local;
  return as4 ? MrtSubtype::message_as4 : MrtSubtype::message;
}

void put_record(base::Buffer& out, const bgp::PeerInfo& peer, base::Nanos time, Bytes wire, MrtSubtype subtype) {
  const bool as4 = mrt_has_as4(subtype);
  const bool v6 = peer.peer_ip.is_v6() || peer.local_ip.is_v6();
  const std::size_t address = v6 ? 16 : 4;
  const std::size_t length = 4 + (as4 ? 12 : 8) + 2 * address + wire.size();
  const base::Nanos at = time < 0 ? 0 : time;
  std::uint8_t* p = out.reserve(mrt_header_size + length);
  base::store<std::uint32_t>(p, static_cast<std::uint32_t>(at / base::second));
  base::store<std::uint16_t>(p + 4, static_cast<std::uint16_t>(MrtType::bgp4mp_et));
  base::store<std::uint16_t>(p + 6, static_cast<std::uint16_t>(subtype));
  base::store<std::uint32_t>(p + 8, static_cast<std::uint32_t>(length));
  base::store<std::uint32_t>(p + 12, static_cast<std::uint32_t>(at % base::second / base::microsecond));
  p = put_as(put_as(p + 16, peer.peer_as, as4), peer.local_as, as4);
  base::store<std::uint16_t>(p, peer.interface);
  base::store<std::uint16_t>(p + 2, std::uint16_t{v6 ? std::uint16_t{2} : std::uint16_t{1}});
  p = put_address(put_address(p + 4, peer.peer_ip, address), peer.local_ip, address);
  std::memcpy(p, wire.data(), wire.size());
  out.commit(mrt_header_size + length);
}

}  // namespace

bool MrtEncoder::encode(const bgp::MessageView& m, base::Buffer& out) {
  const bgp::PeerInfo told = m.tags.empty() && m.peer ? bgp::PeerInfo{} : peer_of(m);
  const bgp::PeerInfo& peer = m.tags.empty() && m.peer ? *m.peer : told;
  if (m.type == bgp::MsgType::report) {
    const auto report = bgp::parse_report(m.body());
    if (!report || report->kind != bgp::ReportKind::state_change || report->data.size() != 4) return false;
    const bool as4 = m.context->as4 || peer.peer_as > 0xffff || peer.local_as > 0xffff;
    put_record(out, peer, m.time, report->data, as4 ? MrtSubtype::state_change_as4 : MrtSubtype::state_change);
    return true;
  }
  const PathIds ids = path_ids(m);
  if (!(ids.with && ids.without)) {
    put_record(out, peer, m.time, m.wire, subtype_of(m.context->as4, ids.with, m.local));
    return true;
  }
  // One subtype speaks for all families of a record, so the others get path id 0.
  bgp::Context all = *m.context;
  all.add_path = bgp::FamilySet::all();
  const auto same = bgp::transcode(m.wire, *m.context, all);
  if (!same || same->routes_withdrawn) return false;
  for (const base::Buffer& wire : same->messages)
    put_record(out, peer, m.time, wire, subtype_of(all.as4, true, m.local));
  return true;
}

}  // namespace format
