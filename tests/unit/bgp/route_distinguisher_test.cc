#include "bgp/route_distinguisher.hh"

#include "build.hh"

using namespace bgp;

namespace {

RouteDistinguisher rd(std::string_view hex) { return RouteDistinguisher::read(test::hex(hex).data()); }

void both_ways(std::string_view hex, std::string_view expected) {
  CHECK(text(rd(hex)) == expected);
  CHECK(parse_rd(expected) == rd(hex));
}

}  // namespace

TEST_CASE("rd: the text of each type, and the same bytes back (RFC 4364 4.2)") {
  both_ways("0000 fde8 00000001", "65000:1");
  both_ways("0000 0000 00000000", "0:0");
  both_ways("0000 ffff ffffffff", "65535:4294967295");
  both_ways("0001 c0000201 0001", "192.0.2.1:1");
  both_ways("0001 00000000 ffff", "0.0.0.0:65535");
  both_ways("0002 fa56ea00 0001", "4200000000:1");
  both_ways("0002 00010000 0000", "65536:0");
}

TEST_CASE("rd: what its text would not tell has the type in front, or is hex") {
  both_ways("0002 0000fde8 0001", "2:65000:1");
  both_ways("0003 010203040506", "0x0003010203040506");
  both_ways("ffff ffffffffffff", "0xffffffffffffffff");
  CHECK(parse_rd("0:65000:1") == rd("0000 fde8 00000001"));
  CHECK(parse_rd("1:192.0.2.1:1") == rd("0001 c0000201 0001"));
}

TEST_CASE("rd: what is no route distinguisher") {
  for (const char* bad : {"",
                          ":",
                          "1",
                          "1:",
                          ":1",
                          "65536:65536",
                          "65000:4294967296",
                          "4294967296:1",
                          "192.0.2.1:65536",
                          "192.0.2:1",
                          "3:1:1",
                          "22:1:1",
                          "0:192.0.2.1:1",
                          "0x00",
                          "0x000301020304050",
                          "-1:1",
                          "1:-1",
                          "1:1:1:1",
                          " 1:1",
                          "2001:db8::1"})
    CHECK_FALSE(parse_rd(bad));
}
