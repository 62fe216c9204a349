#include "format/mrt_peers.hh"

namespace format {

const bgp::PeerInfo* MrtPeers::add(std::string_view bytes, const bgp::PeerInfo& info) {
  if (peers_.size() == most) {
    spare_ = info;
    return &spare_;
  }
  const bgp::PeerInfo& peer = peers_.emplace_back(info);
  last_key_ = keys_.emplace_back(bytes);
  by_bytes_.emplace(last_key_, &peer);
  return last_ = &peer;
}

}  // namespace format
