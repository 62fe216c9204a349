// An UPDATE from one context to another (RFC 6793 4.2, RFC 7911, RFC 8654): AS width, path ids, size.
#pragma once

#include <vector>

#include "base/bytes.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"

namespace bgp {

struct Transcoded {
  std::vector<base::Buffer> messages;  // whole messages, withdrawals first; routes in the order they stood
  // The attributes left no room for routes within the size limit, or so little that its routes would have taken more
  // than 64 messages: they became withdrawals.
  bool routes_withdrawn = false;
  bool paths_merged = false;  // several paths of one prefix went to a context without ADD-PATH: the last one stands
};
// The message is a whole UPDATE. Contexts that agree give one equal message. Error if the message cannot be understood.
Result<Transcoded> transcode(base::Bytes message, const Context& from, const Context& to);

}  // namespace bgp
