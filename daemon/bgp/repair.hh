// What RFC 7606 leaves of a malformed UPDATE, as messages that are sound.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/update.hh"

namespace bgp {

struct Repaired {
  // Whole messages that take the place of the one judged, in the encoding of its context and none longer than it; none
  // when nothing of it is left. An End-of-RIB is never made of what was none.
  std::vector<base::Buffer> messages;
  bool routes_withdrawn = false;
};

// Carries out the errors found by check(), all or some of them in their order: an attribute to be discarded goes, of
// duplicates the first stays; where one error asks for treat-as-withdraw, all announced routes become withdrawals with
// the same path ids, and no attribute is left. Withdrawals that were there stay in any case. Each list of routes then
// has a message of its own (RFC 7606 5.1). Nothing when an error asks for a session reset: there is no other remedy
// then.
std::optional<Repaired> repair(const UpdateIndex&, const Context&, std::span<const Error>);

}  // namespace bgp
