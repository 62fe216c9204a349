#include "base/log.hh"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "base/text.hh"

namespace base::log {

namespace {
constexpr struct {
  std::string_view name;
  Level level;
} names[] = {{"trace", Level::trace}, {"debug", Level::debug}, {"info", Level::info},   {"warn", Level::warn},
             {"error", Level::error}, {"off", Level::off},     {"disabled", Level::off}};

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
  for (const auto& n : names)
    if (n.name == lower(text)) {
      out = n.level;
      return true;
    }
  return false;
}

void start(Level least) { set_level(least); }
void set_level(Level least) { logger().set_level(to_spdlog(least)); }
Level level() {
  for (const auto& n : names)
    if (to_spdlog(n.level) == logger().level()) return n.level;
  return Level::info;
}

std::string_view name(Level wanted) {
  for (const auto& n : names)
    if (n.level == wanted) return n.name;
  return {};
}

bool enabled(Level of) { return logger().should_log(to_spdlog(of)); }

void write(Level of, std::string_view where, std::string_view text) {
  if (!enabled(of)) return;
  std::string line = under_journal() ? journal_priority(of) : "";
  if (!where.empty()) line.append(where).append(": ");
  line += printable(text);
  logger().log(to_spdlog(of), line);
}

}  // namespace base::log
