// A control server on a thread of its own, for tests that talk to it with blocking calls or with the real bgpipectl.
#pragma once

#include <functional>
#include <string>

#include "net/mailbox.hh"
#include "net/worker.hh"
#include "rpc/server.hh"

namespace support {

class RpcHost {
 public:
  // Listens on control.sock in a new directory. setup binds handlers; it and they run on the host's thread.
  explicit RpcHost(std::function<void(rpc::Server&)> setup, rpc::Limits limits = {});
  ~RpcHost();
  const std::string& directory() const { return directory_; }
  const std::string& socket() const { return socket_; }
  // Runs on the host's thread and waits for it.
  void run(std::function<void(rpc::Server&)> call);

 private:
  std::string directory_, socket_;
  std::unique_ptr<rpc::Server> server_;
  net::Worker worker_;
};

}  // namespace support
