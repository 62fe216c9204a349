// The session while messages flow: runs, injections, events, back-pressure, bookkeeping.
#include "pipe/session.hh"

#include <algorithm>

#include "base/text.hh"
#include "bgp/notification.hh"
#include "bgp/route_refresh.hh"

namespace pipeline {

namespace {
// Events one session may raise in a second; a peer that breaks a rule with every prefix must not fill the log.
constexpr int events_per_second = 50;
// RFC 4724 2: an MP_UNREACH_NLRI of 3 bytes, which may have the extended length.
constexpr std::size_t longest_end_of_rib = bgp::header_size + 4 + 7;
constexpr std::size_t tap_batch = 256 << 10;
// What all subscribers of a session together may be told in a while, so that no number of them slows it down.
constexpr std::size_t tap_share = 4 << 20;
constexpr base::Nanos tap_while = 100 * base::millisecond;
}  // namespace

const char* name(State s) {
  switch (s) {
    case State::starting: return "starting";
    case State::waiting: return "waiting";
    case State::connecting: return "connecting";
    case State::opening: return "opening";
    case State::established: return "established";
    case State::running: return "running";
    case State::stopping: return "stopping";
    case State::backoff: return "backoff";
    case State::stopped: return "stopped";
    case State::failed: return "failed";
  }
  return "";
}

Session::Run::Run(Session& s) : s_(s) {
  if (s_.depth_++ == 0) s_.wall_ = s_.loop_.wall();
}

Session::Run::~Run() {
  if (s_.depth_ == 1) s_.run_ended();
  --s_.depth_;
}

void Session::carry(Line& line, const bgp::MessageView& view, std::size_t entry, bool in_read_buffer) {
  in_message_ = true;
  line.run(view, entry, in_read_buffer);
  in_message_ = false;
}

void Session::carry_later(Line& line, const bgp::MessageView& view, std::size_t entry) {
  defer([this, &line, entry, parked = std::make_shared<Parked>(view)] { carry(line, parked->view(), entry, false); });
}

void Session::receive(Line& line, const bgp::MessageView& view) {
  carry(line, view, 0, true);
  if (!ending_) settle();
}

void Session::inject(Stage& from, bgp::Direction d, const bgp::MessageView& view) {
  if (ending_) return;
  Line& l = line(d);
  l.count_injected();
  enter(l, view, l.entry_after(from.entry_[bgp::index_of(d)]));
}

void Session::pass_on(const Stage& from, bgp::Direction d, const bgp::MessageView& view) {
  if (ending_) return;
  Line& l = line(d);
  enter(l, view, l.entry_after(order_in(from, d)));
}

void Session::enter(Line& l, const bgp::MessageView& view, std::size_t entry) {
  if (in_message_) return carry_later(l, view, entry);
  Run run(*this);
  carry(l, view, entry, false);
  if (!ending_) settle();
}

void Session::settle() {
  // An action may inject, which comes here again: what is under way goes on with all that was asked for.
  if (std::exchange(settling_, true)) return;
  // What a deferred action asks for comes behind what was asked before it.
  for (std::size_t i = 0; i < deferred_.size(); ++i) {
    auto action = std::move(deferred_[i]);
    action();
  }
  deferred_.clear();
  settling_ = false;
}

void Session::run_ended() {
  do {
    settle();
    for (std::size_t i = 0; i < flushing_.size(); ++i) {
      flushing_[i]->flush_ = false;
      flushing_[i]->run_ended();
    }
    flushing_.clear();
    for (const auto& l : legs_)
      if (l) l->flush();
  } while (!deferred_.empty());
  flush_taps();
  forget_contexts();
  if (std::exchange(changed_, false)) publish();
}

int Session::order_in(const Stage& stage, bgp::Direction d) const {
  if (stage.spec().automatic) return automatic_order + stage.place_;
  return d == bgp::Direction::right ? stage.place_ : -stage.place_;
}

int Session::entry_order(const Stage& from, bgp::Direction d) const {
  const std::string& where = from.spec().common.inject;
  if (where == "first") return -automatic_order;
  if (where == "last") return automatic_order - 1;
  for (const auto& s : stages_)
    if (s->identity() == where) return order_in(*s, d);
  return order_in(from, d);
}

bool Session::wants_single_routes() const {
  return std::ranges::any_of(stages_, [](const auto& s) { return s->wants_single_routes(); });
}

bgp::Direction Session::inject_direction(const Stage& from, bgp::Direction wanted) const {
  const StageSpec& s = from.spec();
  if (s.left && s.right) {
    if (wanted != bgp::Direction::none) return wanted;
    const auto own = spec_->own_stages();
    return !own.empty() && own.back().identity == from.identity() ? bgp::Direction::left : bgp::Direction::right;
  }
  return s.left ? bgp::Direction::left : bgp::Direction::right;
}

const bgp::Context* Session::intern(const bgp::Context& c) { return &*contexts_.insert(c).first; }

void Session::forget_contexts() {
  constexpr std::size_t enough = 16;
  if (contexts_.size() <= enough) return;
  std::erase_if(contexts_, [this](const bgp::Context& c) {
    return std::ranges::none_of(legs_,
                                [&](const auto& l) { return l && (l->context().in == &c || l->context().out == &c); });
  });
}

bool Session::contexts_agree(bgp::Direction d) const {
  const auto& from = legs_[d == bgp::Direction::right ? 0 : 1];
  const auto& to = legs_[d == bgp::Direction::right ? 1 : 0];
  return from && to && *from->context().in == *to->context().out;
}

void Session::contexts_changed() {
  left_.update_attention();
  right_.update_attention();
  changed_ = true;
}

// Bookkeeping on what has survived all stages, before it is written: an OPEN settles contexts that the next message
// needs.
void Session::passing(Message& m) {
  if (m.type() != bgp::MsgType::open) return;
  Leg* out = line(m.direction()).output();
  if (out == nullptr) return;
  if (const auto offer = bgp::parse_offer(m.wire().subspan(bgp::header_size))) out->open_written(*offer);
}

void Session::passed(const Message& m) {
  const std::size_t i = bgp::index_of(m.direction());
  const TypeMask before = passed_types_[i];
  passed_types_[i] |= bit(m.type());
  if (m.type() == bgp::MsgType::notification) note_notification(m);
  if (m.type() == bgp::MsgType::update && m.wire().size() <= longest_end_of_rib) note_end_of_rib(m, i);
  if (before != passed_types_[i]) check_established();
  if (!taps_.empty()) tell_taps(m);
}

void Session::tell_taps(const Message& m) {
  if (loop_.now() - tap_window_ >= tap_while) tap_window_ = loop_.now(), tapped_bytes_ = 0;
  for (Tap& t : taps_) {
    if (t.only != bgp::Direction::none && t.only != m.direction()) continue;
    // One run may bring more than a subscriber can be given at once.
    if (t.text.size() >= tap_batch || tapped_bytes_ >= tap_share) {
      ++t.lost;
      continue;
    }
    const std::size_t before = t.text.size();
    t.encoder(m.view(), t.text);
    tapped_bytes_ += t.text.size() - before;
    ++t.messages;
  }
}

void Session::note_notification(const Message& m) {
  const auto n = bgp::parse_notification(m.wire().subspan(bgp::header_size));
  if (!n) return;
  // It came from the leg that feeds this line, if there is one.
  const Side from = m.direction() == bgp::Direction::right ? Side::left : Side::right;
  const NotificationStatus status{n->code, n->subcode, bgp::name(n->code, n->subcode),
                                  std::string(bgp::shutdown_text(*n).value_or("")), leg(from) == nullptr};
  if (Leg* l = leg(from)) l->note_notification(status);
  if (leg(from) == nullptr && leg(other(from)) != nullptr) leg(other(from))->note_notification(status);
  emit(nullptr, "NOTIFICATION", std::string(pipeline::name(from)) + ": " + bgp::text(*n), &m, true);
}

void Session::note_end_of_rib(const Message& m, std::size_t line_index) {
  bgp::UpdateIndex index;
  if (!index.parse(m.wire().subspan(bgp::header_size))) return;
  const auto family = index.end_of_rib();
  if (!family || end_of_rib_[line_index].size() > 64 || !end_of_rib_[line_index].insert(*family).second) return;
  emit(nullptr, "EOR", bgp::name(*family), &m);
}

void Session::check_established() {
  const TypeMask both = bit(bgp::MsgType::open) | bit(bgp::MsgType::keepalive);
  if (state_ != State::opening || (passed_types_[0] & both) != both || (passed_types_[1] & both) != both) return;
  set_state(State::established);
  established_at_ = loop_.now();
  for (const auto& l : legs_)
    if (l) defer([leg = l.get()] { leg->release_held(); });
  emit(nullptr, "ESTABLISHED", {});
}

void Session::emit(const Stage* from, std::string_view event_name, std::string text, const Message* m, bool problem,
                   std::string_view alias, std::uint8_t cease, bool decisive) {
  Event e;
  e.time = loop_.wall();
  e.pipeline = spec_->name;
  e.session = id_;
  if (from != nullptr) e.stage = from->identity();
  e.name = from != nullptr ? from->identity() + "/" + std::string(event_name) : std::string(event_name);
  if (!alias.empty() && from != nullptr) e.alias = from->identity() + "/" + std::string(alias);
  if (m != nullptr) {
    e.direction = m->direction();
    e.seq = m->seq();
    if (const Leg* l = leg(m->direction() == bgp::Direction::right ? Side::left : Side::right))
      e.peer = l->remote_text();
  }
  e.problem = problem;
  e.decisive = decisive;
  e.cease = cease;
  e.text = std::move(text);
  // While a session is down, why it is matters more.
  if (from != nullptr && event_name == "FAILED" && state_ != State::backoff && state_ != State::failed)
    note_failure({.stage = e.stage, .text = e.text});

  for (const KillRule& k : spec_->kill)
    if (matches(k.event, e) && !ending_ && !finishing_) {
      kill(k, e);
      break;
    }
  const base::Nanos now = loop_.now();
  if (now - event_window_ >= base::second) event_window_ = now, events_in_window_ = 0;
  // What happens to the session itself is rare, and always told, as is why it ends.
  const bool of_messages = !decisive && (from != nullptr || m != nullptr || event_name == "DUPLICATE");
  if (of_messages && ++events_in_window_ > events_per_second)
    ++events_suppressed_;
  else
    host_.event(e);
  if (listens_) defer([this, e = std::move(e)] { deliver_event(e); });
}

void Session::parse_problem(const Message& m, std::string text) { emit(nullptr, "PARSE", std::move(text), &m, true); }

void Session::block(bgp::Direction d, const void* who) {
  auto& b = blockers_[bgp::index_of(d)];
  if (std::ranges::find(b, who) == b.end()) b.push_back(who);
  update_sources(d);
}

void Session::unblock(bgp::Direction d, const void* who) {
  std::erase(blockers_[bgp::index_of(d)], who);
  update_sources(d);
}

bool Session::blocked(bgp::Direction d) const { return !blockers_[bgp::index_of(d)].empty(); }

void Session::update_sources(bgp::Direction d) {
  // A source stops when somebody behind its entry cannot take more; a leg's output is behind all of them.
  int reach = -2 * automatic_order;
  for (const void* who : blockers_[bgp::index_of(d)]) {
    const auto at = std::ranges::find_if(stages_, [&](const auto& s) { return s.get() == who; });
    reach = std::max(reach, at == stages_.end() ? 2 * automatic_order : order_in(**at, d));
  }
  if (Leg* source = leg(d == bgp::Direction::right ? Side::left : Side::right))
    source->set_blocked(reach > -2 * automatic_order);
  for (const auto& s : stages_) {
    if (!s->spec().kind->producer || !(d == bgp::Direction::left ? s->spec().left : s->spec().right)) continue;
    entry_order(*s, d) < reach ? s->pause(d) : s->resume(d);
  }
}

bool Session::ask_for_routes(bgp::Direction d) {
  Leg* from = leg(d == bgp::Direction::right ? Side::left : Side::right);
  if (from == nullptr || !from->up() || !from->received() || !from->written()) return false;
  if (!from->received()->route_refresh || !from->written()->route_refresh) return false;
  for (const bgp::Family f : bgp::common_families(*from->received(), *from->written())) {
    base::Buffer body;
    bgp::encode(body, bgp::RouteRefresh{.family = f});
    base::Buffer message;
    bgp::append_message(message, bgp::MsgType::route_refresh, body);
    from->append_copy(message.view());
  }
  return true;
}

base::Nanos Session::max_stall() const {
  // A peer that offers a short hold time must not make a stage look hung that merely works: the legs keep the session
  // up meanwhile.
  constexpr base::Nanos least_stall = 10 * base::second;
  if (spec_->options.max_stall.nanos > 0) return spec_->options.max_stall.nanos;
  base::Nanos least = 0;
  for (const auto& l : legs_)
    if (const auto hold = l ? l->hold_time() : std::nullopt; hold && *hold > 0)
      least = least == 0 ? *hold * base::second : std::min(least, *hold * base::second);
  return least == 0 ? 30 * base::second : std::max(least / 3, least_stall);
}

void Session::add_tap(std::uint64_t tap, bgp::Direction only, TapEncoder encoder) {
  taps_.push_back({.id = tap, .only = only, .encoder = std::move(encoder)});
  contexts_changed();
}

void Session::remove_tap(std::uint64_t tap) {
  std::erase_if(taps_, [&](const Tap& t) { return t.id == tap; });
  contexts_changed();
}

void Session::flush_taps() {
  for (Tap& t : taps_) {
    if (t.text.empty()) continue;
    if (host_.tapped(t.id, std::string(t.text.text()), t.lost))
      t.lost = 0;
    else
      t.lost += t.messages;
    t.text.clear();
    t.messages = 0;
  }
}

void Session::tick() {
  Run run(*this);
  const base::Nanos now = loop_.now();
  // A loop that was late itself has not read yet what came meanwhile: silence is judged at the next tick.
  const bool late = now - std::exchange(ticked_, now) > late_tick;
  if (state_ == State::established && has_legs()) {
    const bool proxy = legs_[0] && legs_[1];
    for (const auto& l : legs_) {
      if (!l || ending_) continue;
      if (proxy && !late)
        if (auto why = l->overdue(now)) {
          leg_overdue(l->side(), std::move(*why));
          break;
        }
      const auto feeding = l->side() == Side::right ? bgp::Direction::right : bgp::Direction::left;
      if (proxy && blocked(feeding)) l->keep_alive(now);
    }
  }
  if (state_ == State::opening && now - since_ > open_wait)
    fail("no BGP session after " + base::duration_human(open_wait));
  if (const auto more = events_suppressed_ - std::exchange(suppressed_told_, events_suppressed_); more != 0)
    emit(nullptr, "SUPPRESSED", std::to_string(more) + " events came too fast to be told", nullptr, true);
  publish();
}

SessionStatus Session::status() const {
  SessionStatus s{.id = id_, .worker = worker_, .peer = peer_, .state = state_, .since = since_};
  s.established_at = established_at_;
  s.restarts = restarts_;
  s.last_failure = last_failure_;
  s.retry_at = retry_at_;
  s.held_down = held_down_ && (state_ == State::backoff || state_ == State::failed);
  for (const auto& l : legs_)
    if (l) s.legs.push_back(l->status());
  for (const Line* l : {&right_, &left_}) {
    s.lines.push_back(l->status());
    s.lines.back().held = blocked(l->direction());
  }
  for (const auto& stage : stages_) {
    StageStatus d{.name = stage->identity(), .kind = std::string(stage->spec().kind->name)};
    stage->describe(d);
    s.stages.push_back(std::move(d));
  }
  s.events_suppressed = events_suppressed_;
  s.malformed = malformed_.kept();
  return s;
}

std::string Session::peer() const {
  if (!peer_.empty()) return peer_;
  for (const auto& l : legs_)
    if (l && l->up() && !l->remote().address.empty()) return l->remote().address.text();
  return "none";
}

void Session::publish() { host_.publish(status()); }

void Session::set_state(State s) {
  if (state_ == s) return;
  state_ = s;
  since_ = loop_.now();
  left_.update_attention();
  right_.update_attention();
  changed_ = true;
}

}  // namespace pipeline
