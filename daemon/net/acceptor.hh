// Takes connections from a listening socket in bounded bursts. Out of descriptors it closes a waiting connection by
// means of a descriptor held in reserve and pauses, so that clients are not left hanging and the loop never spins.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hh"
#include "net/fd.hh"
#include "net/loop.hh"
#include "net/timer.hh"

namespace net {

class Acceptor {
 public:
  // The connections are close-on-exec and non-blocking. The call may destroy the acceptor. name: for the log.
  using Handler = std::move_only_function<void(Fd)>;
  Acceptor(Loop& loop, Fd listening, std::string name, Handler handler);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  int fd() const noexcept { return fd_.get(); }

  static constexpr int burst = 64;
  static constexpr base::Nanos pause = 100 * base::millisecond;

 private:
  void start();
  void on_readable(int status);
  void turn_away();
  void wait();

  Loop& loop_;
  const std::string name_;
  Handler handler_;
  Fd fd_, reserve_;
  Handle<uv_poll_s> poll_;
  Timer resume_;
  base::Nanos quiet_until_ = 0;
};

}  // namespace net
