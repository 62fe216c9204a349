// The log: lines for people on stderr. Any thread. Pure libraries do not log.
#pragma once

#include <string_view>

namespace base::log {

enum class Level { trace, debug, info, warn, error, off };
inline constexpr std::string_view level_names[] = {"trace", "debug", "info", "warn", "error", "off"};

// Reads these names, and "disabled" for off.
bool parse_level(std::string_view name, Level& out);
// Called once at start; without it the level is info. Under journald lines carry a priority, else a UTC time.
void start(Level level);
void set_level(Level level);
Level level();
std::string_view name(Level level);
bool enabled(Level level);
// where: the pipeline or part it concerns, or empty.
void write(Level level, std::string_view where, std::string_view text);

inline void debug(std::string_view where, std::string_view text) { write(Level::debug, where, text); }
inline void info(std::string_view where, std::string_view text) { write(Level::info, where, text); }
inline void warn(std::string_view where, std::string_view text) { write(Level::warn, where, text); }
inline void error(std::string_view where, std::string_view text) { write(Level::error, where, text); }

}  // namespace base::log
