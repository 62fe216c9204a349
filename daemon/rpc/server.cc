#include "rpc/server.hh"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.hh"
#include "rpc/connection.hh"
#include "rpc/hub.hh"

namespace rpc {

Responder::Responder(std::weak_ptr<Connection> connection, std::string id, std::uint64_t limit, Caller caller)
    : connection_(std::move(connection)), id_(std::move(id)), limit_(limit), caller_(caller) {}

Responder::Responder(Responder&& o) noexcept
    : connection_(std::move(o.connection_)),
      id_(std::move(o.id_)),
      limit_(o.limit_),
      caller_(o.caller_),
      answered_(std::exchange(o.answered_, true)) {}

Responder::~Responder() {
  if (!answered_) error({Code::internal_error, "the daemon gave no answer", ""});
}

void Responder::result(const nlohmann::json& result) { send(id_.empty() ? "" : result_line(id_, result)); }

void Responder::result_text(std::string_view object) { send(id_.empty() ? "" : result_text_line(id_, object)); }

void Responder::error(const Error& error) { send(id_.empty() ? "" : error_line(id_, error)); }

// A notification has no id and gets no answer.
void Responder::send(const std::string& line) {
  if (std::exchange(answered_, true)) return;
  const auto connection = connection_.lock();
  if (!connection) return;
  if (!line.empty()) connection->answer(line);
  connection->answered();
}

std::shared_ptr<Subscription> Responder::subscribe() {
  const auto connection = connection_.lock();
  auto subscription = connection && !answered_ ? connection->subscribe(limit_) : nullptr;
  if (subscription)
    result({{"subscription", subscription->id()}});
  else
    error({Code::busy, "too many subscriptions", "cancel one, or close the connections that hold them"});
  return subscription;
}

namespace {
bool has_group(int fd, gid_t primary, gid_t wanted) {
  if (primary == wanted) return true;
  std::vector<gid_t> groups(256);
  auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
  groups.resize(size / sizeof(gid_t));
  return std::ranges::find(groups, wanted) != groups.end();
}

Access access_of(int fd, const net::PeerCredentials& peer, Access offered, gid_t group) {
  if (offered == Access::read) return Access::read;
  const bool trusted = peer.uid == 0 || peer.uid == ::geteuid() || has_group(fd, peer.gid, group);
  return trusted ? Access::admin : Access::read;
}
}  // namespace

Server::Server(net::Loop& loop, Limits limits) : hub_(std::make_unique<Hub>(loop, limits)) {}
Server::~Server() = default;

base::Result<> Server::listen(const Socket& socket) {
  if (hub_->listeners.contains(socket.path)) return base::fail(socket.path + ": listened on twice");
  const auto group = std::make_shared<gid_t>(static_cast<gid_t>(-1));
  auto accept = [hub = hub_.get(), group, offered = socket.access](net::Fd fd, net::PeerCredentials peer) {
    const Access access = access_of(fd.get(), peer, offered, *group);
    hub->admit(std::move(fd), {peer.pid, peer.uid, access});
  };
  auto listener = net::UnixListener::open(hub_->loop, {.path = socket.path, .mode = socket.mode, .group = socket.group},
                                          std::move(accept));
  if (!listener) return std::unexpected(listener.error());
  struct stat file{};
  if (::stat(socket.path.c_str(), &file) == 0) *group = file.st_gid;
  hub_->listeners.emplace(socket.path, std::move(*listener));
  return {};
}

void Server::unlisten(std::string_view path) {
  if (const auto it = hub_->listeners.find(path); it != hub_->listeners.end()) hub_->listeners.erase(it);
}

void Server::adopt(net::Fd fd, Caller caller) { hub_->add(std::move(fd), caller); }

bool Server::bind(std::string_view method, Handler handler) {
  if (find_method(method) == nullptr) return false;
  hub_->handlers.insert_or_assign(std::string(method), std::move(handler));
  return true;
}

std::vector<std::string_view> Server::unbound() const {
  std::vector<std::string_view> out;
  for (const Method& m : methods())
    if (m.name != "rpc.describe" && m.name != "subscription.cancel" && !hub_->handlers.contains(m.name))
      out.push_back(m.name);
  return out;
}

void Server::farewell(std::string_view why) {
  hub_->listeners.clear();
  for (const auto& c : std::vector(hub_->connections.begin(), hub_->connections.end())) c->finish_streams(why);
}

Server::Stats Server::stats() const {
  Stats s = hub_->stats;
  s.connections = hub_->connections.size();
  for (const auto& c : hub_->connections) s.subscriptions += c->subscriptions();
  return s;
}

}  // namespace rpc
