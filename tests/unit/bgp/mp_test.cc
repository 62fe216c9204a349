#include "bgp/mp.hh"

#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

TEST_CASE("MP_REACH: family, next hop and NLRI, and the same bytes back (RFC 4760 3)") {
  const auto v = hex("0002 01 10 20010db8000000000000000000000001 00 2020010db8");
  const auto m = parse_mp_reach(v);
  REQUIRE(m);
  CHECK(m->family == ipv6_unicast);
  CHECK(m->next_hop.size() == 16);
  CHECK(hex_of(m->nlri) == "2020010db8");
  base::Buffer out;
  encode(out, *m);
  CHECK(base::equal(out, v));
}

TEST_CASE("MP_REACH: the reserved byte is kept as it came") {
  const auto v = hex("0001 80 00 05 aabb");
  base::Buffer out;
  encode(out, *parse_mp_reach(v));
  CHECK(base::equal(out, v));
}

TEST_CASE("MP_REACH: every truncation before the NLRI resets the session (RFC 7606 7.11)") {
  const auto v = hex("0002 01 10 20010db8000000000000000000000001 00");
  for (std::size_t n = 0; n < v.size(); ++n) {
    const base::Buffer cut(v.view().first(n));
    const auto m = parse_mp_reach(cut);
    REQUIRE_FALSE(m);
    CHECK(m.error().severity == Severity::session_reset);
    CHECK(m.error().attribute == 14);
  }
  CHECK(parse_mp_reach(v)->nlri.empty());
}

TEST_CASE("MP_UNREACH: three bytes at least (RFC 7606 7.12)") {
  const auto v = hex("0001 01 18c00002");
  const auto m = parse_mp_unreach(v);
  REQUIRE(m);
  CHECK(m->family == ipv4_unicast);
  CHECK(hex_of(m->nlri) == "18c00002");
  base::Buffer out;
  encode(out, *m);
  CHECK(base::equal(out, v));
  for (std::size_t n = 0; n < 3; ++n) CHECK_FALSE(parse_mp_unreach(base::Buffer(v.view().first(n))));
}

TEST_CASE("next hop: 4, 16 and 32 bytes; with route distinguishers when they are zero (RFC 2545 3, 4659, 8950 4)") {
  const std::string a = "20010db8000000000000000000000001", l = "fe800000000000000000000000000002", rd(16, '0');
  CHECK(parse_next_hop(hex("c0000201"))->global.text() == "192.0.2.1");
  CHECK(parse_next_hop(hex(a))->global.text() == "2001:db8::1");
  CHECK(parse_next_hop(hex(a))->link_local.empty());
  CHECK(parse_next_hop(hex(a + l))->link_local.text() == "fe80::2");
  CHECK(parse_next_hop(hex(rd + a))->global.text() == "2001:db8::1");
  CHECK(parse_next_hop(hex(rd + a + rd + l))->link_local.text() == "fe80::2");
  CHECK_FALSE(parse_next_hop(hex("0000000000000001" + a)));
  for (const std::size_t n : {0, 1, 3, 5, 8, 12, 15, 17, 31, 33, 47, 49})
    CHECK_FALSE(parse_next_hop(base::as_bytes(std::string(n, '\0'))));
}
