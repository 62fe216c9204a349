#include "bgp/guess.hh"

#include "build.hh"

using namespace bgp;

namespace {

const Context wide{}, narrow{.as4 = false};

Context guess(base::Bytes body, const Context& assumed = {}) {
  UpdateIndex u;
  REQUIRE(u.parse(body));
  return guess_context(u, assumed);
}
bool as4(std::string_view attributes, const Context& assumed) {
  return guess(test::body({}, test::hex(attributes), {}), assumed).as4;
}

}  // namespace

TEST_CASE("guess: the width of AS numbers is that in which AS_PATH is well-formed") {
  for (const Context& assumed : {wide, narrow}) {
    CHECK(as4("400206 0201 0000fde9", assumed));
    CHECK_FALSE(as4("400204 0201 fde9", assumed));
    CHECK(as4("400210 0202 0000fde9 0000fdea 0101 00000001", assumed));
    CHECK_FALSE(as4("400208 0201 fde9 0101 0001", assumed));
    CHECK_FALSE(as4("40020a 0301 fde9 0202 fdea fdeb", assumed));  // with a confederation (RFC 5065 3)
  }
}

TEST_CASE("guess: AGGREGATOR tells it by its length (RFC 6793 3)") {
  for (const Context& assumed : {wide, narrow}) {
    CHECK(as4("400200 c00708 0000fde9 c0000201", assumed));
    CHECK_FALSE(as4("400200 c00706 fde9 c0000201", assumed));
  }
}

TEST_CASE("guess: only a 2-byte session carries AS4_PATH (RFC 6793 3)") {
  CHECK_FALSE(as4("400200 c01106 0201 fa56ea00", wide));
  CHECK_FALSE(as4("400200 c01208 fa56ea00 c0000201", wide));
}

TEST_CASE("guess: where both widths are well-formed the path without AS 0 is taken (RFC 7607)") {
  // 258 66051, or 0 258 and a set of 771.
  CHECK(as4("40020a 0202 00000102 00010203", narrow));
  CHECK_FALSE(as4("400208 0201 0102 0201 0304", wide));
}

TEST_CASE("guess: what nothing tells is as assumed") {
  CHECK(as4("40010100 400200", wide));
  CHECK_FALSE(as4("40010100 400200", narrow));
  CHECK_FALSE(as4("400203 0205fd", narrow));
  CHECK(guess(test::body({}, {}, {}), wide) == wide);
}

TEST_CASE("guess: path ids are there when the NLRI are well-formed only with them (RFC 7911 3)") {
  const base::Buffer attributes = test::hex(test::basic);
  const auto with = test::prefixes({"10.0.0.0/8", "192.0.2.0/24"}, 1);
  const auto without = test::prefixes({"10.0.0.0/8", "192.0.2.0/24"});
  Context assumed;
  CHECK(guess(test::body({}, attributes, with)).add_path.has(ipv4_unicast));
  CHECK(guess(test::body(with, {}, {})).add_path.has(ipv4_unicast));
  CHECK_FALSE(guess(test::body({}, attributes, without)).add_path.has(ipv4_unicast));
  CHECK_FALSE(guess(test::body({}, attributes, with)).add_path.has({Afi::ipv6, Safi::unicast}));
  // 24.192.0.2/24 twice reads as a path id and a prefix: then what is assumed stands.
  const auto both = test::hex("18c00002 18c00003");
  CHECK_FALSE(guess(test::body({}, attributes, both), assumed).add_path.has(ipv4_unicast));
  assumed.add_path.add(ipv4_unicast);
  CHECK(guess(test::body({}, attributes, both), assumed).add_path.has(ipv4_unicast));
}

TEST_CASE("guess: a default route with path id 0 is not five default routes") {
  const auto zeros = test::prefixes({"0.0.0.0/0"}, 0);
  CHECK(guess(test::body({}, test::hex(test::basic), zeros)).add_path.has(ipv4_unicast));
  CHECK_FALSE(guess(test::body({}, test::hex(test::basic), test::prefixes({"0.0.0.0/0"}))).add_path.has(ipv4_unicast));
}

TEST_CASE("guess: path ids of the families in MP_REACH_NLRI and MP_UNREACH_NLRI") {
  const Family ipv6{Afi::ipv6, Safi::unicast}, vpn{Afi::ipv4, Safi::mpls_vpn};
  const auto with = guess(test::body({}, test::hex("800f0c 000201 00000007 2020010db8"), {}));
  CHECK(with.add_path.has(ipv6));
  CHECK_FALSE(with.add_path.has(ipv4_unicast));
  CHECK_FALSE(guess(test::body({}, test::hex("800f08 000201 2020010db8"), {})).add_path.has(ipv6));
  // Label, route distinguisher, 10/8.
  CHECK(guess(test::body({}, test::hex("800f14 000180 00000007 60 800000 0000000000000001 0a"), {})).add_path.has(vpn));
  CHECK_FALSE(guess(test::body({}, test::hex("800f10 000180 60 800000 0000000000000001 0a"), {})).add_path.has(vpn));
}
