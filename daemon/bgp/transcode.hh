// An UPDATE from one context to another (RFC 6793 4.2, RFC 7911, RFC 8654): AS width, path ids, size.
#pragma once

#include <vector>

#include "base/bytes.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"

namespace bgp {

struct Transcoded {
  std::vector<base::Buffer> messages;  // whole messages, withdrawals first; routes in the order they stood
  bool routes_withdrawn = false;       // the attributes alone did not fit the size limit: its routes became withdrawals
  bool paths_merged = false;  // several paths of one prefix went to a context without ADD-PATH: the last one stands
};
// The message is a whole UPDATE. Contexts that agree give one equal message. Error if the message cannot be understood.
Result<Transcoded> transcode(base::Bytes message, const Context& from, const Context& to);

}  // namespace bgp
