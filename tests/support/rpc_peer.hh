// A client on the control server's own loop, and ways to wait there without sleeping.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/stream.hh"
#include "rpc/server.hh"

namespace support {

struct RpcPeer final : net::Stream::Handler {
  RpcPeer(net::Loop& loop, net::Fd fd, bool reads = true);
  std::size_t on_read(base::Bytes data) override;
  void on_end(net::EndReason reason) override;
  void send(std::string_view text) { stream->write(base::as_bytes(text)); }
  void call(int id, std::string_view method, const nlohmann::json& params = nlohmann::json::object());
  nlohmann::json last() const { return lines.empty() ? nlohmann::json() : nlohmann::json::parse(lines.back()); }

  std::vector<std::string> lines;
  bool ended = false;
  std::unique_ptr<net::Stream> stream;
};

// reads: false for a client that never does.
std::unique_ptr<RpcPeer> connect(net::Loop& loop, rpc::Server& server, rpc::Access access, bool reads = true);
// Runs the loop until it is done; false after some seconds.
bool until(net::Loop& loop, const std::function<bool()>& done);
// Calls with id 1 and returns the next line that comes.
nlohmann::json ask(net::Loop& loop, RpcPeer& peer, std::string_view method,
                   const nlohmann::json& params = nlohmann::json::object());

}  // namespace support
