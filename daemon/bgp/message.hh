// One message as formats see it: its bytes, how to read them, and what travels beside them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/ip.hh"
#include "bgp/context.hh"
#include "bgp/types.hh"

namespace bgp {

// Key and value that travel with a message and never reach the wire.
struct Tag {
  std::string key, value;
};

// Whom an archive or a monitoring station says the message came from; shown as the tags INTERFACE, LOCAL_AS, LOCAL_IP,
// PEER_AS, PEER_FLAGS, PEER_ID, PEER_IP, PEER_RD and PEER_TYPE.
struct PeerInfo {
  base::Address peer_ip, local_ip;
  Asn peer_as = 0, local_as = 0;
  std::uint16_t interface = 0;
  base::Address id;  // BGP identifier; empty or zero when not given
  // Of the peer header of BMP (RFC 7854 4.2, RFC 9069 4.2): 0 is a global instance peer.
  std::uint8_t type = 0, flags = 0;
  std::uint64_t distinguisher = 0;
  auto operator<=>(const PeerInfo&) const = default;
};

// The kind of archive record that a message was read from; formats that name it print it.
enum class Record : std::uint8_t { none, bgp4mp, bgp4mp_et, bgp4mp_entry, bgp, table_dump, table_dump_v2, bmp };

class UpdateIndex;

// Borrowed, valid during one call.
struct MessageView {
  Direction direction{};
  std::uint64_t seq = 0;  // 1.. within its line; 0 not given
  base::Nanos time = 0;   // wall; 0 not given
  MsgType type{};
  base::Bytes wire;           // the whole message, header included
  const Context* context{};   // never null
  const PeerInfo* peer{};     // may be null
  std::span<const Tag> tags;  // keys are unique
  Record record{};
  bool local = false;           // the archive's own side sent it, to this peer (RFC 6396 4.4.5)
  base::Nanos originated = 0;   // wall; when a route of a table was learnt (RFC 6396 4.3.4); 0 not given
  const UpdateIndex* update{};  // of body(), when someone parsed it already and it was sound; else null
  base::Bytes body() const noexcept { return wire.subspan(19); }
};

// A message read from a format, in wire form of its own context; owns everything.
struct OwnedMessage {
  Direction direction{};
  std::uint64_t seq = 0;
  base::Nanos time = 0;
  base::Buffer wire;  // header included; its type is in it
  Context context;
  std::vector<Tag> tags;

  // Of a whole message; good as long as nothing here changes.
  MessageView view() const noexcept {
    return {.direction = direction,
            .seq = seq,
            .time = time,
            .type = static_cast<MsgType>(wire.view()[18]),
            .wire = wire.view(),
            .context = &context,
            .tags = tags};
  }
};

}  // namespace bgp
