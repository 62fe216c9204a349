// The context an UPDATE was written in, guessed from its bytes, for sources that do not say and users who do not know.
#pragma once

#include "bgp/context.hh"
#include "bgp/update.hh"

namespace bgp {

// The width of AS numbers follows from the one reading in which AS_PATH and AGGREGATOR are well-formed, then from
// AS4_PATH and AS4_AGGREGATOR, which only 2-byte sessions carry (RFC 6793 3); path ids (RFC 7911 3) from the one
// reading in which the NLRI are. Where both readings are sound the one without AS 0, or without repeated default routes
// and bits behind the prefix, is taken; what stays open is as assumed. Never for a leg: its OPENs say it.
Context guess_context(const UpdateIndex&, const Context& assumed) noexcept;

}  // namespace bgp
