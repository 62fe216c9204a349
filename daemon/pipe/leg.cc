#include "pipe/leg.hh"

#include <algorithm>

#include "base/text.hh"
#include "bgp/check.hh"
#include "bgp/notification.hh"
#include "bgp/repair.hh"
#include "bgp/transcode.hh"
#include "net/socket.hh"
#include "pipe/session.hh"

namespace pipeline {

namespace {
// Output the kernel has not taken that stops the sources of the line, and what may wait for ESTABLISHED.
constexpr std::size_t high_water = 128 << 10, held_bound = 256 << 10;
// RFC 9687 3: the send hold timer is at least eight minutes, and twice the hold time.
constexpr base::Nanos least_send_hold = 480 * base::second;

bgp::Direction into(Side side) { return side == Side::left ? bgp::Direction::right : bgp::Direction::left; }
bgp::Direction towards(Side side) { return side == Side::left ? bgp::Direction::left : bgp::Direction::right; }
}  // namespace

Leg::Leg(Session& session, Side side, std::string stage) : session_(session), side_(side), stage_(std::move(stage)) {
  reset();
}

Leg::~Leg() = default;

void Leg::reset() {
  received_.reset();
  written_.reset();
  in_ = out_ = session_.intern({});
  limit_ = bgp::max_message;
  hold_released_ = may_read_ = false;
  held_.clear();
  held_bytes_ = 0;
  pieces_.clear();
  scratch_.clear();
  if (std::exchange(holds_line_, false)) session_.unblock(towards(side_), this);
}

void Leg::adopt(net::Fd fd) {
  local_ = net::local_endpoint(fd.get());
  remote_ = net::peer_endpoint(fd.get());
  notification_.reset();
  stream_ = net::Stream::adopt(session_.loop(), std::move(fd), *this);
  last_received_ = last_sent_ = session_.loop().now();
}

void Leg::start_reading() {
  may_read_ = true;
  last_received_ = session_.loop().now();
  if (stream_ && !blocked_) stream_->read_start();
}

void Leg::set_blocked(bool blocked) {
  blocked_ = blocked;
  if (!stream_ || !may_read_) return;
  if (blocked) {
    stream_->read_stop();
  } else if (!stream_->reading()) {
    last_received_ = session_.loop().now();
    stream_->read_start();
  }
}

std::size_t Leg::on_read(base::Bytes data) {
  Session::Run run(session_);
  Line& line = session_.line(into(side_));
  const std::uint8_t* p = data.data();
  std::size_t left = data.size();
  std::uint64_t messages = 0;
  while (!session_.ending()) {
    const bgp::Frame f = bgp::frame(p, left, limit_);
    if (f.status != bgp::FrameStatus::ok) {
      if (f.status != bgp::FrameStatus::need_more)
        header_error(f, {p, left});
      else if (f.length != 0 && !bgp::length_fits_type(f.type, f.length))
        bad_length(f, {p, left});
      break;
    }
    const base::Bytes wire{p, f.length};
    p += f.length;
    left -= f.length;
    ++messages;
    if (line.expects())
      if (const bgp::Frame next = bgp::frame(p, left, limit_);
          next.status == bgp::FrameStatus::ok && next.type == bgp::MsgType::update)
        line.expect({p, next.length});
    if (line.passes(f.type, wire, *in_)) {
      line.relay(wire, f.type);
      continue;
    }
    if (!bgp::length_fits_type(f.type, f.length)) {
      bad_length(f, wire);
      break;
    }
    if (f.type == bgp::MsgType::report) {
      header_error(f, wire);
      break;
    }
    if (f.type == bgp::MsgType::open) received_open(wire.subspan(bgp::header_size));
    if (session_.ending()) break;
    session_.receive(line, {.time = session_.wall(), .type = f.type, .wire = wire, .context = in_});
  }
  // RFC 4271 8.2.2: messages restart the hold timer, bytes of one that never ends do not.
  if (messages != 0) last_received_ = session_.loop().now();
  messages_in_ += messages;
  bytes_in_ += data.size() - left;
  return data.size() - left;
}

void Leg::bad_length(bgp::Frame f, base::Bytes at) {
  f.status = bgp::FrameStatus::bad_length;
  header_error(f, at);
}

void Leg::header_error(const bgp::Frame& f, base::Bytes at) {
  // RFC 4271 6.1: subcode 1 not synchronised, 2 bad length with the length as data, 3 bad type with the type as data.
  if (f.status == bgp::FrameStatus::bad_marker) {
    session_.leg_header_error(side_, 1, {}, "bytes that are not BGP: no marker of 16 times 0xff");
  } else if (f.status == bgp::FrameStatus::ok) {
    session_.leg_header_error(side_, 3, at.subspan(18, 1), "a message of type 0, which BGP has not");
  } else {
    session_.leg_header_error(side_, 2, at.subspan(16, 2),
                              "a message of type " + std::to_string(static_cast<unsigned>(f.type)) + " with length " +
                                  std::to_string(f.length));
  }
}

void Leg::received_open(base::Bytes body) {
  if (received_) return;
  auto offer = bgp::parse_offer(body);
  if (!offer) return session_.leg_open_unreadable(side_, offer.error());
  received_ = std::move(*offer);
  settle_contexts();
}

void Leg::open_written(const bgp::Offer& offer) {
  if (written_) return;
  written_ = offer;
  settle_contexts();
}

void Leg::settle_contexts() {
  if (!received_ || !written_) return;
  in_ = session_.intern(bgp::negotiate(*received_, *written_));
  out_ = session_.intern(bgp::negotiate(*written_, *received_));
  limit_ = in_->extended_message ? bgp::max_extended_message : bgp::max_message;
  session_.contexts_changed();
}

void Leg::append(base::Bytes wire) noexcept {
  ++messages_out_;
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    if (last.data != nullptr && last.data + last.size == wire.data()) {
      last.size += wire.size();
      return;
    }
  }
  pieces_.push_back({wire.data(), 0, wire.size()});
}

void Leg::append_copy(base::Bytes wire) {
  ++messages_out_;
  const std::size_t offset = scratch_.size();
  scratch_.append(wire);
  if (!pieces_.empty() && pieces_.back().data == nullptr)
    pieces_.back().size += wire.size();
  else
    pieces_.push_back({nullptr, offset, wire.size()});
}

void Leg::write(Message& m) {
  if (!stream_ || m.type() == bgp::MsgType::report) return;
  if (m.type() != bgp::MsgType::update) {
    m.in_read_buffer() ? append(m.wire()) : append_copy(m.wire());
    return;
  }
  if (!hold_released_) {
    const Leg* from = session_.leg(other(side_));
    held_.push_back({Parked(m.view()), m.in_read_buffer() && from != nullptr && !from->settled()});
    held_bytes_ += held_.back().message.cost();
    if (held_bytes_ > held_bound && !std::exchange(holds_line_, true)) session_.block(towards(side_), this);
    return;
  }
  // An edit may have made it longer than the leg allows.
  const bool fits = m.wire().size() <= (out_->extended_message ? bgp::max_extended_message : bgp::max_message);
  if (fits && (&m.context() == out_ || m.context() == *out_)) {
    m.in_read_buffer() ? append(m.wire()) : append_copy(m.wire());
    return;
  }
  const auto out = bgp::transcode(m.wire(), m.context(), *out_);
  if (!out) {
    write_withdrawn(m, out.error());
    return;
  }
  if (out->routes_withdrawn)
    session_.parse_problem(m, "its attributes leave too little room in messages for the " + std::string(name(side_)) +
                                  " leg: routes withdrawn");
  if (out->paths_merged)
    session_.parse_problem(
        m, "several paths of one prefix towards the " + std::string(name(side_)) + " leg, which has no ADD-PATH");
  if (out->paths_merged &&
      session_.line(m.direction()).errors().of(bgp::Severity::treat_as_withdraw) == ErrorAction::reset)
    session_.fail("several paths of one prefix cannot be said to the " + std::string(name(side_)) + " leg");
  for (const base::Buffer& b : out->messages) append_copy(b.view());
}

// What cannot be said in this leg's encoding is withdrawn from it.
void Leg::write_withdrawn(Message& m, const bgp::Error& why) {
  const auto repaired = bgp::repair(m.update(), m.context(), {&why, 1});
  if (!repaired || bgp::severity(m.update(), m.context(), {}) == bgp::Severity::session_reset)
    return session_.cannot_pass(m, why);
  session_.tell_malformed(m, {&why, 1}, "its routes are withdrawn from the " + std::string(name(side_)) + " leg");
  for (const base::Buffer& b : repaired->messages)
    if (const auto out = bgp::transcode(b.view(), m.context(), *out_))
      for (const base::Buffer& each : out->messages) append_copy(each.view());
}

void Leg::release_held() {
  if (std::exchange(hold_released_, true)) return;
  Line& line = session_.line(towards(side_));
  for (const Held& h : std::exchange(held_, {})) {
    bgp::MessageView view = h.message.view();
    if (h.early) {
      const Leg& from = *session_.leg(other(side_));
      // A reload may have put a filter there, which has not seen it.
      if (line.guards()) return session_.leg_update_too_early(from);
      view.context = from.in_;
    }
    Message m(view);
    std::vector<base::Buffer> behind;
    // What only passes was told when it came.
    if (h.early || line.errors().acts())
      if (session_.judge(line, m, line.slots().size(), &behind) == Judgement::gone) {
        if (session_.ending()) return;
        continue;
      }
    write(m);
    for (const base::Buffer& b : behind) {
      view.wire = b.view();
      Message next(view);
      write(next);
    }
  }
  held_bytes_ = 0;
  if (std::exchange(holds_line_, false)) session_.unblock(towards(side_), this);
}

void Leg::flush() {
  if (pieces_.empty()) return;
  if (stream_) {
    std::vector<base::Bytes> bytes;
    bytes.reserve(pieces_.size());
    for (const Piece& p : pieces_) {
      bytes.emplace_back(p.data != nullptr ? p.data : scratch_.data() + p.offset, p.size);
      bytes_out_ += p.size;
    }
    stream_->write(bytes);
    last_sent_ = session_.loop().now();
    if (stream_->pending() > high_water && !std::exchange(holds_line_, true)) session_.block(towards(side_), this);
  }
  pieces_.clear();
  scratch_.clear();
}

void Leg::on_writable() {
  Session::Run run(session_);
  if (held_bytes_ <= held_bound && std::exchange(holds_line_, false)) session_.unblock(towards(side_), this);
}

void Leg::on_end(net::EndReason reason) {
  Session::Run run(session_);
  session_.leg_ended(side_, reason.kind == net::EndReason::Kind::fin ? "the peer closed the connection" : reason.text);
}

std::unique_ptr<net::Stream> Leg::release(base::Bytes notification) {
  flush();
  if (stream_ && !notification.empty()) {
    stream_->write(notification);
    ++messages_out_;
    bytes_out_ += notification.size();
  }
  return std::exchange(stream_, nullptr);
}

std::optional<int> Leg::hold_time() const {
  if (!received_ || !written_) return std::nullopt;
  return std::min(received_->hold_time, written_->hold_time);
}

std::optional<Leg::Overdue> Leg::overdue(base::Nanos now) const {
  const base::Nanos hold = hold_time().value_or(0) * base::second;
  if (!stream_ || hold == 0) return std::nullopt;
  if (stream_->reading() && now - last_received_ > hold)
    return Overdue{TimerKind::hold,
                   "hold timer expired: nothing received for " + base::duration_human(now - last_received_)};
  if (stream_->pending() > 0 && now - stream_->last_progress() > std::max(least_send_hold, 2 * hold))
    return Overdue{TimerKind::send_hold, "send hold timer expired: the peer takes nothing for " +
                                             base::duration_human(now - stream_->last_progress())};
  return std::nullopt;
}

void Leg::keep_alive(base::Nanos now) {
  const base::Nanos hold = hold_time().value_or(0) * base::second;
  if (!stream_ || hold == 0 || now - last_sent_ < hold / 3 || stream_->pending() > 0) return;
  base::Buffer message;
  bgp::append_message(message, bgp::MsgType::keepalive, {});
  append_copy(message.view());
  flush();
}

LegStatus Leg::status() const {
  LegStatus s{.side = side_, .stage = stage_};
  s.state = stream_ ? session_.established() ? State::established : State::opening : session_.state();
  if (!stream_ && (s.state == State::established || s.state == State::opening)) s.state = State::connecting;
  if (stream_) {
    s.local = local_.text();
    s.remote = remote_.text();
    s.pending = stream_->pending();
  }
  if (received_) {
    s.asn = received_->asn;
    s.bgp_id = received_->id.text();
  }
  s.hold_time = hold_time();
  s.messages_in = messages_in_;
  s.messages_out = messages_out_;
  s.bytes_in = bytes_in_;
  s.bytes_out = bytes_out_;
  s.notification = notification_;
  return s;
}

}  // namespace pipeline
