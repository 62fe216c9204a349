#include "rpc/hub.hh"

#include <sys/socket.h>

#include <algorithm>

#include "rpc/connection.hh"

namespace rpc {

Hub::Hub(net::Loop& l, Limits bounds)
    : loop(l), limits(bounds), bury_(l, [this] { removed_.clear(); }), patience_(l, [this] { check_readers(); }) {
  patience_.unref();
}

Hub::~Hub() {
  listeners.clear();
  while (!connections.empty()) {
    const auto c = connections.front();
    // Finished, not cancelled: who fed the streams may be gone by now and is not called.
    c->finish_streams("the daemon ends");
    c->drop();
  }
}

void Hub::add(net::Fd fd, Caller caller) {
  ++stats.accepted;
  const auto c = Connection::open(*this, std::move(fd), caller);
  c->place_ = connections.insert(connections.end(), c);
}

void Hub::admit(net::Fd fd, Caller caller) {
  if (make_room()) return add(std::move(fd), caller);
  const std::string line =
      error_line("null", {Code::busy, "too many control connections", "close some of those that hold a subscription"});
  (void)::send(fd.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Hub::remove(Connection& connection) {
  removed_.push_back(std::move(*connection.place_));
  connections.erase(connection.place_);
  bury_.schedule();
}

void Hub::touch(Connection& connection) { connections.splice(connections.end(), connections, connection.place_); }

bool Hub::make_room() {
  if (connections.size() < limits.connections) return true;
  const auto idle = std::ranges::find_if(connections, [](const auto& c) { return c->idle(); });
  if (idle == connections.end()) return drop_hung_up();
  ++stats.dropped;
  (*idle)->drop();
  return true;
}

bool Hub::may_subscribe() {
  const auto room = [this] {
    std::size_t n = 0;
    for (const auto& c : connections) n += c->subscriptions();
    return n < limits.all_subscriptions;
  };
  return room() || (drop_hung_up() && room());
}

// A client that only finished sending may still read its stream; one that closed is noticed at the next write, or here.
bool Hub::drop_hung_up() {
  const std::size_t before = connections.size();
  for (const auto& c : std::vector(connections.begin(), connections.end()))
    if (c->hung_up()) c->drop();
  return connections.size() < before;
}

void Hub::watch_readers() {
  if (!patience_.active()) patience_.start(limits.patience);
  bound_unread();
}

void Hub::check_readers() {
  bool more = false;
  for (const auto& c : std::vector(connections.begin(), connections.end())) {
    if (c->unread() == 0) continue;
    // A subscriber may pause: its queue drops records instead.
    if (c->subscriptions() == 0 && loop.now() - c->last_progress() >= limits.patience) {
      ++stats.dropped;
      c->drop();
    } else {
      more = true;
    }
  }
  if (more) patience_.start(limits.patience);
}

// Of those that do not read, the one that has not for longest goes first.
void Hub::bound_unread() {
  for (;;) {
    std::size_t unread = 0;
    Connection* stuck = nullptr;
    for (const auto& c : connections) {
      unread += c->unread();
      if (c->unread() != 0 && (stuck == nullptr || c->last_progress() < stuck->last_progress())) stuck = c.get();
    }
    if (unread <= limits.all_answers || stuck == nullptr) return;
    ++stats.dropped;
    stuck->drop();
  }
}

}  // namespace rpc
