// One session on a loop of its own, with far ends on socket pairs and a host that writes down what it is told.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/fd.hh"
#include "net/loop.hh"
#include "net/stream.hh"
#include "net/timer.hh"
#include "pipe/session.hh"
#include "support/bgp_text.hh"

namespace support {

struct HostLog final : pipeline::SessionHost {
  pipeline::SessionStatus latest;
  std::vector<pipeline::Event> events;
  std::vector<bool> ended_calls;  // failed?
  std::string tap;

  void publish(pipeline::SessionStatus s) override { latest = std::move(s); }
  static bool known(const std::string& name) {
    return std::ranges::any_of(pipeline::session_events(), [&](const auto& e) { return e.name == name; });
  }
  void event(pipeline::Event e) override {
    // What no manual names nobody can ask for.
    if (e.stage.empty()) CHECK_MESSAGE(known(e.name), e.name);
    events.push_back(std::move(e));
  }
  void ended(std::uint32_t, bool failed) override { ended_calls.push_back(failed); }
  bool tapped(std::uint64_t, std::string lines, std::uint64_t) override {
    tap += lines;
    return true;
  }

  std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count(events, name, &pipeline::Event::name));
  }
  const pipeline::Event* find(std::string_view name) const {
    const auto at = std::ranges::find(events, name, &pipeline::Event::name);
    return at == events.end() ? nullptr : &*at;
  }
};

// A router, as far as a session can see.
class FarEnd final : public net::Stream::Handler {
 public:
  void take(net::Loop& loop, net::Fd fd, bool reads = true) {
    stream_ = net::Stream::adopt(loop, std::move(fd), *this);
    received.clear();
    end.clear();
    if (reads) stream_->read_start();
  }
  void send(std::string_view bytes) { stream_->write(base::as_bytes(bytes)); }
  void finish() { stream_->shutdown(); }
  void vanish() { stream_->close(); }
  void read(bool on) { on ? stream_->read_start() : stream_->read_stop(); }
  std::size_t pending() const { return stream_->pending(); }

  std::vector<std::string> messages() const { return cut(received); }
  std::vector<std::string> of_type(bgp::MsgType t) const {
    auto all = messages();
    std::erase_if(all, [t](const std::string& m) { return type_of(m) != t; });
    return all;
  }
  // "6/2" of the last message, or "" when it is not a NOTIFICATION.
  std::string notified() const {
    const auto all = messages();
    if (all.empty() || type_of(all.back()) != bgp::MsgType::notification) return "";
    const auto b = body_of(all.back());
    return std::to_string(b[0]) + "/" + std::to_string(b[1]);
  }

  std::string received, end;  // end: "fin", or the error

 private:
  std::size_t on_read(base::Bytes data) override {
    received += base::as_text(data);
    return data.size();
  }
  void on_end(net::EndReason reason) override { end = reason.kind == net::EndReason::Kind::fin ? "fin" : reason.text; }
  std::unique_ptr<net::Stream> stream_;
};

inline std::pair<net::Fd, net::Fd> socket_pair() {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
  return {net::Fd(fds[0]), net::Fd(fds[1])};
}

// Turns the loop until the condition holds, at most so long. True when it came to hold.
inline bool turn_until(net::Loop& loop, const std::function<bool()>& condition,
                       base::Nanos at_most = 10 * base::second) {
  if (condition()) return true;
  bool held = false;
  net::Timer guard(loop, [&] { loop.stop(); });
  guard.start(at_most);
  net::Timer look(loop, [&] {
    if (!condition()) return;
    held = true;
    loop.stop();
  });
  look.start(0, base::millisecond);
  loop.run();
  return held;
}

class SessionBench {
 public:
  explicit SessionBench(std::shared_ptr<const pipeline::PipelineSpec> spec)
      : session(std::in_place, loop, host, std::move(spec), 1, 0) {}
  ~SessionBench() {
    session.reset();
    left = {};
    right = {};
  }

  bool until(const std::function<bool()>& condition, base::Nanos at_most = 10 * base::second) {
    return turn_until(loop, condition, at_most);
  }
  // Everything that is on its way arrives: both ends stay quiet for some turns of the loop.
  void settle(base::Nanos quiet = 30 * base::millisecond) {
    std::size_t seen = 0, events = 0;
    base::Nanos since = loop.now();
    (void)until([&] {
      const std::size_t now = left.received.size() + right.received.size();
      if (now != seen || host.events.size() != events) since = loop.now(), seen = now, events = host.events.size();
      return loop.now() - since > quiet;
    });
  }

  void connect_left() {
    auto [near, far] = socket_pair();
    left.take(loop, std::move(far));
    session->accept(pipeline::Side::left, std::move(near));
  }
  void connect_right() {
    auto [near, far] = socket_pair();
    right.take(loop, std::move(far));
    session->connected(pipeline::Side::right, std::move(near));
  }
  // Both legs up, OPENs and KEEPALIVEs exchanged, what came by forgotten.
  void establish(const OpenText& of_left = {}, const OpenText& of_right = {.asn = 65002, .id = "192.0.2.2"}) {
    session->start();
    raise(of_left, of_right);
  }
  void raise(const OpenText& of_left = {}, const OpenText& of_right = {.asn = 65002, .id = "192.0.2.2"}) {
    connect_left();
    connect_right();
    greet(of_left, of_right);
  }
  void greet(const OpenText& of_left = {}, const OpenText& of_right = {.asn = 65002, .id = "192.0.2.2"}) {
    left.send(open(of_left) + keepalive());
    right.send(open(of_right) + keepalive());
    REQUIRE(
        until([&] { return session->established() && left.messages().size() == 2 && right.messages().size() == 2; }));
    left.received.clear();
    right.received.clear();
  }
  pipeline::State state() const { return session->state(); }

  net::Loop loop;
  HostLog host;
  std::optional<pipeline::Session> session;
  FarEnd left, right;
};

}  // namespace support
