// A timer on a loop. Resolution is a millisecond, rounded up: it never fires early by the loop's clock.
#pragma once

#include <functional>

#include "base/clock.hh"
#include "net/loop.hh"

namespace net {

class Timer {
 public:
  // The call may start, stop or destroy the timer. Nothing is called after the destructor.
  Timer(Loop& loop, std::move_only_function<void()> call);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Counts from now, also when it runs already. repeat: 0 once, else again after each such interval.
  void start(base::Nanos delay, base::Nanos repeat = 0);
  void stop();
  bool active() const;
  // A timer that alone does not keep Loop::run going.
  void unref();

 private:
  Loop& loop_;
  std::move_only_function<void()> call_;
  Handle<uv_timer_s> handle_;
};

}  // namespace net
