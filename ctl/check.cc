#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/commands.hh"
#include "ctl/view.hh"
#include "net/fd.hh"
#include "net/socket.hh"

namespace ctl {

namespace {
constexpr std::string_view default_file = "/etc/bgpiped/bgpiped.yaml";

// The daemon of the same build stands beside this program; else the one in PATH.
std::string daemon_program() {
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem) return "bgpiped";
  for (const char* place : {"bgpiped", "../sbin/bgpiped"}) {
    const auto beside = self.parent_path() / place;
    if (::access(beside.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(beside, problem)) return beside;
  }
  return "bgpiped";
}

[[noreturn]] void become_daemon(const std::string& program, const std::string& file, int output) {
  std::signal(SIGPIPE, SIG_DFL);
  if (output >= 0) {
    (void)::dup2(output, STDOUT_FILENO);
    (void)::dup2(output, STDERR_FILENO);
  }
  ::execlp(program.c_str(), program.c_str(), "--check", "-c", file.c_str(), static_cast<char*>(nullptr));
  complain("start " + program + ": " + net::error_text(errno));
  ::_exit(127);
}

int exit_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Exit::ok : Exit::failed;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n > 0)
      text.append(chunk.data(), static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      return text;
  }
}
// Without a file named it is the one that the daemon runs with, if it runs.
std::string file_to_check(Context& c) {
  if (!c.args().words.empty()) return c.args().word();
  if (const auto info = c.call("daemon.info", nlohmann::json::object())) {
    const std::string running = text_of(*info, "config");
    if (running.starts_with('/')) return running;
  }
  return std::string(default_file);
}
}  // namespace

int run_check(Context& c) {
  const std::string program = daemon_program();
  const std::string file = file_to_check(c);
  int ends[2] = {-1, -1};
  if (c.json() && ::pipe2(ends, O_CLOEXEC) != 0) {
    complain("make a pipe: " + net::error_text(errno));
    return Exit::failed;
  }
  net::Fd reading(ends[0]), writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    complain("start " + program + ": " + net::error_text(errno));
    return Exit::failed;
  }
  if (child == 0) become_daemon(program, file, writing.get());
  writing.reset();
  std::string output = c.json() ? read_all(reading.get()) : "";
  const int code = exit_of(child);
  if (c.json()) (void)write_out(json_out({{"ok", code == Exit::ok}, {"file", file}, {"output", output}}, c.style()));
  return code;
}

}  // namespace ctl
