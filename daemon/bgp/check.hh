// Is an UPDATE sound? RFC 7606 section 7 with RFC 4271 6.3, and the rules of later attributes: one table, a row an
// attribute. Pure; nothing is allocated for a sound message.
#pragma once

#include <bitset>
#include <optional>
#include <span>
#include <vector>

#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/update.hh"

namespace bgp {

// What is an error here beside what is one everywhere.
struct Rules {
  // It came from another AS: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are discarded (RFC 7606 7.5, 7.9, 7.10). False
  // when that is not known, and between members of a confederation.
  bool external = false;
  bool as_sets_withdrawn = false;  // RFC 9774 3: AS_SET and AS_CONFED_SET
  // By attribute code: to be discarded, or their routes withdrawn, whatever they hold (Reason::unwanted).
  std::bitset<256> discard, withdraw;
};

// Everything that is wrong, in the order it stands; empty for a sound message. What parse() of the index found is among
// it, made graver where RFC 7606 5.2 asks for that.
std::vector<Error> check(const UpdateIndex&, const Context&, const Rules&);

// The gravest of these, or nothing for a sound message. For every message; check() tells what it was.
std::optional<Severity> severity(const UpdateIndex&, const Context&, const Rules&);

// Because of this error some of the routes cannot be found, so that nobody can judge or withdraw them.
bool hides_routes(const Error&);
// Nothing of what the message announces can be found, so that no filter has anything to look at. Errors of check().
// False while a classic list can be read, and while an MP_REACH_NLRI can, whatever stands beside it: a router may go on
// with these (RFC 7606 2, "AFI/SAFI disable").
bool hides_announcements(const UpdateIndex&, std::span<const Error>);

// The data of the NOTIFICATION for it (RFC 4271 6.3): the attribute concerned, whole, or the code of one that is
// missing.
base::Buffer notification_data(const UpdateIndex&, const Error&);

}  // namespace bgp
