// `exec`: a script in the path, or beside it. It gets messages on its standard input and prints what should go on.
#pragma once

#include "stages/stream_options.hh"

namespace stages {

struct ExecOptions : InputOptions {
  ExecOptions() { format = "json"; }
  std::vector<std::string> command;
  bool copy = false;
  std::string on_failure = "block", order = "auto", slow = "block";
  conf::Duration order_timeout{base::second};
};

extern const pipeline::StageKind exec_kind;

}  // namespace stages
