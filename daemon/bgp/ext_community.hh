// Extended communities (RFC 4360, 5668, 8955): eight bytes whose type says how the other six read; and those for IPv6
// (RFC 5701). The table of type names is that of the JSON format.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/attrs.hh"
#include "bgp/types.hh"

namespace bgp {

// How the six bytes of a value read.
enum class ExtForm : std::uint8_t {
  as2,          // AS number of 16 bits, value of 32
  ip4,          // IPv4 address, value of 16 bits
  as4,          // AS number of 32 bits, value of 16
  rate,         // id of 16 bits, IEEE float32 per second (RFC 8955 7.1, 7.2)
  flow_action,  // RFC 8955 7.3: sample and terminal bits
  redirect_nh,  // copy bit
  dscp,         // RFC 8955 7.5: the low six bits
  bandwidth,    // AS number of 16 bits, bytes per second as IEEE float32 (draft-ietf-idr-link-bandwidth)
  number,       // of the low 32 bits
  tunnel,       // RFC 9012 4.1: a tunnel type in the low 16 bits
  mac,          // an Ethernet address
  raw           // a number of 48 bits
};

struct ExtType {
  std::uint16_t type = 0;
  ExtForm form{};
  std::string_view name;  // empty if it has none
};

struct ExtCommunity {
  static constexpr std::size_t wire_size = 8;
  static constexpr std::uint16_t non_transitive_bit = 0x4000;

  std::uint16_t type = 0;
  std::uint64_t value = 0;  // 48 bits

  static ExtCommunity read(const std::uint8_t* p) noexcept {
    const auto whole = base::load<std::uint64_t>(p);
    return {static_cast<std::uint16_t>(whole >> 48), whole & 0xffff'ffff'ffff};
  }
  bool non_transitive() const noexcept { return (type & non_transitive_bit) != 0; }

  // Of the forms as2, as4 and ip4.
  Asn asn(ExtForm form) const noexcept { return static_cast<Asn>(value >> (form == ExtForm::as2 ? 32 : 16)); }
  base::Address address() const noexcept { return base::Address::v4(static_cast<std::uint32_t>(value >> 16)); }
  std::uint32_t local(ExtForm form) const noexcept {
    return static_cast<std::uint32_t>(value & (form == ExtForm::as2 ? 0xffff'ffff : 0xffff));
  }
  // Of the forms rate and bandwidth.
  std::uint16_t rate_id() const noexcept { return static_cast<std::uint16_t>(value >> 32); }
  float rate() const noexcept { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
  // Of the forms flow_action, redirect_nh and dscp.
  bool terminal() const noexcept { return (value & 1) != 0; }
  bool sample() const noexcept { return (value & 2) != 0; }
  bool copy() const noexcept { return (value & 1) != 0; }
  std::uint8_t dscp() const noexcept { return value & 0x3f; }

  // What the form shows is all there is: no other bits set, a rate that is a finite number. Else only raw is exact.
  bool exact(ExtForm form) const noexcept;

  auto operator<=>(const ExtCommunity&) const = default;
};
using ExtCommunities = Items<ExtCommunity>;

// The way a type reads, and its name; looked up without the non-transitive bit.
ExtType ext_type(std::uint16_t type) noexcept;
// A name of the table in any case, or a number up to 0xffff in decimal, hex, octal or binary. The form is that of a
// value beside it: who gives a number may be the Go tool, which names fewer types and shows the others by their high
// byte.
std::optional<ExtType> parse_ext_type(std::string_view text);
// Appends eight bytes; bits of the value behind the 48th are left out.
void encode(base::Buffer& out, const ExtCommunity&);

// Values by form. The AS number and the value are cut to the bits the form has.
std::uint64_t ext_value_as2(Asn asn, std::uint32_t local) noexcept;
std::uint64_t ext_value_as4(Asn asn, std::uint32_t local) noexcept;
std::uint64_t ext_value_ip4(const base::Address& address, std::uint32_t local) noexcept;
std::uint64_t ext_value_rate(std::uint16_t id, float rate) noexcept;

// RFC 5701: 20 bytes, an IPv6 address and a value under a type. The names of their types are few and their own.
struct Ipv6ExtCommunity {
  static constexpr std::size_t wire_size = 20;

  std::uint16_t type = 0;
  const std::uint8_t* address = nullptr;  // 16 bytes
  std::uint16_t local = 0;

  static Ipv6ExtCommunity read(const std::uint8_t* p) noexcept {
    return {base::load<std::uint16_t>(p), p + 2, base::load<std::uint16_t>(p + 18)};
  }
  bool non_transitive() const noexcept { return (type & ExtCommunity::non_transitive_bit) != 0; }
  // Empty if the type has no name; looked up without the non-transitive bit.
  std::string_view type_name() const noexcept;
};
using Ipv6ExtCommunities = Items<Ipv6ExtCommunity>;
std::optional<std::uint16_t> parse_ipv6_ext_type(std::string_view text);
void encode(base::Buffer& out, const Ipv6ExtCommunity&);

}  // namespace bgp
