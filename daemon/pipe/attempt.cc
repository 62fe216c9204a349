// Attempts: how one begins, ends, and what comes next; how the whole session stops.
#include <algorithm>
#include <random>

#include "net/linger.hh"
#include "pipe/session.hh"

namespace pipeline {

namespace {
double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<>{0, 1}(generator);
}
}  // namespace

void Session::start() {
  Run run(*this);
  if (finishing_) {
    start_again_ = true;
    return;
  }
  // One that is up, or on its way, has nothing to start.
  if (built_ && state_ != State::backoff && state_ != State::failed) return;
  stopped_ = held_down_ = false;
  if (!built_) {
    if (auto ok = build(); !ok) {
      note_failure({.text = ok.error().text});
      emit(nullptr, "FAILED", ok.error().text, nullptr, true);
      unwire();
      stages_.clear();
      after_failure();
      return;
    }
  }
  begin_attempt();
}

void Session::begin_attempt() {
  if (!built_) {
    start();
    return;
  }
  backoff_.stop();
  retry_at_.reset();
  ending_ = false;
  established_at_.reset();
  passed_types_ = {};
  end_of_rib_ = {};
  ended_sources_.clear();
  for (const auto& l : legs_)
    if (l) l->reset();
  const bool listening =
      std::ranges::any_of(spec_->stages, [](const StageSpec& s) { return s.kind->listen != nullptr; });
  set_state(!has_legs() ? State::running : listening ? State::waiting : State::starting);
  for (const auto& s : stages_) {
    // One that came with a reload and could not be prepared then.
    if (!s->prepared_ && !ending_)
      if (auto ok = prepare(*s); !ok) fail(ok.error().text);
    if (wait_events(s->spec()).empty() && !ending_) begin_stage(*s);
  }
  emit(nullptr, "START", {});
}

void Session::begin_stage(Stage& s) {
  s.begun_ = true;
  left_.set_running(s, true);
  right_.set_running(s, true);
  if (auto ok = s.begin(); !ok) fail(ok.error().text, &s);
}

void Session::deliver_event(const Event& e) {
  for (const auto& s : stages_) {
    if (ending_) return;
    const auto events = wait_events(s->spec());
    if (!s->begun_ && std::ranges::any_of(events, [&](const std::string& p) { return matches(p, e); })) begin_stage(*s);
    s->event(e);
  }
}

// What was asked for before is carried out first; what was gathered is written by close_legs.
void Session::end_attempt(std::function<void()> next) {
  defer([this, next = std::move(next)] {
    close_legs();
    for (const auto& s : stages_) {
      s->end();
      s->begun_ = false;
      left_.set_running(*s, false);
      right_.set_running(*s, false);
    }
    for (const auto& s : retired_) s->end();
    for (auto& b : blockers_) b.clear();
    update_sources(bgp::Direction::left);
    update_sources(bgp::Direction::right);
    next();
  });
}

void Session::close_legs() {
  probe_.stop();
  probed_ = {};
  probe_until_ = 0;
  for (const auto& l : legs_) {
    if (!l || !l->up()) continue;
    auto stream = l->release(farewell_[l->side() == Side::left ? 0 : 1].view());
    if (end_mode_ == EndMode::abort)
      stream->abort();
    else
      net::linger(std::move(stream), l->closed_timeout());
  }
}

void Session::after_failure() {
  const bool long_lived = established_at_ && loop_.now() - *established_at_ >= spec_->restart.reset_after.nanos;
  if (long_lived) delay_ = 0;
  established_at_.reset();
  held_down_ = false;
  if (spec_->restart.policy == "never") {
    set_state(State::failed);
    host_.ended(id_, true);
    return;
  }
  back_off();
}

void Session::back_off() {
  delay_ = delay_ == 0 ? spec_->restart.min_delay.nanos : std::min(delay_ * 2, spec_->restart.max_delay.nanos);
  const auto wait =
      delay_ + static_cast<base::Nanos>(static_cast<double>(delay_) * spec_->restart.jitter * random_share());
  ++restarts_;
  retry_at_ = loop_.now() + wait;
  set_state(State::backoff);
  backoff_.start(wait);
}

void Session::after_kill(std::optional<base::Nanos> retry) {
  established_at_.reset();
  held_down_ = true;
  if (!retry) {
    set_state(State::failed);
    publish();  // before it is told that it ended
    host_.ended(id_, true);
    return;
  }
  ++restarts_;
  retry_at_ = loop_.now() + *retry;
  set_state(State::backoff);
  backoff_.start(*retry);
}

void Session::stop(EndMode mode, std::uint8_t subcode, std::string text, std::function<void()> done) {
  Run run(*this);
  backoff_.stop();
  retry_at_.reset();
  stopped_ = true;
  start_again_ = false;
  set_state(State::stopping);
  if (finishing_) {
    when_finished_.push_back(std::move(done));
    return;
  }
  const bool cease_it = mode == EndMode::cease;
  set_ending(mode, cease_it ? cease(Side::left, subcode, text) : base::Buffer{},
             cease_it ? cease(Side::right, subcode, text) : base::Buffer{});
  end_attempt([this, done = std::move(done)]() mutable { finish_all(std::move(done)); });
}

// Stages deliver what they keep, in order along the pipeline, and are gone then.
void Session::finish_all(std::function<void()> done) {
  finishing_ = true;
  finish_failed_ = false;
  when_finished_.push_back(std::move(done));
  finish_from(0, [this] {
    finishing_ = false;
    ending_ = true;
    built_ = false;
    unwire();
    established_at_.reset();
    set_state(State::stopped);
    publish();  // with what the stages counted
    flushing_.clear();
    stages_.clear();
    for (const auto& tell : std::exchange(when_finished_, {})) tell();
    if (std::exchange(start_again_, false)) defer([this] { start(); });
  });
}

void Session::restart(EndMode mode, std::uint8_t subcode, std::string text) {
  Run run(*this);
  stop(mode, subcode, std::move(text), [this] {
    ++restarts_;
    delay_ = 0;
  });
  start_again_ = true;
}

void Session::finish_from(std::size_t index, std::function<void()> done) {
  if (index == stages_.size()) {
    done();
    return;
  }
  stages_[index]->finish([this, index, done = std::move(done)] {
    Run run(*this);
    defer([this, index, done] { finish_from(index + 1, done); });
  });
}

// All there was has been read and delivered, or not.
void Session::after_batch() {
  const bool again = spec_->restart.policy == "always" || (spec_->restart.policy == "on-failure" && finish_failed_);
  if (!again || stopped_) {
    host_.ended(id_, finish_failed_);
    return;
  }
  if (!finish_failed_) delay_ = 0;
  back_off();
}

void Session::source_ended(Stage& stage) {
  Run run(*this);
  ended_sources_.insert(&stage);
  if (has_legs() || ending_) return;
  const bool all = std::ranges::all_of(
      stages_, [&](const auto& s) { return !s->spec().kind->ends || ended_sources_.contains(s.get()); });
  if (!all) return;
  set_state(State::stopping);
  defer([this] { finish_all([this] { after_batch(); }); });
}

}  // namespace pipeline
