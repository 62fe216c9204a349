// The peers of a BMP stream: whom a per-peer header names, and how that peer's UPDATEs are encoded, learnt from the
// OPENs of its Peer Up (RFC 7854 4.10, 5).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bgp/context.hh"
#include "format/bmp_record.hh"

namespace format {

// How the UPDATEs of a peer are encoded, by the OPENs of its Peer Up.
struct BmpContexts {
  bgp::Asn local_as = 0;
  bgp::Context in, out, loc_rib;
  // For Route Monitoring with these of the per-peer header.
  const bgp::Context& of(std::uint8_t type, std::uint8_t flags) const noexcept {
    if (type == bmp_loc_rib) return loc_rib;
    return (flags & bmp_flag::adj_rib_out) != 0 ? out : in;
  }
};
BmpContexts bmp_contexts(const BmpPeerUp&);

class BmpPeers {
 public:
  struct Peer {
    const bgp::PeerInfo* info;  // with the local side, once a Peer Up told it
    bgp::Context context;       // of UPDATEs in its direction; AS numbers as the flags say
  };
  // The scope keeps the peers of one router from those of another. Peers live as long as this, unless there are
  // absurdly many: then the last one is valid until the next call only.
  Peer find(std::string_view scope, const BmpPeerHeader&);
  void up(std::string_view scope, const BmpPeerHeader&, const BmpPeerUp&);

 private:
  // What a Peer Up tells of a peer, whatever the flags of a later message.
  struct Session {
    base::Address local_ip;
    BmpContexts contexts;
    unsigned generation = 1;
  };
  struct Known {
    const bgp::PeerInfo* info = nullptr;
    const Session* session = nullptr;
    unsigned generation = 0;  // of the session when info was made
  };
  const Session* session_of(std::string_view scope, const BmpPeerHeader&) const;
  const bgp::PeerInfo* intern(const bgp::PeerInfo&);

  static constexpr std::size_t max_peers = 65536;
  std::unordered_map<std::string, Session> sessions_;
  std::unordered_map<std::string, Known> known_;
  std::deque<bgp::PeerInfo> peers_;
  bgp::PeerInfo spare_;
  mutable std::string key_;
  std::string last_key_;
  Known* last_ = nullptr;
};

}  // namespace format
