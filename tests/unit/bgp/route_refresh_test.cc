#include "bgp/route_refresh.hh"

#include "build.hh"

using namespace bgp;
using test::hex;

TEST_CASE("ROUTE-REFRESH: family, subtype and filters, there and back") {
  for (const char* body : {"00010001", "00020101", "00010201 0140 01 00", "0063ffc8"}) {
    const auto v = hex(body);
    const auto m = parse_route_refresh(v);
    REQUIRE(m);
    base::Buffer out;
    encode(out, *m);
    CHECK(base::equal(out, v));
    for (std::size_t n = 0; n < 4; ++n) CHECK_FALSE(parse_route_refresh(v.view().first(n)));
  }
  const auto m = parse_route_refresh(hex("00020101"));
  CHECK(m->family == ipv6_unicast);
  CHECK(m->subtype == refresh_subtype::begin);
}

TEST_CASE("ROUTE-REFRESH: in words (RFC 7313 3.2)") {
  const auto words = [](std::string_view body) { return text(*parse_route_refresh(hex(body))); };
  CHECK(words("00010001") == "IPV4/UNICAST");
  CHECK(words("00010101") == "IPV4/UNICAST, begin (BoRR)");
  CHECK(words("00010201") == "IPV4/UNICAST, end (EoRR)");
  CHECK(words("00010701") == "IPV4/UNICAST, subtype 7");
  CHECK(words("00010001 01") == "IPV4/UNICAST, with filters");
  CHECK(parse_refresh_subtype("borr") == refresh_subtype::begin);
  CHECK_FALSE(parse_refresh_subtype("soon"));
}
