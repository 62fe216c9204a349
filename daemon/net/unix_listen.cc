#include "net/unix_listen.hh"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/socket.hh"

namespace net {

namespace {
base::Result<sockaddr_un> to_sockaddr_un(const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof a.sun_path)
    return base::fail("the path of a socket has 1 to " + std::to_string(sizeof a.sun_path - 1) + " bytes, not " +
                      std::to_string(path.size()) + ": " + path);
  std::memcpy(a.sun_path, path.data(), path.size());
  return a;
}

base::Result<Fd> unix_socket() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make a UNIX socket");
  return fd;
}

// 0 or an error number.
int connect_to(int fd, const sockaddr_un& address) {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

// Makes room for a socket of our own.
base::Result<> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT ? base::Result<>() : fail_errno(path);
  if (!S_ISSOCK(found.st_mode)) return base::fail(path + ": there is a file of this name that is not a socket");
  auto probe = unix_socket();
  if (!probe) return std::unexpected(probe.error());
  // Only a refusal proves that nobody serves it: a full backlog gives EAGAIN, another user's socket EACCES.
  const int e = connect_to(probe->get(), address);
  if (e == 0) return base::fail(path + ": another process serves this socket");
  if (e != ECONNREFUSED) return base::fail(path + ": somebody may serve this socket: " + error_text(e));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove the stale socket " + path);
  return {};
}

base::Result<gid_t> find_group(const std::string& name) {
  gid_t id = 0;
  const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (ec == std::errc{} && end == name.data() + name.size()) return id;
  std::vector<char> room(16'384);
  group entry{};
  group* found = nullptr;
  while (getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE && room.size() < (1u << 22))
    room.resize(room.size() * 2);
  if (found == nullptr) return base::fail("there is no group \"" + name + "\"");
  return entry.gr_gid;
}

base::Result<Fd> listening(const UnixListenSpec& spec) {
  const auto address = to_sockaddr_un(spec.path);
  if (!address) return std::unexpected(address.error());
  std::optional<gid_t> group;
  if (!spec.group.empty()) {
    const auto found = find_group(spec.group);
    if (!found) return std::unexpected(found.error());
    group = *found;
  }
  if (auto r = clear_path(spec.path, *address); !r) return std::unexpected(r.error());
  auto fd = unix_socket();
  if (!fd) return fd;
  // On Linux the file takes its mode from the socket: nobody else gets in before it is what was asked for.
  ::fchmod(fd->get(), 0600);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return fail_errno("bind to " + spec.path);
  const char* const path = spec.path.c_str();
  std::string trouble;
  if (group && ::chown(path, static_cast<uid_t>(-1), *group) != 0)
    trouble = "give " + spec.path + " to the group \"" + spec.group + "\": " + error_text(errno);
  else if (::chmod(path, spec.mode) != 0)
    trouble = "set the mode of " + spec.path + ": " + error_text(errno);
  else if (::listen(fd->get(), spec.backlog) != 0)
    trouble = "listen on " + spec.path + ": " + error_text(errno);
  if (trouble.empty()) return fd;
  ::unlink(path);
  return base::fail(std::move(trouble));
}
}  // namespace

base::Result<PeerCredentials> peer_credentials(int fd) {
  ucred c{};
  socklen_t size = sizeof c;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) != 0) return fail_errno("ask who connected");
  return PeerCredentials{c.pid, c.uid, c.gid};
}

base::Result<Fd> unix_connect(const std::string& path) {
  const auto address = to_sockaddr_un(path);
  if (!address) return std::unexpected(address.error());
  auto fd = unix_socket();
  if (!fd) return fd;
  if (const int e = connect_to(fd->get(), *address); e != 0)
    return base::fail("connect to " + path + ": " + error_text(e));
  return fd;
}

base::Result<std::unique_ptr<UnixListener>> UnixListener::open(Loop& loop, const UnixListenSpec& spec,
                                                               Handler handler) {
  auto fd = listening(spec);
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<UnixListener>(new UnixListener(loop, std::move(*fd), spec.path, std::move(handler)));
}

UnixListener::UnixListener(Loop& loop, Fd fd, std::string path, Handler handler) : path_(std::move(path)) {
  struct stat made{};
  if (::lstat(path_.c_str(), &made) == 0) device_ = made.st_dev, inode_ = made.st_ino;
  acceptor_ =
      std::make_unique<Acceptor>(loop, std::move(fd), path_, [call = std::move(handler)](Fd connection) mutable {
        if (const auto who = peer_credentials(connection.get())) call(std::move(connection), *who);
      });
}

UnixListener::~UnixListener() {
  struct stat found{};
  if (inode_ != 0 && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_)
    ::unlink(path_.c_str());
}

}  // namespace net
