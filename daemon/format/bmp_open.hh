// OPENs for a Peer Up whose session began out of sight: RFC 7854 4.10 asks for both.
#pragma once

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/context.hh"

namespace format {

// A whole OPEN of that speaker: every family that is decoded here, 4-byte AS numbers, path ids both ways in those
// families. An identifier that is none becomes a valid one. False if there was no room for all of them.
bool append_made_up_open(base::Buffer& out, bgp::Asn asn, const base::Address& id, bgp::FamilySet path_ids);

// Those that it names whatever is asked.
const bgp::FamilySet& made_up_families();

}  // namespace format
