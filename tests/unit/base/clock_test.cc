#include "base/clock.hh"

#include <doctest/doctest.h>

using namespace base;

TEST_CASE("time: text and back") {
  Nanos t = 0;
  REQUIRE(parse_time("2025-07-11T08:47:20.650", t));
  CHECK(time_text(t) == "2025-07-11T08:47:20.650");
  REQUIRE(parse_time("1970-01-01T00:00:00.000001Z", t));
  CHECK(t == microsecond);
  CHECK_FALSE(parse_time("2025-07-11 08:47:20", t));
  CHECK_FALSE(parse_time("2025-07-11T08:47:20.", t));
}

TEST_CASE("time: milliseconds are truncated, also before 1970") {
  CHECK(time_text(1'999'999) == "1970-01-01T00:00:00.001");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999");
}
