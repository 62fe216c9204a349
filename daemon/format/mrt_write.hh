// Messages as MRT: one BGP4MP_ET record each, with microseconds (RFC 6396 3, 4.4; RFC 8050 3).
#pragma once

#include "format/format.hh"

namespace format {

// The subtype tells how the message is encoded: 2-byte or 4-byte AS numbers, with or without path ids. The peer is the
// message's PeerInfo, or its tags PEER_AS, PEER_IP, LOCAL_AS, LOCAL_IP, INTERFACE, which count first; what is missing
// is zero.
class MrtEncoder final : public Encoder {
 public:
  // False for an UPDATE whose families differ in having path ids and that cannot be brought to one form.
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
};

}  // namespace format
