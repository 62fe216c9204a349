#include "support/rpc_host.hh"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <stdexcept>

namespace support {

RpcHost::RpcHost(std::function<void(rpc::Server&)> setup, rpc::Limits limits) : worker_("rpc-host") {
  char name[] = "/tmp/bgpiped-test-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  socket_ = directory_ + "/control.sock";
  std::promise<std::string> ready;
  worker_.inbox().post_always([&] {
    server_ = std::make_unique<rpc::Server>(worker_.loop(), limits);
    setup(*server_);
    const auto listening = server_->listen({.path = socket_});
    ready.set_value(listening ? "" : listening.error().text);
  });
  if (const std::string problem = ready.get_future().get(); !problem.empty()) throw std::runtime_error(problem);
}

RpcHost::~RpcHost() {
  run([this](rpc::Server&) { server_.reset(); });
  worker_.stop();
  std::filesystem::remove_all(directory_);
}

void RpcHost::run(std::function<void(rpc::Server&)> call) {
  std::promise<void> done;
  worker_.inbox().post_always([&] {
    call(*server_);
    done.set_value();
  });
  done.get_future().get();
}

}  // namespace support
