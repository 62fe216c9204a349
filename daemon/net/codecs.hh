// What each codec_NAME.cc gives to Inflater::make and Deflater::make.
#pragma once

#include <algorithm>
#include <cstdint>

#include "net/compress.hh"

namespace net::codecs {

// A decoder of one member at a time: Inflater's rules for what stands between members, over two steps.
class MemberInflater : public Inflater {
 public:
  bool at_end() const override { return !inside_; }

 protected:
  struct Step {
    std::size_t used = 0, made = 0;
    bool ended = false;  // a member ended behind `used`
  };
  explicit MemberInflater(Codec codec) : Inflater(codec), codec_(codec) {}
  virtual base::Result<> begin() = 0;
  virtual base::Result<Step> step(base::Bytes in, std::uint8_t* out, std::size_t room) = 0;
  bool inside() const { return inside_; }

 private:
  base::Result<> advance(base::Bytes& in, base::Buffer& out, std::size_t room) final;
  bool skip_padding(base::Bytes& in);
  Codec codec_;
  bool inside_ = false, padding_ = false;
  std::uint64_t members_ = 0;
};

using MadeInflater = base::Result<std::unique_ptr<Inflater>>;
using MadeDeflater = base::Result<std::unique_ptr<Deflater>>;

MadeInflater inflate_gzip();
MadeInflater inflate_bzip2();
MadeInflater inflate_zstd();
MadeInflater inflate_xz();
MadeInflater inflate_lz4();
MadeDeflater deflate_gzip();
MadeDeflater deflate_bzip2();
MadeDeflater deflate_zstd();
MadeDeflater deflate_xz();
MadeDeflater deflate_lz4();

// The most memory that data may ask for to be decompressed: xz -9 and zstd -19 need 65 and 8 MiB.
inline constexpr std::size_t memory_limit = std::size_t{128} << 20;
inline constexpr std::size_t piece = std::size_t{64} << 10;  // output room offered at a time

// The C libraries count in 32 bits and take input that is not const.
constexpr std::size_t max_call = std::size_t{1} << 30;
inline std::uint32_t clamp(std::size_t n) { return static_cast<std::uint32_t>(std::min(n, max_call)); }
inline std::uint8_t* loose(base::Bytes in) { return const_cast<std::uint8_t*>(in.data()); }

}  // namespace net::codecs
