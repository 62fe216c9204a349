#include <zstd.h>
#include <zstd_errors.h>

#include <bit>
#include <string>
#include <utility>

#include "net/codecs.hh"

namespace net::codecs {

namespace {

class ZstdInflater final : public MemberInflater {
 public:
  ZstdInflater() : MemberInflater(Codec::zstd), state_(ZSTD_createDStream()) {}
  ~ZstdInflater() override { ZSTD_freeDStream(state_); }
  ZstdInflater(const ZstdInflater&) = delete;
  ZstdInflater& operator=(const ZstdInflater&) = delete;

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
    constexpr int window_log = std::bit_width(memory_limit) - 1;
    if (state_ == nullptr || ZSTD_isError(ZSTD_DCtx_reset(state_, ZSTD_reset_session_only)) != 0 ||
        ZSTD_isError(ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, window_log)) != 0)
      return base::fail("out of memory");
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out, room, 0};
    wanted_ = ZSTD_decompressStream(state_, &target, &source);
    if (ZSTD_isError(wanted_) == 0) return Step{source.pos, target.pos, wanted_ == 0};
    if (ZSTD_getErrorCode(wanted_) == ZSTD_error_frameParameter_windowTooLarge)
      return base::fail("its window is larger than the " + std::to_string(memory_limit >> 20) + " MiB allowed");
    return base::fail(ZSTD_getErrorName(wanted_));
  }

  ZSTD_DStream* state_;
  std::size_t wanted_ = 0;  // bytes that the library asks for next
};

class ZstdDeflater final : public Deflater {
 public:
  ZstdDeflater() : state_(ZSTD_createCCtx()) {}
  ~ZstdDeflater() override { ZSTD_freeCCtx(state_); }
  ZstdDeflater(const ZstdDeflater&) = delete;
  ZstdDeflater& operator=(const ZstdDeflater&) = delete;

  bool ready() const { return state_ != nullptr; }
  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    open_ |= !in.empty();
    return run(in, out, ZSTD_e_continue);
  }
  base::Result<> flush(base::Buffer& out) override { return open_ ? run({}, out, ZSTD_e_flush) : base::Result<>(); }
  base::Result<> finish(base::Buffer& out) override {
    return std::exchange(open_, false) ? run({}, out, ZSTD_e_end) : base::Result<>();
  }

 private:
  base::Result<> run(base::Bytes in, base::Buffer& out, ZSTD_EndDirective mode) {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    for (;;) {
      ZSTD_outBuffer target{out.reserve(piece), piece, 0};
      const std::size_t left = ZSTD_compressStream2(state_, &target, &source, mode);
      out.commit(target.pos);
      if (ZSTD_isError(left) != 0) return base::fail(std::string("zstd: ") + ZSTD_getErrorName(left));
      if (mode == ZSTD_e_continue ? source.pos == source.size : left == 0) return {};
    }
  }

  ZSTD_CCtx* state_;
  bool open_ = false;
};

}  // namespace

MadeInflater inflate_zstd() { return std::make_unique<ZstdInflater>(); }

MadeDeflater deflate_zstd() {
  if (auto made = std::make_unique<ZstdDeflater>(); made->ready()) return made;
  return base::fail("zstd: out of memory");
}

}  // namespace net::codecs
