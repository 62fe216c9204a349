// NLRI other than plain prefixes, as JSON lists (JSON.md). Each function gives null where the list is malformed. At
// most 25 characters a byte.
#pragma once

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace format {

// [{"rd":"65000:1","labels":[16],"prefix":"10.0.0.0/8","id":7}]
char* put_labelled(char* p, bgp::Family f, base::Bytes list, bool add_path, bool withdrawn) noexcept;
// [{"type":"MAC_IP","rd":"65000:1",…}]
char* put_evpn(char* p, base::Bytes list, bool add_path) noexcept;
// [{"asn":65000,"target":{"type":"TARGET","value":"65000:100"}}]
char* put_route_targets(char* p, base::Bytes list, bool add_path) noexcept;

}  // namespace format
