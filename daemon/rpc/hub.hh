// What the connections of one control server share: handlers, bounds, and the order in which idle ones make room. Main
// thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.hh"
#include "net/timer.hh"
#include "net/unix_listen.hh"
#include "rpc/server.hh"

namespace rpc {

class Connection;

class Hub {
 public:
  Hub(net::Loop& loop, Limits limits);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  void add(net::Fd fd, Caller caller);
  // As add, but within the bound on connections: the longest idle one goes, or else this one is told to come back
  // later.
  void admit(net::Fd fd, Caller caller);
  void remove(Connection& connection);
  // It sent something: it is the last to make room now.
  void touch(Connection& connection);
  bool may_subscribe();
  // Called when the kernel did not take an answer whole.
  void watch_readers();

  net::Loop& loop;
  const Limits limits;
  std::map<std::string, Handler, std::less<>> handlers;
  std::map<std::string, std::unique_ptr<net::UnixListener>, std::less<>> listeners;
  // Longest without a request first.
  std::list<std::shared_ptr<Connection>> connections;
  std::uint64_t next_subscription = 1;
  Server::Stats stats;

 private:
  bool make_room();
  void check_readers();
  void bound_unread();
  bool drop_hung_up();

  // A connection that is dropped inside one of its own calls lives until the next turn of the loop.
  std::vector<std::shared_ptr<Connection>> removed_;
  net::Deferred bury_;
  net::Timer patience_;
};

}  // namespace rpc
