// Whom a message came from, as its tags say it in place of its PeerInfo (bgp/message.hh).
#pragma once

#include "bgp/message.hh"

namespace format {

// The PeerInfo with what the tags INTERFACE, LOCAL_AS, … say: they count first. A tag that cannot be read is zero.
bgp::PeerInfo peer_of(const bgp::MessageView& m);

}  // namespace format
