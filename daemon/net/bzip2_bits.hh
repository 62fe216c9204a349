// A bzip2 stream as bits: its blocks begin at any bit and are told by a magic number of 48 bits in front of each. Bits
// are counted from the highest of the first byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hh"

namespace net::codecs {

inline constexpr std::uint64_t bzip2_block_magic = 0x314159265359;  // pi
inline constexpr std::uint64_t bzip2_end_magic = 0x177245385090;    // its square root
inline constexpr std::size_t bzip2_magic_bits = 48;

// `count` bits (1 to 56) at bit `at`; nothing if they are not all there.
std::optional<std::uint64_t> bits_at(base::Bytes data, std::size_t at, std::size_t count);
// The first bit, not before `from`, at which one of the two numbers stands. Looks only where eight bytes are there.
std::optional<std::size_t> find_bzip2_magic(base::Bytes data, std::size_t from);
// Appends the bits from `at` up to `to` (the end of data at most), moved to a byte boundary and filled up with zeros.
void append_bits(base::Buffer& out, base::Bytes data, std::size_t at, std::size_t to);

}  // namespace net::codecs
