// Bounded reading and writing of big-endian bytes. Only this file moves raw byte pointers.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace base {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view s) { return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}; }
inline std::string_view as_text(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
inline bool equal(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Big-endian load and store; the caller has checked the bounds.
template <std::unsigned_integral T>
inline T load(const std::uint8_t* p) noexcept {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) v = std::byteswap(v);
  return v;
}
template <std::unsigned_integral T>
inline void store(std::uint8_t* p, T v) noexcept {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) v = std::byteswap(v);
  std::memcpy(p, &v, sizeof v);
}

// A growable byte array that does not clear what it grows by. Moves, never copies implicitly.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(Bytes b) { append(b); }
  Buffer(Buffer&& o) noexcept
      : data_(std::move(o.data_)), size_(std::exchange(o.size_, 0)), capacity_(std::exchange(o.capacity_, 0)) {}
  Buffer& operator=(Buffer&& o) noexcept {
    data_ = std::move(o.data_);
    size_ = std::exchange(o.size_, 0);
    capacity_ = std::exchange(o.capacity_, 0);
    return *this;
  }

  std::uint8_t* data() noexcept { return data_.get(); }
  const std::uint8_t* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  Bytes view() const noexcept { return {data_.get(), size_}; }
  std::string_view text() const noexcept { return as_text(view()); }
  operator Bytes() const noexcept { return view(); }

  void clear() noexcept { size_ = 0; }
  // Drops the tail; n <= size().
  void truncate(std::size_t n) noexcept { size_ = n; }
  // Room for n more bytes behind size(); fill it, then commit what was used.
  std::uint8_t* reserve(std::size_t n) {
    if (capacity_ - size_ < n) grow(n);
    return data_.get() + size_;
  }
  void commit(std::size_t n) noexcept { size_ += n; }
  void append(Bytes b) {
    if (b.empty()) return;
    std::memcpy(reserve(b.size()), b.data(), b.size());
    size_ += b.size();
  }
  void append(std::string_view s) { append(as_bytes(s)); }
  void push(std::uint8_t c) {
    *reserve(1) = c;
    ++size_;
  }
  // Removes the first n bytes, n <= size(); moves the rest.
  void consume(std::size_t n) noexcept {
    std::memmove(data_.get(), data_.get() + n, size_ - n);
    size_ -= n;
  }

 private:
  void grow(std::size_t more);
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

// Borrowed bytes, read from the front. The first short read empties it and sticks: read a run of fields, then
// ask ok() once.
class Reader {
 public:
  explicit Reader(Bytes b) noexcept : start_(b.data()), left_(b) {}
  bool ok() const noexcept { return ok_; }
  std::size_t left() const noexcept { return left_.size(); }
  bool empty() const noexcept { return left_.empty(); }
  std::size_t offset() const noexcept { return static_cast<std::size_t>(left_.data() - start_); }
  Bytes rest() const noexcept { return left_; }

  Bytes bytes(std::size_t n) noexcept {
    if (n > left_.size()) {
      ok_ = false;
      left_ = left_.subspan(left_.size());
      return {};
    }
    const Bytes r = left_.first(n);
    left_ = left_.subspan(n);
    return r;
  }
  template <std::unsigned_integral T>
  T read() noexcept {
    const Bytes b = bytes(sizeof(T));
    return b.empty() ? T{0} : load<T>(b.data());
  }
  std::uint8_t u8() noexcept { return read<std::uint8_t>(); }
  std::uint16_t u16() noexcept { return read<std::uint16_t>(); }
  std::uint32_t u32() noexcept { return read<std::uint32_t>(); }
  std::uint64_t u64() noexcept { return read<std::uint64_t>(); }
  void skip(std::size_t n) noexcept { (void)bytes(n); }

 private:
  const std::uint8_t* start_;
  Bytes left_;
  bool ok_ = true;
};

// Appends big-endian fields to a Buffer that someone else owns.
class Writer {
 public:
  explicit Writer(Buffer& out) noexcept : out_(out) {}
  template <std::unsigned_integral T>
  void write(T v) {
    store<T>(out_.reserve(sizeof v), v);
    out_.commit(sizeof v);
  }
  void u8(std::uint8_t v) { write(v); }
  void u16(std::uint16_t v) { write(v); }
  void u32(std::uint32_t v) { write(v); }
  void u64(std::uint64_t v) { write(v); }
  void bytes(Bytes b) { out_.append(b); }
  std::size_t size() const noexcept { return out_.size(); }
  // Leaves room for a field that is known later; pass its place to patch.
  template <std::unsigned_integral T>
  std::size_t hole() {
    const std::size_t at = out_.size();
    write<T>(0);
    return at;
  }
  template <std::unsigned_integral T>
  void patch(std::size_t at, T v) noexcept {
    store<T>(out_.data() + at, v);
  }

 private:
  Buffer& out_;
};

// Lower-case hex digits without a prefix.
void append_hex(Buffer& out, Bytes b);
std::string to_hex(Bytes b);
// Reads an even number of hex digits, with or without "0x"; nothing if there is another character.
std::optional<Buffer> from_hex(std::string_view text);

}  // namespace base
