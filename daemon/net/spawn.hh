// Starts a program with pipes: descriptors only, no loop. The caller owns the child: it must kill and reap it.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.hh"
#include "net/fd.hh"

namespace net {

struct Command {
  std::vector<std::string> argv;                                 // looked up in PATH, no shell
  std::vector<std::pair<std::string, std::string>> environment;  // in addition to ours; replaces
};

struct Child {
  pid_t pid = -1;   // also its process group and session
  Fd watch;         // a pidfd: readable when the child has ended
  Fd in, out, err;  // our ends of its standard descriptors, non-blocking
};

// The child leads a session of its own, has default signals, and no descriptor of ours but its three pipes.
// "cannot run policy.py: permission denied".
base::Result<Child> spawn(const Command& command);

// Whether spawn would find it now and may run it; the error is the same.
base::Result<> find_program(const std::string& program);

}  // namespace net
