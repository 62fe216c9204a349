// The session from its beginning to its end: stages are made once, attempts come and go, both legs live and die
// together because the routers behind them negotiate end to end.
#include <algorithm>
#include <random>

#include "base/text.hh"
#include "bgp/notification.hh"
#include "net/linger.hh"
#include "net/socket.hh"
#include "pipe/session.hh"

namespace pipeline {

namespace {
double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<>{0, 1}(generator);
}

// For the log: which leg, whose, or which stage, and why.
std::string told(const Failure& f) {
  std::string where = f.leg.empty() ? f.stage : f.leg;
  if (!f.peer.empty() && !f.text.contains(f.peer)) where += " " + f.peer;
  return (where.empty() ? "" : where + ": ") + f.text;
}
}  // namespace

Session::Session(net::Loop& loop, SessionHost& host, std::shared_ptr<const PipelineSpec> spec, std::uint32_t id,
                 unsigned worker)
    : loop_(loop),
      host_(host),
      spec_(std::move(spec)),
      id_(id),
      worker_(worker),
      backoff_(loop,
               [this] {
                 Run run(*this);
                 begin_attempt();
               }),
      probe_(loop, [this] {
        Run run(*this);
        probe(probed_side_, std::move(probed_));
      }) {
  since_ = loop_.now();
}

Session::~Session() {
  ending_ = true;
  stages_.clear();
}

base::Result<> Session::build() {
  for (const StageSpec& s : spec_->stages) stages_.push_back(s.kind->make(*this, s));
  const auto own = spec_->own_stages();
  if (own.front().kind->leg) legs_[0] = std::make_unique<Leg>(*this, Side::left, own.front().identity);
  if (own.size() > 1 && own.back().kind->leg) legs_[1] = std::make_unique<Leg>(*this, Side::right, own.back().identity);
  wire_slots();
  for (const auto& s : stages_)
    if (auto ok = prepare(*s); !ok) return ok;
  built_ = true;
  return {};
}

base::Result<> Session::prepare(Stage& s) {
  if (auto ok = s.prepare(); !ok) return base::fail(s.identity() + ": " + ok.error().text);
  s.prepared_ = true;
  return {};
}

void Session::wire_slots() {
  for (Line* l : {&left_, &right_}) {
    const bgp::Direction d = l->direction();
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto& s = stages_[i];
      s->place_ = static_cast<int>(i);
      if (!(d == bgp::Direction::left ? s->spec().sees_left : s->spec().sees_right)) continue;
      Slot slot{.stage = s.get(), .order = order_in(*s, d), .interest = s->interest()};
      for (const Slot& old : l->slots())
        if (old.stage == slot.stage) slot = {slot.stage, slot.order, slot.interest, old.running, old.seen, old.dropped};
      slots.push_back(slot);
    }
    l->set_output(leg(d == bgp::Direction::left ? Side::left : Side::right));
    l->set_slots(std::move(slots));
  }
  for (const auto& s : stages_) {
    s->entry_[0] = entry_order(*s, bgp::Direction::left);
    s->entry_[1] = entry_order(*s, bgp::Direction::right);
  }
  listens_ =
      std::ranges::any_of(stages_, [&](const auto& s) { return s->wants_events() || !wait_events(s->spec()).empty(); });
}

std::vector<std::string> Session::wait_events(const StageSpec& s) const {
  if (!s.common.wait.empty()) {
    if (s.common.wait.size() == 1 && base::upper(s.common.wait[0]) == "START") return {};
    return s.common.wait;
  }
  // Sources must not write UPDATEs to a leg before both routers are up.
  if (s.kind->ends && has_legs()) return {"ESTABLISHED"};
  // Dialling makes sense once somebody called.
  const auto own = spec_->own_stages();
  const StageSpec& far = s.identity == own.front().identity ? own.back() : own.front();
  if (s.kind->leg && s.kind->listen == nullptr && far.kind->listen != nullptr) return {far.identity + "/READY"};
  return {};
}

void Session::start() {
  Run run(*this);
  if (finishing_) {
    start_again_ = true;
    return;
  }
  // One that is up, or on its way, has nothing to start.
  if (built_ && state_ != State::backoff && state_ != State::failed) return;
  stopped_ = false;
  if (!built_) {
    if (auto ok = build(); !ok) {
      note_failure({.text = ok.error().text});
      emit(nullptr, "FAILED", ok.error().text, nullptr, true);
      for (auto& l : legs_) l.reset();
      left_.set_slots({});
      right_.set_slots({});
      left_.set_output(nullptr);
      right_.set_output(nullptr);
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
  left_.set_running(s, true);
  right_.set_running(s, true);
  if (auto ok = s.begin(); !ok) fail(ok.error().text, &s);
}

void Session::deliver_event(const Event& e) {
  for (const auto& s : stages_) {
    if (ending_) return;
    const auto events = wait_events(s->spec());
    if (!s->begun_ && std::ranges::any_of(events, [&](const std::string& p) { return matches(p, e); })) {
      s->begun_ = true;
      begin_stage(*s);
    }
    s->event(e);
  }
}

Stage& Session::leg_stage(Side side) { return *stages_[side == Side::left ? 0 : spec_->own_stages().size() - 1]; }

Side Session::far_side(const Stage& stage) const { return stages_.front().get() == &stage ? Side::right : Side::left; }

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

void Session::dialling(Side) {
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

void Session::fail(std::string text, const Stage* stage) {
  Failure f{.stage = stage != nullptr ? stage->identity() : "", .text = std::move(text)};
  if (stage != nullptr && stage->spec().kind->leg) f.leg = pipeline::name(other(far_side(*stage)));
  fail_with(std::move(f));
}

void Session::fail_with(Failure f) {
  if (ending_ || stopped_) return;
  if (finishing_) {
    finish_failed_ = true;
    note_failure(std::move(f));
    emit(nullptr, "FAILED", told(*last_failure_), nullptr, true);
    return;
  }
  note_failure(std::move(f));
  set_ending(EndMode::close, {}, {});
  emit(nullptr, "DOWN", told(*last_failure_), nullptr, true);
  end_attempt([this] { after_failure(); });
}

void Session::leg_ended(Side side, std::string text) {
  if (ending_) return;
  // A NOTIFICATION that passed is why both legs end, whichever of them closes first.
  const Leg* far = leg(other(side));
  if (!leg(side)->notification() && far != nullptr && far->notification()) side = other(side);
  const Leg& l = *leg(side);
  Failure f{.leg = pipeline::name(side), .stage = l.stage(), .text = std::move(text)};
  f.notification = l.notification();
  if (f.notification) {
    f.text = std::string(f.notification->sent ? "sent " : "received ") + f.notification->name;
    if (!f.notification->text.empty()) f.text += ": " + f.notification->text;
  }
  fail_with(std::move(f));
}

void Session::leg_header_error(Side side, std::uint8_t subcode, base::Bytes data, std::string text) {
  leg_error(side, bgp::notify::header, subcode, data, std::move(text));
}

void Session::leg_error(Side side, std::uint8_t code, std::uint8_t subcode, base::Bytes data, std::string text) {
  if (ending_) return;
  base::Buffer n;
  bgp::append_notification(n, code, subcode, data);
  leg(side)->note_notification({code, subcode, bgp::name(code, subcode), {}, true});
  Failure f{.leg = pipeline::name(side),
            .stage = leg(side)->stage(),
            .text = std::move(text),
            .notification = leg(side)->notification()};
  fail_with(std::move(f));
  farewell_[side == Side::left ? 0 : 1] = std::move(n);
}

// How the UPDATEs behind it are encoded is then unknown, and a filter would judge something else than the router reads.
void Session::leg_open_unreadable(Side side, const bgp::Error& e) {
  if (std::ranges::none_of(stages_, [](const auto& s) { return s->spec().kind->in_path; })) return;
  leg_error(side, e.code, e.subcode, {}, "an OPEN that cannot be read: " + bgp::text(e));
}

void Session::leg_overdue(Side side, const std::string& why) {
  Failure f{.leg = pipeline::name(side), .stage = leg(side)->stage(), .text = why};
  fail_with(std::move(f));
  if (why.starts_with("hold"))
    bgp::append_notification(farewell_[side == Side::left ? 0 : 1], bgp::notify::hold_timer, 0);
  else
    end_mode_ = EndMode::abort;
}

void Session::kill(const KillRule& rule, const Event& e) {
  Failure f{.stage = e.stage, .text = "killed by " + e.name + (e.text.empty() ? "" : ": " + e.text)};
  note_failure(std::move(f));
  const auto limit = e.name.find("/session") != std::string::npos || e.alias.find("/count") != std::string::npos;
  const std::uint8_t subcode = limit ? bgp::notify::cease_subcode::max_prefixes : bgp::notify::cease_subcode::shutdown;
  set_ending(EndMode::cease, cease(Side::left, subcode, "killed by " + e.name),
             cease(Side::right, subcode, "killed by " + e.name));
  end_attempt([this, retry = rule.retry] {
    emit(nullptr, "DOWN", told(*last_failure_), nullptr, true);
    after_kill(retry);
  });
}

base::Buffer Session::cease(Side to, std::uint8_t subcode, std::string_view text) const {
  base::Buffer n;
  const Leg* l = legs_[to == Side::left ? 0 : 1].get();
  // Nobody who has not seen an OPEN of ours expects a NOTIFICATION.
  if (l == nullptr || !l->up() || !l->written()) return n;
  const bool hard = l->received() && l->received()->n_bit && l->written()->n_bit;  // RFC 8538 3
  bgp::append_cease(n, subcode, text, hard);
  return n;
}

void Session::set_ending(EndMode mode, base::Buffer to_left, base::Buffer to_right) {
  ending_ = true;
  end_mode_ = mode;
  farewell_[0] = std::move(to_left);
  farewell_[1] = std::move(to_right);
}

void Session::note_failure(Failure f) {
  f.at = loop_.wall();
  f.state = pipeline::name(state_);
  if (f.peer.empty() && !f.leg.empty())
    if (const Leg* l = leg(f.leg == "left" ? Side::left : Side::right)) f.peer = l->remote_text();
  last_failure_ = std::move(f);
  changed_ = true;
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
  if (!retry) {
    set_state(State::failed);
    host_.ended(id_, true);
    return;
  }
  held_down_ = true;
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
    for (auto& l : legs_) l.reset();
    left_.set_slots({});
    right_.set_slots({});
    left_.set_output(nullptr);
    right_.set_output(nullptr);
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

void Session::source_ended(Stage& stage) {
  Run run(*this);
  ended_sources_.insert(&stage);
  if (has_legs() || ending_) return;
  const bool all = std::ranges::all_of(
      stages_, [&](const auto& s) { return !s->spec().kind->ends || ended_sources_.contains(s.get()); });
  if (!all) return;
  set_state(State::stopping);
  defer([this] { finish_all([this] { host_.ended(id_, finish_failed_); }); });
}

void Session::apply(std::shared_ptr<const PipelineSpec> spec) {
  Run run(*this);
  spec_ = std::move(spec);
  // The stages of one that is finishing are asked in turn and go; the next life is as the specification says.
  if (!built_ || finishing_) return;
  auto old = std::exchange(stages_, {});
  std::vector<std::string> before;
  for (const auto& o : old) before.push_back(o->identity());
  for (const StageSpec& s : spec_->stages) {
    const auto at = std::ranges::find_if(
        old, [&](const auto& o) { return o && o->identity() == s.identity && o->spec().kind == s.kind; });
    if (at == old.end()) {
      stages_.push_back(s.kind->make(*this, s));
    } else if (keeps(**at, s)) {
      (*at)->spec_ = std::make_shared<const StageSpec>(s);
      stages_.push_back(std::move(*at));
    } else {
      base::Buffer state;
      (*at)->save(state);
      stages_.push_back(s.kind->make(*this, s));
      stages_.back()->restore(state.view());
    }
  }
  // What leaves drains onward from its old place, before the new stages are in the line. Until then the line knows it:
  // what is deferred, its end above all, waits.
  settling_ = true;
  for (auto& o : old)
    if (o) retire(std::move(o));
  wire_slots();
  settling_ = false;
  for (const auto& r : retired_) place_retired(*r, before);
  for (const auto& s : stages_) {
    if (s->prepared_) continue;
    if (auto ok = prepare(*s); !ok) {
      fail(ok.error().text);
      break;
    }
    if (!ending_ && (wait_events(s->spec()).empty() || established())) begin_stage(*s);
  }
  update_sources(bgp::Direction::left);
  update_sources(bgp::Direction::right);
  changed_ = true;
}

bool Session::keeps(Stage& stage, const StageSpec& now) {
  const StageSpec& was = stage.spec();
  if (was.left != now.left || was.right != now.right || was.common.inject != now.common.inject) return false;
  const auto changes = conf::differences(now.kind->options, was.options.get(), now.options.get());
  if (changes.empty()) return true;
  const bool live = std::ranges::all_of(changes, [](const conf::Option* o) { return o->cost == conf::Cost::live; });
  return live && stage.reconfigure(now.options.get());
}

void Session::retire(std::unique_ptr<Stage> stage) {
  Stage* s = stage.get();
  retired_.push_back(std::move(stage));
  ended_sources_.erase(s);
  s->finish([this, s] {
    Run run(*this);
    defer([this, s] {
      unblock(bgp::Direction::left, s);
      unblock(bgp::Direction::right, s);
      std::erase(flushing_, s);
      std::erase_if(retired_, [s](const auto& r) { return r.get() == s; });
    });
  });
}

// What it still has to say goes on behind the stages that stood before it, or behind the one that takes its place.
void Session::place_retired(Stage& stage, std::span<const std::string> before) {
  const auto place = [this](const std::string& identity) -> std::optional<int> {
    const auto at = std::ranges::find(stages_, identity, [](const auto& s) { return s->identity(); });
    return at == stages_.end() ? std::nullopt : std::optional((*at)->place_);
  };
  std::optional<int> left, right;
  bool passed = false;
  for (const std::string& identity : before) {
    const bool own = identity == stage.identity();
    passed |= own;
    const auto now = place(identity);
    if (now && (!passed || own)) left = now;
    if (now && passed && !right) right = now;
  }
  if (!passed) return;  // it left earlier
  stage.entry_[0] = -right.value_or(static_cast<int>(stages_.size()));
  stage.entry_[1] = left.value_or(-1);
}

}  // namespace pipeline
