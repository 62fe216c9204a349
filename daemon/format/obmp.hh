// OpenBMP: BMP messages as a collector publishes them, each behind a binary header that names collector and router
// (the raw BMP object of OpenBMP's message bus specification, version 1).
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/bmp_read.hh"
#include "format/bmp_write.hh"
#include "format/format.hh"

namespace format {

// "OBMP".
bool is_obmp(base::Bytes start) noexcept;

// The messages have the tags COLLECTOR and ROUTER (its name, else its address), ROUTER_IP beside a name, and
// COLLECTOR_HASH and ROUTER_HASH in hex where they are not zero.
class ObmpDecoder final : public Decoder {
 public:
  explicit ObmpDecoder(const DecoderOptions& options) : pardon_(options.pardon) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;
  std::uint64_t skipped() const noexcept override { return reader_.skipped(); }

 private:
  std::string_view record(base::Bytes header, base::Bytes data, Sink& sink);
  bool read_header(base::Bytes header, base::Nanos& time);

  BmpReader reader_;
  std::vector<bgp::Tag> tags_;
  std::string scope_;  // the router's
  base::Buffer head_;  // the header that tags_ were made from, without its times
  bool pardon_;
  std::uint64_t offset_ = 0;  // of the next byte in the stream
};

// As BmpEncoder writes it, for each router on its own.
class ObmpEncoder final : public Encoder {
 public:
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
  void begin_stream() override;

 private:
  static constexpr std::size_t max_routers = 4096;
  std::unordered_map<std::string, std::unique_ptr<BmpEncoder>> routers_;
  base::Buffer bmp_;
};

}  // namespace format
