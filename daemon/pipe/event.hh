// Something that happened in a session. A value: crosses threads whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "bgp/notification.hh"
#include "bgp/types.hh"

namespace pipeline {

struct Event {
  std::uint64_t number = 0;  // given by the supervisor, 1..
  base::Nanos time = 0;      // wall
  std::string pipeline;
  std::uint32_t session = 0;
  std::string stage;  // identity, or empty for events of the session itself
  std::string name;   // "ESTABLISHED", "limit/session"
  std::string alias;  // an older name that --kill, --wait and --events take too
  std::string peer;
  bgp::Direction direction{};
  std::uint64_t seq = 0;  // of the message concerned, or 0
  bool problem = false;   // something an operator should look at
  bool decisive = false;  // why the session ends: told however many came before it
  // Of the Cease where a rule ends the session because of it (RFC 4486).
  std::uint8_t cease = bgp::notify::cease_subcode::shutdown;
  std::string text;
};

struct EventHelp {
  std::string_view name, help;
  std::string_view alias = {};  // an older name
};
// The events that a session tells of itself; those of a stage stand with its kind.
std::span<const EventHelp> session_events();

// Whether an option's event pattern ("limit/*", "ESTABLISHED", "listen") means this event. A bare lower-case word is a
// stage's READY event.
bool matches(const std::string& pattern, const Event&);

}  // namespace pipeline
