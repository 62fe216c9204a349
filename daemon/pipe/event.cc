#include "pipe/event.hh"

#include <algorithm>

#include "base/text.hh"

namespace pipeline {

namespace {
constexpr EventHelp of_session[] = {
    {"START", "an attempt begins: stages start, listening and dialling begin"},
    {"ESTABLISHED", "OPEN and KEEPALIVE have passed in both directions"},
    {"EOR", "an End-of-RIB marker of a family has passed, the first in this direction (RFC 4724 2)"},
    {"NOTIFICATION", "a NOTIFICATION has passed; which end said it, and what"},
    {"PARSE", "an UPDATE is malformed: where, why, and what was done with it (RFC 7606)"},
    {"DOWN", "the session ended: at which end, and why"},
    {"FAILED", "it could not begin, or could not deliver all when it ended"},
    {"DUPLICATE", "a second connection of a peer that is connected was turned away"},
    {"SUPPRESSED", "events came too fast to be told; how many"},
};
}  // namespace

std::span<const EventHelp> session_events() { return of_session; }

bool matches(const std::string& pattern, const Event& e) {
  if (pattern == "all" || pattern == "*") return true;
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool word = std::ranges::any_of(pattern, lower) && std::ranges::all_of(pattern, [&](char c) {
                      return lower(c) || (c >= '0' && c <= '9') || std::string_view("-_.@").contains(c);
                    });
  if (word) return e.name == pattern + "/READY";
  if (base::glob(pattern, e.name) || (!e.alias.empty() && base::glob(pattern, e.alias))) return true;
  return pattern.find('/') == std::string::npos && base::upper(pattern) == e.name;
}

}  // namespace pipeline
