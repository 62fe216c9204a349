#include "net/socket.hh"

#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace net {

namespace {
using base::IpFamily;

base::Result<> set(int fd, int level, int option, int value, std::string_view what) {
  if (setsockopt(fd, level, option, &value, sizeof value) != 0) return fail_errno(what);
  return {};
}

int whole(base::Nanos t, base::Nanos unit) {
  return static_cast<int>(std::clamp<base::Nanos>((t + unit - 1) / unit, 1, INT_MAX));
}

base::Result<> set_keepalive(int fd, base::Nanos interval) {
  if (auto r = set(fd, SOL_SOCKET, SO_KEEPALIVE, interval > 0 ? 1 : 0, "set keepalive"); !r || interval <= 0) return r;
  // The kernel's limit for both.
  const int seconds = std::min(whole(interval, base::second), 32767);
  if (auto r = set(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds, "set keepalive"); !r) return r;
  return set(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds, "set keepalive");
}

base::Result<> bind_device(int fd, const std::string& device) {
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), static_cast<socklen_t>(device.size())) != 0)
    return fail_errno("bind to device " + device);
  return {};
}
}  // namespace

std::string error_text(int error_number) {
  char room[128];
  std::string text = strerror_r(error_number, room, sizeof room);
  // "Connection refused", but not "RPC ..." or "I/O error".
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z' && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::unexpected<base::Error> fail_errno(std::string_view what) {
  return base::fail(std::string(what) + ": " + error_text(errno));
}

SocketAddress to_sockaddr(const base::Endpoint& endpoint, IpFamily family, const std::string& device) {
  SocketAddress out;
  const base::Bytes bytes = endpoint.address.bytes();
  if (endpoint.address.is_v6() || (endpoint.address.empty() && family == IpFamily::v6)) {
    sockaddr_in6 a{};
    a.sin6_family = AF_INET6;
    a.sin6_port = htons(endpoint.port);
    if (!bytes.empty()) std::memcpy(&a.sin6_addr, bytes.data(), bytes.size());
    if (IN6_IS_ADDR_LINKLOCAL(&a.sin6_addr) && !device.empty()) a.sin6_scope_id = if_nametoindex(device.c_str());
    std::memcpy(&out.storage, &a, out.size = sizeof a);
  } else {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(endpoint.port);
    if (!bytes.empty()) std::memcpy(&a.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&out.storage, &a, out.size = sizeof a);
  }
  return out;
}

base::Endpoint to_endpoint(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in a;
    std::memcpy(&a, address, sizeof a);
    return {base::Address::v4(ntohl(a.sin_addr.s_addr)), ntohs(a.sin_port)};
  }
  if (address->sa_family != AF_INET6) return {};
  sockaddr_in6 a;
  std::memcpy(&a, address, sizeof a);
  const base::Bytes bytes(a.sin6_addr.s6_addr, 16);
  return {base::Address::from(IN6_IS_ADDR_V4MAPPED(&a.sin6_addr) ? bytes.last(4) : bytes), ntohs(a.sin6_port)};
}

base::Endpoint local_endpoint(int fd) {
  SocketAddress a;
  a.size = sizeof a.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size) != 0) return {};
  return to_endpoint(a.get());
}

base::Endpoint peer_endpoint(int fd) {
  SocketAddress a;
  a.size = sizeof a.storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size) != 0) return {};
  return to_endpoint(a.get());
}

base::Result<Fd> tcp_socket(IpFamily family) {
  Fd fd(::socket(family == IpFamily::v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!fd) return fail_errno("make a TCP socket");
  return fd;
}

base::Result<> set_ttl(int fd, IpFamily family, int ttl) {
  return family == IpFamily::v6 ? set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl, "set the hop limit")
                                : set(fd, IPPROTO_IP, IP_TTL, ttl, "set the TTL");
}

base::Result<> set_min_ttl(int fd, IpFamily family, int ttl) {
  return family == IpFamily::v6 ? set(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, ttl, "set the least hop limit")
                                : set(fd, IPPROTO_IP, IP_MINTTL, ttl, "set the least TTL");
}

base::Result<> apply(int fd, IpFamily family, const SocketOptions& o) {
  base::Result<> r = set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "set TCP_NODELAY");
  if (r && o.ttl > 0) r = set_ttl(fd, family, o.ttl);
  // RFC 5082 3: both ends send 255, so that a packet cannot come from further away than it says.
  if (r && o.gtsm > 0) r = set_ttl(fd, family, 255);
  if (r && o.gtsm > 0) r = set_min_ttl(fd, family, gtsm_min_ttl(o.gtsm));
  if (r && o.keepalive != 0) r = set_keepalive(fd, o.keepalive);
  if (r && o.user_timeout > 0)
    r = set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, whole(o.user_timeout, base::millisecond), "set the TCP user timeout");
  if (r && !o.device.empty()) r = bind_device(fd, o.device);
  if (r && o.transparent)
    r = family == IpFamily::v6 ? set(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1, "set transparent")
                               : set(fd, IPPROTO_IP, IP_TRANSPARENT, 1, "set transparent");
  return r;
}

base::Result<> bind_to(int fd, const base::Endpoint& local, IpFamily family, const std::string& device) {
  const SocketAddress a = to_sockaddr(local, family, device);
  if (::bind(fd, a.get(), a.size) != 0) return fail_errno("bind to " + to_endpoint(a.get()).text());
  return {};
}

base::Result<> set_md5(int fd, const base::Prefix& peers, std::string_view key) {
  if (key.size() > max_md5_key)
    return base::fail("the TCP-MD5 key for " + peers.text() + " has " + std::to_string(key.size()) +
                      " bytes, at most 80 are possible");
  const base::Prefix peer = peers.masked();
  tcp_md5sig sig{};
  const SocketAddress a = to_sockaddr({peer.address, 0});
  std::memcpy(&sig.tcpm_addr, &a.storage, a.size);
  sig.tcpm_keylen = static_cast<__u16>(key.size());
  std::copy(key.begin(), key.end(), sig.tcpm_key);
  int option = TCP_MD5SIG;
  if (peer.length != peer.address.bits()) {
    option = TCP_MD5SIG_EXT;
    sig.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
    sig.tcpm_prefixlen = peer.length;
  }
  const int result = setsockopt(fd, IPPROTO_TCP, option, &sig, sizeof sig);
  const int e = errno;
  explicit_bzero(&sig, sizeof sig);
  if (result == 0) return {};
  std::string text = "set the TCP-MD5 key for " + peers.text() + ": " + error_text(e);
  if (e == ENOMEM) text += "; the kernel's memory for the options of one socket is used up: raise net.core.optmem_max";
  return base::fail(std::move(text));
}

base::Result<> clear_md5(int fd, const base::Prefix& peers) { return set_md5(fd, peers, {}); }

}  // namespace net
