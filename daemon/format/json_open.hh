// OPEN as JSON. The capabilities are shown for people and scripts; "params" holds the exact bytes of the optional
// parameters where the capabilities alone would not give them back (JSON.md).
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hh"
#include "base/result.hh"
#include "bgp/open.hh"

namespace format {

// Appends the data of an OPEN: an object, or hex where an object could not restore the body. Allocates.
void append_open(base::Buffer& out, base::Bytes body);
// {"MP":["IPV4/UNICAST"],…}, in the order of codes.
void append_capabilities(base::Buffer& out, const std::vector<bgp::Capability>& caps);

// The body of the OPEN in that object.
base::Result<base::Buffer> read_open(std::string_view object);

}  // namespace format
