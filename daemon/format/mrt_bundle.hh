// Routes of a table gathered into UPDATEs: one for each peer and set of attributes, as full as a message may be.
#pragma once

#include <vector>

#include "format/format.hh"
#include "format/mrt_route.hh"

namespace format {

class RouteBundles {
 public:
  // The message says whose route it is and when; its peer and context live until the next flush. Nothing, or what is
  // wrong with the route. What is gathered is bounded: it goes out when it is too much.
  void add(const RouteMessage& head, const TableRoute& r, const bgp::MessageView& m, Sink& sink);
  // In the order in which the first route of each came.
  void flush(Sink& sink);

 private:
  static constexpr std::size_t most_bytes = std::size_t{16} << 20;
  struct Bundle {
    base::Buffer message;
    std::size_t head = 0, mp_size = 0;
    std::uint64_t hash = 0;
    bgp::MessageView view;
  };
  Bundle& find(const RouteMessage& head, const bgp::MessageView& m);
  void grow();
  static void send(Bundle& b, Sink& sink);

  std::vector<Bundle> bundles_;
  std::vector<std::uint32_t> slots_;  // index + 1 into bundles_ by hash; a power of two of them
  std::size_t bytes_ = 0;
};

}  // namespace format
