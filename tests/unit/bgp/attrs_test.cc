#include "bgp/attrs.hh"

#include "bgp/ext_community.hh"
#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

TEST_CASE("ORIGIN: three names, no other") {
  CHECK(origin_name(0) == "IGP");
  CHECK(origin_name(2) == "INCOMPLETE");
  CHECK(origin_name(3).empty());
  CHECK(parse_origin("egp") == 1);
  CHECK_FALSE(parse_origin("EBGP"));
}

TEST_CASE("AGGREGATOR: 6 bytes in a 2-byte context, 8 in a 4-byte one") {
  const auto narrow = parse_aggregator(hex("fde9 c0000201"), false),
             wide = parse_aggregator(hex("00011170 c0000201"), true);
  REQUIRE(narrow);
  REQUIRE(wide);
  CHECK(narrow->asn == 65001);
  CHECK(wide->asn == 70000);
  CHECK(wide->address.text() == "192.0.2.1");
  CHECK_FALSE(parse_aggregator(hex("fde9 c0000201"), true));
  CHECK_FALSE(parse_aggregator(hex("00011170 c0000201"), false));
  base::Buffer out;
  encode(out, *wide, true);
  CHECK(hex_of(out) == "00011170c0000201");
  out.clear();
  encode(out, *wide, false);
  CHECK(hex_of(out) == "5ba0c0000201");
}

TEST_CASE("communities: counted, indexed, walked, and written back") {
  const auto v = hex("fde90064 ffff029a");
  const Communities list(v);
  CHECK(list.whole());
  REQUIRE(list.size() == 2);
  CHECK(list[1] == Community{65535, 666});
  base::Buffer out;
  for (const Community c : list) encode(out, c);
  CHECK(base::equal(out, v));
}

TEST_CASE("communities: what is left behind the last whole one is not shown") {
  const auto v = hex("fde90064 ffff");
  const Communities list(v);
  CHECK_FALSE(list.whole());
  CHECK(list.size() == 1);
  CHECK(Communities({}).empty());
  CHECK(Communities({}).begin() == Communities({}).end());
}

TEST_CASE("large communities and cluster ids") {
  const auto v = hex("0000fde9 00000001 00000002");
  base::Buffer out;
  for (const LargeCommunity c : LargeCommunities(v)) {
    CHECK(c == LargeCommunity{65001, 1, 2});
    encode(out, c);
  }
  CHECK(base::equal(out, v));
  const auto clusters = hex("0a000001 0a000002");
  CHECK(ClusterList(clusters).size() == 2);
  CHECK(ClusterList(clusters)[1].id.text() == "10.0.0.2");
}

TEST_CASE("communities: well-known names in any case, with either dash") {
  CHECK(parse_well_known_community("no-export") == Community{65535, 65281});
  CHECK(parse_well_known_community("NO_EXPORT_SUBCONFED") == Community{65535, 65283});
  CHECK(parse_well_known_community("nopeer") == Community{65535, 65284});
  CHECK(parse_well_known_community("Blackhole") == Community{65535, 666});
  CHECK(parse_well_known_community("graceful-shutdown") == Community{65535, 0});
  for (const char* bad : {"", "export", "no-export-subconfederation-and-more-than-that"})
    CHECK_FALSE(parse_well_known_community(bad));
}

namespace {
ExtCommunity ext(std::string_view text) { return ExtCommunity::read(hex(text).data()); }
ExtType type_of(std::string_view text) { return ext_type(ext(text).type); }
bool exact(std::string_view text) { return ext(text).exact(type_of(text).form); }
}  // namespace

TEST_CASE("extended communities: forms of route targets") {
  const char *as2 = "0002 fde9 00000064", *ip4 = "0102 c0000201 0064", *as4 = "0203 00011170 0064";
  CHECK(type_of(as2).name == "TARGET");
  CHECK(type_of(as2).form == ExtForm::as2);
  CHECK(ext(as2).asn(ExtForm::as2) == 65001);
  CHECK(ext(as2).local(ExtForm::as2) == 100);
  CHECK(type_of(ip4).name == "IP4_TARGET");
  CHECK(ext(ip4).address().text() == "192.0.2.1");
  CHECK(ext(ip4).local(ExtForm::ip4) == 100);
  CHECK(type_of(as4).name == "AS4_ORIGIN");
  CHECK(ext(as4).asn(ExtForm::as4) == 70000);
  CHECK(ext(as4).local(ExtForm::as4) == 100);
  CHECK(ext_value_as2(65001, 100) == ext(as2).value);
  CHECK(ext_value_ip4(ext(ip4).address(), 100) == ext(ip4).value);
  CHECK(ext_value_as4(70000, 100) == ext(as4).value);
}

TEST_CASE("extended communities: the non-transitive bit is not part of the name") {
  CHECK(ext("4002 fde9 00000064").non_transitive());
  CHECK(type_of("4002 fde9 00000064").name == "TARGET");
  CHECK(type_of("4002 fde9 00000064").form == ExtForm::as2);
}

TEST_CASE("extended communities: flow actions, and what a form cannot show") {
  const auto rate = ext("8006 0007 447a0000");
  CHECK(type_of("8006 0007 447a0000").form == ExtForm::rate);
  CHECK(rate.rate_id() == 7);
  CHECK(rate.rate() == 1000.0F);
  CHECK(exact("8006 0007 447a0000"));
  CHECK(ext_value_rate(7, 1000.0F) == rate.value);
  CHECK_FALSE(exact("8006 0007 7fc00000"));
  const auto action = ext("8007 000000000002");
  CHECK(action.sample());
  CHECK_FALSE(action.terminal());
  CHECK(exact("8007 000000000002"));
  CHECK_FALSE(exact("8007 010000000002"));
  CHECK(ext("8009 00000000002e").dscp() == 46);
  CHECK_FALSE(exact("8009 0000000000ee"));
  CHECK(ext("0800 000000000001").copy());
  CHECK(type_of("8008 fde9 00000064").form == ExtForm::as2);
  CHECK(type_of("8108 c0000201 0064").form == ExtForm::ip4);
  CHECK(type_of("8208 00011170 0064").form == ExtForm::as4);
  CHECK(exact("030b 0000 00000064"));
  CHECK_FALSE(exact("030b 4000 00000064"));
  CHECK(exact("030c 0000 00000008"));
  CHECK_FALSE(exact("030c 0001 00000008"));
}

TEST_CASE("extended communities: types without a name read as their family does") {
  CHECK(type_of("0077 000000000000").form == ExtForm::as2);
  CHECK(type_of("0177 000000000000").form == ExtForm::ip4);
  CHECK(type_of("0277 000000000000").form == ExtForm::as4);
  CHECK(type_of("1234 000000000000").form == ExtForm::raw);
  CHECK(type_of("1234 000000000000").name.empty());
}

TEST_CASE("extended communities: types by name or number; eight bytes there and back") {
  CHECK(parse_ext_type("target")->type == 2);
  CHECK(parse_ext_type("0x30c")->type == 0x30c);
  CHECK(parse_ext_type("TRANSITIVE")->type == 0x4000);
  CHECK_FALSE(parse_ext_type("0x10000"));
  CHECK_FALSE(parse_ext_type("-1"));
  CHECK_FALSE(parse_ext_type("TARGETS"));
  // The Go tool has no name for it, and another form.
  CHECK(parse_ext_type("LINK_BANDWIDTH")->form == ExtForm::bandwidth);
  CHECK(parse_ext_type("0x4004")->form == ExtForm::as2);
  std::size_t named = 0;
  for (unsigned t = 0; t < 0x10000; ++t) {
    const ExtCommunity c{static_cast<std::uint16_t>(t), 0x123456789abc};
    base::Buffer out;
    encode(out, c);
    if (ExtCommunity::read(out.data()) != c) FAIL_CHECK("type ", t);
    const ExtType type = ext_type(c.type);
    if (type.name.empty()) continue;
    ++named;
    if (parse_ext_type(type.name)->type != (t & ~0x4000u) || type.name.size() > 22) FAIL_CHECK("name ", t);
  }
  CHECK(named > 150);
}

TEST_CASE("IPv6 extended communities: twenty bytes of type, address and value (RFC 5701)") {
  const auto v = hex("0002 20010db8000000000000000000000001 0064 4003 20010db8000000000000000000000002 0001");
  const Ipv6ExtCommunities items(v);
  REQUIRE(items.size() == 2);
  CHECK(items[0].type_name() == "TARGET");
  CHECK(items[0].local == 100);
  CHECK(items[1].type_name() == "ORIGIN");
  CHECK(items[1].non_transitive());
  base::Buffer out;
  for (const Ipv6ExtCommunity c : items) encode(out, c);
  CHECK(base::equal(out, v));
  CHECK(parse_ipv6_ext_type("flow_redirect") == 0x000d);
  CHECK(parse_ipv6_ext_type("0x4011") == 0x4011);
  CHECK_FALSE(parse_ipv6_ext_type("0x10000"));
}
