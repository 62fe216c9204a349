// Looks a host name up on a helper thread. A look-up that hangs delays nobody: each has a thread of its own, at most
// 256 at a time, and neither cancelling nor the end of the program waits for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ip.hh"
#include "base/result.hh"
#include "net/loop.hh"

namespace net {

class Resolve {
 public:
  // In the order in which the system prefers them, without duplicates, never empty; or "look up rs1.example.net: no
  // such name".
  using Done = std::move_only_function<void(base::Result<std::vector<base::Address>>)>;
  // family none: both. Calls back once, never from inside the constructor. Destroying it cancels.
  Resolve(Loop& loop, const std::string& host, base::IpFamily family, Done done);
  ~Resolve();
  Resolve(const Resolve&) = delete;
  Resolve& operator=(const Resolve&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
