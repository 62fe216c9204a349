#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

#include "net/compress.hh"

namespace net {

namespace {

constexpr std::size_t piece = std::size_t{64} * 1024;  // output room offered at a time
constexpr std::size_t max_call = std::size_t{1} << 30;

class Copy final : public Deflater {
 public:
  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    out.append(in);
    return {};
  }
  base::Result<> flush(base::Buffer&) override { return {}; }
  base::Result<> finish(base::Buffer&) override { return {}; }
};

class Gzip final : public Deflater {
 public:
  Gzip() = default;
  ~Gzip() override { deflateEnd(&state_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  bool init() {
    constexpr int gzip_window = 15 + 16, memory_level = 8;
    return deflateInit2(&state_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) ==
           Z_OK;
  }
  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    while (!in.empty()) {
      const base::Bytes part = in.first(std::min(in.size(), max_call));
      run(part, out, Z_NO_FLUSH);
      in = in.subspan(part.size());
      open_ = true;
    }
    return {};
  }
  base::Result<> flush(base::Buffer& out) override {
    if (open_) run({}, out, Z_SYNC_FLUSH);
    return {};
  }
  base::Result<> finish(base::Buffer& out) override {
    if (!std::exchange(open_, false)) return {};
    run({}, out, Z_FINISH);
    deflateReset(&state_);
    return {};
  }

 private:
  void run(base::Bytes in, base::Buffer& out, int mode) {
    state_.next_in = const_cast<Bytef*>(in.data());
    state_.avail_in = static_cast<uInt>(in.size());
    do {
      state_.next_out = out.reserve(piece);
      state_.avail_out = piece;
      deflate(&state_, mode);
      out.commit(piece - state_.avail_out);
    } while (state_.avail_out == 0);
  }

  z_stream state_{};
  bool open_ = false;
};

class Bzip2 final : public Deflater {
 public:
  Bzip2() = default;
  ~Bzip2() override { close(); }
  Bzip2(const Bzip2&) = delete;
  Bzip2& operator=(const Bzip2&) = delete;

  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    if (!in.empty() && !open_ && !begin()) return base::fail("bzip2: out of memory");
    while (!in.empty()) {
      state_.next_in = reinterpret_cast<char*>(const_cast<std::uint8_t*>(in.data()));
      state_.avail_in = static_cast<unsigned>(std::min(in.size(), max_call));
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

class Zstd final : public Deflater {
 public:
  Zstd() : state_(ZSTD_createCCtx()) {}
  ~Zstd() override { ZSTD_freeCCtx(state_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

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

base::Result<std::unique_ptr<Deflater>> Deflater::make(Codec codec) {
  switch (codec) {
    case Codec::none: return std::make_unique<Copy>();
    case Codec::bzip2: return std::make_unique<Bzip2>();
    case Codec::gzip:
      if (auto made = std::make_unique<Gzip>(); made->init()) return made;
      return base::fail("gzip: out of memory");
    case Codec::zstd:
      if (auto made = std::make_unique<Zstd>(); made->ready()) return made;
      return base::fail("zstd: out of memory");
  }
  return base::fail("unknown compression");
}

}  // namespace net
