// `listen`: the end of a pipeline that waits for its peer. The listening socket belongs to the supervisor, because many
// pipelines share it; this stage only says what is wanted.
#pragma once

#include "stages/leg_options.hh"

namespace stages {

struct ListenOptions : LegOptions {
  ListenOptions() { address = ":179"; }
  std::string peer, duplicate = "probe";
  std::int64_t max_sessions = 0;
  conf::Duration timeout;
};

extern const pipeline::StageKind listen_kind;

}  // namespace stages
