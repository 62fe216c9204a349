#include "net/fd.hh"

#include <unistd.h>

#include <cerrno>

namespace net {

void Fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  const int saved = errno;
  ::close(old);
  errno = saved;
}

}  // namespace net
