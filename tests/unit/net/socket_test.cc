#include "net/socket.hh"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <cerrno>

#include "support.hh"

using base::Endpoint;
using base::IpFamily;
using base::Prefix;

namespace {
int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, name, &value, &size);
  return value;
}
}  // namespace

TEST_CASE("socket address: there and back; mapped addresses are IPv4") {
  for (const char* text : {"192.0.2.1:179", "[2001:db8::1]:1790", "0.0.0.0:1", "[::]:0"}) {
    const Endpoint e = *Endpoint::parse(text, 0);
    CHECK(net::to_endpoint(net::to_sockaddr(e).get()) == e);
  }
  const Endpoint mapped{*base::Address::parse("::ffff:192.0.2.1"), 179};
  CHECK(net::to_endpoint(net::to_sockaddr(mapped).get()).text() == "192.0.2.1:179");
  CHECK(net::to_endpoint(net::to_sockaddr({{}, 5}, IpFamily::v6).get()).text() == "[::]:5");
  CHECK(net::local_endpoint(-1).address.empty());
}

TEST_CASE("error text: stands behind a colon") {
  CHECK(net::error_text(ECONNREFUSED) == "connection refused");
  CHECK(net::error_text(ENOENT) == "no such file or directory");
  CHECK(net::error_text(ESRMNT) == "srmount error");
}

TEST_CASE("socket: is non-blocking and close-on-exec, and takes every option") {
  const net::Fd fd = *net::tcp_socket(IpFamily::v4);
  net::SocketOptions o;
  o.ttl = 7;
  o.keepalive = 1500 * base::millisecond;
  o.user_timeout = 9 * base::second;
  REQUIRE(net::apply(fd.get(), IpFamily::v4, o));
  CHECK(option(fd.get(), IPPROTO_IP, IP_TTL) == 7);
  CHECK(option(fd.get(), SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE) == 2);
  CHECK(option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT) == 9000);
  CHECK(option(fd.get(), IPPROTO_TCP, TCP_NODELAY) == 1);
  o = {.gtsm = 1};
  REQUIRE(net::apply(fd.get(), IpFamily::v4, o));
  CHECK(option(fd.get(), IPPROTO_IP, IP_TTL) == 255);
  CHECK(option(fd.get(), IPPROTO_IP, IP_MINTTL) == 255);
  if (const auto six = net::tcp_socket(IpFamily::v6)) {
    o.gtsm = 3;
    REQUIRE(net::apply(six->get(), IpFamily::v6, o));
    CHECK(option(six->get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS) == 255);
    CHECK(option(six->get(), IPPROTO_IPV6, IPV6_MINHOPCOUNT) == 253);
  }
  const auto bad = net::apply(fd.get(), IpFamily::v4, {.device = "no-such-device"});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().text.starts_with("bind to device no-such-device: "));
}

TEST_CASE("bind: an address of nobody is an error with its name") {
  const net::Fd fd = *net::tcp_socket(IpFamily::v4);
  const auto r = net::bind_to(fd.get(), *Endpoint::parse("192.0.2.77:0", 0), IpFamily::v4);
  REQUIRE_FALSE(r);
  CHECK(r.error().text == "bind to 192.0.2.77:0: cannot assign requested address");
}

TEST_CASE("MD5: a key has at most 80 bytes (RFC 2385)") {
  const net::Fd fd = *net::tcp_socket(IpFamily::v4);
  const Prefix peer = *Prefix::parse("192.0.2.1");
  CHECK(net::set_md5(fd.get(), peer, std::string(80, 'k')));
  CHECK(net::clear_md5(fd.get(), peer));
  const auto r = net::set_md5(fd.get(), peer, std::string(81, 'k'));
  REQUIRE_FALSE(r);
  CHECK(r.error().text == "the TCP-MD5 key for 192.0.2.1/32 has 81 bytes, at most 80 are possible");
}
