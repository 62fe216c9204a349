// Routes of a table gathered into UPDATEs: one for each peer and set of attributes, as full as a message may be.
#pragma once

#include <array>
#include <vector>

#include "format/format.hh"
#include "format/mrt_route.hh"

namespace format {

class RouteBundles {
 public:
  // The message says whose route it is and when; its peer and context live until the next flush. What is gathered is
  // bounded: it goes out when it is too much.
  void add(const RouteMessage& head, const TableRoute& r, const bgp::MessageView& m, Sink& sink);
  // The same for a route of IPv4 unicast whose attributes are those of this peer's last one, as they stand. False, and
  // nothing done, if they are not.
  bool add_alike(const TableRoute& r, const bgp::MessageView& m, Sink& sink);
  bool empty() const noexcept { return count_ == 0; }
  // In the order in which the first route of each came.
  void flush(Sink& sink);

 private:
  // So much stays in the caches; more would find few more routes to put together, and be slower.
  static constexpr std::size_t most_bytes = std::size_t{1} << 19;
  struct Bundle {
    base::Buffer message;
    std::size_t head = 0, mp_size = 0;
    std::uint64_t hash = 0;
    const bgp::PeerInfo* peer{};
    const bgp::Context* context{};
    base::Nanos time = 0;
    bgp::Record record{};
  };
  std::uint32_t& latest(const bgp::PeerInfo* peer) noexcept {
    return latest_[reinterpret_cast<std::uintptr_t>(peer) / sizeof(bgp::PeerInfo) % latest_.size()];
  }
  void append(Bundle& b, const TableRoute& r, Sink& sink);
  Bundle& find(const RouteMessage& head, const bgp::MessageView& m);
  static bool fits(const Bundle& b, const RouteMessage& head, const bgp::MessageView& m) noexcept;
  Bundle& make(const RouteMessage& head, const bgp::MessageView& m, std::uint64_t hash);
  void grow();
  static void send(Bundle& b, Sink& sink);

  std::vector<Bundle> bundles_;  // the first count_ of them; the others keep their memory
  std::size_t count_ = 0;
  std::vector<std::uint32_t> slots_;         // index + 1 into bundles_ by hash; a power of two of them
  std::array<std::uint32_t, 256> latest_{};  // the same by peer: what its last route went to
  std::size_t bytes_ = 0;
};

}  // namespace format
