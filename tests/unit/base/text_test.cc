#include "base/text.hh"

#include <doctest/doctest.h>

using namespace base;

TEST_CASE("duration: units are needed, both ways agree") {
  CHECK(parse_duration("1h30m") == 5400 * second);
  CHECK(parse_duration("1.5s") == 1500 * millisecond);
  CHECK(parse_duration("0") == 0);
  CHECK(parse_duration("-1s") == -second);
  CHECK_FALSE(parse_duration("10"));
  CHECK_FALSE(parse_duration("ten"));
  CHECK_FALSE(parse_duration(""));
  CHECK_FALSE(parse_duration("nans"));
  CHECK_FALSE(parse_duration(".s"));
  CHECK_FALSE(parse_duration("1.2.3s"));
  CHECK_FALSE(parse_duration("1h-30m"));
  CHECK_FALSE(parse_duration("9999999999999999999s"));
  CHECK_FALSE(parse_duration("200000d"));
  CHECK(parse_duration(".5s") == 500 * millisecond);
  for (const Nanos d :
       {Nanos{0}, second, 90 * second, 250 * millisecond, 86400 * second * 3 + 1, INT64_MAX, -INT64_MAX})
    CHECK(parse_duration(duration_text(d)) == d);
}

TEST_CASE("numbers: the whole text or nothing") {
  CHECK(parse_int("0x10") == 16);
  CHECK(parse_int("-12") == -12);
  CHECK_FALSE(parse_int("12a"));
  CHECK_FALSE(parse_int("--1"));
  CHECK_FALSE(parse_int(""));
  CHECK(parse_size("64K") == 65536);
  CHECK(parse_size("1MiB") == 1048576);
  CHECK_FALSE(parse_size("1X"));
}

TEST_CASE("nearest: only what is near") {
  const std::string_view words[] = {"max-length", "session", "origin"};
  CHECK(nearest("max-lenght", words) == "max-length");
  CHECK_FALSE(nearest("zzzzz", words));
}

TEST_CASE("printable: no byte from outside reaches a terminal raw") {
  CHECK(printable("a\x1b[31m") == "a\\x1b[31m");
  CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(printable("\xff\xc3") == "\\xff\\xc3");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("printable: what reorders or hides text on a terminal does not reach it either") {
  CHECK(printable("\u202egnp") == "\\xe2\\x80\\xaegnp");
  CHECK(printable("\u2066\u200f\u2028\u200b") == "\\xe2\\x81\\xa6\\xe2\\x80\\x8f\\xe2\\x80\\xa8\\xe2\\x80\\x8b");
  CHECK(printable("\u061c\ufeff") == "\\xd8\\x9c\\xef\\xbb\\xbf");
  CHECK(printable("\u2026\u20ac\u4e2d") == "\u2026\u20ac\u4e2d");
}

TEST_CASE("valid_utf8: overlong forms, surrogates and cut characters are none") {
  CHECK(valid_utf8(""));
  CHECK(valid_utf8("gr\xc3\xbc\xc3\x9f"));
  CHECK_FALSE(valid_utf8("\xc3"));
  CHECK_FALSE(valid_utf8("\xc0\x80"));
  CHECK_FALSE(valid_utf8("\xed\xa0\x80"));
}

TEST_CASE("glob") {
  CHECK(glob("limit/*", "limit/session"));
  CHECK(glob("*", ""));
  CHECK(glob("a?c*", "abcd"));
  CHECK_FALSE(glob("limit/*", "PARSE"));
}
