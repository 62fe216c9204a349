// What was lost while an output could not be written, and since when.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hh"

namespace stages {

class Outage {
 public:
  base::Nanos since() const noexcept { return since_; }
  bool under_way() const noexcept { return since_ != 0; }
  // Wall time. One that is under way goes on.
  void begin(base::Nanos now) noexcept {
    if (since_ == 0) since_ = now;
  }
  // So many messages, while it is under way.
  void lose(std::uint64_t messages) noexcept { lost_ += since_ != 0 ? messages : 0; }
  // Gives "7 messages were lost since 2025-07-11T08:47:20.650".
  std::string told() const {
    return std::to_string(lost_) + (lost_ == 1 ? " message was" : " messages were") + " lost since " +
           base::time_text(since_);
  }
  void end() noexcept { *this = {}; }

 private:
  base::Nanos since_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace stages
