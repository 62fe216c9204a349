// A thread of its own with a loop and a mailbox: where sessions live.
#pragma once

#include <csignal>
#include <string>
#include <thread>

#include "net/loop.hh"
#include "net/mailbox.hh"

namespace net {

class Worker {
 public:
  // The thread starts at once, named for top and gdb (15 characters), with every signal blocked.
  explicit Worker(std::string name);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Use it on the worker's thread only, or after stop().
  Loop& loop() noexcept { return loop_; }
  Mailbox& inbox() noexcept { return inbox_; }
  const std::string& name() const noexcept { return name_; }
  // Runs what was posted before, then ends the thread and waits for it. What still lives on the loop can be destroyed
  // afterwards, by the caller. Not on the worker's own thread.
  void stop();

  static constexpr std::size_t inbox_bound = 65'536;

 private:
  void work();

  const std::string name_;
  Loop loop_;
  Mailbox inbox_;
  std::thread thread_;
};

// Blocks every signal in the calling thread and puts the old mask back at the end: threads started meanwhile inherit
// it, so that signals reach the main thread only.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t old_;
};

}  // namespace net
