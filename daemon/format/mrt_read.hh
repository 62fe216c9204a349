// MRT archives (RFC 6396, RFC 8050) into messages. Those of BGP4MP view the given bytes; changes of state become
// reports (bgp/report.hh), routes of table dumps UPDATEs. Records of other types are counted and passed over. With
// pardon, a record whose length leads nowhere is passed over up to the next header that leads to another one.
#pragma once

#include <vector>

#include "format/format.hh"
#include "format/mrt_bundle.hh"
#include "format/mrt_peers.hh"
#include "format/mrt_record.hh"
#include "format/mrt_route.hh"

namespace format {

class MrtDecoder final : public Decoder {
 public:
  explicit MrtDecoder(const DecoderOptions& options) : pardon_(options.pardon), bundle_(options.bundle) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;
  void flush(Sink& sink) override { bundles_.flush(sink); }

  std::uint64_t skipped() const noexcept override { return skipped_; }

 private:
  using Wrong = std::string_view;  // what is wrong; empty if nothing is
  std::unexpected<base::Error> bad_record(std::string_view what, Sink& sink);
  std::size_t seek(base::Bytes data, bool all, Sink& sink);
  Wrong record(const MrtHeader& h, base::Bytes body, Sink& sink);
  void pass(const bgp::MessageView& m, Sink& sink);
  Wrong bgp4mp(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink);
  Wrong state_change(base::Bytes data, bgp::MessageView& m, Sink& sink);
  Wrong old_bgp(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink);
  Wrong table_dump(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink);
  Wrong peer_index(base::Bytes body, Sink& sink);
  Wrong rib(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink);
  Wrong route(const TableRoute& r, bool peer_stays, bgp::MessageView& m, Sink& sink);
  const bgp::PeerInfo* peer_of(const MrtPeerHead& head) {
    return peers_.get(head.bytes, [&] { return head.info(); });
  }

  // The bytes of a head say of what kind it is for the peers of BGP4MP; the others have sizes of their own.
  MrtPeers peers_, old_peers_, table_peers_;
  std::vector<bgp::PeerInfo> index_;  // of TABLE_DUMP_V2
  bool has_index_ = false;
  base::Buffer made_;  // a message that is not in the archive as such
  RouteMessage route_;
  RouteBundles bundles_;

  bool pardon_, bundle_;
  std::uint64_t skipped_ = 0;
  std::uint64_t offset_ = 0;              // of the next byte in the stream
  std::optional<std::uint32_t> seconds_;  // of the last sound record
  std::optional<Gap> gap_;                // while the next header is looked for
};

}  // namespace format
