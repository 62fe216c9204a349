// Time as values. Intervals are measured on the monotonic clock; wall time only labels things.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hh"

namespace base {

// Nanoseconds. Mono: since an unspecified start. Wall: since 1970-01-01 UTC.
using Nanos = std::int64_t;
inline constexpr Nanos microsecond = 1'000, millisecond = 1'000'000, second = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos mono() const = 0;
  virtual Nanos wall() const = 0;
};

// The machine's clock; one instance, any thread.
const Clock& system_clock();

// "2025-07-11T08:47:20.650", UTC, truncated to milliseconds. Remembers the last second it formatted, so one
// instance per writer.
class TimeText {
 public:
  void append(Buffer& out, Nanos wall);

 private:
  std::int64_t second_ = -1;
  char text_[20] = {};
};
std::string time_text(Nanos wall);
// Reads that form with 0 to 9 decimals and an optional "Z"; returns false on anything else.
bool parse_time(std::string_view text, Nanos& wall);
// strftime in UTC.
std::string time_format(const char* pattern, Nanos wall);

}  // namespace base
