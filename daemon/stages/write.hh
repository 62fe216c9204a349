// `write` and `stdout`: messages into a file, a pipe or standard output. They observe: nothing they do changes what
// flows.
#pragma once

#include "stages/stream_options.hh"

namespace stages {

struct OutputOptions : StreamOptions {
  std::string slow = "block";
};
struct WriteOptions : OutputOptions {
  WriteOptions() { format = "auto"; }
  std::string path, compress = "auto", time_format = "20060102.1504";
  bool append = false, create = false;
  conf::Duration every;
};
struct StdoutOptions : OutputOptions {
  StdoutOptions() { format = "json"; }
};

extern const pipeline::StageKind write_kind, stdout_kind;

}  // namespace stages
