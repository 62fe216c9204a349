#include "net/codecs.hh"

namespace net {

namespace {

class Copy final : public Deflater {
 public:
  base::Result<> write(base::Bytes in, base::Buffer& out) override {
    out.append(in);
    return {};
  }
  base::Result<> flush(base::Buffer&) override { return {}; }
  base::Result<> finish(base::Buffer&) override { return {}; }
};

}  // namespace

base::Result<std::unique_ptr<Deflater>> Deflater::make(Codec codec) {
  switch (codec) {
    case Codec::none: return std::make_unique<Copy>();
    case Codec::gzip: return codecs::deflate_gzip();
    case Codec::bzip2: return codecs::deflate_bzip2();
    case Codec::zstd: return codecs::deflate_zstd();
    case Codec::xz: return codecs::deflate_xz();
    case Codec::lz4: return codecs::deflate_lz4();
  }
  return base::fail("unknown compression");
}

}  // namespace net
