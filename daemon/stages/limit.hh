// `limit`: how many prefixes, and how long ones, a peer may announce: in all, per origin AS, per IP block.
#pragma once

#include "pipe/stage.hh"

namespace stages {

struct LimitOptions {
  bool ipv4 = false, ipv6 = false, multicast = false, permanent = false;
  std::int64_t min_length = 0, max_length = 0, session = 0, origin = 0, block = 0, block_length = 0;
  std::string withdraw = "auto";
};

extern const pipeline::StageKind limit_kind;

}  // namespace stages
