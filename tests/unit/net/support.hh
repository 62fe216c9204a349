// What the tests of net share: a loop that cannot hang, and pairs of connected sockets.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <utility>

#include "net/fd.hh"
#include "net/loop.hh"
#include "net/socket.hh"
#include "net/stream.hh"
#include "net/timer.hh"

// Runs until stop(), at most some seconds.
struct TestLoop {
  net::Loop loop;

  void run() {
    bool late = false;
    net::Timer guard(loop, [&] {
      late = true;
      loop.stop();
    });
    guard.start(10 * base::second);
    loop.run();
    REQUIRE_FALSE(late);
  }
  // Runs until the condition holds, looked at once a turn.
  void until(std::function<bool()> condition) {
    if (condition()) return;
    net::Deferred again(loop, [] {});
    net::Deferred look(loop, [&] { condition() ? loop.stop() : again.schedule(); });
    net::Timer tick(loop, [&] { look.schedule(); });
    tick.start(0, base::millisecond);
    run();
  }
};

struct Pair {
  net::Fd a, b;
};

inline Pair unix_pair() {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
  return {net::Fd(fds[0]), net::Fd(fds[1])};
}

inline base::Endpoint loopback(std::uint16_t port = 0) { return {base::Address::v4(0x7f000001), port}; }

inline Pair tcp_pair() {
  const auto v4 = base::IpFamily::v4;
  net::Fd listener = *net::tcp_socket(v4);
  REQUIRE(net::bind_to(listener.get(), loopback(), v4));
  REQUIRE(listen(listener.get(), 1) == 0);
  net::Fd a = *net::tcp_socket(v4);
  const auto to = net::to_sockaddr(net::local_endpoint(listener.get()));
  (void)connect(a.get(), to.get(), to.size);
  // Over loopback the handshake is over when connect returns.
  net::Fd b(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  REQUIRE(b);
  return {std::move(a), std::move(b)};
}

// Keeps what it gets; the functions, where set, decide instead.
struct Recorder final : net::Stream::Handler {
  std::string text;
  std::string ends;  // "fin", or the text of each end, one after the other
  int writable = 0;
  std::function<std::size_t(base::Bytes)> read;
  std::function<void()> ended, drained;

  std::size_t on_read(base::Bytes data) override {
    if (read) return read(data);
    text += base::as_text(data);
    return data.size();
  }
  void on_end(net::EndReason reason) override {
    ends += reason.kind == net::EndReason::Kind::fin ? "fin" : reason.text;
    if (ended) ended();
  }
  void on_writable() override {
    ++writable;
    if (drained) drained();
  }
};

inline void put(int fd, std::string_view text) {
  REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}
