// MRT archives of BGP messages (RFC 6396 4.4, RFC 8050): BGP4MP and BGP4MP_ET records into messages that view the given
// bytes. Other records are counted and passed over.
#pragma once

#include <deque>
#include <string_view>
#include <unordered_map>

#include "format/format.hh"
#include "format/mrt_record.hh"

namespace format {

class MrtDecoder final : public Decoder {
 public:
  explicit MrtDecoder(const DecoderOptions& options) : pardon_(options.pardon) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;

  // Records of other types and subtypes.
  std::uint64_t skipped() const noexcept { return skipped_; }

 private:
  // Nothing when it was delivered or does not concern us, else what is wrong.
  std::string_view record(const MrtHeader& h, base::Bytes body, Sink& sink);
  const bgp::PeerInfo* intern(const MrtPeerHead& head);

  // Peers live as long as the decoder, unless there are absurdly many: then the last one is valid during the call only.
  static constexpr std::size_t max_peers = 65536;
  std::unordered_map<std::string_view, const bgp::PeerInfo*> by_bytes_;
  std::deque<std::string> keys_;
  std::deque<bgp::PeerInfo> peers_;
  bgp::PeerInfo spare_;
  std::string_view last_key_;
  const bgp::PeerInfo* last_ = nullptr;

  bool pardon_;
  std::uint64_t skipped_ = 0;
  std::uint64_t offset_ = 0;  // of the next byte in the stream
};

}  // namespace format
