#include "peer/timers.hh"

#include <algorithm>

namespace peer {

void Timers::start(base::Nanos now) {
  wait_until_ = now + open_wait_;
  heard_at_ = now;
}

void Timers::agree(std::uint16_t hold_time, std::uint32_t chance) {
  hold_ = hold_time * base::second;
  set_interval(chance);
}

void Timers::stop() {
  hold_ = 0;
  wait_until_ = never;
}

void Timers::backlog(base::Nanos now, bool waits, base::Nanos last_progress) {
  // What was taken before there was a backlog says nothing about this one.
  if (waits && !backlog_) progress_at_ = now;
  progress_at_ = std::max(progress_at_, last_progress);
  backlog_ = waits;
}

void Timers::set_reading(base::Nanos now, bool reading) {
  if (reading && !reading_) {
    heard(now);
    if (wait_until_ != never) wait_until_ = now + open_wait_;
  }
  reading_ = reading;
}

void Timers::set_interval(std::uint32_t chance) {
  const base::Nanos third = hold_ / 3;
  interval_ = std::max(third - third / 4 * (chance >> 16) / 0xffff, base::second);
}

base::Nanos Timers::hold_deadline() const { return hold_ != 0 ? heard_at_ + hold_ : never; }

base::Nanos Timers::silence_deadline() const { return reading_ ? std::min(hold_deadline(), wait_until_) : never; }

base::Nanos Timers::send_hold_deadline() const {
  // RFC 9687 4: none when the hold time is zero; otherwise more than the hold time.
  if (wait_until_ != never || !backlog_ || hold_ == 0 || send_hold_ <= 0) return never;
  return progress_at_ + std::max(send_hold_, 2 * hold_);
}

base::Nanos Timers::keepalive_deadline() const { return hold_ != 0 ? sent_at_ + interval_ : never; }

base::Nanos Timers::deadline() const {
  return std::min({silence_deadline(), send_hold_deadline(), keepalive_deadline()});
}

Timers::Due Timers::due(base::Nanos now) {
  const base::Nanos silence = silence_deadline();
  if (now >= silence) {
    const base::Nanos late = now - silence;
    if (late < base::second || graced_) return hold_deadline() <= wait_until_ ? Due::hold : Due::open_wait;
    graced_ = true;
    heard_at_ += late + base::second;
    if (wait_until_ != never) wait_until_ += late + base::second;
  }
  if (now >= send_hold_deadline()) return Due::send_hold;
  if (now >= keepalive_deadline()) return Due::keepalive;
  return Due::nothing;
}

}  // namespace peer
