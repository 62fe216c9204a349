#include <lzma.h>

#include <string>
#include <utility>

#include "net/codecs.hh"

namespace net::codecs {

namespace {

class XzInflater final : public MemberInflater {
 public:
  XzInflater() : MemberInflater(Codec::xz) {}
  ~XzInflater() override { lzma_end(&state_); }
  XzInflater(const XzInflater&) = delete;
  XzInflater& operator=(const XzInflater&) = delete;

 private:
  base::Result<> begin() override {
    if (lzma_stream_decoder(&state_, memory_limit, 0) != LZMA_OK) return base::fail("out of memory");
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    state_.next_in = in.data();
    state_.avail_in = in.size();
    state_.next_out = out;
    state_.avail_out = room;
    const lzma_ret code = lzma_code(&state_, LZMA_RUN);
    // LZMA_BUF_ERROR: nothing to do with what there is.
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) return base::fail(error(code));
    return Step{in.size() - state_.avail_in, room - state_.avail_out, code == LZMA_STREAM_END};
  }
  std::string error(lzma_ret code) const {
    switch (code) {
      case LZMA_FORMAT_ERROR: return "no xz header";
      case LZMA_OPTIONS_ERROR: return "unknown compression method";
      case LZMA_MEM_ERROR: return "out of memory";
      case LZMA_MEMLIMIT_ERROR:
        return "it needs " + std::to_string((lzma_memusage(&state_) >> 20) + 1) + " MiB of memory, and " +
               std::to_string(memory_limit >> 20) + " MiB are allowed";
      default: return "damaged data";
    }
  }

  lzma_stream state_ = LZMA_STREAM_INIT;
};

// A stream that is not finished cannot be read to its end, and an end can only be made by who knows all blocks in
// front of it. So a flush ends a member, as in bzip2, and a dictionary larger than such a member would be a waste.
class XzDeflater final : public Deflater {
 public:
  XzDeflater() = default;
  ~XzDeflater() override { lzma_end(&state_); }
  XzDeflater(const XzDeflater&) = delete;
  XzDeflater& operator=(const XzDeflater&) = delete;

  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    if (in.empty()) return {};
    constexpr std::uint32_t preset = 2;  // a dictionary of 2 MiB
    if (!open_ && lzma_easy_encoder(&state_, preset, LZMA_CHECK_CRC64) != LZMA_OK)
      return base::fail("xz: out of memory");
    open_ = true;
    return run(in, out, LZMA_RUN);
  }
  base::Result<> flush(base::Buffer& out) override { return finish(out); }
  base::Result<> finish(base::Buffer& out) override {
    return std::exchange(open_, false) ? run({}, out, LZMA_FINISH) : base::Result<>();
  }

 private:
  base::Result<> run(base::Bytes in, base::Buffer& out, lzma_action action) {
    state_.next_in = in.data();
    state_.avail_in = in.size();
    for (;;) {
      state_.next_out = out.reserve(piece);
      state_.avail_out = piece;
      const lzma_ret code = lzma_code(&state_, action);
      out.commit(piece - state_.avail_out);
      if (code != LZMA_OK && code != LZMA_STREAM_END) return base::fail("xz: out of memory");
      if (code == LZMA_STREAM_END || (action == LZMA_RUN && state_.avail_in == 0 && state_.avail_out != 0)) return {};
    }
  }

  lzma_stream state_ = LZMA_STREAM_INIT;
  bool open_ = false;
};

}  // namespace

MadeInflater inflate_xz() { return std::make_unique<XzInflater>(); }
MadeDeflater deflate_xz() { return std::make_unique<XzDeflater>(); }

}  // namespace net::codecs
