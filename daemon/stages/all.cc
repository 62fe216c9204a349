#include "stages/all.hh"

#include "stages/connect.hh"
#include "stages/exec.hh"
#include "stages/limit.hh"
#include "stages/listen.hh"
#include "stages/read.hh"
#include "stages/speaker.hh"
#include "stages/write.hh"

namespace stages {

void add_all(pipeline::Registry& registry) {
  for (const pipeline::StageKind* k : {&connect_kind, &exec_kind, &limit_kind, &listen_kind, &read_kind, &speaker_kind,
                                       &stdin_kind, &stdout_kind, &write_kind})
    registry.add(*k);
}

}  // namespace stages
