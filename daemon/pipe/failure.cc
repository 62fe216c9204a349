// Why an attempt ends, and what is written to each leg then.
#include <algorithm>

#include "bgp/notification.hh"
#include "pipe/session.hh"

namespace pipeline {

std::string told(const Failure& f) {
  std::string where = f.leg.empty() ? f.stage : f.leg;
  if (!f.peer.empty() && !f.text.contains(f.peer)) where += " " + f.peer;
  return (where.empty() ? "" : where + ": ") + f.text;
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

// How the UPDATEs behind it are encoded is then unknown: a filter, or the setting `errors`, would judge something else
// than the router reads.
void Session::leg_open_unreadable(Side side, const bgp::Error& e) {
  if (!left_.guards() && !right_.guards()) return;
  leg_error(side, e.code, e.subcode, {}, "an OPEN that cannot be read: " + bgp::text(e));
}

// How it is encoded nobody knows.
void Session::leg_update_too_early(const Leg& l) {
  constexpr std::uint8_t open_sent = 1, open_confirm = 2;
  const auto type = static_cast<std::uint8_t>(bgp::MsgType::update);
  // Its OPEN could not be read, which mattered to nobody until the configuration changed.
  if (established())
    leg_error(l.side(), bgp::notify::cease, bgp::notify::cease_subcode::other_change, {},
              "an UPDATE whose encoding is not known, because an OPEN could not be read");
  else
    leg_error(l.side(), bgp::notify::fsm, l.received() ? open_confirm : open_sent, {&type, 1},
              "an UPDATE before both OPENs");
}

void Session::leg_overdue(Side side, Leg::Overdue why) {
  Failure f{.leg = pipeline::name(side), .stage = leg(side)->stage(), .text = std::move(why.text)};
  fail_with(std::move(f));
  if (why.timer == Leg::TimerKind::hold)
    bgp::append_notification(farewell_[side == Side::left ? 0 : 1], bgp::notify::hold_timer, 0);
  else
    end_mode_ = EndMode::abort;
}

void Session::kill(const KillRule& rule, const Event& e) {
  Failure f{.stage = e.stage, .text = "killed by " + e.name + (e.text.empty() ? "" : ": " + e.text)};
  note_failure(std::move(f));
  set_ending(EndMode::cease, cease(Side::left, e.cease, "killed by " + e.name),
             cease(Side::right, e.cease, "killed by " + e.name));
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

}  // namespace pipeline
