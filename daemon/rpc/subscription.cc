#include "rpc/subscription.hh"

#include <utility>

#include "rpc/codec.hh"

namespace rpc {

Subscription::Subscription(std::uint64_t id, std::uint64_t limit, std::size_t bound,
                           std::move_only_function<void()> ready)
    : id_(id), limit_(limit), bound_(bound), ready_(std::move(ready)) {}

void Subscription::push(std::string_view members) {
  if (closed_) return;
  enqueue(record_line(id_, members));
  if (limit_ != 0 && ++pushed_ == limit_) {
    enqueue(closed_line(id_, "limit reached"));
    close();
  }
  if (ready_) ready_();
}

void Subscription::lose(std::uint64_t records) {
  lost_ += records;
  unreported_ += records;
}

void Subscription::finish(std::string_view why) {
  if (closed_) return;
  enqueue(closed_line(id_, why));
  closed_ = true;
  on_close_ = nullptr;
  if (ready_) ready_();
}

void Subscription::enqueue(std::string line) {
  bytes_ += line.size();
  queue_.push_back(std::move(line));
  make_room();
}

// The newest line stays, however long it is.
void Subscription::make_room() {
  while (bytes_ > bound_ && queue_.size() > 1) {
    bytes_ -= queue_.front().size();
    queue_.pop_front();
    ++lost_, ++unreported_;
  }
}

std::string Subscription::next() {
  if (unreported_ != 0) return lagged_line(id_, std::exchange(unreported_, 0));
  if (queue_.empty()) return {};
  std::string line = std::move(queue_.front());
  queue_.pop_front();
  bytes_ -= line.size();
  return line;
}

void Subscription::cancel() {
  queue_.clear();
  bytes_ = 0;
  unreported_ = 0;
  ready_ = nullptr;
  if (!closed_) close();
}

void Subscription::close() {
  closed_ = true;
  if (auto call = std::exchange(on_close_, nullptr)) call();
}

}  // namespace rpc
