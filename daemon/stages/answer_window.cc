#include "stages/answer_window.hh"

#include <algorithm>
#include <iterator>
#include <vector>

namespace stages {

void AnswerWindow::handed_out(const bgp::MessageView& m, base::Nanos now) {
  entries_.push_back({pipeline::Parked(m), now, true});
  bytes_ += entries_.back().message.cost();
  ++unanswered_;
  while (bytes_ > bound_ && entries_.size() > 1 && entries_.front().handed_out) {
    whole_ = false;
    pop_front();
  }
}

void AnswerWindow::wait_behind(const bgp::MessageView& m, base::Nanos now) {
  entries_.push_back({pipeline::Parked(m), now, false});
  bytes_ += entries_.back().message.cost();
}

void AnswerWindow::pop_front() {
  bytes_ -= entries_.front().message.cost();
  unanswered_ -= entries_.front().handed_out;
  entries_.pop_front();
}

void AnswerWindow::answered(std::uint64_t seq, const Release& release) {
  echoed_ = true;
  std::size_t last = 0;  // entries up to the newest question this answers
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].handed_out) continue;
    if (entries_[i].message.seq > seq) break;
    last = i + 1;
  }
  for (; last != 0; --last) {
    const Entry e = std::move(entries_.front());
    bytes_ -= e.message.cost();
    unanswered_ -= e.handed_out;
    entries_.pop_front();
    if (!e.handed_out) release(e.message.view());
  }
}

void AnswerWindow::settle(const Release& release) {
  while (!entries_.empty() && !entries_.front().handed_out) {
    const Entry e = std::move(entries_.front());
    bytes_ -= e.message.cost();
    entries_.pop_front();
    release(e.message.view());
  }
}

void AnswerWindow::each_unanswered(const Release& call) const {
  for (const Entry& e : entries_)
    if (e.handed_out) call(e.message.view());
}

void AnswerWindow::release_older(base::Nanos since, const Release& release) {
  // Only what waits behind nothing but old questions.
  const auto young = std::ranges::find_if(entries_, [&](const Entry& e) { return e.handed_out && e.at > since; });
  const auto due = std::stable_partition(entries_.begin(), young, [](const Entry& e) { return e.handed_out; });
  // Taken out before any goes on: one that goes on may come to wait again.
  std::vector<Entry> all(std::make_move_iterator(due), std::make_move_iterator(young));
  entries_.erase(due, young);
  for (const Entry& e : all) bytes_ -= e.message.cost();
  for (const Entry& e : all) release(e.message.view());
}

bool AnswerWindow::release_all(const Release& release) {
  const bool whole = whole_ && (echoed_ || !unnumbered_ || unanswered_ == 0);
  auto all = std::exchange(entries_, {});
  bytes_ = unanswered_ = 0;
  whole_ = true;
  for (const Entry& e : all) release(e.message.view());
  return whole;
}

void AnswerWindow::clear() {
  entries_.clear();
  bytes_ = unanswered_ = 0;
  whole_ = true;
  echoed_ = unnumbered_ = false;
}

base::Nanos AnswerWindow::oldest() const noexcept {
  const auto at = std::ranges::find(entries_, true, &Entry::handed_out);
  return at == entries_.end() ? 0 : at->at;
}

}  // namespace stages
