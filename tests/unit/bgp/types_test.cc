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

TEST_CASE("family set: every family that an ADD-PATH capability can name") {
  FamilySet s, other_order;
  CHECK(s.empty());
  const Family odd{static_cast<Afi>(99), static_cast<Safi>(200)}, ls{Afi::ls, Safi::ls};
  const Family evpn{Afi::l2vpn, Safi::evpn};
  for (const Family f : {ipv6_unicast, evpn, odd, ls, odd}) s.add(f);
  for (const Family f : {ls, odd, evpn, ipv6_unicast}) other_order.add(f);
  for (const Family f : {ipv6_unicast, evpn, odd, ls}) CHECK(s.has(f));
  CHECK_FALSE(s.has(ipv4_unicast));
  CHECK_FALSE(s.has({Afi::ipv6, Safi::multicast}));
  CHECK_FALSE(s.has({static_cast<Afi>(99), static_cast<Safi>(201)}));
  CHECK(s == other_order);
  CHECK(s.list() == std::vector<Family>{ipv6_unicast, evpn, odd, ls});
  other_order.add(ipv4_unicast);
  CHECK(s != other_order);
  for (const Family f : {ipv4_unicast, ipv6_unicast, ls}) other_order.remove(f);
  CHECK(other_order.list() == std::vector<Family>{evpn, odd});
  FamilySet only_odd;
  only_odd.add(odd);
  CHECK_FALSE(only_odd.empty());
}

TEST_CASE("family set: all of them") {
  const FamilySet all = FamilySet::all();
  CHECK(all.has(ipv4_unicast));
  CHECK(all.has({static_cast<Afi>(65535), static_cast<Safi>(255)}));
  CHECK(all.is_all());
  FamilySet more = all;
  more.add({static_cast<Afi>(99), static_cast<Safi>(200)});
  CHECK(more == all);
  const Family odd{static_cast<Afi>(99), static_cast<Safi>(200)};
  more.remove(odd);
  CHECK_FALSE(more.has(odd));
  CHECK(more.has({static_cast<Afi>(99), static_cast<Safi>(201)}));
  CHECK_FALSE(more.is_all());
  more.add(odd);
  CHECK(more == all);
}

TEST_CASE("family set: what is in one of two, and in both") {
  const Family odd{static_cast<Afi>(99), static_cast<Safi>(200)}, ls{Afi::ls, Safi::ls};
  FamilySet a, b, all_but_odd = FamilySet::all();
  for (const Family f : {ipv4_unicast, odd}) a.add(f);
  for (const Family f : {ipv4_unicast, ipv6_unicast, ls}) b.add(f);
  all_but_odd.remove(odd);
  const auto united = [](FamilySet x, const FamilySet& y) { return x.unite(y), x; };
  const auto common = [](FamilySet x, const FamilySet& y) { return x.intersect(y), x; };
  CHECK(united(a, b).list() == std::vector<Family>{ipv4_unicast, ipv6_unicast, odd, ls});
  CHECK(common(a, b).list() == std::vector<Family>{ipv4_unicast});
  CHECK(united(all_but_odd, a) == FamilySet::all());
  CHECK(united(a, all_but_odd) == FamilySet::all());
  CHECK(common(a, all_but_odd).list() == std::vector<Family>{ipv4_unicast});
  CHECK(common(all_but_odd, b) == b);
  CHECK(common(all_but_odd, FamilySet::all()) == all_but_odd);
}
