#include <string>

#include "net/codecs.hh"

namespace net {

namespace {

class Copy final : public codecs::MemberInflater {
 public:
  Copy() : MemberInflater(Codec::none) {}

 private:
  base::Result<> begin() override { return {}; }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    const std::size_t n = std::min(in.size(), room);
    if (n != 0) std::memcpy(out, in.data(), n);
    return Step{n, n, n == in.size()};
  }
};

}  // namespace

base::Result<std::unique_ptr<Inflater>> Inflater::make(Codec codec) {
  switch (codec) {
    case Codec::none: return std::make_unique<Copy>();
    case Codec::gzip: return codecs::inflate_gzip();
    case Codec::bzip2: return codecs::inflate_bzip2();
    case Codec::zstd: return codecs::inflate_zstd();
    case Codec::xz: return codecs::inflate_xz();
    case Codec::lz4: return codecs::inflate_lz4();
  }
  return base::fail("unknown compression");
}

base::Result<> Inflater::feed(base::Bytes& in, base::Buffer& out, std::size_t room) {
  if (failed_) return base::fail("the data before is damaged");
  const std::size_t before = in.size();
  auto result = advance(in, out, room);
  taken_ += before - in.size();
  if (result) return {};
  failed_ = true;
  return base::fail(std::string(codec_name(codec_)) + ": " + result.error().text + " near byte " +
                    std::to_string(position()));
}

base::Result<> Inflater::finish() const {
  if (failed_) return base::fail("the data before is damaged");
  if (!at_end()) return base::fail(std::string(codec_name(codec_)) + ": truncated at byte " + std::to_string(taken_));
  return {};
}

namespace codecs {

base::Result<> MemberInflater::advance(base::Bytes& in, base::Buffer& out, std::size_t room) {
  const std::size_t limit = out.size() + room;
  while (out.size() < limit) {
    if (padding_ && !skip_padding(in)) return base::fail("other data behind the end");
    if (!inside_) {
      if (in.empty()) return {};
      padding_ = codec_ != Codec::none && members_ > 0 && in.front() == 0;
      if (padding_) continue;
      if (auto begun = begin(); !begun) return begun;
      inside_ = true;
      ++members_;
    }
    const std::size_t want = limit - out.size();
    const auto done = step(in, out.reserve(want), want);
    if (!done) return std::unexpected(done.error());
    in = in.subspan(done->used);
    out.commit(done->made);
    if (done->ended) {
      inside_ = false;
    } else if (done->made < want) {
      if (in.empty()) return {};
      if (done->used == 0 && done->made == 0) return base::fail("damaged data");
    }
  }
  return {};
}

// Only xz has members behind padding (its format, 2.2); false: something else is there.
bool MemberInflater::skip_padding(base::Bytes& in) {
  const auto other = std::find_if(in.begin(), in.end(), [](std::uint8_t c) { return c != 0; });
  in = in.subspan(static_cast<std::size_t>(other - in.begin()));
  padding_ = in.empty();
  return in.empty() || codec_ == Codec::xz;
}

}  // namespace codecs

}  // namespace net
