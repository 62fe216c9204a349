// BMP messages (RFC 7854 4, RFC 8671, RFC 9069): the common header, the per-peer header and information TLVs.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/message.hh"

namespace format {

inline constexpr std::size_t bmp_header_size = 6, bmp_peer_header_size = 42;

enum class BmpType : std::uint8_t {
  route_monitoring = 0,
  statistics = 1,
  peer_down = 2,
  peer_up = 3,
  initiation = 4,
  termination = 5,
  route_mirroring = 6,
};
// RFC 7854 4.3, 4.5: all but Initiation and Termination speak of a peer.
constexpr bool bmp_has_peer(BmpType t) noexcept { return t <= BmpType::peer_up || t == BmpType::route_mirroring; }
constexpr bool bmp_type_known(BmpType t) noexcept { return t <= BmpType::route_mirroring; }

struct BmpHeader {
  std::uint8_t version = 3;
  std::uint32_t length = 0;  // of the whole message
  BmpType type{};
};
BmpHeader read_bmp_header(const std::uint8_t* six) noexcept;
// What makes a header one that no message can follow; empty when it is sound. Version 4 is draft-ietf-grow-bmp-tlv.
std::string_view bmp_header_fault(const BmpHeader&) noexcept;

// RFC 7854 4.2; RFC 9069 4.1 for a Loc-RIB, RFC 8671 4 for the O flag.
inline constexpr std::uint8_t bmp_loc_rib = 3;
namespace bmp_flag {
inline constexpr std::uint8_t v6 = 0x80, post_policy = 0x40, two_byte_as = 0x20, adj_rib_out = 0x10;
}

// Views the 42 bytes.
struct BmpPeerHeader {
  explicit BmpPeerHeader(const std::uint8_t* p) noexcept : bytes(p) {}
  const std::uint8_t* bytes;

  std::uint8_t type() const noexcept { return bytes[0]; }
  std::uint8_t flags() const noexcept { return bytes[1]; }
  bool loc_rib() const noexcept { return type() == bmp_loc_rib; }
  // The flags below mean something else for a Loc-RIB.
  bool has(std::uint8_t flag) const noexcept { return !loc_rib() && (flags() & flag) != 0; }
  // An IPv4 address stands in the last four bytes.
  base::Address address() const noexcept;
  base::Nanos time() const noexcept {
    return base::Nanos{base::load<std::uint32_t>(bytes + 34)} * base::second +
           base::Nanos{base::load<std::uint32_t>(bytes + 38)} * base::microsecond;
  }
  // All but what only a Peer Up tells.
  bgp::PeerInfo info() const noexcept;
  // What stands for one peer with its flags: all but the time.
  base::Bytes identity() const noexcept { return {bytes, 34}; }
};

// RFC 7854 4.4: type, length, value; for Initiation, Termination, Peer Up and, each in place of a text, statistics.
struct BmpTlv {
  std::uint16_t type = 0;
  base::Bytes value;
};
std::optional<BmpTlv> next_bmp_tlv(base::Reader&) noexcept;
// They fill the bytes exactly.
bool bmp_tlvs_sound(base::Bytes) noexcept;

// TLVs behind the message of a Route Monitoring, in hex as a tag.
inline constexpr std::string_view bmp_tlvs_tag = "BMP_TLVS";

// RFC 7854 4.10: what follows the per-peer header of a Peer Up.
struct BmpPeerUp {
  base::Bytes local_address;  // 16 bytes; IPv4 in the last four
  std::uint16_t local_port = 0, remote_port = 0;
  base::Bytes sent, received;  // OPENs, header included
  base::Bytes information;     // TLVs
};
// Nothing if there are not two OPENs.
std::optional<BmpPeerUp> parse_bmp_peer_up(base::Bytes data) noexcept;

// The BGP message at the front of the bytes, header included; nothing if there is none.
std::optional<base::Bytes> bgp_message_at(base::Bytes) noexcept;

}  // namespace format
