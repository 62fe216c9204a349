#include "conf/file.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace conf {

namespace {

std::string reason() { return std::generic_category().message(errno); }

base::Result<std::string> read_all(int fd, std::size_t limit, bool handed) {
  struct stat about{};
  if (fstat(fd, &about) != 0) return base::fail(reason());
  if (S_ISDIR(about.st_mode)) return base::fail("is a directory");
  // Nobody may ever write to a named pipe, and a reload would wait for ever; the shell's <(...) has its writer.
  if (S_ISFIFO(about.st_mode) && !handed) return base::fail("is a named pipe");
  if (fcntl(fd, F_SETFL, 0) != 0) return base::fail(reason());
  std::string text;
  char piece[16384];
  for (;;) {
    const ssize_t n = read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::fail(reason());
    if (n == 0) return text;
    text.append(piece, static_cast<std::size_t>(n));
    if (text.size() > limit) return base::fail("is larger than " + std::to_string(limit / 1024) + " KiB");
  }
}

}  // namespace

base::Result<std::string> read_file(const std::string& path, std::size_t limit) {
  if (path.find('\0') != std::string::npos) return base::fail("has a NUL in its name");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return base::fail(reason());
  auto text = read_all(fd, limit, path.starts_with("/dev/") || path.starts_with("/proc/"));
  close(fd);
  return text;
}

}  // namespace conf
