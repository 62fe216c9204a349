// Messages as BMP that a station accepts (RFC 7854 3.3): Initiation first, a Peer Up with both OPENs before what a peer
// announced, Peer Down when its session ended.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "format/bmp_peers.hh"
#include "format/format.hh"

namespace format {

// UPDATEs become Route Monitoring, in the encoding that the Peer Up before them speaks of. Reports become the BMP
// messages they came from, a change of state Peer Up and Peer Down. OPENs are kept for the Peer Up; where none was seen
// one is made up. Messages of other types have no place and write nothing, but for what they tell of a session.
//
// The peer is the message's PeerInfo or its tags, which count first. Without either, the sender of each direction is a
// peer of its own, under the BGP identifier of its OPEN.
class BmpEncoder final : public Encoder {
 public:
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
  // What is known of the peers stays, and is told again.
  void begin_stream() override;

 private:
  struct Peer {
    base::Buffer received, sent;  // OPENs that were seen, header included
    base::Buffer up_data;         // of the Peer Up that was written
    std::uint8_t up_flags = 0;    // of its per-peer header
    std::uint16_t up = 0;         // which Peer Ups stand, a bit for each of their flags
    bool made_up = false;         // an OPEN of it is ours
    bool full = false;            // and has no room for more families
    bgp::FamilySet asked;         // path ids it was to speak of; a true OPEN beside it need not offer them
    BmpContexts contexts;
    base::Address id;  // the peer's, and its AS, from its OPEN
    bgp::Asn asn = 0;
  };
  struct Call;

  Peer* find(const bgp::PeerInfo&, bgp::Direction sender);
  void initiate(Call&);
  void report(Call&);
  void peer_up(Call&, base::Bytes data);
  void peer_down(Call&, base::Bytes data);
  void state_change(Call&, base::Bytes data);
  void open(Call&);
  void notification(Call&);
  void update(Call&);
  // Writes the Peer Up if none stands, or if the one that does cannot speak of these path ids.
  void ensure_up(Call&, bgp::FamilySet path_ids);
  base::Bytes passed_on(const Call&) const;
  void closed(Call&, Peer&, std::uint8_t reason, base::Bytes data);

  static constexpr std::size_t max_peers = 16384;
  std::unordered_map<std::string, Peer> peers_;
  std::string key_;
  base::Buffer passing_[2];  // the last OPEN to the left and to the right, of a session through here
  base::Buffer initiation_;  // TLVs that a report brought
  bool started_ = false;
};

}  // namespace format
