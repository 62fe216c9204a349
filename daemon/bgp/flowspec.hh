// Flow specification NLRI (RFC 8955 4, RFC 8956 3): views on an entry, its components and their operators. Nothing is
// copied.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace bgp {

// RFC 8955 4.2.2, RFC 8956 3.
enum class FlowType : std::uint8_t {
  destination = 1,
  source = 2,
  protocol = 3,
  port = 4,
  destination_port = 5,
  source_port = 6,
  icmp_type = 7,
  icmp_code = 8,
  tcp_flags = 9,
  packet_length = 10,
  dscp = 11,
  fragment = 12,
  flow_label = 13  // IPv6 only
};
enum class FlowForm : std::uint8_t { prefix, numeric, bitmask, unknown };
FlowForm flow_form(FlowType, Afi) noexcept;
// "DST" as in JSON, else "FlowType(14)"; both read in any case.
std::string name(FlowType);
std::optional<FlowType> parse_flow_type(std::string_view);

struct FlowRule {
  static constexpr std::size_t max_size = 4095;  // RD and components

  const std::uint8_t* rd{};  // eight bytes in the VPN family, else null (RFC 8955 8)
  base::Bytes components;
  bool wide_length = false;  // the length has two bytes though one would do
};
// An entry of an IPv4 or IPv6 flowspec family, without its path id. Nothing if its length is not that of the entry, or
// is less than a VPN's route distinguisher.
std::optional<FlowRule> parse_flow_rule(base::Bytes entry, Family family) noexcept;
// Appends an entry. False, and nothing appended, if it is longer than max_size.
bool append_flow_rule(base::Buffer& out, const FlowRule& rule);

struct FlowComponent {
  FlowType type{};
  FlowForm form = FlowForm::unknown;
  base::Bytes value;  // behind the type
};
// Walks the components of a rule. A type that is not known takes all that is left, because nothing tells its length.
// Stops at a malformed one; ok() tells whether the end was reached cleanly. The order is not looked at.
class FlowComponents {
 public:
  FlowComponents(base::Bytes components, Afi afi) noexcept : left_(components), afi_(afi) {}
  bool next(FlowComponent& c) noexcept;
  bool ok() const noexcept { return left_.empty(); }

 private:
  base::Bytes left_;
  Afi afi_;
};

// One pair of operator and value (RFC 8955 4.2.1). The value has 1, 2, 4 or 8 bytes.
struct FlowOp {
  static constexpr std::uint8_t end_bit = 0x80, and_bit = 0x40;
  static constexpr std::uint8_t numeric_bits = 0x07;  // less, greater, equal
  static constexpr std::uint8_t bitmask_bits = 0x03;  // not, match

  std::uint8_t bits = 0;  // the operator as it stands
  std::uint64_t value = 0;

  std::size_t width() const noexcept { return std::size_t{1} << (bits >> 4 & 3); }
};
// Walks the value of a component of the form numeric or bitmask that FlowComponents found sound.
class FlowOps {
 public:
  explicit FlowOps(base::Bytes value) noexcept : left_(value) {}
  bool next(FlowOp& op) noexcept;

 private:
  base::Bytes left_;
};
// The bytes a value needs: 1, 2, 4 or 8.
std::size_t flow_width(std::uint64_t value) noexcept;
// Appends operator and value; bits without those of the width, which is 1, 2, 4 or 8.
void append_flow_op(base::Buffer& out, std::uint8_t bits, std::size_t width, std::uint64_t value);

// A prefix, or the bits of an IPv6 address from offset to length (RFC 8956 3.1).
struct FlowPrefix {
  std::uint8_t length = 0, offset = 0;     // bits; offset is 0, or less than length
  std::array<std::uint8_t, 16> address{};  // with the bits in their place
  bool spare_bits = false;  // bits behind a pattern with an offset are set, which the address does not show
};
// The value of a component of the form prefix that FlowComponents found sound.
FlowPrefix parse_flow_prefix(base::Bytes value, Afi afi) noexcept;
// Appends such a value. Without an offset bits behind the length are kept as far as the last byte.
void append_flow_prefix(base::Buffer& out, const FlowPrefix& p, Afi afi);

}  // namespace bgp
