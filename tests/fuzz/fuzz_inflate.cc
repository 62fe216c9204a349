// Compressed files: the first bytes choose the codec. What comes out does not depend on how the input is cut, and is
// bounded by what was asked for.
#include <algorithm>
#include <cstdint>
#include <string>

#include "expect.hh"
#include "net/compress.hh"

namespace {

constexpr std::size_t most = std::size_t{1} << 20;  // of output; a bomb has more

struct Outcome {
  std::string text;
  bool whole = false;
};

Outcome inflate(net::Codec codec, base::Bytes in, std::size_t piece, std::size_t room) {
  Outcome outcome;
  const auto inflater = net::Inflater::make(codec).value();
  base::Buffer out;
  for (bool last = false; !last;) {
    base::Bytes part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    last = part.empty();
    do {
      out.clear();
      const bool sound = inflater->feed(part, out, room).has_value();
      expect(out.size() <= room);
      outcome.text += out.text();
      if (!sound || outcome.text.size() > most) return outcome;
      expect(out.size() == room || part.empty());
    } while (out.size() == room);
  }
  outcome.whole = inflater->finish().has_value();
  expect(outcome.whole == inflater->at_end());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::Bytes in(data, size);
  const net::Codec codec = net::codec_by_magic(in).value_or(net::Codec::none);
  const Outcome once = inflate(codec, in, size, 4096), again = inflate(codec, in, 7, 1000);
  const std::size_t common = std::min(once.text.size(), again.text.size());
  expect(once.text.compare(0, common, again.text, 0, common) == 0);
  if (once.whole && again.whole) expect(once.text == again.text);
  // zstd checks the size of a frame only when it has all of the frame in one piece.
  const bool bomb = std::max(once.text.size(), again.text.size()) > most;
  expect(once.whole == again.whole || bomb || codec == net::Codec::zstd);
  return 0;
}
