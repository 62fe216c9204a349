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

TEST_CASE("extended communities: forms of route targets") {
  const auto read = [](std::string_view text) { return ExtCommunity::read(hex(text).data()); };
  const auto as2 = read("0002 fde9 00000064"), ip4 = read("0102 c0000201 0064"), as4 = read("0203 00011170 0064");
  CHECK(as2.type_name() == "TARGET");
  CHECK(as2.form() == ExtForm::as2);
  CHECK(as2.asn() == 65001);
  CHECK(as2.local() == 100);
  CHECK(ip4.type_name() == "IP4_TARGET");
  CHECK(ip4.address().text() == "192.0.2.1");
  CHECK(ip4.local() == 100);
  CHECK(as4.type_name() == "AS4_ORIGIN");
  CHECK(as4.asn() == 70000);
  CHECK(as4.local() == 100);
  CHECK(ext_value_as2(65001, 100) == as2.value);
  CHECK(ext_value_ip4(ip4.address(), 100) == ip4.value);
  CHECK(ext_value_as4(70000, 100) == as4.value);
}

TEST_CASE("extended communities: the non-transitive bit is not part of the name") {
  const auto c = ExtCommunity::read(hex("4002 fde9 00000064").data());
  CHECK(c.non_transitive());
  CHECK(c.type_name() == "TARGET");
  CHECK(c.form() == ExtForm::as2);
}

TEST_CASE("extended communities: flow actions, and what a form cannot show") {
  const auto read = [](std::string_view text) { return ExtCommunity::read(hex(text).data()); };
  const auto rate = read("8006 0007 447a0000");
  CHECK(rate.form() == ExtForm::rate);
  CHECK(rate.rate_id() == 7);
  CHECK(rate.rate() == 1000.0F);
  CHECK(rate.exact());
  CHECK(ext_value_rate(7, 1000.0F) == rate.value);
  CHECK_FALSE(read("8006 0007 7fc00000").exact());
  const auto action = read("8007 000000000002");
  CHECK(action.sample());
  CHECK_FALSE(action.terminal());
  CHECK(action.exact());
  CHECK_FALSE(read("8007 010000000002").exact());
  CHECK(read("8009 00000000002e").dscp() == 46);
  CHECK_FALSE(read("8009 0000000000ee").exact());
  CHECK(read("0800 000000000001").copy());
  CHECK(read("8008 fde9 00000064").form() == ExtForm::as2);
  CHECK(read("8108 c0000201 0064").form() == ExtForm::ip4);
  CHECK(read("8208 00011170 0064").form() == ExtForm::as4);
  CHECK(read("030c 000000000008").form() == ExtForm::raw);
  CHECK(read("030c 000000000008").type_name().empty());
}

TEST_CASE("extended communities: types by name or number; eight bytes there and back") {
  CHECK(parse_ext_type("target") == 2);
  CHECK(parse_ext_type("0x30c") == 0x30c);
  CHECK(parse_ext_type("TRANSITIVE") == 0x4000);
  CHECK_FALSE(parse_ext_type("0x10000"));
  CHECK_FALSE(parse_ext_type("-1"));
  CHECK_FALSE(parse_ext_type("TARGETS"));
  for (unsigned t = 0; t < 0x10000; ++t) {
    const ExtCommunity c{static_cast<std::uint16_t>(t), 0x123456789abc};
    base::Buffer out;
    encode(out, c);
    if (ExtCommunity::read(out.data()) != c) FAIL_CHECK("type ", t);
    const auto n = c.type_name();
    if (!n.empty() && parse_ext_type(n) != (t & ~0x4000u)) FAIL_CHECK("name ", t);
  }
}
