// BMP (RFC 7854, 8671, 9069) into messages: what Route Monitoring holds in the context of its peer, everything else as
// reports (bgp/report.hh). Of version 4 (draft-ietf-grow-bmp-tlv) the BGP message and its stateless parsing TLVs are
// read; its other TLVs are passed over.
#pragma once

#include <span>
#include <string_view>

#include "bgp/update.hh"
#include "format/bmp_peers.hh"
#include "format/bmp_record.hh"
#include "format/format.hh"

namespace format {

// Single BMP messages; for streams of them and for containers.
class BmpReader {
 public:
  // The message is whole and its header sound. The scope names its router, the tags go with each message, the time is
  // that of messages without a peer, or 0. Nothing when it was delivered or does not concern us, else what is wrong.
  std::string_view read(base::Bytes message, std::string_view scope, std::span<const bgp::Tag> tags, Sink& sink,
                        base::Nanos time = 0);
  // Messages of types that are not known.
  std::uint64_t skipped() const noexcept { return skipped_; }

 private:
  struct Call;
  std::string_view route_monitoring(base::Bytes body, const BmpPeerHeader&, Call&);
  std::string_view tlv_monitoring(base::Bytes body, const BmpPeerHeader&, Call&);
  std::string_view deliver(base::Bytes messages, const bgp::Context&, const BmpPeerHeader&, Call&);

  BmpPeers peers_;
  bgp::UpdateIndex index_;
  bgp::Context context_;
  base::Buffer report_;
  std::vector<bgp::Tag> tags_;
  std::uint64_t skipped_ = 0;
};

class BmpDecoder final : public Decoder {
 public:
  explicit BmpDecoder(const DecoderOptions& options) : pardon_(options.pardon) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;
  std::uint64_t skipped() const noexcept override { return reader_.skipped(); }

 private:
  BmpReader reader_;
  bool pardon_;
  std::uint64_t offset_ = 0;  // of the next byte in the stream
};

}  // namespace format
