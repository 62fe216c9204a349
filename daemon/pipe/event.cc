#include "pipe/event.hh"

#include <algorithm>

#include "base/text.hh"

namespace pipeline {

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
