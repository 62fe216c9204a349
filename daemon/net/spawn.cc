#include "net/spawn.hh"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <ranges>
#include <string>
#include <string_view>

#include "net/socket.hh"

namespace net {

namespace {

constexpr int pipe_size = 256 * 1024;

struct Pipe {
  Fd read, write;
};

// The ends lie above the standard descriptors, or setting those up in the child would close one by another.
base::Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return base::fail("cannot make a pipe: " + error_text(errno));
  Fd low[2] = {Fd(fds[0]), Fd(fds[1])};
  Pipe p{Fd(::fcntl(fds[0], F_DUPFD_CLOEXEC, 3)), Fd(::fcntl(fds[1], F_DUPFD_CLOEXEC, 3))};
  if (!p.read || !p.write) return base::fail("cannot make a pipe: " + error_text(errno));
  ::fcntl(fds[0], F_SETPIPE_SZ, pipe_size);  // the kernel may refuse, then it is smaller
  return p;
}

void set_nonblocking(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

// What systemd tells the daemon alone: a child that took it for its own would answer in the daemon's name.
constexpr std::string_view not_inherited[] = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
                                              "LISTEN_PID",    "LISTEN_FDS",   "LISTEN_FDNAMES"};

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> out;
  for (char** e = environ; e != nullptr && *e != nullptr; ++e) {
    const std::string_view entry = *e;
    const std::string_view name = entry.substr(0, entry.find('='));
    const auto same = [&](const auto& added) { return name == added.first; };
    if (std::ranges::find(not_inherited, name) != std::end(not_inherited)) continue;
    if (std::ranges::none_of(command.environment, same)) out.emplace_back(entry);
  }
  for (const auto& [name, value] : command.environment) out.emplace_back(name).append("=").append(value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& t : texts) out.push_back(t.data());
  out.push_back(nullptr);
  return out;
}

// Whoever started us may have left SIGCHLD ignored; then children would vanish without telling how they ended.
void keep_zombies() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction old{};
    if (::sigaction(SIGCHLD, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) ::signal(SIGCHLD, SIG_DFL);
  });
}

struct Attributes {
  Attributes() {
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
  }
  ~Attributes() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  void prepare(int in, int out, int err) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    // Ours are all CLOEXEC; a library's may not be.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  }

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

}  // namespace

base::Result<> find_program(const std::string& program) {
  const auto error_of = [](const std::string& path) {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0 || ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) return errno;
    return S_ISREG(s.st_mode) ? 0 : EACCES;
  };
  int error = ENOENT;
  if (program.contains('/')) {
    error = error_of(program);
  } else {
    const char* const path = std::getenv("PATH");
    for (const auto& part : std::views::split(std::string_view(path != nullptr ? path : "/bin:/usr/bin"), ':')) {
      const std::string folder(std::string_view{part});
      const int here = error_of(folder.empty() ? program : folder + "/" + program);
      if (here == 0) return {};
      if (here == EACCES) error = here;
    }
  }
  if (error == 0) return {};
  return base::fail("cannot run " + program + ": " + error_text(error));
}

base::Result<Child> spawn(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) return base::fail("no command to run");
  keep_zombies();
  auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  if (!in || !out || !err) return std::unexpected((!in ? in : !out ? out : err).error());
  std::vector<std::string> arguments = command.argv, environment = environment_of(command);
  Attributes a;
  a.prepare(in->read.get(), out->write.get(), err->write.get());
  Child child;
  const int error = ::posix_spawnp(&child.pid, arguments.front().c_str(), &a.actions, &a.attributes,
                                   pointers(arguments).data(), pointers(environment).data());
  if (error != 0) return base::fail("cannot run " + arguments.front() + ": " + error_text(error));
  child.watch = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.watch) {
    const int reason = errno;
    ::kill(-child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    return base::fail("cannot watch " + arguments.front() + ": " + error_text(reason));
  }
  child.in = std::move(in->write);
  child.out = std::move(out->read);
  child.err = std::move(err->read);
  for (const Fd* fd : {&child.in, &child.out, &child.err}) set_nonblocking(*fd);
  return child;
}

}  // namespace net
