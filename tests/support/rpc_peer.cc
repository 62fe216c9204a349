#include "support/rpc_peer.hh"

#include <sys/socket.h>

#include <stdexcept>

#include "net/timer.hh"

namespace support {

RpcPeer::RpcPeer(net::Loop& loop, net::Fd fd, bool reads) : stream(net::Stream::adopt(loop, std::move(fd), *this)) {
  if (reads) stream->read_start();
}

std::size_t RpcPeer::on_read(base::Bytes data) {
  const std::string_view text = base::as_text(data);
  std::size_t used = 0;
  for (std::size_t end; (end = text.find('\n', used)) != std::string_view::npos; used = end + 1)
    lines.emplace_back(text.substr(used, end - used));
  return used;
}

void RpcPeer::on_end(net::EndReason) { ended = true; }

void RpcPeer::call(int id, std::string_view method, const nlohmann::json& params) {
  send(rpc::request_line(id, method, params));
}

std::unique_ptr<RpcPeer> connect(net::Loop& loop, rpc::Server& server, rpc::Access access, bool reads) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    throw std::runtime_error("no socket pair");
  server.adopt(net::Fd(ends[0]), {1, 0, access});
  return std::make_unique<RpcPeer>(loop, net::Fd(ends[1]), reads);
}

bool until(net::Loop& loop, const std::function<bool()>& done) {
  bool reached = false;
  const base::Nanos deadline = base::system_clock().mono() + 10 * base::second;
  net::Timer check(loop, [&] {
    reached = done();
    if (reached || base::system_clock().mono() > deadline) loop.stop();
  });
  check.start(0, base::millisecond);
  loop.run();
  return reached;
}

nlohmann::json ask(net::Loop& loop, RpcPeer& peer, std::string_view method, const nlohmann::json& params) {
  const std::size_t before = peer.lines.size();
  peer.call(1, method, params);
  until(loop, [&] { return peer.lines.size() > before || peer.ended; });
  return peer.last();
}

}  // namespace support
