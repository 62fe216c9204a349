#include <bzlib.h>

#include <utility>

#include "net/codecs.hh"

namespace net::codecs {

namespace {

class Bzip2Deflater final : public Deflater {
 public:
  Bzip2Deflater() = default;
  ~Bzip2Deflater() override { close(); }
  Bzip2Deflater(const Bzip2Deflater&) = delete;
  Bzip2Deflater& operator=(const Bzip2Deflater&) = delete;

  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    if (!in.empty() && !open_ && !begin()) return base::fail("bzip2: out of memory");
    while (!in.empty()) {
      state_.next_in = reinterpret_cast<char*>(loose(in));
      state_.avail_in = clamp(in.size());
      const std::size_t before = state_.avail_in;
      step(out, BZ_RUN);
      in = in.subspan(before - state_.avail_in);
    }
    return {};
  }
  // BZ_FLUSH keeps the last bits of a block back, because blocks are not aligned to bytes; members are.
  base::Result<> flush(base::Buffer& out) override { return finish(out); }
  base::Result<> finish(base::Buffer& out) override {
    if (!open_) return {};
    state_.avail_in = 0;
    while (step(out, BZ_FINISH) == BZ_FINISH_OK) {
    }
    close();
    return {};
  }

 private:
  bool begin() {
    constexpr int blocks_of_100k = 9;
    state_ = {};
    open_ = BZ2_bzCompressInit(&state_, blocks_of_100k, 0, 0) == BZ_OK;
    return open_;
  }
  void close() {
    if (std::exchange(open_, false)) BZ2_bzCompressEnd(&state_);
  }
  int step(base::Buffer& out, int action) {
    state_.next_out = reinterpret_cast<char*>(out.reserve(piece));
    state_.avail_out = piece;
    const int code = BZ2_bzCompress(&state_, action);
    out.commit(piece - state_.avail_out);
    return code;
  }

  bz_stream state_{};
  bool open_ = false;
};

}  // namespace

MadeDeflater deflate_bzip2() { return std::make_unique<Bzip2Deflater>(); }

}  // namespace net::codecs
