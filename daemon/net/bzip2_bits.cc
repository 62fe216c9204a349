#include "net/bzip2_bits.hh"

#include <algorithm>
#include <bitset>

namespace net::codecs {

namespace {

constexpr std::size_t window = 8;  // bytes that hold a number of 48 bits at any of the bits of the first
constexpr std::size_t stride = 4;

// Of the bytes from one bit of which a number begins, the next five are its own wherever it begins. So every fourth
// pair of bytes meets one of their four pairs: a table of those lets all other places be skipped.
const std::bitset<65536>& pairs() {
  static const auto* const table = [] {
    auto* const t = new std::bitset<65536>;
    for (const std::uint64_t magic : {bzip2_block_magic, bzip2_end_magic}) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        const std::uint64_t bytes = magic << (64 - bzip2_magic_bits) >> bit;
        for (std::size_t pair = 1; pair <= stride; ++pair) t->set(bytes << (8 * pair) >> 48);
      }
    }
    return t;
  }();
  return *table;
}

bool is_magic(std::uint64_t bits) { return bits == bzip2_block_magic || bits == bzip2_end_magic; }

}  // namespace

std::optional<std::uint64_t> bits_at(base::Bytes data, std::size_t at, std::size_t count) {
  const std::size_t first = at / 8, skip = at % 8;
  if (first > data.size() || data.size() - first < (skip + count + 7) / 8) return std::nullopt;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < window; ++i) bits = bits << 8 | (first + i < data.size() ? data[first + i] : 0U);
  return bits << skip >> (64 - count);
}

std::optional<std::size_t> find_bzip2_magic(base::Bytes data, std::size_t from) {
  const auto& table = pairs();
  if (data.size() < window) return std::nullopt;
  const std::size_t last = data.size() - window;
  for (std::size_t byte = from / 8; byte <= last; byte += stride) {
    const std::uint16_t pair = base::load<std::uint16_t>(data.data() + byte + stride);
    if (!table[pair]) continue;
    for (std::size_t i = byte; i < byte + stride && i <= last; ++i) {
      const auto bits = base::load<std::uint64_t>(data.data() + i);
      for (std::size_t bit = 0; bit < 8; ++bit)
        if (is_magic(bits << bit >> (64 - bzip2_magic_bits)) && i * 8 + bit >= from) return i * 8 + bit;
    }
  }
  return std::nullopt;
}

void append_bits(base::Buffer& out, base::Bytes data, std::size_t at, std::size_t to) {
  to = std::min(to, data.size() * 8);
  if (at >= to) return;
  const std::size_t size = (to - at + 7) / 8, skip = at % 8;
  const std::uint8_t* const from = data.data() + at / 8;
  // The last byte may have none behind it.
  const std::size_t pairs = std::min(size, data.size() - at / 8 - 1);
  std::uint8_t* const target = out.reserve(size);
  for (std::size_t i = 0; i < pairs; ++i)
    target[i] = static_cast<std::uint8_t>((from[i] << 8 | from[i + 1]) >> (8 - skip));
  if (pairs < size) target[pairs] = static_cast<std::uint8_t>(from[pairs] << skip);
  if (const std::size_t over = size * 8 - (to - at); over != 0)
    target[size - 1] = static_cast<std::uint8_t>(target[size - 1] >> over << over);
  out.commit(size);
}

}  // namespace net::codecs
