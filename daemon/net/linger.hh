// The last words of a connection.
#pragma once

#include <memory>

#include "base/clock.hh"
#include "net/stream.hh"

namespace net {

// Writes what is pending, sends FIN, discards what still comes, and closes when the other end does or when `patience`
// is over: a close with unread data would send a reset, which makes the peer drop our NOTIFICATION. No call reaches
// the stream's handler any more. The loop owns it from here on and drops it when it ends.
void linger(std::unique_ptr<Stream> stream, base::Nanos patience);

}  // namespace net
