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
  for (const char* text : {"1678-01-01T00:00:00.000", "1969-12-31T23:59:59.999", "2000-02-29T12:00:00.000",
                           "2100-03-01T00:00:00.000", "2261-12-31T23:59:59.999"}) {
    REQUIRE(parse_time(text, t));
    CHECK(time_text(t) == text);
  }
  for (const char* text : {"1677-12-31T00:00:00", "2262-01-01T00:00:00", "2025-13-01T00:00:00", "2025-00-01T00:00:00",
                           "2025-01-00T00:00:00", "2025-01-32T00:00:00", "2025-01-01T24:00:00", "2025-01-01T00:60:00"})
    CHECK_FALSE(parse_time(text, t));
}

TEST_CASE("time: a leap second is the next one, and the day behind the last of a month too") {
  Nanos t = 0;
  REQUIRE(parse_time("2016-12-31T23:59:60", t));
  CHECK(time_text(t) == "2017-01-01T00:00:00.000");
  REQUIRE(parse_time("2025-02-31T00:00:00", t));
  CHECK(time_text(t) == "2025-03-03T00:00:00.000");
}

TEST_CASE("time: milliseconds are truncated, also before 1970") {
  CHECK(time_text(1'999'999) == "1970-01-01T00:00:00.001");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999");
}
