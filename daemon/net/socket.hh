// Plain sockets: what the kernel offers for a BGP session, as values and errors for people. No loop. Every descriptor
// made here is close-on-exec and non-blocking.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/ip.hh"
#include "base/result.hh"
#include "net/fd.hh"

namespace net {

// "connection refused", "no such file or directory": lower case, to stand behind a colon.
std::string error_text(int error_number);
// "set the TTL: operation not permitted", from errno.
std::unexpected<base::Error> fail_errno(std::string_view what);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};
// The empty address becomes the unspecified one of `family`. The device gives link-local addresses their scope.
SocketAddress to_sockaddr(const base::Endpoint& endpoint, base::IpFamily family = base::IpFamily::v4,
                          const std::string& device = {});
// IPv4-mapped IPv6 addresses become IPv4; what is not IP becomes the empty endpoint.
base::Endpoint to_endpoint(const sockaddr* address);
// Of a connected (or bound) socket; empty on failure.
base::Endpoint local_endpoint(int fd);
base::Endpoint peer_endpoint(int fd);

// What a leg asks of its own connection. Durations of 0 leave the kernel's setting.
struct SocketOptions {
  int ttl = 0;                   // TTL or hop limit of what is sent; 0: the system's
  int gtsm = 0;                  // RFC 5082: hops the peer may be away (1: directly connected); 0: off. Sends 255
  base::Nanos keepalive = 0;     // idle time until the first TCP keepalive probe, and between probes; negative: off
  base::Nanos user_timeout = 0;  // TCP_USER_TIMEOUT: unacknowledged data for this long ends the connection
  std::string device;            // SO_BINDTODEVICE
  bool transparent = false;      // IP_TRANSPARENT: may bind to addresses of others
};

base::Result<Fd> tcp_socket(base::IpFamily family);
// All of it, TCP_NODELAY too. For a socket about to bind and connect, or just accepted; device and transparent only
// before bind.
base::Result<> apply(int fd, base::IpFamily family, const SocketOptions& options);
base::Result<> set_ttl(int fd, base::IpFamily family, int ttl);
// Packets that arrive with less are dropped by the kernel: IP_MINTTL, IPV6_MINHOPCOUNT.
base::Result<> set_min_ttl(int fd, base::IpFamily family, int ttl);
inline int gtsm_min_ttl(int hops) { return 256 - hops; }
base::Result<> bind_to(int fd, const base::Endpoint& local, base::IpFamily family, const std::string& device = {});

// RFC 2385. The peers are a host prefix or a wider one (TCP_MD5SIG_EXT); an empty key removes. Keys have 1 to 80 bytes.
// Running out of option memory names the sysctl that helps.
inline constexpr std::size_t max_md5_key = 80;
base::Result<> set_md5(int fd, const base::Prefix& peers, std::string_view key);
base::Result<> clear_md5(int fd, const base::Prefix& peers);

}  // namespace net
