// Runs a program to its end and keeps what it wrote.
#pragma once

#include <string>
#include <vector>

namespace support {

struct Ran {
  int code = -1;  // exit code, 128 + the signal, or -1 when it did not end in time and was killed
  std::string out, err;
};

struct RunOptions {
  std::vector<std::string> environment = {};  // "NAME=value", added
  int seconds = 10;
  std::size_t enough_output = 0;  // standard output is closed when so many bytes came; 0 for never
};
Ran run(const std::vector<std::string>& arguments, const RunOptions& options = {});

}  // namespace support
