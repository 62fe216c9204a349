// What a fuzz target says instead of assert: it also counts in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

inline void expect(bool holds, std::source_location at = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: a property does not hold\n", at.file_name(), static_cast<unsigned>(at.line()));
  std::abort();
}
