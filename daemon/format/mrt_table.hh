// Routes of table dumps: TABLE_DUMP (RFC 6396 4.2), TABLE_DUMP_V2 (4.3, RFC 8050 4) and BGP4MP_ENTRY (B.5), taken
// apart. Nothing is copied; errors say what is wrong.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/message.hh"

namespace format {

// One route as it stands in its record.
struct TableRoute {
  bgp::Family family;
  std::optional<std::uint32_t> path_id;
  std::optional<std::uint8_t> length;  // of the prefix, where it does not stand in front of it
  base::Bytes nlri;                    // the rest of one entry
  base::Bytes attributes;
  std::optional<base::Bytes> next_hop;  // where the record has it beside the attributes
  base::Nanos originated = 0;
};

// The peers of a TABLE_DUMP_V2 file, by index.
std::expected<std::vector<bgp::PeerInfo>, std::string_view> read_peer_index(base::Bytes body);

// Walks the entries of a record of TABLE_DUMP_V2.
class RibReader {
 public:
  // Subtypes 2 to 6 and 8 to 12.
  static constexpr bool reads(std::uint16_t subtype) noexcept { return subtype >= 2 && subtype <= 12 && subtype != 7; }
  static std::expected<RibReader, std::string_view> start(base::Bytes body, std::uint16_t subtype) noexcept;
  // False at the end, or when the next entry runs past it: ok() tells.
  bool next(TableRoute& r, std::uint16_t& peer) noexcept;
  bool ok() const noexcept { return left_ == 0 && in_.ok() && in_.empty(); }
  bool path_ids() const noexcept { return path_ids_; }

 private:
  explicit RibReader(base::Bytes body) noexcept : in_(body) {}
  base::Reader in_;
  bgp::Family family_;
  base::Bytes nlri_;
  std::uint16_t left_ = 0;
  bool path_ids_ = false;
};

// TABLE_DUMP has one route a record. Subtypes 3 and 4 are 1 and 2 with 4-byte AS numbers, as Quagga once wrote them.
struct OldTableRoute {
  TableRoute route;
  base::Bytes peer;  // its address and AS number
  bool as4 = false;
  bgp::PeerInfo info() const noexcept;
};
std::expected<OldTableRoute, std::string_view> read_table_dump(base::Bytes body, std::uint16_t subtype) noexcept;

// BGP4MP_ENTRY, behind the peer's head.
std::expected<TableRoute, std::string_view> read_mrt_entry(base::Bytes body) noexcept;

}  // namespace format
