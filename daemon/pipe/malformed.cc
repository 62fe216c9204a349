#include "pipe/malformed.hh"

#include <algorithm>
#include <utility>

namespace pipeline {

bool MalformedLog::may_tell(base::Nanos now, std::uint64_t& silent) noexcept {
  spent_ = std::max(spent_, now);
  if (spent_ - now >= credit) {
    ++silent_;
    return false;
  }
  spent_ += price;
  silent = std::exchange(silent_, 0);
  return true;
}

void MalformedLog::keep(std::shared_ptr<const Malformed> m) {
  bytes_ += m->wire.size();
  kept_.push_back(std::move(m));
  while (kept_.size() > most || (bytes_ > most_bytes && kept_.size() > 1)) {
    bytes_ -= kept_.front()->wire.size();
    kept_.pop_front();
  }
}

}  // namespace pipeline
