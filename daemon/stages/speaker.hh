// `speaker`: a real BGP end inside a pipeline; the rules are in peer/speaker.hh.
#pragma once

#include "pipe/stage.hh"

namespace stages {

struct SpeakerStageOptions {
  bool active = false;
  std::optional<std::int64_t> asn, remote_asn;
  std::string id;
  std::int64_t hold = 90, remote_hold = 0;
  std::vector<std::string> families{"IPV4/UNICAST", "IPV6/UNICAST"}, add_path;
};

extern const pipeline::StageKind speaker_kind;

}  // namespace stages
