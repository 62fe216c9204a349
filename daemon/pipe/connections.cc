// Connections come to a session and replace one another: both legs of a proxy live and die together, because the
// routers behind them negotiate end to end.
#include "net/socket.hh"
#include "pipe/session.hh"

namespace pipeline {

void Session::accept(Side side, net::Fd fd) {
  Run run(*this);
  Leg* l = leg(side);
  if (l == nullptr || stopped_ || (ending_ && state_ == State::stopping)) return;
  if (l->up()) {
    const base::Endpoint from = net::peer_endpoint(fd.get());
    if (from.address == l->remote().address)
      probe(side, std::move(fd));
    else
      emit(nullptr, "DUPLICATE", from.text() + " was turned away: " + l->remote_text() + " is connected", nullptr,
           true);
    return;
  }
  // Back-off delays dialling only.
  if (state_ == State::backoff && !held_down_ && may_hurry()) begin_attempt();
  if (state_ == State::backoff || state_ == State::failed || state_ == State::stopped) return;
  adopt(side, std::move(fd));
}

// Each call that ends a back-off makes us dial: a peer that calls and fails in a loop must not become a flood at the
// router behind us. Some in a row, and one a second.
bool Session::may_hurry() {
  constexpr base::Nanos price = base::second, credit = 10 * base::second;
  const base::Nanos now = loop_.now();
  hurried_ = std::max(hurried_, now);
  if (hurried_ - now >= credit) return false;
  hurried_ += price;
  return true;
}

void Session::connected(Side side, net::Fd fd) {
  Run run(*this);
  if (!ending_) adopt(side, std::move(fd));
}

void Session::adopt(Side side, net::Fd fd) {
  Leg* l = leg(side);
  l->adopt(std::move(fd));
  emit(&leg_stage(side), "READY", l->remote_text());
  const Leg* far = leg(other(side));
  if (far != nullptr && !far->up()) {
    set_state(State::connecting);
    return;
  }
  set_state(State::opening);
  for (const auto& each : legs_)
    if (each) each->start_reading();
  for (const auto& s : stages_) s->leg_up(side);
}

void Session::dialling() {
  retry_at_.reset();
  if (state_ == State::starting || state_ == State::waiting) set_state(State::connecting);
}

void Session::dial_failed(Side side, std::string text) {
  Run run(*this);
  fail(std::move(text), &leg_stage(side));
}

void Session::dial_later(Side side, std::string text, base::Nanos wait) {
  Run run(*this);
  if (ending_) return;
  Stage& stage = leg_stage(side);
  note_failure({.leg = pipeline::name(side), .stage = stage.identity(), .text = std::move(text)});
  retry_at_ = loop_.now() + wait;
  emit(&stage, "RETRY", told(*last_failure_), nullptr, true);
}

// A second connection of the peer whose leg is up: which of the two is alive?
void Session::probe(Side side, net::Fd fd) {
  Leg* l = leg(side);
  if (!fd || l == nullptr) return;
  const base::Nanos now = loop_.now();
  const base::Nanos hold = l->hold_time().value_or(0) * base::second;
  const base::Nanos patience = hold > 0 ? hold / 3 : 10 * base::second;
  const std::string& policy = l->duplicate_policy();
  // What is held up here is not read, so its silence says nothing about the peer.
  const bool silent = now - l->last_received() > patience && (l->reading() || !established());
  if (!l->up() || policy == "replace" || (policy == "probe" && silent)) {
    replace_leg(side, std::move(fd));
    return;
  }
  const bool first_time = probe_until_ == 0;
  if (first_time) {
    probe_heard_ = l->last_received();
    probe_until_ = now + patience;
  }
  if (policy == "refuse" || l->last_received() != probe_heard_ || now > probe_until_ + base::second) {
    probe_until_ = 0;
    emit(nullptr, "DUPLICATE", "a second connection from " + l->remote_text() + " was closed: the first is alive",
         nullptr, true);
    return;
  }
  if (!first_time && probed_) return;  // one at a time
  probed_ = std::move(fd);
  probed_side_ = side;
  probe_.start(base::second);
}

void Session::replace_leg(Side side, net::Fd fd) {
  probe_until_ = 0;
  if (ending_) return;
  note_failure({.leg = pipeline::name(side), .text = "replaced by a new connection of the same peer"});
  set_ending(EndMode::close, {}, {});
  end_attempt([this, side, held = std::make_shared<net::Fd>(std::move(fd))] {
    ++restarts_;
    begin_attempt();
    adopt(side, std::move(*held));
  });
}

}  // namespace pipeline
