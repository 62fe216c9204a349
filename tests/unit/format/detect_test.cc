#include "format/format.hh"

#include "lines.hh"

using format::detect;
using format::Kind;

TEST_CASE("kind: names in any case") {
  CHECK(format::parse_kind("JSON") == Kind::json);
  CHECK(format::parse_kind("Mrt") == Kind::mrt);
  CHECK(format::name(*format::parse_kind("raw")) == "raw");
  CHECK(format::parse_kind("json7") == Kind::json7);
  CHECK_FALSE(format::parse_kind("bmp2"));
}

TEST_CASE("detect: what a stream starts with tells its format") {
  CHECK(detect(base::as_bytes("[\"R\",1,\"2025-07-11T08:47:20.650\"")) == Kind::json);
  CHECK(detect(base::as_bytes(" \n# a comment")) == Kind::json);
  CHECK(detect(base::as_bytes("{\"reach\":[]}")) == Kind::json);
  CHECK(detect(test::hex("ffffffffffffffffffffffffffffffff001304")) == Kind::raw);
  CHECK(detect(test::hex("5389 0a84 0010 0004 0000003f 00000f10")) == Kind::mrt);
  CHECK(detect(test::hex("5389 0a84 000d 0001 0000003f 00000f10")) == Kind::mrt);
  CHECK(detect(test::hex("03 00000044 04 0001")) == Kind::bmp);
  CHECK(detect(test::hex("03 0000004d 00 0040")) == Kind::bmp);
  CHECK(detect(base::as_bytes("OBMP")) == Kind::obmp);
  CHECK(detect(base::as_bytes("announce route 10.0.0.0/8")) == Kind::exa);
  CHECK(detect(base::as_bytes("withdraw route 10.0.0.0/8")) == Kind::exa);
  // An MRT time that looks like text.
  CHECK(detect(test::hex("5b22 5222 0011 0004 0000003f 00000f10")) == Kind::mrt);
}

TEST_CASE("detect: anything else is not known") {
  CHECK_FALSE(detect({}));
  CHECK_FALSE(detect(test::hex("ffffffff")));
  CHECK_FALSE(detect(base::as_bytes("announced route 10.0.0.0/8")));
  CHECK_FALSE(detect(test::hex("03 00000006 00 0040")));
  CHECK_FALSE(detect(test::hex("1f8b08000000000000030000000000000000")));
  CHECK_FALSE(detect(test::hex("53890a84 0010 0004 ffffffff 00000f10")));
}
