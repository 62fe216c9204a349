// Shared TCP listening sockets: many pipelines listen on port 179, told apart by bind address, port, device and most
// specific peer. One set on the main loop owns them all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hh"
#include "base/result.hh"
#include "net/fd.hh"
#include "net/loop.hh"

namespace net {

struct ListenSpec {
  base::Endpoint endpoint;           // empty address: one IPv4 and one IPv6-only socket
  std::string device;                // SO_BINDTODEVICE
  std::optional<base::Prefix> peer;  // whom to accept; none: anyone
  std::string md5;                   // TCP-MD5 key of these peers (RFC 2385); empty: none
  int gtsm = 0;                      // RFC 5082: hops the peers may be away; 0: off
  int backlog = 128;
  bool transparent = false;  // IP_TRANSPARENT
};

// A connection from one of the peers asked for, with TCP_NODELAY, and with IP_MINTTL and TTL 255 under GTSM.
struct Accepted {
  Fd fd;
  base::Endpoint peer, local;
};

class ListenerSet {
 public:
  using Id = std::uint64_t;
  // May call add and remove, and destroy the set.
  using Handler = std::function<void(Accepted)>;

  explicit ListenerSet(Loop& loop);
  ~ListenerSet();
  ListenerSet(const ListenerSet&) = delete;
  ListenerSet& operator=(const ListenerSet&) = delete;

  // Of the specs that fit a connection the one with the longest peer prefix gets it, then the one with the most
  // specific bind address. Fails, changing nothing: for a second spec with the same key; for an address that cannot be
  // bound; for an MD5 key the kernel has no memory for (names net.core.optmem_max); for a peer without key inside the
  // prefix of one with key, because the kernel would ask it for that key.
  base::Result<Id> add(const ListenSpec& spec, Handler handler);
  // Closes sockets and removes MD5 keys that nobody else uses. Accepted connections live on.
  void remove(Id id);

  // Where a spec listens: the ports the kernel chose for port 0, which is never shared.
  std::vector<base::Endpoint> bound(Id id) const;
  // Connections from peers that no spec asks for, or with too small a TTL; closed, and logged every 10 s at most.
  std::uint64_t refused() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace net
