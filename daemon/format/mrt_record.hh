// MRT records (RFC 6396 2, 4.4; RFC 8050 3): the common header and the head of a BGP4MP message.
#pragma once

#include <expected>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/message.hh"

namespace format {

inline constexpr std::size_t mrt_header_size = 12;

enum class MrtType : std::uint16_t { table_dump = 12, table_dump_v2 = 13, bgp4mp = 16, bgp4mp_et = 17 };

// BGP4MP subtypes that hold a message. The local ones were sent by the collector itself.
enum class MrtSubtype : std::uint16_t {
  message = 1,
  message_as4 = 4,
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
         s == MrtSubtype::message_as4_local_addpath;
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
// The types of RFC 6396 4 and their extended-timestamp forms.
bool mrt_type_known(std::uint16_t type) noexcept;

// What stands between the record header and the message; views into it.
struct MrtPeerHead {
  base::Bytes bytes;  // all of it
  bool as4 = false;
  std::uint8_t address = 4;  // bytes of each address
  bgp::PeerInfo info() const noexcept;
};
// The body of a BGP4MP record, behind the microseconds. The error says what is wrong.
struct MrtMessage {
  MrtPeerHead peer;
  base::Bytes wire;  // exactly one message
};
std::expected<MrtMessage, std::string_view> read_mrt_message(base::Bytes body, MrtSubtype subtype) noexcept;

}  // namespace format
