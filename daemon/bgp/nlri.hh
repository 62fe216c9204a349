// IP prefixes as they stand in UPDATEs: <length, prefix> (RFC 4271 4.3), with a path id in front (RFC 7911 3).
#pragma once

#include <optional>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"

namespace bgp {

// One prefix, pointing into the message. Bits behind the length may be set on the wire; prefix() clears them.
struct Nlri {
  std::uint32_t path_id = 0;
  bool has_path_id = false;
  std::uint8_t length = 0;      // bits
  const std::uint8_t* bytes{};  // (length + 7) / 8 of them
  base::Bytes wire;             // the whole entry with length and path id
  base::Prefix prefix(Afi afi) const noexcept;
};

// Walks a list of IPv4 or IPv6 prefixes. Stops at the first malformed entry; ok() tells whether the end was reached
// cleanly.
class NlriReader {
 public:
  NlriReader(base::Bytes list, Afi afi, bool add_path) noexcept
      : left_(list), max_(afi == Afi::ipv6 ? 128 : 32), add_path_(add_path) {}

  bool next(Nlri& n) noexcept {
    const std::size_t head = add_path_ ? 5 : 1;
    if (left_.size() < head) {
      ok_ = ok_ && left_.empty();
      return false;
    }
    const std::uint8_t* p = left_.data();
    const std::uint8_t length = p[head - 1];
    const std::size_t bytes = (std::size_t{length} + 7) / 8;
    if (length > max_ || left_.size() - head < bytes) {
      ok_ = false;
      return false;
    }
    n.has_path_id = add_path_;
    n.path_id = add_path_ ? base::load<std::uint32_t>(p) : 0;
    n.length = length;
    n.bytes = p + head;
    n.wire = left_.first(head + bytes);
    left_ = left_.subspan(head + bytes);
    return true;
  }
  bool ok() const noexcept { return ok_; }
  base::Bytes rest() const noexcept { return left_; }

 private:
  base::Bytes left_;
  std::uint8_t max_;
  bool add_path_, ok_ = true;
};

// The whole list is well-formed.
bool nlri_valid(base::Bytes list, Afi afi, bool add_path) noexcept;
// Appends an entry; bits behind the length are written as they stand in the prefix. p.length <= p.address.bits().
void append_nlri(base::Buffer& out, const base::Prefix& p, std::optional<std::uint32_t> path_id);

// Families whose entries carry their own length: prefixes, labelled and VPN ones (RFC 8277, 4364), EVPN (RFC 7432 7),
// Flowspec (RFC 8955 4.1).
bool has_sized_nlri(Family) noexcept;
// Bytes of the first entry of a list of such a family, without its path id. Nothing if it runs past the end.
std::optional<std::size_t> nlri_size(base::Bytes rest, Family family) noexcept;

}  // namespace bgp
