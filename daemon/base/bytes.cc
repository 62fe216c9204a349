#include "base/bytes.hh"

#include <algorithm>

namespace base {

void Buffer::grow(std::size_t more) {
  const std::size_t wanted = std::max(size_ + more, capacity_ + capacity_ / 2);
  const std::size_t capacity = std::max<std::size_t>(wanted, 64);
  auto data = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

void append_hex(Buffer& out, Bytes b) {
  static constexpr char digits[] = "0123456789abcdef";
  std::uint8_t* p = out.reserve(b.size() * 2);
  for (const std::uint8_t c : b) {
    *p++ = static_cast<std::uint8_t>(digits[c >> 4]);
    *p++ = static_cast<std::uint8_t>(digits[c & 15]);
  }
  out.commit(b.size() * 2);
}

std::string to_hex(Bytes b) {
  Buffer out;
  append_hex(out, b);
  return std::string(out.text());
}

namespace {
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::optional<Buffer> from_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (text.size() % 2 != 0) return std::nullopt;
  Buffer out;
  std::uint8_t* p = out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    *p++ = static_cast<std::uint8_t>(high << 4 | low);
  }
  out.commit(text.size() / 2);
  return out;
}

}  // namespace base
