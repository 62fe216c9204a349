// `limit`: how many prefixes, and how long ones, a peer may announce: in all, per origin AS, per IP block.
#pragma once

#include "pipe/stage.hh"

namespace stages {

struct LimitOptions {
  bool ipv4 = false, ipv6 = false, multicast = false, permanent = false;
  std::int64_t min_length = 0, max_length = 0, session = 0, origin = 0, block = 0, block_length = 0;
  std::string withdraw = "auto";

  // Without a named family counts are of both; a length that suits IPv4 would refuse nearly all of IPv6, so lengths
  // are of IPv4 then.
  bool counts_anything() const { return session != 0 || origin != 0 || block != 0; }
  bool judges_ipv4() const { return ipv4 || !ipv6; }
  bool judges_ipv6() const { return ipv6 || (!ipv4 && counts_anything()); }
  bool judges_lengths_of_ipv6() const { return ipv6; }
  // Of a family whose lengths it judges.
  bool admits_length(int length) const { return length >= min_length && (max_length == 0 || length <= max_length); }
};

extern const pipeline::StageKind limit_kind;

}  // namespace stages
