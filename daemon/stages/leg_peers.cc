#include "stages/leg_peers.hh"

#include <algorithm>

#include "bgp/header.hh"
#include "bgp/open.hh"

namespace stages {

namespace {

bgp::PeerInfo info(const pipeline::Leg& leg) {
  bgp::PeerInfo p;
  p.peer_ip = leg.remote().address;
  p.local_ip = leg.local().address;
  if (leg.received()) {
    p.peer_as = leg.received()->asn;
    p.id = leg.received()->id;
  }
  if (leg.written()) p.local_as = leg.written()->asn;
  return p;
}

pipeline::Side feeding(bgp::Direction d) {
  return d == bgp::Direction::right ? pipeline::Side::left : pipeline::Side::right;
}

bool tells_peer(const bgp::MessageView& m) {
  return m.peer != nullptr ||
         std::ranges::any_of(m.tags, [](const bgp::Tag& t) { return t.key == "PEER_IP" || t.key == "PEER_AS"; });
}

}  // namespace

bgp::MessageView LegPeers::with_peer(const bgp::MessageView& m) {
  bgp::MessageView v = m;
  if (tells_peer(m)) return v;
  const pipeline::Side from = feeding(m.direction);
  const pipeline::Leg* leg = session_.leg(from);
  if (leg == nullptr) {
    leg = session_.leg(pipeline::other(from));
    v.local = true;
  }
  if (leg == nullptr) return m;
  peer_ = info(*leg);
  // An OPEN that is on its way out is not noted yet.
  if (v.local && m.type == bgp::MsgType::open && peer_.local_as == 0)
    if (const auto offer = bgp::parse_offer(m.body())) peer_.local_as = offer->asn;
  v.peer = &peer_;
  return v;
}

void LegPeers::up(const pipeline::StageSpec& stage, format::Sink& out) {
  up_.clear();
  for (const auto d : {bgp::Direction::right, bgp::Direction::left}) {
    const pipeline::Leg* leg = session_.leg(feeding(d));
    if (leg == nullptr || !(d == bgp::Direction::right ? stage.sees_right : stage.sees_left)) continue;
    up_.push_back({info(*leg), d});
    report(up_.back().peer, d, {bgp::PeerState::open_confirm, bgp::PeerState::established}, out);
  }
}

void LegPeers::down(format::Sink& out) {
  for (const Up& u : up_) report(u.peer, u.direction, {bgp::PeerState::established, bgp::PeerState::idle}, out);
  up_.clear();
}

void LegPeers::report(const bgp::PeerInfo& peer, bgp::Direction d, bgp::StateChange change, format::Sink& out) {
  base::Buffer wire;
  bgp::append_state_change(wire, change);
  const bgp::Context context;
  bgp::MessageView m;
  m.direction = d;
  m.time = session_.wall();
  m.type = bgp::MsgType::report;
  m.wire = wire.view();
  m.context = &context;
  m.peer = &peer;
  out.message(m);
}

}  // namespace stages
