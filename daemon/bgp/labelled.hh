// Prefixes with MPLS labels (RFC 8277 2) and of VPNs (RFC 4364 4.3.4, RFC 4659 3.2, RFC 6514 9): views on one entry.
#pragma once

#include <optional>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/route_distinguisher.hh"
#include "bgp/types.hh"

namespace bgp {

// The three bytes that carry a label: 20 bits of it, 3 of traffic class, and the bottom of the stack (RFC 3032 2.1).
using LabelField = std::uint32_t;
inline constexpr std::size_t label_size = 3;
inline constexpr LabelField withdrawn_label = 0x800000, old_withdrawn_label = 0;  // RFC 8277 2.4, RFC 3107 3
inline LabelField read_label(const std::uint8_t* p) noexcept {
  return LabelField{p[0]} << 16 | LabelField{p[1]} << 8 | p[2];
}
inline LabelField label_field(std::uint32_t label, bool bottom) noexcept { return label << 4 | (bottom ? 1 : 0); }

struct LabelledNlri {
  base::Bytes labels;           // label fields, three bytes each; none in multicast VPNs
  const std::uint8_t* rd{};     // eight bytes, or null where the family has none
  std::uint8_t length = 0;      // bits of the prefix
  const std::uint8_t* bytes{};  // (length + 7) / 8 of them; bits behind the length may be set
};

// An entry of a family whose form is labelled or vpn, without its path id. A stack of labels ends with its bottom bit;
// where there is none, and in a withdrawal, there is one field (RFC 8277 2.2, 2.4). Nothing if what is left for the
// prefix is less than nothing or more than an address.
std::optional<LabelledNlri> parse_labelled(base::Bytes entry, Family family, bool withdrawn) noexcept;
// Appends such an entry. False, and nothing appended, if it has more than 255 bits.
bool append_labelled(base::Buffer& out, const LabelledNlri& n, std::optional<std::uint32_t> path_id);

}  // namespace bgp
