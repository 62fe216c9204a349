// `connect`: the end of a pipeline that dials its peer.
#pragma once

#include "stages/leg_options.hh"

namespace stages {

struct ConnectOptions : LegOptions {
  std::string bind;
  conf::Duration timeout{15 * base::second};
  bool retry = false, no_ipv6 = false;
  std::int64_t retry_max = 0;
};

extern const pipeline::StageKind connect_kind;

}  // namespace stages
