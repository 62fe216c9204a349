#include "net/bzip2_block.hh"

#include "net/codecs.hh"

namespace net::codecs {

Bzip2Block::Bzip2Block(char level) {
  failed_ = BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK;
  const std::uint8_t header[] = {'B', 'Z', 'h', static_cast<std::uint8_t>(level)};
  base::Bytes in = header;
  feed(in);
}

// Without room for output the library stops in front of what is not the block's any more.
void Bzip2Block::feed(base::Bytes& in) {
  if (failed_ || begun_) return;
  std::uint8_t nowhere = 0;
  const std::uint32_t size = clamp(in.size());
  state_.next_in = reinterpret_cast<char*>(loose(in));
  state_.avail_in = size;
  state_.next_out = reinterpret_cast<char*>(&nowhere);
  state_.avail_out = 0;
  failed_ = BZ2_bzDecompress(&state_) != BZ_OK;
  in = in.subspan(size - state_.avail_in);
}

std::size_t Bzip2Block::take(std::uint8_t* out, std::size_t room) {
  if (failed_ || done_ || room == 0) return 0;
  const std::uint32_t size = clamp(room);
  state_.next_in = nullptr;
  state_.avail_in = 0;
  state_.next_out = reinterpret_cast<char*>(out);
  state_.avail_out = size;
  failed_ = BZ2_bzDecompress(&state_) != BZ_OK;
  const std::size_t made = size - state_.avail_out;
  begun_ |= made != 0;
  done_ = begun_ && !failed_ && made < size;
  return made;
}

}  // namespace net::codecs
