#include "base/clock.hh"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace base {

namespace {
class SystemClock final : public Clock {
 public:
  Nanos mono() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  Nanos wall() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

std::int64_t floor_second(Nanos wall) { return wall >= 0 ? wall / second : -((-wall + second - 1) / second); }
}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

void TimeText::append(Buffer& out, Nanos wall) {
  const std::int64_t now = floor_second(wall);
  if (now != second_ || text_[0] == 0) {
    const std::time_t t = now;
    std::tm tm{};
    gmtime_r(&t, &tm);
    std::strftime(text_, sizeof text_, "%Y-%m-%dT%H:%M:%S", &tm);
    second_ = now;
  }
  out.append(std::string_view(text_, 19));
  const auto ms = static_cast<unsigned>((wall - now * second) / millisecond);
  const char tail[4] = {'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                        static_cast<char>('0' + ms % 10)};
  out.append(std::string_view(tail, 4));
}

std::string time_text(Nanos wall) {
  Buffer out;
  TimeText{}.append(out, wall);
  return std::string(out.text());
}

bool parse_time(std::string_view text, Nanos& wall) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  static constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return false;
  }
  const auto number = [&](std::size_t at, std::size_t n) {
    int v = 0;
    for (std::size_t i = at; i < at + n; ++i) v = v * 10 + (text[i] - '0');
    return v;
  };
  Nanos fraction = 0, unit = second / 10;
  if (text.size() > shape.size()) {
    if (text[shape.size()] != '.' || text.size() == shape.size() + 1 || text.size() > shape.size() + 10) return false;
    for (const char c : text.substr(shape.size() + 1)) {
      if (c < '0' || c > '9') return false;
      fraction += (c - '0') * unit;
      unit /= 10;
    }
  }
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2), hour = number(11, 2), minute = number(14, 2),
            seconds = number(17, 2);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || seconds > 60 || year > 2261 ||
      year < 1678)
    return year == 1 && (wall = 0, true);  // the Go tool's zero time, 0001-01-01
  // Behind the last day of a month the next one goes on.
  const std::chrono::sys_days date = std::chrono::year(year) / month / day;
  wall = (((date.time_since_epoch().count() * Nanos{24} + hour) * 60 + minute) * 60 + seconds) * second + fraction;
  return true;
}

std::string time_format(const char* pattern, Nanos wall) {
  const std::time_t t = floor_second(wall);
  std::tm tm{};
  gmtime_r(&t, &tm);
  char text[256];
  return {text, std::strftime(text, sizeof text, pattern, &tm)};
}

}  // namespace base
