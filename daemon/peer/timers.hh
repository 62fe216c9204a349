// The timers of one BGP session: OPEN wait, hold, keepalive and send hold (RFC 4271 4.4, 6.5, 10; RFC 9687), as values
// without an event loop. Times are a clock's mono(); noting an event costs one store.
#pragma once

#include <cstdint>

#include "base/clock.hh"

namespace peer {

class Timers {
 public:
  static constexpr base::Nanos never = INT64_MAX;
  enum class Due : std::uint8_t { nothing, open_wait, hold, send_hold, keepalive };

  // open_wait bounds the time to established(); send_hold 0 is off.
  Timers(base::Nanos open_wait, base::Nanos send_hold) : open_wait_(open_wait), send_hold_(send_hold) {}

  void start(base::Nanos now);
  // Both OPENs are seen. Seconds; 0 says no hold, keepalive and send hold timer. chance: see set_interval().
  void agree(std::uint16_t hold_time, std::uint32_t chance);
  void established() { wait_until_ = never; }
  void stop();

  // Times that were told already change nothing.
  void heard(base::Nanos at) {
    if (at <= heard_at_) return;
    heard_at_ = at;
    graced_ = false;
  }
  void sent(base::Nanos now) { sent_at_ = now; }
  // Whether bytes wait that the peer does not take, and when it last took some. May be told any number of times.
  void backlog(base::Nanos now, bool waits, base::Nanos last_progress);
  void set_reading(base::Nanos now, bool reading);

  base::Nanos deadline() const;
  // What is due, the gravest first. Silence is due a second later, once, when the question comes late by a second: then
  // it is us who slept (a suspended machine, a stopped process), and what the peer sent may still wait to be read.
  Due due(base::Nanos now);
  // How long until the next KEEPALIVE: a third of the hold time, less up to a quarter by chance (uniform over all
  // values), never below a second.
  void set_interval(std::uint32_t chance);

 private:
  base::Nanos hold_deadline() const;
  base::Nanos silence_deadline() const;
  base::Nanos send_hold_deadline() const;
  base::Nanos keepalive_deadline() const;

  base::Nanos open_wait_, send_hold_;
  base::Nanos hold_ = 0;  // 0: none
  base::Nanos interval_ = 0;
  base::Nanos wait_until_ = never;
  base::Nanos heard_at_ = 0, sent_at_ = 0, progress_at_ = 0;
  bool reading_ = true, backlog_ = false, graced_ = false;
};

}  // namespace peer
