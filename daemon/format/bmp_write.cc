#include "format/bmp_write.hh"

#include "base/version.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/open.hh"
#include "bgp/report.hh"
#include "bgp/transcode.hh"
#include "bgp/update.hh"
#include "format/bmp_open.hh"
#include "format/peer_tags.hh"
#include "format/route_lists.hh"
#include "format/take.hh"

namespace format {

namespace {

using base::Buffer;
using base::Bytes;

// RFC 7854 4.9.
enum : std::uint8_t { local_notification = 1, local_no_notification = 2, remote_notification = 3, remote_closed = 4 };
// RFC 7854 4.4.
enum : std::uint16_t { sys_descr = 1, sys_name = 2 };

void put_tlv(Buffer& out, std::uint16_t type, std::string_view text) {
  base::Writer w(out);
  w.u16(type);
  w.u16(static_cast<std::uint16_t>(text.size()));
  out.append(text);
}

void put_header(Buffer& out, BmpType type, std::size_t length) {
  base::Writer w(out);
  w.u8(3);
  w.u32(static_cast<std::uint32_t>(bmp_header_size + length));
  w.u8(static_cast<std::uint8_t>(type));
}

// Sixteen bytes, IPv4 in the last four.
void put_address(base::Writer& w, const base::Address& a) {
  static constexpr std::uint8_t zeros[16] = {};
  w.bytes(Bytes(zeros).first(16 - a.size()));
  w.bytes(a.bytes());
}

void put_peer_header(Buffer& out, const bgp::PeerInfo& p, std::uint8_t flags, base::Nanos time) {
  base::Writer w(out);
  w.u8(p.type);
  w.u8(flags);
  w.u64(p.distinguisher);
  put_address(w, p.peer_ip);
  w.u32(p.peer_as);
  w.u32(p.id.is_v4() ? p.id.v4_value() : 0);
  const base::Nanos at = time < 0 ? 0 : time;
  w.u32(static_cast<std::uint32_t>(at / base::second));
  w.u32(static_cast<std::uint32_t>(at % base::second / base::microsecond));
}

// The V flag is the address's, except where the flags mean something else (RFC 9069 4.2).
std::uint8_t own_flags(const bgp::PeerInfo& p) noexcept {
  return p.type != bmp_loc_rib && p.peer_ip.is_v6() ? p.flags | bmp_flag::v6 : p.flags;
}

// Which Peer Up it is among those of one peer: some routers send one for each RIB.
std::uint16_t rib_bit(const bgp::PeerInfo& p) noexcept {
  return p.type == bmp_loc_rib ? 1 : static_cast<std::uint16_t>(1 << ((p.flags >> 4) & 5));
}

// The families whose routes are in an UPDATE.
struct Families {
  bgp::FamilySet with_ids, all;
};
Families families_of(const bgp::MessageView& m) {
  Families found;
  const auto note = [&](bgp::Family f, Bytes nlri) {
    if (nlri.empty()) return;
    found.all.add(f);
    if (m.context->add_path.has(f)) found.with_ids.add(f);
  };
  (void)each_route_list(m, note);
  return found;
}

// Nothing but its OPENs says who the two ends of a live session are.
bool is_anonymous(const bgp::PeerInfo& p) noexcept {
  return p.type == 0 && p.distinguisher == 0 && p.peer_as == 0 && (p.peer_ip.empty() || p.peer_ip.unspecified());
}

}  // namespace

struct BmpEncoder::Call {
  const bgp::MessageView& m;
  bgp::PeerInfo info;
  bool anonymous;
  Buffer& out;
  Peer* peer = nullptr;

  void put(BmpType type, std::uint8_t flags, Bytes data, Bytes tail = {}) const {
    put_header(out, type, bmp_peer_header_size + data.size() + tail.size());
    // The time is when a route was received (RFC 7854 4.2), which a table tells beside its own.
    put_peer_header(out, info, flags, m.originated != 0 ? m.originated : m.time);
    out.append(data);
    out.append(tail);
  }
};

void BmpEncoder::begin_stream() {
  started_ = false;
  for (auto& [key, peer] : peers_) peer.up = 0;
}

BmpEncoder::Peer* BmpEncoder::find(const bgp::PeerInfo& info, bgp::Direction sender) {
  key_.clear();
  if (is_anonymous(info)) {
    key_.push_back(static_cast<char>(sender));
  } else {
    Buffer key;
    put_peer_header(key, info, 0, 0);
    key_.assign(key.text().substr(0, 26));
  }
  const auto at = peers_.find(key_);
  if (at != peers_.end()) return &at->second;
  if (peers_.size() == max_peers) return nullptr;
  return &peers_.try_emplace(key_).first->second;
}

bool BmpEncoder::encode(const bgp::MessageView& m, Buffer& out) {
  const std::size_t before = out.size();
  Call c{m, peer_of(m), false, out};
  c.anonymous = is_anonymous(c.info);
  if (m.type == bgp::MsgType::report) {
    report(c);
    return out.size() != before;
  }
  c.peer = find(c.info, m.direction);
  if (!c.peer) return false;
  if (c.info.id.empty()) c.info.id = c.peer->id;
  if (c.anonymous) {
    c.info.peer_as = c.peer->asn;
    c.info.peer_ip = c.peer->id;
  }
  // RFC 8671 4: what was sent to the peer is its Adj-RIB-Out after policy.
  if (c.m.local && c.info.type != bmp_loc_rib && (c.info.flags & bmp_flag::adj_rib_out) == 0)
    c.info.flags |= bmp_flag::adj_rib_out | bmp_flag::post_policy;
  switch (m.type) {
    case bgp::MsgType::open: open(c); break;
    case bgp::MsgType::update: update(c); break;
    case bgp::MsgType::notification: notification(c); break;
    case bgp::MsgType::keepalive:
      if (!c.peer->received.empty() && !c.peer->sent.empty()) ensure_up(c, {});
      break;
    default: break;
  }
  return out.size() != before;
}

// RFC 7854 4.3.
void BmpEncoder::initiate(Call& c) {
  if (started_) return;
  started_ = true;
  if (initiation_.empty()) {
    put_tlv(initiation_, sys_descr, std::string("bgpiped ") + base::version);
    put_tlv(initiation_, sys_name, "bgpiped");
  }
  put_header(c.out, BmpType::initiation, initiation_.size());
  c.out.append(initiation_.view());
}

void BmpEncoder::report(Call& c) {
  const auto r = bgp::parse_report(c.m.body());
  if (!r) return;
  using R = bgp::ReportKind;
  if (r->kind == R::initiation) {
    initiation_.clear();
    initiation_.append(r->data);
    started_ = false;
    return initiate(c);
  }
  if (r->kind == R::termination) {
    initiate(c);
    put_header(c.out, BmpType::termination, r->data.size());
    c.out.append(r->data);
    // RFC 7854 4.5: nothing of this stream comes behind it.
    peers_.clear();
    return begin_stream();
  }
  c.peer = find(c.info, c.m.direction);
  if (!c.peer) return;
  if (c.info.id.empty()) c.info.id = c.peer->id;
  switch (r->kind) {
    case R::state_change: return state_change(c, r->data);
    case R::peer_up: return peer_up(c, r->data);
    case R::peer_down: return peer_down(c, r->data);
    case R::statistics:
    case R::mirroring:
      ensure_up(c, {});
      return c.put(r->kind == R::statistics ? BmpType::statistics : BmpType::route_mirroring, own_flags(c.info),
                   r->data);
    default: return;
  }
}

void BmpEncoder::peer_up(Call& c, Bytes data) {
  const auto up = parse_bmp_peer_up(data);
  if (!up) return;
  initiate(c);
  Peer& p = *c.peer;
  p.contexts = bmp_contexts(*up);
  p.up_data.clear();
  p.up_data.append(data);
  p.up_flags = own_flags(c.info);
  p.made_up = false;
  p.up |= rib_bit(c.info);
  c.put(BmpType::peer_up, p.up_flags, data);
}

void BmpEncoder::peer_down(Call& c, Bytes data) {
  initiate(c);
  Peer& p = *c.peer;
  const std::uint16_t bit = rib_bit(c.info);
  p.up = (p.up & bit) != 0 ? static_cast<std::uint16_t>(p.up & ~bit) : 0;
  if (p.up == 0) p.up_data.clear();
  c.put(BmpType::peer_down, own_flags(c.info), data);
}

// RFC 6396 4.4.1, as an archive tells it: which event it was is not known.
void BmpEncoder::state_change(Call& c, Bytes data) {
  const auto change = bgp::parse_state_change(data);
  if (!change) return;
  static constexpr std::uint8_t no_event[2] = {};
  if (change->to == bgp::PeerState::established)
    ensure_up(c, {});
  else if (change->from == bgp::PeerState::established)
    closed(c, *c.peer, local_no_notification, no_event);
}

void BmpEncoder::open(Call& c) {
  const auto offer = bgp::parse_offer(c.m.body());
  if (!offer || c.m.wire.size() > bgp::max_message) return;
  const auto keep = [&](Buffer& at) {
    at.clear();
    at.append(c.m.wire);
  };
  const bool from_us = c.m.local || (!c.anonymous && offer->asn == c.info.local_as && offer->asn != c.info.peer_as);
  if (from_us) return keep(c.peer->sent);
  if (c.m.direction != bgp::Direction::none) keep(passing_[bgp::index_of(c.m.direction)]);
  if (c.peer->up != 0) closed(c, *c.peer, remote_closed, {});
  keep(c.peer->received);
  c.peer->id = offer->id;
  c.peer->asn = offer->asn;
  if (!c.anonymous) return;
  // What one end of a live session sent is what the other's peer hears from here.
  if (Peer* const other = find(c.info, bgp::opposite(c.m.direction))) keep(other->sent);
}

void BmpEncoder::notification(Call& c) {
  closed(c, *c.peer, c.m.local ? local_notification : remote_notification, c.m.wire);
  if (c.m.direction == bgp::Direction::none || !is_anonymous(peer_of(c.m))) return;
  Peer* const other = find({}, bgp::opposite(c.m.direction));
  if (!other) return;
  Call o{c.m, {}, true, c.out, other};
  o.info.peer_as = other->asn;
  o.info.peer_ip = o.info.id = other->id;
  closed(o, *other, local_notification, c.m.wire);
}

void BmpEncoder::closed(Call& c, Peer& p, std::uint8_t reason, Bytes data) {
  if (p.up != 0) {
    Buffer body;
    body.push(reason);
    body.append(data);
    c.put(BmpType::peer_down, p.up_flags, body);
  }
  p.up = 0;
  p.up_data.clear();
  p.received.clear();
  p.sent.clear();
}

// In a session through here, what the far end said is what its peer was sent.
Bytes BmpEncoder::passed_on(const Call& c) const {
  if (c.m.direction == bgp::Direction::none) return {};
  const Buffer& open = passing_[bgp::index_of(bgp::opposite(c.m.direction))];
  if (open.empty()) return {};
  const auto offer = bgp::parse_offer(open.view().subspan(bgp::header_size));
  return offer && offer->asn == c.info.local_as ? open.view() : Bytes{};
}

void BmpEncoder::ensure_up(Call& c, bgp::FamilySet path_ids) {
  Peer& p = *c.peer;
  if (p.up_data.empty()) p.made_up = false;
  if (!p.made_up) {
    p.full = false;
    p.asked = {};
  }
  // What finds no room is not asked for again: its path ids are taken off.
  if (p.full) path_ids.intersect(made_up_families());
  const auto asked_before = [&] {
    bgp::FamilySet both = p.asked;
    both.unite(path_ids);
    return both == p.asked;
  };
  if (p.up != 0 && (!p.made_up || asked_before())) return;
  initiate(c);
  if (p.up_data.empty() || (p.made_up && !asked_before())) {
    p.asked.unite(path_ids);
    const base::Address id = c.info.id.empty() || c.info.id.unspecified() ? c.info.peer_ip : c.info.id;
    p.up_data.clear();
    base::Writer w(p.up_data);
    put_address(w, c.info.local_ip);
    w.u32(0);  // the ports are not known
    const Bytes sent = p.sent.empty() ? passed_on(c) : p.sent.view();
    p.made_up = sent.empty() || p.received.empty();
    const auto make_up = [&](bgp::Asn asn, const base::Address& of) {
      if (!append_made_up_open(p.up_data, asn, of, p.asked)) p.full = true;
    };
    if (sent.empty())
      make_up(c.info.local_as, c.info.local_ip);
    else
      p.up_data.append(sent);
    if (p.received.empty())
      make_up(c.info.peer_as, id);
    else
      p.up_data.append(p.received.view());
    // The header names the peer as its OPEN does.
    const BmpPeerUp up = *parse_bmp_peer_up(p.up_data);
    if (const auto offer = bgp::parse_offer(up.received.subspan(bgp::header_size)); offer && c.info.id.empty())
      c.info.id = p.id = offer->id;
    p.up_flags = own_flags(c.info) & (c.info.type == bmp_loc_rib ? 0xff : bmp_flag::v6);
    p.contexts = bmp_contexts(up);
  }
  p.up = rib_bit({.type = c.info.type, .flags = p.up_flags});
  c.put(BmpType::peer_up, p.up_flags, p.up_data);
}

void BmpEncoder::update(Call& c) {
  const Families families = families_of(c.m);
  ensure_up(c, families.with_ids);
  const bgp::Context& said = c.peer->contexts.of(c.info.type, c.info.flags);
  const bgp::Context& has = *c.m.context;
  bgp::Context wanted = has;
  if (c.info.type == bmp_loc_rib) wanted.as4 = true;  // RFC 9069 4.2 has no flag for it
  wanted.add_path = said.add_path;
  std::uint8_t flags = own_flags(c.info);
  Buffer tail;
  for (const bgp::Tag& t : c.m.tags)
    if (t.key == bmp_tlvs_tag && (!take_hex(t.value, tail) || !bmp_tlvs_sound(tail))) tail.clear();
  const auto put = [&](Bytes wire, bool as4) {
    if (c.info.type != bmp_loc_rib)
      flags = as4 ? flags & static_cast<std::uint8_t>(~bmp_flag::two_byte_as) : flags | bmp_flag::two_byte_as;
    c.put(BmpType::route_monitoring, flags, wire, tail);
  };
  bgp::FamilySet ids = said.add_path;
  ids.intersect(families.all);
  if (wanted.as4 != has.as4 || !(ids == families.with_ids)) {
    if (const auto same = bgp::transcode(c.m.wire, has, wanted)) {
      for (const Buffer& wire : same->messages) put(wire, wanted.as4);
      return;
    }
  }
  put(c.m.wire, has.as4);
}

}  // namespace format
