// A UNIX stream listening socket in the file system.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/result.hh"
#include "net/acceptor.hh"
#include "net/fd.hh"
#include "net/loop.hh"

namespace net {

// SO_PEERCRED: who connected, as the kernel knows it.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};
base::Result<PeerCredentials> peer_credentials(int fd);

struct UnixListenSpec {
  std::string path;
  mode_t mode = 0660;
  std::string group;   // name or number; empty: the process's own
  int backlog = 4096;  // the kernel cuts it to net.core.somaxconn
};

class UnixListener {
 public:
  using Handler = std::move_only_function<void(Fd, PeerCredentials)>;
  // A socket left by a dead process is replaced; one that somebody serves, and a file that is no socket, are errors.
  static base::Result<std::unique_ptr<UnixListener>> open(Loop& loop, const UnixListenSpec& spec, Handler handler);
  // Removes the file, if it is still the one made here. The handler may do it.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  UnixListener(Loop& loop, Fd fd, std::string path, Handler handler);
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
};

// Connects to such a socket: at once, or an error ("connect to /run/x.sock: no such file or directory").
base::Result<Fd> unix_connect(const std::string& path);

}  // namespace net
