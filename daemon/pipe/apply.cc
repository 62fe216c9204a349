// A reload between two runs: what stays, what takes new options, what is made anew with the state of the old.
#include <algorithm>

#include "pipe/session.hh"

namespace pipeline {

void Session::apply(std::shared_ptr<const PipelineSpec> spec) {
  Run run(*this);
  spec_ = std::move(spec);
  // The stages of one that is finishing are asked in turn and go; the next life is as the specification says.
  if (!built_ || finishing_) return;
  auto old = std::exchange(stages_, {});
  std::vector<std::string> before;
  for (const auto& o : old) before.push_back(o->identity());
  std::vector<const Stage*> continuing;  // in the place of one whose event has come
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
      if ((*at)->begun_ && wait_events((*at)->spec()) == wait_events(s)) continuing.push_back(stages_.back().get());
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
    if (!ending_ && (has_come(s->spec()) || std::ranges::find(continuing, s.get()) != continuing.end()))
      begin_stage(*s);
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
