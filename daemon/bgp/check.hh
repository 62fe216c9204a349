// Is an UPDATE sound? RFC 7606 section 7 with RFC 4271 6.3, and the rules of later attributes: one table, a row an
// attribute. Pure; nothing is allocated for a sound message.
#pragma once

#include <optional>
#include <vector>

#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/update.hh"

namespace bgp {

// Everything that is wrong, in the order it stands; empty for a sound message. What parse() of the index found is among
// it, made graver where RFC 7606 5.2 asks for that. ebgp: it came from another AS, where LOCAL_PREF, ORIGINATOR_ID and
// CLUSTER_LIST are discarded (RFC 7606 7.5, 7.9, 7.10); pass false when that is not known.
std::vector<Error> check(const UpdateIndex&, const Context&, bool ebgp);

// The gravest of these, or nothing for a sound message. For every message; check() tells what it was.
std::optional<Severity> severity(const UpdateIndex&, const Context&, bool ebgp);

}  // namespace bgp
