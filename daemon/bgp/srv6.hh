// SRv6 services in PREFIX_SID (RFC 9252 2, 3): SIDs with their behaviour and structure. Views borrow the value.
#pragma once

#include <optional>

#include "base/bytes.hh"

namespace bgp {

// The SID Information Sub-TLV (RFC 9252 3.1) with, if it has one, the SID Structure (3.2.1): lengths in bits of locator
// block, locator node, function, argument and transposition, then the offset of the latter.
struct Srv6Sid {
  static constexpr std::uint8_t type = 1;
  static constexpr std::size_t structure_size = 6;
  const std::uint8_t* sid = nullptr;  // 16 bytes
  std::uint8_t flags = 0;
  std::uint16_t behavior = 0;
  base::Bytes structure;  // structure_size bytes, or none
};
// Nothing where reserved bits are set or there is anything else in it.
std::optional<Srv6Sid> parse_srv6_sid(base::Bytes value) noexcept;
// Appends the value.
void encode(base::Buffer& out, const Srv6Sid&);

}  // namespace bgp
