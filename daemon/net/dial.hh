// One attempt to connect over TCP: looks the name up, tries its addresses in order.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hh"
#include "base/ip.hh"
#include "base/result.hh"
#include "net/fd.hh"
#include "net/loop.hh"
#include "net/socket.hh"

namespace net {

struct DialOptions {
  std::string host;  // name or address, also fe80::1%eth0
  std::uint16_t port = 179;
  base::Endpoint bind;  // local address and port; empty and 0: the kernel's choice. Fixes the family
  base::IpFamily family = base::IpFamily::none;  // none: both
  std::string md5;                               // TCP-MD5 key of the peer
  base::Nanos timeout = 15 * base::second;       // for the look-up, and for each address; 0: the kernel's patience
  SocketOptions socket;
};

class Dial {
 public:
  // A connected socket, or why there is none: "connect to 192.0.2.1:179: connection refused", one part for each address
  // tried.
  using Done = std::move_only_function<void(base::Result<Fd>)>;
  // Calls back once, never from inside the constructor; the call may destroy the Dial. Destroying it cancels.
  Dial(Loop& loop, DialOptions options, Done done);
  ~Dial();
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
