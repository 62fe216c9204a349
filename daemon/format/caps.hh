// Capabilities as JSON, as OPENs show them (JSON.md), for sources that hold no OPEN.
#pragma once

#include <string_view>

#include "base/result.hh"
#include "bgp/context.hh"
#include "bgp/types.hh"

namespace format {

// What UPDATEs of this direction are encoded with where the routers agreed on {"ADDPATH":["IPV4/UNICAST/BIDIR"],…}: R
// goes by SEND, L by RECEIVE (RFC 7911 4). Without capabilities, and for what they cannot take away: 4-byte AS numbers
// unless short_asn, extended messages.
base::Result<bgp::Context> read_context(std::string_view caps, bool short_asn, bgp::Direction direction);

}  // namespace format
