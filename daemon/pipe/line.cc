#include "pipe/line.hh"

#include <algorithm>

#include "pipe/session.hh"

namespace pipeline {

void Line::set_slots(std::vector<Slot> slots) {
  slots_ = std::move(slots);
  std::ranges::stable_sort(slots_, {}, &Slot::order);
  update_attention();
}

void Line::set_running(const Stage& stage, bool running) {
  for (Slot& s : slots_)
    if (s.stage == &stage) s.running = running;
  update_attention();
}

void Line::update_attention() {
  // Until both routers are up each message may change what the session is.
  TypeMask wanted = all_types;
  // A KEEPALIVE has one length only, which somebody must look at.
  if (session_.established())
    wanted = bit(bgp::MsgType::open) | bit(bgp::MsgType::notification) | bit(bgp::MsgType::keepalive) |
             bit(bgp::MsgType::report);
  if (session_.tapped()) wanted = all_types;
  if (output_ != nullptr && !session_.contexts_agree(direction_)) wanted |= bit(bgp::MsgType::update);
  constexpr TypeMask update = bit(bgp::MsgType::update);
  std::vector<Slot*> of_updates;
  for (Slot& s : slots_) {
    if (!s.running) continue;
    wanted |= s.interest & ~update;
    if ((s.interest & update) != 0) of_updates.push_back(&s);
  }
  admitter_ = of_updates.size() == 1 && of_updates[0]->stage->admits_updates() ? of_updates[0] : nullptr;
  if (!of_updates.empty() && admitter_ == nullptr) wanted |= update;
  attention_ = wanted;
  policy_ = error_policy(session_.spec(), direction_, session_.external(direction_));
  guards_ = policy_.acts() || std::ranges::any_of(slots_, [](const Slot& s) { return s.stage->spec().kind->in_path; });
  // Of an archive that is only read and written nobody needs to know.
  judges_ = guards_ || session_.has_legs();
}

bool Line::admits(base::Bytes wire, const bgp::Context& context) {
  (void)scratch_.parse(wire.subspan(bgp::header_size));
  if (bgp::severity(scratch_, context, policy_.rules)) return false;
  if (admitter_ == nullptr) return true;
  if (!admitter_->stage->admits(scratch_, context, direction_)) return false;
  ++admitter_->seen;
  return true;
}

std::size_t Line::entry_after(int order) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(slots_, order, {}, &Slot::order) - slots_.begin());
}

void Line::run(const bgp::MessageView& view, std::size_t entry, bool in_read_buffer) {
  Message m(view);
  m.view_.direction = direction_;
  if (m.view_.seq == 0)
    m.view_.seq = ++seq_;
  else
    seq_ = std::max(seq_, m.view_.seq);
  if (m.view_.time == 0) m.view_.time = session_.wall();
  if (in_read_buffer) m.set_in_read_buffer();
  bool past_filters = false;
  if (judges_ && m.type() == bgp::MsgType::update) {
    const Judgement j = session_.judge(*this, m, entry);
    if (j == Judgement::gone) {
      if (!session_.ending()) ++dropped_;
      return;
    }
    past_filters = j == Judgement::past_filters;
  }
  const bool bypasses = m.type() == bgp::MsgType::keepalive && session_.established();

  for (std::size_t i = entry; i < slots_.size(); ++i) {
    Slot& s = slots_[i];
    if (!s.running || (s.interest & bit(m.type())) == 0) continue;
    if (past_filters && s.stage->spec().kind->in_path) continue;
    ++s.seen;
    const Verdict v = s.stage->message(m);
    if (session_.ending()) return;  // a kill keeps the message that caused it
    if (v == Verdict::pass || bypasses) continue;
    if (v == Verdict::drop) ++s.dropped, ++dropped_;
    return;
  }
  deliver(m);
}

void Line::deliver(Message& m) {
  count(m.wire().size(), m.type());
  session_.passing(m);
  if (output_ != nullptr) output_->write(m);
  session_.passed(m);
}

LineStatus Line::status() const {
  return {.direction = direction_,
          .messages = messages_,
          .bytes = bytes_,
          .updates = updates_,
          .dropped = dropped_,
          .injected = injected_,
          .malformed = malformed_,
          .repaired = repaired_,
          .unwanted = unwanted_};
}

}  // namespace pipeline
