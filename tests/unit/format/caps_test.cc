#include "format/caps.hh"

#include <doctest/doctest.h>

using bgp::Direction;

namespace {

bgp::Context context(std::string_view caps, Direction d = Direction::right) {
  const auto c = format::read_context(caps, false, d);
  REQUIRE(c);
  return *c;
}

}  // namespace

TEST_CASE("caps: none are 4-byte AS numbers, no path ids, extended messages") {
  CHECK(context("") == bgp::Context{});
  CHECK(context("{}") == bgp::Context{});
  CHECK(context(R"({"MP":["IPV4/UNICAST"],"AS4":65000})") == bgp::Context{});
  CHECK_FALSE(format::read_context("", true, Direction::right)->as4);
  CHECK_FALSE(format::read_context(R"({"AS4":65000})", true, Direction::right)->as4);
}

TEST_CASE("caps: R goes by SEND, L by RECEIVE (RFC 7911 4)") {
  const bgp::Family ipv6{bgp::Afi::ipv6, bgp::Safi::unicast};
  constexpr std::string_view caps = R"({"ADDPATH":["IPV4/UNICAST/BIDIR","IPV6/UNICAST/SEND"]})";
  CHECK(context(caps).add_path.has(bgp::ipv4_unicast));
  CHECK(context(caps).add_path.has(ipv6));
  CHECK(context(caps, Direction::left).add_path.has(bgp::ipv4_unicast));
  CHECK_FALSE(context(caps, Direction::left).add_path.has(ipv6));
  CHECK(context(R"({"EXTENDED_NEXTHOP":["IPV4/UNICAST/IPV6"]})").extended_next_hop.has(bgp::ipv4_unicast));
}

TEST_CASE("caps: what cannot be read is an error") {
  for (const char* bad : {"[]", "AS4", R"({"AS5":1})", R"({"ADDPATH":["IPV4/UNICAST"]})", R"({"AS4":)"})
    CHECK_FALSE(format::read_context(bad, false, Direction::right));
}
