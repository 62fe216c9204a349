#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

#include "net/compress.hh"

namespace net {

namespace {

// The C libraries count in 32 bits and take input that is not const.
constexpr std::size_t max_call = std::size_t{1} << 30;
std::uint32_t clamp(std::size_t n) { return static_cast<std::uint32_t>(std::min(n, max_call)); }
std::uint8_t* loose(base::Bytes in) { return const_cast<std::uint8_t*>(in.data()); }

class Copy final : public Inflater {
 public:
  Copy() : Inflater(Codec::none) {}

 private:
  base::Result<> begin() override { return {}; }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    const std::size_t n = std::min(in.size(), room);
    if (n != 0) std::memcpy(out, in.data(), n);
    return Step{n, n, n == in.size()};
  }
};

std::string_view gzip_error(int code) {
  switch (code) {
    case ISAL_INVALID_WRAPPER: return "no gzip header";
    case ISAL_UNSUPPORTED_METHOD: return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM: return "checksum does not match";
    default: return "damaged data";
  }
}

class Gzip final : public Inflater {
 public:
  Gzip() : Inflater(Codec::gzip), state_(std::make_unique<inflate_state>()) {}

  // An empty last block (RFC 1951 3.2.3, fixed codes), then CRC and length (RFC 1952 2.3.1).
  base::Buffer closing() const override {
    base::Buffer out;
    if (!inside()) return out;
    out.push(0x03);
    out.push(0x00);
    for (const std::uint32_t word : {state_->crc, state_->total_out}) {
      for (int shift = 0; shift < 32; shift += 8) out.push(static_cast<std::uint8_t>(word >> shift));
    }
    return out;
  }

 private:
  base::Result<> begin() override {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    const std::uint32_t in_size = clamp(in.size()), out_size = clamp(room);
    state_->next_in = loose(in);
    state_->avail_in = in_size;
    state_->next_out = out;
    state_->avail_out = out_size;
    const int code = isal_inflate(state_.get());
    if (code < 0 || code == ISAL_NEED_DICT) return base::fail(std::string(gzip_error(code)));
    return Step{in_size - state_->avail_in, out_size - state_->avail_out, state_->block_state == ISAL_BLOCK_FINISH};
  }

  std::unique_ptr<inflate_state> state_;
};

class Bzip2 final : public Inflater {
 public:
  Bzip2() : Inflater(Codec::bzip2) {}
  ~Bzip2() override { end(); }
  Bzip2(const Bzip2&) = delete;
  Bzip2& operator=(const Bzip2&) = delete;

 private:
  void end() {
    if (std::exchange(open_, false)) BZ2_bzDecompressEnd(&state_);
  }
  base::Result<> begin() override {
    end();
    state_ = {};
    if (BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK) return base::fail("out of memory");
    open_ = true;
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    const std::uint32_t in_size = clamp(in.size()), out_size = clamp(room);
    state_.next_in = reinterpret_cast<char*>(loose(in));
    state_.avail_in = in_size;
    state_.next_out = reinterpret_cast<char*>(out);
    state_.avail_out = out_size;
    const int code = BZ2_bzDecompress(&state_);
    if (code == BZ_DATA_ERROR_MAGIC) return base::fail("no bzip2 header");
    if (code == BZ_MEM_ERROR) return base::fail("out of memory");
    if (code != BZ_OK && code != BZ_STREAM_END) return base::fail("damaged data");
    return Step{in_size - state_.avail_in, out_size - state_.avail_out, code == BZ_STREAM_END};
  }

  bz_stream state_{};
  bool open_ = false;
};

class Zstd final : public Inflater {
 public:
  Zstd() : Inflater(Codec::zstd), state_(ZSTD_createDStream()) {}
  ~Zstd() override { ZSTD_freeDStream(state_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  // An empty last raw block (RFC 8878 3.1.1.2); only a frame without checksum ends there.
  base::Buffer closing() const override {
    base::Buffer out;
    constexpr std::size_t block_header = 3;
    if (inside() && wanted_ == block_header) {
      out.push(0x01);
      out.push(0x00);
      out.push(0x00);
    }
    return out;
  }

 private:
  base::Result<> begin() override {
    if (state_ == nullptr || ZSTD_isError(ZSTD_initDStream(state_)) != 0) return base::fail("out of memory");
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out, room, 0};
    wanted_ = ZSTD_decompressStream(state_, &target, &source);
    if (ZSTD_isError(wanted_) != 0) return base::fail(ZSTD_getErrorName(wanted_));
    return Step{source.pos, target.pos, wanted_ == 0};
  }

  ZSTD_DStream* state_;
  std::size_t wanted_ = 0;  // bytes that the library asks for next
};

}  // namespace

base::Result<std::unique_ptr<Inflater>> Inflater::make(Codec codec) {
  switch (codec) {
    case Codec::none: return std::make_unique<Copy>();
    case Codec::gzip: return std::make_unique<Gzip>();
    case Codec::bzip2: return std::make_unique<Bzip2>();
    case Codec::zstd: return std::make_unique<Zstd>();
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
                    std::to_string(taken_));
}

base::Result<> Inflater::advance(base::Bytes& in, base::Buffer& out, std::size_t room) {
  const std::size_t limit = out.size() + room;
  while (out.size() < limit) {
    if (padding_) return skip_padding(in);
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

base::Result<> Inflater::skip_padding(base::Bytes& in) {
  const auto other = std::find_if(in.begin(), in.end(), [](std::uint8_t c) { return c != 0; });
  in = in.subspan(static_cast<std::size_t>(other - in.begin()));
  if (!in.empty()) return base::fail("other data behind the end");
  return {};
}

base::Result<> Inflater::finish() const {
  if (failed_) return base::fail("the data before is damaged");
  if (inside_) return base::fail(std::string(codec_name(codec_)) + ": truncated at byte " + std::to_string(taken_));
  return {};
}

}  // namespace net
