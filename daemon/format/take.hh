// Small text into numbers, addresses and prefixes, at the speed of reading JSON. The whole text or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace format {

// Decimal up to max; 0x, 0o and 0b forms too.
bool take_number(std::string_view text, std::uint64_t max, std::uint64_t& v) noexcept;
// "192.0.2.1".
bool take_v4(std::string_view text, std::uint8_t* four) noexcept;
bool take_v6(std::string_view text, std::uint8_t* sixteen) noexcept;

// "192.0.2.0/24", "#7#2001:db8::/32". Bits behind the length are kept as far as the last byte that goes on the wire.
struct PrefixText {
  bool has_path_id = false;
  std::uint32_t path_id = 0;
  std::uint8_t length = 0;  // bits
  std::uint8_t bytes[16];   // (length + 7) / 8 of them count
};
bool take_prefix(std::string_view text, bgp::Afi afi, PrefixText& out) noexcept;

// A whole JSON list of such IPv4 prefixes, ["192.0.2.0/24","198.51.100.0/24"], without path ids, spaces and escapes: as
// NLRI, appended. False, with nothing appended, for any other text, sound or not.
bool take_plain_prefixes_v4(std::string_view list, base::Buffer& out);

// "65000:100" with parts of at most max each, into big-endian fields of `width` bytes.
bool take_parts(std::string_view text, unsigned parts, unsigned width, std::uint8_t* out) noexcept;

// Hex digits without a prefix, to room for half as many bytes.
bool take_hex_digits(std::string_view digits, std::uint8_t* out) noexcept;
// "0x0a0b" or "0a0b" or "", appended; false, with nothing appended, for anything else.
bool take_hex(std::string_view text, base::Buffer& out);

// UTF-8 into wire bytes: a code point up to U+00FF is that byte, higher ones stay UTF-8.
void take_text(std::string_view utf8, std::string& out);

}  // namespace format
