// A thread beside a loop, for work that blocks: files and their compression. Bounded in how long it holds up its owner
// at the end, because a disk can hang.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/clock.hh"
#include "base/result.hh"

namespace net {

class HelperThread {
 public:
  HelperThread() = default;
  // As join() without a bound.
  ~HelperThread();
  HelperThread(HelperThread&&) = default;
  HelperThread& operator=(HelperThread&&) = delete;

  // Runs `work` with every signal blocked. The work must own, or share, all that it touches. The name is for top and
  // gdb, 15 characters.
  base::Result<> start(const char* name, std::move_only_function<void()> work);
  // Waits for the work to end. False: it did not within the bound.
  bool wait(base::Nanos bound);
  // The same, and work that did not end is left to itself.
  bool join(base::Nanos bound);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace net
