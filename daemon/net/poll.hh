// Watches a descriptor that somebody else reads and writes.
#pragma once

#include <functional>

#include "net/loop.hh"

namespace net {

class Poll {
 public:
  enum Events : int { none = 0, readable = 1, writable = 2 };

  // A pipe or socket; it stays open as long as this is here. The call may destroy the Poll; an error of the descriptor
  // comes as all that was asked for.
  Poll(Loop& loop, int fd, std::move_only_function<void(int events)> call);
  ~Poll();
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  // Any of Events; none watches nothing.
  void watch(int events);

 private:
  std::move_only_function<void(int)> call_;
  Handle<uv_poll_s> handle_;
  int wanted_ = none;
};

}  // namespace net
