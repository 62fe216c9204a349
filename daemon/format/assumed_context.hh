// The context of messages whose source does not say how they are encoded. Shared by decoders.
#pragma once

#include "bgp/guess.hh"
#include "format/format.hh"

namespace format {

class AssumedContext {
 public:
  explicit AssumedContext(const DecoderOptions& options) : assumed_(options.context), guess_(options.guess) {}

  // Valid until the next call.
  const bgp::Context& of(bgp::MsgType type, base::Bytes body) {
    if (!guess_ || type != bgp::MsgType::update) return assumed_;
    (void)index_.parse(body);
    guessed_ = bgp::guess_context(index_, assumed_);
    return guessed_;
  }

 private:
  bgp::Context assumed_, guessed_;
  bool guess_;
  bgp::UpdateIndex index_;
};

}  // namespace format
