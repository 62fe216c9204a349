#include <lz4frame.h>

#include <string>
#include <utility>

#include "net/codecs.hh"

namespace net::codecs {

namespace {

class Lz4Inflater final : public MemberInflater {
 public:
  Lz4Inflater() : MemberInflater(Codec::lz4) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&state_, LZ4F_VERSION)) != 0) state_ = nullptr;
  }
  ~Lz4Inflater() override { LZ4F_freeDecompressionContext(state_); }
  Lz4Inflater(const Lz4Inflater&) = delete;
  Lz4Inflater& operator=(const Lz4Inflater&) = delete;

  // The EndMark of the frame format; only a frame without content checksum ends there.
  base::Buffer closing() const override {
    base::Buffer out;
    constexpr std::size_t block_header = 4;
    if (inside() && wanted_ == block_header) Writer(out).u32(0);
    return out;
  }

 private:
  using Writer = base::Writer;

  base::Result<> begin() override {
    if (state_ == nullptr) return base::fail("out of memory");
    LZ4F_resetDecompressionContext(state_);
    return {};
  }
  base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) override {
    std::size_t used = in.size(), made = room;
    wanted_ = LZ4F_decompress(state_, out, &made, in.data(), &used, nullptr);
    if (LZ4F_isError(wanted_) != 0) return base::fail(error(LZ4F_getErrorName(wanted_)));
    return Step{used, made, wanted_ == 0};
  }
  static std::string error(std::string_view name) {
    if (name == "ERROR_frameType_unknown") return "no lz4 header";
    if (name == "ERROR_allocation_failed") return "out of memory";
    if (name.ends_with("hecksum_invalid")) return "checksum does not match";
    return "damaged data";
  }

  LZ4F_dctx* state_ = nullptr;
  std::size_t wanted_ = 0;  // bytes that the library asks for next
};

// Each block has a checksum of its own instead of one for all at the end, so that four bytes end a frame.
class Lz4Deflater final : public Deflater {
 public:
  Lz4Deflater() {
    preferences_.frameInfo.blockSizeID = LZ4F_max256KB;
    preferences_.frameInfo.blockMode = LZ4F_blockLinked;
    preferences_.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    if (LZ4F_isError(LZ4F_createCompressionContext(&state_, LZ4F_VERSION)) != 0) state_ = nullptr;
  }
  ~Lz4Deflater() override { LZ4F_freeCompressionContext(state_); }
  Lz4Deflater(const Lz4Deflater&) = delete;
  Lz4Deflater& operator=(const Lz4Deflater&) = delete;

  bool ready() const { return state_ != nullptr; }
  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    if (!in.empty() && !std::exchange(open_, true)) {
      const auto ok = put(out, LZ4F_HEADER_SIZE_MAX, [&](std::uint8_t* to, std::size_t room) {
        return LZ4F_compressBegin(state_, to, room, &preferences_);
      });
      if (!ok) return ok;
    }
    while (!in.empty()) {
      const base::Bytes part = in.first(std::min(in.size(), piece));
      const auto ok = put(out, LZ4F_compressBound(part.size(), &preferences_), [&](std::uint8_t* to, std::size_t room) {
        return LZ4F_compressUpdate(state_, to, room, part.data(), part.size(), nullptr);
      });
      if (!ok) return ok;
      in = in.subspan(part.size());
    }
    return {};
  }
  base::Result<> flush(base::Buffer& out) override {
    if (!open_) return {};
    return put(out, LZ4F_compressBound(0, &preferences_),
               [this](std::uint8_t* to, std::size_t room) { return LZ4F_flush(state_, to, room, nullptr); });
  }
  base::Result<> finish(base::Buffer& out) override {
    if (!std::exchange(open_, false)) return {};
    return put(out, LZ4F_compressBound(0, &preferences_),
               [this](std::uint8_t* to, std::size_t room) { return LZ4F_compressEnd(state_, to, room, nullptr); });
  }

 private:
  template <class Call>
  base::Result<> put(base::Buffer& out, std::size_t room, Call call) {
    const std::size_t made = call(out.reserve(room), room);
    if (LZ4F_isError(made) != 0) return base::fail(std::string("lz4: ") + LZ4F_getErrorName(made));
    out.commit(made);
    return {};
  }

  LZ4F_cctx* state_ = nullptr;
  LZ4F_preferences_t preferences_{};
  bool open_ = false;
};

}  // namespace

MadeInflater inflate_lz4() { return std::make_unique<Lz4Inflater>(); }

MadeDeflater deflate_lz4() {
  if (auto made = std::make_unique<Lz4Deflater>(); made->ready()) return made;
  return base::fail("lz4: out of memory");
}

}  // namespace net::codecs
