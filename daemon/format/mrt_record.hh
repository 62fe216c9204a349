// MRT records (RFC 6396 2, 4.4; RFC 8050 3): the common header and what a BGP4MP record holds.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/message.hh"

namespace format {

inline constexpr std::size_t mrt_header_size = 12;

// bgp: the form of 1999 (RFC 6396 B.2).
enum class MrtType : std::uint16_t { bgp = 5, table_dump = 12, table_dump_v2 = 13, bgp4mp = 16, bgp4mp_et = 17 };

// Subtypes of BGP4MP. The local ones were sent by the collector itself. entry: RFC 6396 B.5.
enum class MrtSubtype : std::uint16_t {
  state_change = 0,
  message = 1,
  entry = 2,
  message_as4 = 4,
  state_change_as4 = 5,
  message_local = 6,
  message_as4_local = 7,
  message_addpath = 8,
  message_as4_addpath = 9,
  message_local_addpath = 10,
  message_as4_local_addpath = 11,
};
inline constexpr std::uint16_t mrt_last_subtype = 11;
// The kind of encoding a subtype stands for.
constexpr bool mrt_has_as4(MrtSubtype s) noexcept {
  return s == MrtSubtype::message_as4 || s == MrtSubtype::message_as4_local || s == MrtSubtype::message_as4_addpath ||
         s == MrtSubtype::message_as4_local_addpath || s == MrtSubtype::state_change_as4;
}
constexpr bool mrt_is_local(MrtSubtype s) noexcept {
  return s == MrtSubtype::message_local || s == MrtSubtype::message_as4_local ||
         s == MrtSubtype::message_local_addpath || s == MrtSubtype::message_as4_local_addpath;
}
constexpr bool mrt_has_path_ids(MrtSubtype s) noexcept { return s >= MrtSubtype::message_addpath; }
constexpr bool mrt_has_message(std::uint16_t subtype) noexcept {
  return subtype == 1 || subtype == 4 || (subtype >= 6 && subtype <= mrt_last_subtype);
}

struct MrtHeader {
  std::uint32_t seconds = 0;
  std::uint16_t type = 0, subtype = 0;
  std::uint32_t length = 0;  // of what follows the header
};
inline MrtHeader read_mrt_header(const std::uint8_t* twelve) noexcept {
  return {base::load<std::uint32_t>(twelve), base::load<std::uint16_t>(twelve + 4),
          base::load<std::uint16_t>(twelve + 6), base::load<std::uint32_t>(twelve + 8)};
}
// The types of RFC 6396 4 and their extended-timestamp forms, and that of 1999.
bool mrt_type_known(std::uint16_t type) noexcept;

// Such as real archives have: a type and subtype of routing data, a length that such a record can have, and a time
// within a year of the one given.
bool mrt_header_plausible(const MrtHeader& h, std::optional<std::uint32_t> near) noexcept;

// What stands at the start of the body of a BGP4MP record: whom it is about. Views into it.
struct MrtPeerHead {
  base::Bytes bytes;  // all of it
  bool as4 = false;
  std::uint8_t address = 4;  // bytes of each address
  bgp::PeerInfo info() const noexcept;
};
// The errors say what is wrong. The body is what stands behind the microseconds.
std::expected<MrtPeerHead, std::string_view> read_mrt_peer(base::Bytes body, MrtSubtype subtype) noexcept;
struct MrtMessage {
  MrtPeerHead peer;
  base::Bytes wire;  // exactly one message
};
std::expected<MrtMessage, std::string_view> read_mrt_message(base::Bytes body, MrtSubtype subtype) noexcept;

}  // namespace format
