// Decimal digits in text, a word at a time: byte by byte would be an unforeseen branch for each. What is named *_fast
// reads up to twelve characters from p on, which the caller has made readable; p moves behind what was taken.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace format {

inline unsigned digit(char c) noexcept { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; }

// The characters at p, the first one lowest.
template <class Word>
inline Word word_at(const char* p) noexcept {
  Word w;
  std::memcpy(&w, p, sizeof w);
  return std::endian::native == std::endian::little ? w : std::byteswap(w);
}

// One octet of dotted decimal, without zeros in front: they are octal to some.
inline bool take_octet_fast(const char*& p, std::uint8_t& octet) noexcept {
  const std::uint32_t t = word_at<std::uint32_t>(p) ^ 0x30303030;
  const std::uint32_t others = ((t + 0x76767676) | t) & 0x80808080;
  if (others == 0) return false;
  const auto bits = static_cast<unsigned>(std::countr_zero(others)) & 24;
  // The digits as bytes, the hundreds lowest.
  const std::uint32_t d = t << (24 - bits) & 0xffffff;
  if (bits == 0 || (bits > 8 && (t & 0xff) == 0)) return false;
  const std::uint32_t v = (d & 0xff) * 100 + (d >> 8 & 0xff) * 10 + (d >> 16);
  octet = static_cast<std::uint8_t>(v);
  p += bits / 8;
  return v <= 255;
}

// Sixteen characters of p on are read.
inline bool take_dotted_fast(const char*& p, std::uint8_t* four) noexcept {
  return take_octet_fast(p, four[0]) && *p++ == '.' && take_octet_fast(p, four[1]) && *p++ == '.' &&
         take_octet_fast(p, four[2]) && *p++ == '.' && take_octet_fast(p, four[3]);
}

// A number of at most ten digits, without zeros in front.
inline bool take_decimal_fast(const char*& p, std::uint64_t& v) noexcept {
  const std::uint64_t t = word_at<std::uint64_t>(p) ^ 0x3030303030303030;
  const std::uint64_t others = ((t + 0x7676767676767676) | t) & 0x8080808080808080;
  const unsigned bits = others == 0 ? 64 : static_cast<unsigned>(std::countr_zero(others)) & 56;
  if (bits == 0 || (bits > 8 && (t & 0xff) == 0)) return false;
  // Digits become pairs, fours and eight of them.
  std::uint64_t d = t << (64 - bits);
  d = d * 10 + (d >> 8);
  constexpr std::uint64_t pairs = 0x000000ff000000ff;
  v = ((d & pairs) * 0x000f424000000064 + (d >> 16 & pairs) * 0x0000271000000001) >> 32;
  p += bits / 8;
  if (bits < 64) [[likely]]
    return true;
  for (int more = 0; more < 2 && digit(*p) < 10; ++more) v = v * 10 + digit(*p++);
  return true;
}

}  // namespace format
