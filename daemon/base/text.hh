// Small text: splitting, numbers with units, near misses, text from the wire made safe for a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"

namespace base {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);

// Decimal, 0x hex, 0o octal, 0b binary, with an optional sign; the whole text or nothing.
std::optional<std::int64_t> parse_int(std::string_view text);
// "1h30m", "10s", "250ms", "1.5s", "2d", "0", "-1s"; a bare number other than 0 is refused. Whole numbers are exact.
std::optional<Nanos> parse_duration(std::string_view text);
// The shortest exact form parse_duration reads back: "1h30m", "250ms", "0".
std::string duration_text(Nanos d);
// For people: "3d4h", "2h05m", "1m30s", "12s".
std::string duration_human(Nanos d);
// "64K", "1MiB", "4096": powers of 1024.
std::optional<std::int64_t> parse_size(std::string_view text);

// The candidate a person most likely meant, if one is near enough.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

// Whole and well-formed (RFC 3629).
bool valid_utf8(std::string_view bytes);
// Valid UTF-8 stays; control characters, what reorders or hides text, and other bytes become \xNN: for terminals and
// logs.
std::string printable(std::string_view bytes);

// "*" and "?" wildcards over the whole text.
bool glob(std::string_view pattern, std::string_view text);

}  // namespace base
