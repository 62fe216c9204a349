#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <string>
#include <utility>

#include "net/codecs.hh"

namespace net::codecs {

namespace {

std::string_view gzip_error(int code) {
  switch (code) {
    case ISAL_INVALID_WRAPPER: return "no gzip header";
    case ISAL_UNSUPPORTED_METHOD: return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM: return "checksum does not match";
    default: return "damaged data";
  }
}

class GzipInflater final : public MemberInflater {
 public:
  GzipInflater() : MemberInflater(Codec::gzip), state_(std::make_unique<inflate_state>()) {}

  // An empty last block (RFC 1951 3.2.3, fixed codes), then CRC and length (RFC 1952 2.3.1).
  base::Buffer closing() const override {
    base::Buffer out;
    if (!inside() || in_header_) return out;
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
    state_->crc_flag = ISAL_GZIP_NO_HDR_VER;
    isal_gzip_header_init(&header_);
    header_.flags = 0;
    in_header_ = true;
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    const std::uint32_t in_size = clamp(in.size()), out_size = clamp(room);
    state_->next_in = loose(in);
    state_->avail_in = in_size;
    state_->next_out = out;
    state_->avail_out = out_size;
    if (in_header_) {
      const int code = isal_read_gzip_header(state_.get(), &header_);
      if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT) return base::fail(std::string(gzip_error(code)));
      in_header_ = code == ISAL_END_INPUT;
      if (in_header_) return Step{in_size - state_->avail_in, 0, false};
    }
    const int code = isal_inflate(state_.get());
    if (code < 0 || code == ISAL_NEED_DICT) return base::fail(std::string(gzip_error(code)));
    return Step{in_size - state_->avail_in, out_size - state_->avail_out, state_->block_state == ISAL_BLOCK_FINISH};
  }

  std::unique_ptr<inflate_state> state_;
  // isal_inflate() forgets what a header that comes in several pieces has said about its fields.
  isal_gzip_header header_{};
  bool in_header_ = false;
};

class GzipDeflater final : public Deflater {
 public:
  GzipDeflater() = default;
  ~GzipDeflater() override { deflateEnd(&state_); }
  GzipDeflater(const GzipDeflater&) = delete;
  GzipDeflater& operator=(const GzipDeflater&) = delete;

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
    state_.next_in = loose(in);
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

}  // namespace

MadeInflater inflate_gzip() { return std::make_unique<GzipInflater>(); }

MadeDeflater deflate_gzip() {
  if (auto made = std::make_unique<GzipDeflater>(); made->init()) return made;
  return base::fail("gzip: out of memory");
}

}  // namespace net::codecs
