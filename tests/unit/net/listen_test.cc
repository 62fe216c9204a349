#include "net/listen.hh"

#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "net/dial.hh"
#include "support.hh"

using base::Address;
using base::Endpoint;
using base::Prefix;
using net::Accepted;
using net::Dial;
using net::DialOptions;
using net::ListenerSet;
using net::ListenSpec;

namespace {
// A free port of every address: the wildcard takes it for a moment.
std::uint16_t free_port() {
  const net::Fd fd = *net::tcp_socket(base::IpFamily::v4);
  REQUIRE(net::bind_to(fd.get(), {}, base::IpFamily::v4));
  return net::local_endpoint(fd.get()).port;
}

struct Net : TestLoop {
  ListenerSet set{loop};
  std::string log;  // the name of each spec that got a connection
  std::vector<Accepted> connections;
  std::uint16_t port = free_port();

  base::Result<ListenerSet::Id> add(char name, ListenSpec spec) {
    if (spec.endpoint.port == 0) spec.endpoint.port = port;
    return set.add(spec, [this, name](Accepted a) {
      log += name;
      connections.push_back(std::move(a));
    });
  }
  // Connects from one address to another; whether the handshake was done.
  bool dial(const char* from, const char* to, std::string md5 = {}, int gtsm = 0) {
    std::optional<bool> ok;
    DialOptions o{.host = to, .port = port, .md5 = std::move(md5), .timeout = 30 * base::millisecond};
    o.bind.address = *Address::parse(from);
    o.socket.gtsm = gtsm;
    Dial d(loop, o, [&](base::Result<net::Fd> r) {
      ok = r.has_value();
      if (r) kept.push_back(std::move(*r));
    });
    until([&] { return ok.has_value(); });
    return *ok;
  }
  // The spec that gets such a connection, or '-' when it is refused after the handshake, or '!' without one.
  char who(const char* from, const char* to, std::string md5 = {}, int gtsm = 0) {
    const std::size_t before = log.size();
    const std::uint64_t refused = set.refused();
    if (!dial(from, to, std::move(md5), gtsm)) return '!';
    until([&] { return log.size() > before || set.refused() > refused; });
    return log.size() > before ? log.back() : '-';
  }
  std::vector<net::Fd> kept;
};

Prefix prefix(const char* text) { return *Prefix::parse(text); }
Endpoint at(const char* address) { return {*Address::parse(address), 0}; }

// Runs in a network namespace of its own with a loopback device; false without the right to make one.
bool in_namespace(const std::function<void()>& body) {
  bool made = false;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) return;
    made = true;
    const net::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq lo{};
    std::strcpy(lo.ifr_name, "lo");
    lo.ifr_flags = IFF_UP;
    REQUIRE(ioctl(fd.get(), SIOCSIFFLAGS, &lo) == 0);
    body();
  }).join();
  if (!made) MESSAGE("skipped: no right to make a network namespace");
  return made;
}
}  // namespace

TEST_CASE("listen: the most specific peer gets the connection; a stranger is closed and counted") {
  Net n;
  REQUIRE(n.add('h', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.2")}));
  REQUIRE(n.add('n', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.9/29")}));
  CHECK(n.who("127.0.0.2", "127.0.0.1") == 'h');
  CHECK(n.who("127.0.0.10", "127.0.0.1") == 'n');
  CHECK(n.who("127.0.1.1", "127.0.0.1") == '-');
  CHECK(n.set.refused() == 1);
  const auto any = n.add('a', {.endpoint = at("127.0.0.1")});
  REQUIRE(any);
  CHECK(n.who("127.0.1.1", "127.0.0.1") == 'a');
  n.set.remove(*any);
  CHECK(n.who("127.0.1.1", "127.0.0.1") == '-');
  CHECK(n.connections[0].peer.address.text() == "127.0.0.2");
  CHECK(n.connections[0].local == Endpoint{at("127.0.0.1").address, n.port});
}

TEST_CASE("listen: two with the same key are refused, and nothing changes") {
  Net n;
  REQUIRE(n.add('a', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.8/29")}));
  const auto r = n.add('b', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.9/29")});
  REQUIRE_FALSE(r);
  CHECK(r.error().text == "listen on 127.0.0.1:" + std::to_string(n.port) + " for 127.0.0.8/29: this is taken already");
  CHECK(n.who("127.0.0.9", "127.0.0.1") == 'a');
  const auto other = n.add('c', {.endpoint = at("127.0.0.1"), .peer = prefix("::1")});
  REQUIRE_FALSE(other);
  CHECK(other.error().text.ends_with("the peer ::1/128 is of the other IP version"));
}

TEST_CASE("listen: a wildcard and a specific address coexist, in either order") {
  for (const bool wildcard_first : {false, true}) {
    Net n;
    if (wildcard_first) REQUIRE(n.add('w', {}));
    REQUIRE(n.add('s', {.endpoint = at("127.0.0.2"), .peer = prefix("127.0.0.5")}));
    if (!wildcard_first) REQUIRE(n.add('w', {}));
    CHECK(n.who("127.0.0.5", "127.0.0.2") == 's');
    CHECK(n.who("127.0.0.5", "127.0.0.3") == 'w');
    // The kernel gives it to the specific socket; the wildcard's owner asked for it.
    CHECK(n.who("127.0.0.6", "127.0.0.2") == 'w');
    CHECK(n.who("::1", "::1") == 'w');
  }
}

TEST_CASE("listen: a port that another process listens on is not shared with it") {
  Net n;
  ListenerSet other(n.loop);
  REQUIRE(n.add('a', {.endpoint = at("127.0.0.1")}));
  REQUIRE(n.add('b', {.endpoint = at("0.0.0.0")}));
  for (const char* address : {"127.0.0.1", "0.0.0.0"}) {
    ListenSpec spec{.endpoint = at(address)};
    spec.endpoint.port = n.port;
    const auto second = other.add(spec, [](Accepted) {});
    REQUIRE_FALSE(second);
    CHECK(second.error().text.contains("in use"));
  }
}

TEST_CASE("listen: of two that want the same peer the more specific address wins") {
  Net n;
  REQUIRE(n.add('w', {.peer = prefix("127.0.0.5")}));
  const auto zero = n.add('z', {.endpoint = at("0.0.0.0"), .peer = prefix("127.0.0.5")});
  REQUIRE(zero);
  REQUIRE(n.add('s', {.endpoint = at("127.0.0.2"), .peer = prefix("127.0.0.5")}));
  CHECK(n.who("127.0.0.5", "127.0.0.2") == 's');
  CHECK(n.who("127.0.0.5", "127.0.0.1") == 'z');
  n.set.remove(*zero);
  CHECK(n.who("127.0.0.5", "127.0.0.1") == 'w');
}

TEST_CASE("listen: port 0 is a port of its own each time, and bound tells it") {
  TestLoop t;
  ListenerSet set(t.loop);
  const auto a = set.add({.endpoint = loopback()}, [](Accepted) {});
  const auto b = set.add({.endpoint = loopback()}, [](Accepted) {});
  REQUIRE(a);
  REQUIRE(b);
  REQUIRE(set.bound(*a).size() == 1);
  CHECK(set.bound(*a)[0].port != 0);
  CHECK(set.bound(*a)[0] != set.bound(*b)[0]);
  CHECK(set.bound(4711).empty());
}

TEST_CASE("listen: an address of nobody is an error and leaves nothing behind") {
  Net n;
  const auto r = n.add('x', {.endpoint = at("192.0.2.77")});
  REQUIRE_FALSE(r);
  CHECK(r.error().text == "listen on 192.0.2.77:" + std::to_string(n.port) +
                              ": bind to 192.0.2.77:" + std::to_string(n.port) + ": cannot assign requested address");
  CHECK(n.add('x', {.endpoint = at("127.0.0.1")}));
}

TEST_CASE("listen: the handler may remove its spec and destroy the set") {
  TestLoop t;
  auto set = std::make_unique<ListenerSet>(t.loop);
  ListenerSet::Id id = 0;
  int calls = 0;
  id = *set->add({.endpoint = loopback()}, [&, held = std::string(100, 'x')](Accepted) {
    set->remove(id);
    set.reset();
    calls += static_cast<int>(held.size());
  });
  const std::uint16_t port = set->bound(id)[0].port;
  const auto ignore = [](base::Result<net::Fd>) {};
  Dial a(t.loop, {.host = "127.0.0.1", .port = port}, ignore), b(t.loop, {.host = "127.0.0.1", .port = port}, ignore);
  t.until([&] { return calls != 0; });
  CHECK(calls == 100);
  CHECK_FALSE(set);
}

TEST_CASE("listen: TCP-MD5 keys belong to one peer each (RFC 2385)") {
  const auto body = [] {
    Net n;
    REQUIRE(n.add('a', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.2"), .md5 = "key a"}));
    const auto b = n.add('b', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.3"), .md5 = "key b"});
    REQUIRE(b);
    REQUIRE(n.add('p', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.4")}));
    REQUIRE(n.add('r', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.1.0/24"), .md5 = "key r"}));
    CHECK(n.who("127.0.0.2", "127.0.0.1", "key a") == 'a');
    CHECK(n.who("127.0.0.2", "127.0.0.1", "key b") == '!');
    CHECK(n.who("127.0.0.2", "127.0.0.1") == '!');
    CHECK(n.who("127.0.0.3", "127.0.0.1", "key b") == 'b');
    CHECK(n.who("127.0.0.4", "127.0.0.1") == 'p');
    CHECK(n.who("127.0.0.4", "127.0.0.1", "key a") == '!');
    CHECK(n.who("127.0.1.77", "127.0.0.1", "key r") == 'r');
    CHECK(n.who("127.0.1.77", "127.0.0.1", "key a") == '!');
    n.set.remove(*b);
    CHECK(n.who("127.0.0.3", "127.0.0.1", "key b") == '!');
    CHECK(n.who("127.0.0.3", "127.0.0.1") == '-');
    CHECK(n.who("127.0.0.2", "127.0.0.1", "key a") == 'a');
    REQUIRE(n.add('c', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.3"), .md5 = "key c"}));
    CHECK(n.who("127.0.0.3", "127.0.0.1", "key c") == 'c');
    // The connection goes on under its key.
    const auto& [here, there] = std::pair(n.connections.back().fd.get(), n.kept.back().get());
    put(here, "hello");
    std::string got(16, 0);
    n.until([&, &there = there] {
      const ssize_t k = read(there, got.data(), got.size());
      if (k > 0) got.resize(static_cast<std::size_t>(k));
      return k > 0;
    });
    CHECK(got == "hello");
  };
  SUBCASE("on this machine's loopback") { body(); }
  SUBCASE("in a network namespace") { in_namespace(body); }
}

TEST_CASE("listen: MD5 over IPv6, and for any peer") {
  Net n;
  REQUIRE(n.add('6', {.md5 = "everyone's"}));
  CHECK(n.who("::1", "::1", "everyone's") == '6');
  CHECK(n.who("::1", "::1", "another") == '!');
  CHECK(n.who("127.0.0.9", "127.0.0.1", "everyone's") == '6');
  CHECK(n.who("127.0.0.9", "127.0.0.1") == '!');
}

TEST_CASE("listen: a wildcard's key holds on the specific sockets it is served by") {
  Net n;
  REQUIRE(n.add('w', {.peer = prefix("127.0.0.5"), .md5 = "key w"}));
  REQUIRE(n.add('s', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.6")}));
  CHECK(n.who("127.0.0.5", "127.0.0.1") == '!');
  CHECK(n.who("127.0.0.5", "127.0.0.1", "key w") == 'w');
  CHECK(n.who("127.0.0.6", "127.0.0.1") == 's');
}

TEST_CASE("listen: a peer without key cannot lie within the prefix of a key; the others stay") {
  Net n;
  REQUIRE(n.add('k', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.0/24"), .md5 = "key"}));
  const auto r = n.add('x', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.5")});
  REQUIRE_FALSE(r);
  CHECK(r.error().text.find("127.0.0.5/32 has no MD5 key, but lies within 127.0.0.0/24") != std::string::npos);
  CHECK(n.who("127.0.0.5", "127.0.0.1", "key") == 'k');
  // The other way round, a key for one peer leaves the others without.
  REQUIRE(n.add('h', {.endpoint = at("127.0.0.2"), .peer = prefix("127.0.0.5"), .md5 = "key h"}));
  REQUIRE(n.add('a', {.endpoint = at("127.0.0.2"), .peer = prefix("127.0.1.0/24")}));
  CHECK(n.who("127.0.0.5", "127.0.0.2", "key h") == 'h');
  CHECK(n.who("127.0.1.5", "127.0.0.2") == 'a');
}

TEST_CASE("listen: a connection that waited before its peer had a key can say nothing without it") {
  Net n;
  REQUIRE(n.add('a', {.endpoint = at("127.0.0.1")}));
  const net::Fd client = *net::tcp_socket(base::IpFamily::v4);
  REQUIRE(net::bind_to(client.get(), at("127.0.0.5"), base::IpFamily::v4));
  const auto to = net::to_sockaddr({at("127.0.0.1").address, n.port});
  (void)connect(client.get(), to.get(), to.size);
  REQUIRE(n.add('k', {.endpoint = at("127.0.0.1"), .peer = prefix("127.0.0.5"), .md5 = "key"}));
  n.until([&] { return !n.log.empty(); });
  CHECK(n.log == "k");
  put(client.get(), "x");
  net::Timer look(n.loop, [&] { n.loop.stop(); });
  look.start(10 * base::millisecond);
  n.run();
  char c = 0;
  CHECK(read(n.connections[0].fd.get(), &c, 1) == -1);
}

TEST_CASE("listen: keys beyond the kernel's memory fail one spec and name the setting") {
  in_namespace([] {
    {
      std::ofstream limit("/proc/sys/net/core/optmem_max");
      limit << 20'480 << std::flush;
      if (!limit) {
        MESSAGE("skipped: net.core.optmem_max is not of the namespace");
        return;
      }
    }
    Net n;
    std::string error;
    int added = 0;
    for (std::uint32_t i = 0; i < 1000 && error.empty(); ++i) {
      const Prefix peer{Address::v4(0x7f010000 + i), 32};
      const auto r = n.add('m', {.endpoint = at("127.0.0.1"), .peer = peer, .md5 = "key"});
      r ? void(++added) : void(error = r.error().text);
    }
    CHECK(added > 100);
    CHECK(added < 1000);
    CHECK(error.find("net.core.optmem_max") != std::string::npos);
    CHECK(n.who("127.1.0.1", "127.0.0.1", "key") == 'm');
  });
}

TEST_CASE("listen: GTSM on a shared socket looks at the SYN's TTL and guards the connection (RFC 5082)") {
  for (const auto& [here, near, other] :
       {std::array{"127.0.0.1", "127.0.0.2", "127.0.0.3"}, std::array{"::1", "::1", ""}}) {
    Net n;
    CAPTURE(here);
    REQUIRE(n.add('g', {.endpoint = at(here), .peer = prefix(near), .gtsm = 1}));
    if (*other) REQUIRE(n.add('p', {.endpoint = at(here), .peer = prefix(other)}));
    CHECK(n.who(near, here) == '-');
    CHECK(n.who(near, here, {}, 1) == 'g');
    int least = 0;
    socklen_t size = sizeof least;
    const bool six = *other == 0;
    getsockopt(n.connections.back().fd.get(), six ? int{IPPROTO_IPV6} : int{IPPROTO_IP},
               six ? IPV6_MINHOPCOUNT : IP_MINTTL, &least, &size);
    CHECK(least == 255);
    // From "further away" data no longer arrives.
    const int there = n.kept.back().get();
    put(there, "near");
    REQUIRE(net::set_ttl(there, six ? base::IpFamily::v6 : base::IpFamily::v4, 200));
    put(there, "far");
    std::string got;
    char room[16];
    net::Timer look(n.loop, [&] { n.loop.stop(); });
    look.start(10 * base::millisecond);
    n.run();
    for (ssize_t k = 0; (k = read(n.connections.back().fd.get(), room, sizeof room)) > 0;)
      got.append(room, static_cast<std::size_t>(k));
    CHECK(got == "near");
    if (*other) CHECK(n.who(other, here) == 'p');
  }
}

TEST_CASE("listen: out of descriptors it turns connections away without spinning, and recovers") {
  Net n;
  REQUIRE(n.add('a', {.endpoint = at("127.0.0.1")}));
  const net::Fd client = *net::tcp_socket(base::IpFamily::v4);
  const auto to = net::to_sockaddr({at("127.0.0.1").address, n.port});
  n.until([] { return true; });
  // Descriptors are given from the lowest free one upwards: none is free below the limit.
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
  const net::Fd probe(dup(client.get()));
  const rlimit none{static_cast<rlim_t>(probe.get()) + 1, old.rlim_max};
  std::vector<net::Fd> holes;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (int fd = 0; (fd = dup(client.get())) >= 0;) holes.emplace_back(fd);
  (void)connect(client.get(), to.get(), to.size);
  bool closed = false;
  n.until([&] {
    pollfd p{client.get(), POLLIN, 0};
    return closed = poll(&p, 1, 0) == 1;
  });
  CHECK(closed);
  CHECK(n.log.empty());
  REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
  CHECK(n.who("127.0.0.2", "127.0.0.1") == 'a');
}
