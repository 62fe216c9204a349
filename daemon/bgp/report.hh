// What an archive or a monitoring station tells of a session beside the session's own messages: a change of its state
// (RFC 6396 4.4.1), or a message of BMP other than Route Monitoring (RFC 7854 4). It travels as a message of type 0,
// which BGP does not use (RFC 4271 4.1 begins at 1), through stages and formats, and is never written to a leg.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"

namespace bgp {

// The first byte of the body; the rest is the report's data.
enum class ReportKind : std::uint8_t {
  state_change = 1,  // old and new state, 2 bytes each
  // What follows the peer header of a BMP message, or its common header where it has none.
  peer_up = 2,
  peer_down = 3,
  statistics = 4,
  mirroring = 5,
  initiation = 6,
  termination = 7,
};

struct Report {
  ReportKind kind{};
  base::Bytes data;
};

// Nothing for an empty body.
std::optional<Report> parse_report(base::Bytes body) noexcept;
// Appends a whole message; data <= 65515 bytes.
void append_report(base::Buffer& out, ReportKind kind, base::Bytes data);

// "STATE_CHANGE", "PEER_UP", …, else "Report(9)"; parse takes both, in any case.
std::string name(ReportKind);
std::optional<ReportKind> parse_report_kind(std::string_view);

// RFC 6396 4.4.1: the states of RFC 4271 8.2.2; 7 and 8 are Quagga's own.
enum class PeerState : std::uint16_t {
  idle = 1,
  connect = 2,
  active = 3,
  open_sent = 4,
  open_confirm = 5,
  established = 6,
  clearing = 7,
  deleted = 8,
};
struct StateChange {
  PeerState from{}, to{};
};
// Nothing if the data has not the length of one.
std::optional<StateChange> parse_state_change(base::Bytes data) noexcept;
void append_state_change(base::Buffer& out, StateChange);  // a whole message

// "IDLE", …, "ESTABLISHED", else "State(9)"; parse takes both, in any case.
std::string name(PeerState);
std::optional<PeerState> parse_peer_state(std::string_view);

}  // namespace bgp
