// The data object of an UPDATE.
#pragma once

#include "bgp/context.hh"
#include "bgp/update.hh"

namespace format {

// What put_update may write for a body of that size.
inline constexpr std::size_t update_room(std::size_t body) { return 25 * body + 1024; }

// {"reach":[…],"unreach":[…],"attrs":{…}}; null if the prefixes in it are malformed.
char* put_update(char* p, const bgp::UpdateIndex& u, const bgp::Context& c);
// The body of an UPDATE that cannot be decoded: hex, in an object with its context when that is not canonical.
char* put_raw_update(char* p, base::Bytes body, const bgp::Context& c);

}  // namespace format
