#include "bgp/types.hh"

#include <doctest/doctest.h>

#include "bgp/context.hh"

using namespace bgp;

TEST_CASE("names: every number of every type is printed so that it parses back") {
  for (unsigned i = 0; i < 256; ++i) {
    CHECK(parse_msg_type(name(static_cast<MsgType>(i))) == static_cast<MsgType>(i));
    CHECK(parse_safi(name(static_cast<Safi>(i))) == static_cast<Safi>(i));
  }
  for (unsigned i = 0; i < 65536; ++i)
    if (parse_afi(name(static_cast<Afi>(i))) != static_cast<Afi>(i)) FAIL_CHECK("AFI ", i);
}

TEST_CASE("names: those of the JSON format, unknown ones by number") {
  CHECK(name(MsgType::notification) == "NOTIFY");
  CHECK(name(MsgType::route_refresh) == "REFRESH");
  CHECK(name(static_cast<MsgType>(9)) == "Type(9)");
  CHECK(name(ipv6_unicast) == "IPV6/UNICAST");
  CHECK(name(Family{Afi::l2vpn, Safi::evpn}) == "L2VPN/EVPNS");
  CHECK(name(Family{static_cast<Afi>(99), static_cast<Safi>(200)}) == "AFI(99)/SAFI(200)");
}

TEST_CASE("names: case does not matter, anything else does") {
  CHECK(parse_family("ipv4/Unicast") == ipv4_unicast);
  CHECK(parse_family("afi(99)/safi(200)") == Family{static_cast<Afi>(99), static_cast<Safi>(200)});
  CHECK(parse_msg_type("type(9)") == static_cast<MsgType>(9));
  for (const char* bad : {"", "/", "IPV4", "IPV4/", "/UNICAST", "IPV4/UNICAST/", "AFI(65536)/UNICAST", "AFI()/UNICAST",
                          "AFI(-1)/UNICAST", "AFI(1/UNICAST", "IPV4/SAFI(256)"})
    CHECK_FALSE(parse_family(bad));
  for (const char* bad : {"", "Type()", "Type(256)", "Type(9", "UPDATES"}) CHECK_FALSE(parse_msg_type(bad));
}

TEST_CASE("family set: families have bits of their own, others are never in it") {
  FamilySet s;
  CHECK(s.empty());
  s.add(ipv6_unicast);
  s.add({Afi::l2vpn, Safi::evpn});
  CHECK(s.has(ipv6_unicast));
  CHECK(s.has({Afi::l2vpn, Safi::evpn}));
  CHECK_FALSE(s.has(ipv4_unicast));
  CHECK_FALSE(s.has({Afi::ipv6, Safi::multicast}));
  s.remove(ipv6_unicast);
  CHECK_FALSE(s.has(ipv6_unicast));
  const Family odd{static_cast<Afi>(99), Safi::unicast};
  s.add(odd);
  CHECK_FALSE(s.has(odd));
  CHECK_FALSE(FamilySet::all().has(odd));
  CHECK(FamilySet::all().has(ipv4_unicast));
}
