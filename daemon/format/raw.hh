// BGP messages back to back, as they stand on a TCP connection.
#pragma once

#include "format/assumed_context.hh"

namespace format {

class RawDecoder final : public Decoder {
 public:
  explicit RawDecoder(const DecoderOptions& options) : context_(options), pardon_(options.pardon) {}
  // With pardon, bytes up to the next marker are skipped, once counted.
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;

 private:
  void found(std::uint64_t offset, Sink& sink);

  AssumedContext context_;
  bool pardon_;
  std::uint64_t offset_ = 0;  // of the next byte in the stream
  std::optional<Gap> gap_;    // while the next marker is looked for
};

class RawEncoder final : public Encoder {
 public:
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
  std::string_view leaves_out() const override { return "times, directions, peers and tags"; }
};

}  // namespace format
