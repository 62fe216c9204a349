// Whom the messages of a live session come from, for archives: the ends of its legs and what their OPENs said.
#pragma once

#include <vector>

#include "bgp/report.hh"
#include "format/format.hh"
#include "pipe/session.hh"

namespace stages {

class LegPeers {
 public:
  explicit LegPeers(pipeline::Session& session) : session_(session) {}

  // The message with its peer. One that has a peer or tags of its own keeps them; one that no leg brought was sent to
  // the leg at the other end (local). Valid until the next call.
  bgp::MessageView with_peer(const bgp::MessageView& m);

  // The session is up, or no longer: a report about each leg that feeds a line which the stage sees (RFC 6396 4.4.1).
  void up(const pipeline::StageSpec& stage, format::Sink& out);
  void down(format::Sink& out);

 private:
  void report(const bgp::PeerInfo& peer, bgp::Direction d, bgp::StateChange change, format::Sink& out);

  pipeline::Session& session_;
  bgp::PeerInfo peer_;
  struct Up {
    bgp::PeerInfo peer;
    bgp::Direction direction{};
  };
  std::vector<Up> up_;
};

}  // namespace stages
