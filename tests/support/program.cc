#include "support/program.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "base/clock.hh"
#include "net/fd.hh"

namespace support {

namespace {
[[noreturn]] void become(const std::vector<std::string>& arguments, const RunOptions& options, int out, int err) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  for (const std::string& e : options.environment) ::putenv(const_cast<char*>(e.c_str()));
  std::vector<char*> argv;
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

// False at the end of the pipe.
bool take(net::Fd& fd, std::string& text) {
  char chunk[4096];
  const ssize_t n = ::read(fd.get(), chunk, sizeof chunk);
  if (n > 0)
    text.append(chunk, static_cast<std::size_t>(n));
  else
    fd.reset();
  return n > 0;
}
}  // namespace

Ran run(const std::vector<std::string>& arguments, const RunOptions& options) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  net::Fd out_read(out[0]), out_write(out[1]), err_read(err[0]), err_write(err[1]);
  const pid_t child = ::fork();
  if (child == 0) become(arguments, options, out[1], err[1]);
  out_write.reset();
  err_write.reset();

  Ran ran;
  const base::Nanos deadline = base::system_clock().mono() + options.seconds * base::second;
  bool killed = false;
  while (out_read || err_read) {
    pollfd fds[2] = {{out_read.get(), POLLIN, 0}, {err_read.get(), POLLIN, 0}};
    if (::poll(fds, 2, 100) > 0) {
      if (fds[0].revents != 0) take(out_read, ran.out);
      if (fds[1].revents != 0) take(err_read, ran.err);
    }
    if (options.enough_output != 0 && ran.out.size() >= options.enough_output) out_read.reset();
    if (!killed && base::system_clock().mono() > deadline) killed = ::kill(child, SIGKILL) == 0;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!killed) ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace support
