#include "base/log.hh"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/text.hh"

namespace base::log {

namespace {
spdlog::level::level_enum to_spdlog(Level l) {
  switch (l) {
    case Level::trace: return spdlog::level::trace;
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

// sd-daemon(3): "<N>" before a line is its priority for the journal.
const char* journal_priority(Level l) {
  switch (l) {
    case Level::error: return "<3>";
    case Level::warn: return "<4>";
    case Level::info: return "<6>";
    default: return "<7>";
  }
}

bool under_journal() {
  static const bool yes = std::getenv("JOURNAL_STREAM") != nullptr;
  return yes;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto l = std::make_shared<spdlog::logger>("bgpiped", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    l->set_pattern(under_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %-5l %v", spdlog::pattern_time_type::utc);
    l->flush_on(spdlog::level::trace);
    return l;
  }();
  return *instance;
}
}  // namespace

bool parse_level(std::string_view text, Level& out) {
  const std::string name = lower(text);
  const auto* found = std::ranges::find(level_names, name == "disabled" ? "off" : name);
  if (found == std::end(level_names)) return false;
  out = static_cast<Level>(found - level_names);
  return true;
}

void start(Level least) { set_level(least); }
void set_level(Level least) { logger().set_level(to_spdlog(least)); }
Level level() {
  Level l = Level::trace;
  while (l != Level::off && to_spdlog(l) != logger().level()) l = static_cast<Level>(static_cast<int>(l) + 1);
  return l;
}

std::string_view name(Level wanted) { return level_names[static_cast<std::size_t>(wanted)]; }

bool enabled(Level of) { return logger().should_log(to_spdlog(of)); }

void write(Level of, std::string_view where, std::string_view text) {
  if (!enabled(of)) return;
  std::string line = under_journal() ? journal_priority(of) : "";
  if (!where.empty()) line.append(where).append(": ");
  line += printable(text);
  logger().log(to_spdlog(of), line);
}

}  // namespace base::log
