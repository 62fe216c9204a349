// A session's stages are made once and wired into its two lines; a reload exchanges them (apply.cc).
#include <algorithm>

#include "base/text.hh"
#include "pipe/session.hh"

namespace pipeline {

Session::Session(net::Loop& loop, SessionHost& host, std::shared_ptr<const PipelineSpec> spec, std::uint32_t id,
                 unsigned worker, std::string peer)
    : loop_(loop),
      host_(host),
      spec_(std::move(spec)),
      id_(id),
      worker_(worker),
      peer_(std::move(peer)),
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

// The lines know neither legs nor stages any more, which can go.
void Session::unwire() {
  for (auto& l : legs_) l.reset();
  for (Line* l : {&left_, &right_}) {
    l->set_slots({});
    l->set_output(nullptr);
  }
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

bool Session::has_come(const StageSpec& s) const {
  const auto events = wait_events(s);
  const Event now{.name = "ESTABLISHED"};
  return events.empty() ||
         (established() && std::ranges::any_of(events, [&](const std::string& p) { return matches(p, now); }));
}

Stage& Session::leg_stage(Side side) { return *stages_[side == Side::left ? 0 : spec_->own_stages().size() - 1]; }

// By name: a stage may ask while a reload puts the stages together.
Side Session::far_side(const Stage& stage) const {
  return spec_->stages.front().identity == stage.identity() ? Side::right : Side::left;
}

}  // namespace pipeline
