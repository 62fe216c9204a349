// `read` and `stdin`: messages from a file, a pipe, a URL or standard input.
#pragma once

#include "stages/stream_options.hh"

namespace stages {

struct ReadOptions : InputOptions {
  ReadOptions() { format = "auto"; }
  std::string path, decompress = "auto";
};
struct StdinOptions : InputOptions {
  StdinOptions() { format = "auto"; }
};

extern const pipeline::StageKind read_kind, stdin_kind;

}  // namespace stages
