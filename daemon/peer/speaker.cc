#include "peer/speaker.hh"

#include <algorithm>
#include <utility>

#include "base/text.hh"
#include "bgp/check.hh"
#include "bgp/notification.hh"
#include "bgp/route_refresh.hh"

namespace peer {

namespace {

// RFC 4271 6.1.
namespace header_error {
constexpr std::uint8_t not_synchronized = 1, bad_length = 2, bad_type = 3;
}

Refusal bad_length(std::size_t length, std::string_view what) {
  Refusal refusal{bgp::notify::header, header_error::bad_length, {}, ""};
  base::Writer(refusal.data).u16(static_cast<std::uint16_t>(length));
  refusal.text = std::string(what) + " of " + std::to_string(length) + " bytes";
  return refusal;
}

Refusal bad_type(bgp::MsgType type, std::string text) {
  Refusal refusal{bgp::notify::header, header_error::bad_type, {}, std::move(text)};
  refusal.data.push(static_cast<std::uint8_t>(type));
  return refusal;
}

}  // namespace

std::string_view name(State s) {
  switch (s) {
    case State::idle: return "idle";
    case State::waiting: return "waiting";
    case State::open_sent: return "open-sent";
    case State::open_confirm: return "open-confirm";
    case State::established: return "established";
    case State::ended: return "ended";
  }
  return "";
}

std::string_view name(EndCause c) {
  switch (c) {
    case EndCause::notification_received: return "notification-received";
    case EndCause::notification_sent: return "notification-sent";
    case EndCause::hold_timer: return "hold-timer";
    case EndCause::open_wait: return "open-wait";
    case EndCause::send_hold: return "send-hold";
    case EndCause::stopped: return "stopped";
  }
  return "";
}

Speaker::Speaker(SpeakerOptions options, const base::Clock& clock, Host& host, Random random)
    : options_(std::move(options)),
      clock_(clock),
      host_(host),
      random_(std::move(random)),
      timers_(options_.open_wait, options_.send_hold) {
  // RFC 4271 4.2: zero or at least three.
  if (options_.hold == 1 || options_.hold == 2) options_.hold = 3;
}

void Speaker::start() {
  if (state_ != State::idle) return;
  timers_.start(clock_.mono());
  state_ = State::waiting;
  if (options_.active && options_.asn && send_open()) state_ = State::open_sent;
}

void Speaker::receive(bgp::MsgType type, base::Bytes body) {
  if (state_ == State::idle || state_ == State::ended) return;
  const std::size_t length = body.size() + bgp::header_size;
  if (length > message_limit() || !bgp::length_fits_type(type, static_cast<std::uint16_t>(length))) {
    // RFC 4271 6.4: an error in a NOTIFICATION is not answered.
    if (type == bgp::MsgType::notification) return on_notification(body);
    return refuse(bad_length(length, bgp::name(type)));
  }
  timers_.heard(clock_.mono());
  switch (type) {
    case bgp::MsgType::open: return on_open(body);
    case bgp::MsgType::keepalive: return on_keepalive();
    case bgp::MsgType::update: return on_update(body);
    case bgp::MsgType::notification: return on_notification(body);
    case bgp::MsgType::route_refresh: return on_route_refresh(body);
    case bgp::MsgType::report: break;
  }
  refuse(bad_type(type, "message of unknown type " + std::to_string(static_cast<unsigned>(type))));
}

void Speaker::receive_bad_frame(const bgp::Frame& frame) {
  if (state_ == State::idle || state_ == State::ended) return;
  if (frame.status == bgp::FrameStatus::bad_length) return refuse(bad_length(frame.length, "message"));
  refuse({bgp::notify::header, header_error::not_synchronized, {}, "no message where one should begin"});
}

void Speaker::on_open(base::Bytes body) {
  if (state_ != State::waiting && state_ != State::open_sent) return out_of_turn(bgp::MsgType::open);
  auto judged = judge_open(options_, own_ ? own_->id : options_.id, body);
  if (!judged) return refuse(std::move(judged.error()));
  remote_ = std::move(*judged);
  if (!own_ && !send_open()) return;
  state_ = State::open_confirm;
  agree();
  send_keepalive();
}

void Speaker::agree() {
  receive_context_ = bgp::negotiate(*remote_, *own_);
  send_context_ = bgp::negotiate(*own_, *remote_);
  hold_time_ = std::min(own_->hold_time, remote_->hold_time);
  timers_.agree(hold_time_, random_());
}

void Speaker::on_keepalive() {
  if (state_ == State::established) return;
  if (state_ != State::open_confirm) return out_of_turn(bgp::MsgType::keepalive);
  state_ = State::established;
  timers_.established();
  host_.established();
}

void Speaker::on_update(base::Bytes body) {
  if (state_ != State::established) return out_of_turn(bgp::MsgType::update);
  bgp::UpdateIndex index;
  (void)index.parse(body);
  judge_update(index);
}

void Speaker::receive_update(const bgp::UpdateIndex& index, bool known_sound) {
  if (state_ != State::established || index.body().size() + bgp::header_size > message_limit())
    return receive(bgp::MsgType::update, index.body());
  timers_.heard(clock_.mono());
  if (!known_sound) judge_update(index);
}

void Speaker::judge_update(const bgp::UpdateIndex& index) {
  const bgp::Rules rules{.external = own_->asn != remote_->asn};
  const auto severity = bgp::severity(index, receive_context_, rules);
  if (!severity) return;
  const std::vector<bgp::Error> errors = bgp::check(index, receive_context_, rules);
  if (*severity != bgp::Severity::session_reset) return host_.update_errors(errors);
  const auto worst = std::ranges::find(errors, *severity, &bgp::Error::severity);
  if (worst == errors.end()) return host_.update_errors(errors);
  Refusal refusal{worst->code, worst->subcode, {}, bgp::text(*worst)};
  refusal.data = bgp::notification_data(index, *worst);
  refuse(std::move(refusal));
}

void Speaker::on_notification(base::Bytes body) {
  End what{.cause = EndCause::notification_received};
  const auto n = bgp::parse_notification(body);
  if (!n) {
    what.text = "NOTIFICATION received without a code";
    return end(std::move(what));
  }
  what.code = n->code;
  what.subcode = n->subcode;
  what.data.append(n->data);
  what.hard_reset = n->code == bgp::notify::cease && n->subcode == bgp::notify::cease_subcode::hard_reset;
  what.text = "NOTIFICATION received: " + bgp::text(*n);
  end(std::move(what));
}

void Speaker::on_route_refresh(base::Bytes body) {
  if (state_ != State::established) return out_of_turn(bgp::MsgType::route_refresh);
  if (!options_.route_refresh)
    return refuse(bad_type(bgp::MsgType::route_refresh, "ROUTE-REFRESH, which was not offered"));
  const auto asked = bgp::parse_route_refresh(body);
  if (!asked) return;
  // RFC 7313 4.2, RFC 2918 4: other subtypes and families that were not agreed on are ignored.
  const auto common = bgp::common_families(*own_, *remote_);
  if (asked->subtype == bgp::refresh_subtype::request && std::ranges::find(common, asked->family) != common.end())
    host_.route_refresh(asked->family);
}

void Speaker::out_of_turn(bgp::MsgType type) {
  // RFC 6608 4: one subcode a state, the message type as data.
  const std::uint8_t subcode = state_ == State::open_sent      ? 1
                               : state_ == State::open_confirm ? 2
                               : state_ == State::established  ? 3
                                                               : 0;
  Refusal refusal{
      bgp::notify::fsm, subcode, {}, bgp::name(type) + " out of turn, in state " + std::string(name(state_))};
  refusal.data.push(static_cast<std::uint8_t>(type));
  refuse(std::move(refusal));
}

bool Speaker::send_open() {
  base::Buffer body;
  const bool fits = append_open_body(body, options_, remote_ ? &*remote_ : nullptr);
  // What is said is read back, so that both ends of the negotiation have the same form.
  auto said = bgp::parse_offer(body);
  if (!fits || !said) {
    end({.cause = EndCause::stopped, .text = "the capabilities asked for do not fit into an OPEN"});
    return false;
  }
  own_ = std::move(*said);
  base::Buffer message;
  bgp::append_message(message, bgp::MsgType::open, body);
  note_sent();
  host_.send(message);
  return true;
}

void Speaker::send_keepalive() {
  base::Buffer message;
  bgp::append_message(message, bgp::MsgType::keepalive, {});
  note_sent();
  host_.send(message);
}

void Speaker::on_time() {
  switch (timers_.due(clock_.mono())) {
    case Timers::Due::nothing: return;
    case Timers::Due::open_wait: return end_open_wait();
    case Timers::Due::hold:
      return notify_and_end(EndCause::hold_timer, bgp::notify::hold_timer, 0, {},
                            "hold timer expired: nothing heard for " + std::to_string(hold_time_) + " s");
    case Timers::Due::send_hold:
      return notify_and_end(EndCause::send_hold, bgp::notify::send_hold, 0, {},
                            "send hold timer expired: the peer takes no data");
    case Timers::Due::keepalive: timers_.set_interval(random_()); return send_keepalive();
  }
}

void Speaker::end_open_wait() {
  std::string text = "no session within " + base::duration_text(options_.open_wait) + ", in state ";
  text += name(state_);
  // Without an OPEN on the line there is nobody to notify (RFC 4271 8.1.1, SendNOTIFICATIONwithoutOPEN).
  if (state_ == State::waiting) return end({.cause = EndCause::open_wait, .text = std::move(text)});
  notify_and_end(EndCause::open_wait, bgp::notify::hold_timer, 0, {}, std::move(text));
}

void Speaker::stop(std::uint8_t cease_subcode, std::string_view text, bool hard_reset) {
  if (state_ == State::ended) return;
  End what{.cause = EndCause::stopped};
  what.text = "stopped";
  if (!text.empty()) what.text += ": " + base::printable(text);
  if (!own_) return end(std::move(what));
  const bool hard = hard_reset && remote_ && own_->n_bit && remote_->n_bit;
  base::Buffer message;
  bgp::append_cease(message, cease_subcode, text, hard);
  what.code = message.view()[bgp::header_size];
  what.subcode = message.view()[bgp::header_size + 1];
  what.data.append(message.view().subspan(bgp::header_size + 2));
  what.hard_reset = hard;
  host_.send(message);
  end(std::move(what));
}

void Speaker::refuse(Refusal refusal) {
  notify_and_end(EndCause::notification_sent, refusal.code, refusal.subcode, refusal.data,
                 "NOTIFICATION sent: " + bgp::name(refusal.code, refusal.subcode) + ": " + refusal.text);
}

void Speaker::notify_and_end(EndCause cause, std::uint8_t code, std::uint8_t subcode, base::Bytes data,
                             std::string text) {
  base::Buffer message;
  bgp::append_notification(message, code, subcode, data);
  End what{.cause = cause, .code = code, .subcode = subcode, .text = std::move(text)};
  what.data.append(data);
  host_.send(message);
  end(std::move(what));
}

void Speaker::end(End what) {
  state_ = State::ended;
  timers_.stop();
  host_.ended(std::move(what));
}

}  // namespace peer
