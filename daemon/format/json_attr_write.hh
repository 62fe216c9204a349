// One path attribute as a member of the JSON object "attrs", straight from its bytes.
#pragma once

#include "bgp/context.hh"
#include "bgp/update.hh"
#include "format/json_mp_write.hh"

namespace format {

// "NAME":{"flags":"OT","value":…}, or "raw":"0x…" in place of the value where its form could not restore the bytes.
// At most 25 characters a byte of the attribute with its header, and 100 more.
char* put_attribute(char* p, const bgp::AttrRef& a, base::Bytes value, const bgp::Context& c, ContextMarks& marks);

}  // namespace format
