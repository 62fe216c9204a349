// The control server: JSON-RPC 2.0 over UNIX sockets, on the main loop. It knows the method table and how to talk to
// clients; what the methods do is bound from outside. No client can hold up the loop, another client, or grow memory:
// connections, requests, answers and streams are bounded, and who does not read is dropped. Main thread only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "net/fd.hh"
#include "net/loop.hh"
#include "rpc/codec.hh"
#include "rpc/methods.hh"
#include "rpc/subscription.hh"

namespace rpc {

class Connection;
class Hub;

// Who asks, as the kernel knows it.
struct Caller {
  pid_t pid = 0;
  uid_t uid = 0;
  Access access = Access::read;
};

// The one answer to a request, at once or later from the main thread. Dropped without an answer it sends
// internal_error. The client may have gone meanwhile; then nothing happens.
class Responder {
 public:
  Responder(std::weak_ptr<Connection> connection, std::string id, std::uint64_t limit, Caller caller);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) = delete;
  ~Responder();

  const Caller& caller() const { return caller_; }
  bool gone() const { return connection_.expired(); }
  // result: an object.
  void result(const nlohmann::json& result);
  // The same as text, sent as it is.
  void result_text(std::string_view object);
  void error(const Error& error);
  // Answers {"subscription":N} and opens the stream, whose `limit` parameter is seen to; or answers busy and returns
  // null.
  std::shared_ptr<Subscription> subscribe();

 private:
  void send(const std::string& line);
  std::weak_ptr<Connection> connection_;
  std::string id_;
  std::uint64_t limit_;
  Caller caller_;
  bool answered_ = false;
};

// Called with parameters that check_params found sound, by a caller that has the method's access.
using Handler = std::move_only_function<void(const Request&, Responder)>;

struct Limits {
  std::size_t connections = 1024;
  std::size_t requests = 16;                          // unanswered, each connection
  std::size_t answers = std::size_t{1} << 20;         // unread bytes of answers, each connection, before another one
  std::size_t all_answers = std::size_t{64} << 20;    // unread bytes of answers, all connections
  std::size_t subscriptions = 8;                      // each connection
  std::size_t all_subscriptions = 256;                // all connections
  std::size_t subscription = std::size_t{256} << 10;  // bytes waiting, each subscription
  std::size_t skipped = std::size_t{1} << 20;         // rest of a line that was too long
  base::Nanos patience = 30 * base::second;           // for a client that does not read its answers
};

// The admin socket gives admin to root, the daemon's own user and members of the socket's group; to others, whom its
// mode may let in, it gives read.
struct Socket {
  std::string path;
  mode_t mode = 0660;
  std::string group;  // name or number; empty: the process's own
  Access access = Access::admin;
};

class Server {
 public:
  explicit Server(net::Loop& loop, Limits limits = {});
  // Closes all connections; responders and subscriptions that others hold do nothing from then on.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  base::Result<> listen(const Socket& socket);
  // Stops listening there; connections live on.
  void unlisten(std::string_view path);
  // A connected socket from elsewhere. Not refused, whatever the number of connections.
  void adopt(net::Fd fd, Caller caller);

  // False when the table has no such method. rpc.describe and subscription.cancel are bound already.
  bool bind(std::string_view method, Handler handler);
  // Methods of the table that nobody bound: they answer method_not_found.
  std::vector<std::string_view> unbound() const;

  // Ends the streams with a reason and stops listening; the destructor does the rest.
  void farewell(std::string_view why);

  struct Stats {
    std::size_t connections = 0, subscriptions = 0;
    std::uint64_t accepted = 0, requests = 0;
    std::uint64_t dropped = 0;  // closed by us: made room, or did not read
  };
  Stats stats() const;

 private:
  std::unique_ptr<Hub> hub_;
};

}  // namespace rpc
