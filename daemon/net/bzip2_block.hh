// One block of a bzip2 stream decoded alone, with its checksum verified.
#pragma once

#include <bzlib.h>

#include <cstddef>
#include <cstdint>

#include "base/bytes.hh"

namespace net::codecs {

// No block is longer: 900,000 symbols of 20 bits, and its tables.
inline constexpr std::size_t bzip2_longest_block = std::size_t{2500} << 10;

class Bzip2Block {
 public:
  // `level`: '1' to '9', what stands behind "BZh" in front of its stream.
  explicit Bzip2Block(char level);
  ~Bzip2Block() { BZ2_bzDecompressEnd(&state_); }
  Bzip2Block(const Bzip2Block&) = delete;
  Bzip2Block& operator=(const Bzip2Block&) = delete;

  // Takes bytes that begin with the block's first bit, until it is complete: then its last bit is in the last byte
  // taken.
  void feed(base::Bytes& in);
  // Writes at most `room` bytes of what it holds and gives their number; none before it is complete.
  std::size_t take(std::uint8_t* out, std::size_t room);
  // Some of it came out, so it is complete; all of it did, and its checksum is right.
  bool begun() const noexcept { return begun_; }
  bool done() const noexcept { return done_; }
  // The data is damaged, or there is no memory.
  bool failed() const noexcept { return failed_; }

 private:
  bz_stream state_{};
  bool begun_ = false, done_ = false, failed_ = false;
};

}  // namespace net::codecs
