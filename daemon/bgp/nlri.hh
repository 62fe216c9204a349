// IP prefixes as they stand in UPDATEs: <length, prefix> (RFC 4271 4.3), with a path id in front (RFC 7911 3).
#pragma once

#include <optional>
#include <string>

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

// Appends an entry; bits behind the length are written as they stand in the prefix. p.length <= p.address.bits().
void append_nlri(base::Buffer& out, const base::Prefix& p, std::optional<std::uint32_t> path_id);

// How the entries of a family are laid out.
enum class NlriForm : std::uint8_t {
  prefix,        // IP unicast and multicast
  labelled,      // labels and a prefix (RFC 8277 2)
  vpn,           // labels, route distinguisher, prefix (RFC 4364 4.3.4); multicast VPN without labels (RFC 6514 9)
  flowspec,      // RFC 8955 4, RFC 8956 3
  flowspec_vpn,  // the same behind a route distinguisher (RFC 8955 8)
  evpn,          // RFC 7432 7
  route_target,  // RFC 4684 4
  opaque         // all others
};
NlriForm nlri_form(Family) noexcept;

// Families whose entries tell their own length: those above except the opaque ones, and MCAST-VPN (RFC 6514 4), BGP-LS
// (RFC 9552 5.2), SR policy (RFC 9830 2.1), MUP. The others cannot be cut into entries.
bool has_sized_nlri(Family) noexcept;
// Bytes of the first entry of a list of such a family, without its path id. Nothing if it runs past the end.
std::optional<std::size_t> nlri_size(base::Bytes rest, Family family) noexcept;

// An entry of any family that has_sized_nlri.
struct NlriEntry {
  std::optional<std::uint32_t> path_id;
  base::Bytes bytes;  // without the path id
};

// Walks such a list. Stops at an entry that runs past the end; ok() tells whether the end was reached cleanly.
class NlriEntries {
 public:
  NlriEntries(base::Bytes list, Family family, bool add_path) noexcept
      : left_(list), family_(family), add_path_(add_path) {}
  bool next(NlriEntry& e) noexcept;
  bool ok() const noexcept { return left_.empty(); }

 private:
  base::Bytes left_;
  Family family_;
  bool add_path_;
};

// What makes two entries of a list routes to the same destination: an entry of a sized family without its labels and
// without spare bits (RFC 8277 2, RFC 7432 7). Appended to the key.
void append_route_key(std::string& key, base::Bytes entry, Family family);

}  // namespace bgp
