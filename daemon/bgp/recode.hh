// The pieces of an UPDATE that depend on a context, from one context to another. Used by transcode.
#pragma once

#include "base/bytes.hh"
#include "bgp/context.hh"
#include "bgp/edit.hh"
#include "bgp/error.hh"
#include "bgp/update.hh"

namespace bgp {

// Notes on the edit what AS_PATH, AGGREGATOR, AS4_PATH and AS4_AGGREGATOR become (RFC 6793 4.2). Malformed attributes
// other than AS_PATH are left out (RFC 7606 7.7, RFC 6793 6).
Result<> recode_as_numbers(const UpdateIndex&, bool from_as4, bool to_as4, UpdateEdit& edit);

// Appends the list with path ids added (0) or taken away (RFC 7911 3). True: several paths of one prefix became one,
// the last. Nothing: the list is malformed.
std::optional<bool> recode_nlri(base::Buffer& out, base::Bytes list, Family family, bool from_path_ids,
                                bool to_path_ids);

}  // namespace bgp
