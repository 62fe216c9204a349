#include "pipe/event.hh"

#include <doctest/doctest.h>

namespace {
bool means(const std::string& pattern, const std::string& name, const std::string& alias = "") {
  pipeline::Event e;
  e.name = name;
  e.alias = alias;
  return pipeline::matches(pattern, e);
}
}  // namespace

TEST_CASE("event pattern: a name, its wildcard form, everything") {
  CHECK(means("limit/session", "limit/session"));
  CHECK(means("limit/*", "limit/session"));
  CHECK(means("*/FAILED", "exec/FAILED"));
  CHECK(means("all", "ESTABLISHED"));
  CHECK(means("*", "exec/FAILED"));
  CHECK_FALSE(means("limit/session", "limit/origin"));
  CHECK_FALSE(means("limit/session", "limit.2/session"));
}

TEST_CASE("event pattern: the older name of an event does as well") {
  CHECK(means("limit/count", "limit/session", "limit/count"));
  CHECK_FALSE(means("limit/count", "limit/session"));
}

TEST_CASE("event pattern: a word in lower case is a stage's READY, another word an event of the session") {
  CHECK(means("listen", "listen/READY"));
  CHECK_FALSE(means("established", "ESTABLISHED"));
  CHECK(means("ESTABLISHED", "ESTABLISHED"));
  CHECK(means("Established", "ESTABLISHED"));
}

TEST_CASE("event pattern: a stage's name may hold digits, dots and the sign of the command line") {
  CHECK(means("listen.2", "listen.2/READY"));
  CHECK(means("@edge", "@edge/READY"));
  CHECK(means("edge-1_a", "edge-1_a/READY"));
}
