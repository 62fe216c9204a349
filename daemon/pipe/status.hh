// What a session tells the world about itself: values, published by its worker, read by the control API.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hh"
#include "bgp/types.hh"
#include "pipe/malformed.hh"

namespace pipeline {

enum class State : std::uint8_t {
  starting,
  waiting,
  connecting,
  opening,
  established,
  running,
  stopping,
  backoff,
  stopped,
  failed
};
const char* name(State);  // running: a pipeline without legs

enum class Side : std::uint8_t { left, right };
inline const char* name(Side s) { return s == Side::left ? "left" : "right"; }
// The end that feeds a line.
inline Side source_of(bgp::Direction d) { return d == bgp::Direction::right ? Side::left : Side::right; }
inline Side other(Side s) { return s == Side::left ? Side::right : Side::left; }

struct NotificationStatus {
  std::uint8_t code = 0, subcode = 0;
  std::string name, text;
  bool sent = false;  // by us; else received
};

struct LegStatus {
  Side side{};
  std::string stage;  // identity
  State state{};
  std::string local, remote;
  bgp::Asn asn = 0;  // the peer's, from its OPEN
  std::string bgp_id;
  std::optional<int> hold_time;  // agreed, seconds
  std::uint64_t messages_in = 0, messages_out = 0, bytes_in = 0, bytes_out = 0, pending = 0;
  std::optional<NotificationStatus> notification;
};

struct LineStatus {
  bgp::Direction direction{};
  std::uint64_t messages = 0, bytes = 0, updates = 0, dropped = 0, injected = 0;
  // UPDATEs that were not sound, those of them that were repaired, and sound ones with an attribute that is not wanted.
  std::uint64_t malformed = 0, repaired = 0, unwanted = 0;
  bool held = false;
};

struct StageStatus {
  std::string name, kind, state, text;
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};

// Why an attempt ended, or what a stage could not do.
struct Failure {
  base::Nanos at = 0;  // wall
  std::string leg;     // "left", "right" or empty
  std::string stage;
  std::string peer;
  std::string state;  // the session's when it happened
  std::string text;
  std::optional<NotificationStatus> notification;
};
// For the log: which leg, whose, or which stage, and why.
std::string told(const Failure&);

struct SessionStatus {
  std::uint32_t id = 0;
  unsigned worker = 0;
  std::string peer;  // the address it is for, where a pipeline has a session for each
  State state{};
  base::Nanos since = 0;                      // mono: when the state was entered
  std::optional<base::Nanos> established_at;  // mono
  std::uint64_t restarts = 0;
  std::optional<Failure> last_failure;
  std::optional<base::Nanos> retry_at;  // mono
  bool held_down = false;               // after a kill: calls are turned away until it is over
  std::vector<LegStatus> legs;
  std::vector<LineStatus> lines;
  std::vector<StageStatus> stages;
  std::uint64_t events_suppressed = 0;
  std::vector<std::shared_ptr<const Malformed>> malformed;  // the last ones, oldest first
};

}  // namespace pipeline
