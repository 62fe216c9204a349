// A route of a table dump as the UPDATE that would have brought it.
#pragma once

#include <string_view>

#include "base/bytes.hh"
#include "format/mrt_table.hh"

namespace format {

// An UPDATE whose routes stand at its end, so that more of them can be added. IPv4 unicast stands in the NLRI field
// where its next hop allows, all else in an MP_REACH_NLRI behind the other attributes. Next hops are understood in all
// the forms that dumps have: a whole MP_REACH_NLRI (RFC 4760 3), one of the next hop alone (RFC 6396 4.3.4), none.
class RouteMessage {
 public:
  // Makes everything but the route. Nothing, or what is wrong with the attributes.
  std::string_view start(const TableRoute& r);
  // What was made. Routes with equal heads can share a message.
  base::Bytes head() const noexcept { return out_.view(); }
  // How much of its end belongs to MP_REACH_NLRI; 0: routes stand in the NLRI field.
  std::size_t mp_size() const noexcept { return mp_size_; }
  // The message with this route. Empty if it would be too long.
  base::Bytes finish(const TableRoute& r);

  static std::size_t size(const TableRoute& r) noexcept {
    return (r.path_id ? 4u : 0u) + (r.length ? 1u : 0u) + r.nlri.size();
  }
  static void append(base::Buffer& out, const TableRoute& r);
  // Sets the lengths in a message that begins with such a head. False if it is too long.
  static bool set_lengths(base::Buffer& message, std::size_t head, std::size_t mp_size) noexcept;

 private:
  base::Buffer out_;
  std::size_t mp_size_ = 0;
};

}  // namespace format
