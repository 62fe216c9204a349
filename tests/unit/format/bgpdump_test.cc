#include "format/bgpdump.hh"

#include "bgp/report.hh"
#include "format/put.hh"
#include "lines.hh"

namespace {

const std::string origin = "40010100", path = "40020a0202 0000fde9 fa56ea00", hop = "400304 c0000209";
const std::string basic = origin + path + hop;
const std::string head = "BGP4MP|1000000000|A|192.0.2.1|65001|", tail = "|65001 4200000000|IGP|192.0.2.9|0|0||NAG||\n";
const std::string v6_hop = "20010db8000000000000000000000009";

struct Given {
  bgp::Record record = bgp::Record::bgp4mp;
  bgp::Context context = {};
  bool local = false;
};

std::string print(bgp::MessageView m, const Given& g) {
  bgp::PeerInfo peer{.peer_ip = *base::Address::parse("192.0.2.1"),
                     .local_ip = *base::Address::parse("192.0.2.2"),
                     .peer_as = 65001,
                     .local_as = 65002};
  m.peer = &peer;
  m.time = 1'000'000'000 * base::second + 42 * base::microsecond;
  m.record = g.record;
  m.local = g.local;
  base::Buffer out;
  format::BgpdumpEncoder e;
  const bool printed = e.encode(m, out);
  CHECK(printed == !out.empty());
  return std::string(out.text());
}
std::string lines(const std::string& attributes, const std::string& nlri, const std::string& withdrawn = "",
                  const Given& g = {}) {
  const bgp::OwnedMessage m = test::update(attributes, nlri, g.context, withdrawn);
  return print(m.view(), g);
}
// The fields behind the prefix of one route.
std::string fields(const std::string& attributes, const Given& g = {}) {
  const std::string all = lines(attributes, "080a", "", g);
  const std::size_t at = all.find("10.0.0.0/8");
  REQUIRE(at != std::string::npos);
  return all.substr(at + 11, all.size() - at - 12);
}
Given two_byte() {
  Given g;
  g.context.as4 = false;
  return g;
}
Given with_path_ids(bgp::Record r = bgp::Record::bgp4mp) {
  Given g{.record = r};
  g.context.add_path = bgp::FamilySet::all();
  return g;
}

}  // namespace

// Each expectation is what `bgpdump -m` printed for the same record.

TEST_CASE("bgpdump: a line for each prefix, withdrawals first, MP behind the others") {
  CHECK(lines(basic, "080a 170a0102") == head + "10.0.0.0/8" + tail + head + "10.1.2.0/23" + tail);
  const std::string mp = "800e1a 0002 01 10" + v6_hop + "00 20 20010db8", unreach = "800f08 0002 01 20 20010db9";
  CHECK(lines(basic + mp + unreach, "080a", "080b") ==
        "BGP4MP|1000000000|W|192.0.2.1|65001|11.0.0.0/8\n"
        "BGP4MP|1000000000|W|192.0.2.1|65001|2001:db9::/32\n" +
            head + "10.0.0.0/8" + tail + head + "2001:db8::/32|65001 4200000000|IGP|2001:db8::9|0|0||NAG||\n");
  CHECK(lines("", "").empty());
  CHECK(lines(basic, "").empty());
}

TEST_CASE("bgpdump: bits behind the length are shown as they stand, a bad prefix ends the list") {
  CHECK(lines(basic, "140a01ff") == head + "10.1.255.0/20" + tail);
  CHECK(lines(basic, "080a 21 0a01020304") == head + "10.0.0.0/8" + tail);
  CHECK(lines(basic, "080a 18 01") == head + "10.0.0.0/8" + tail);
}

TEST_CASE("bgpdump: AS paths") {
  const auto shown = [](const std::string& segments) {
    base::Buffer b = test::hex(segments);
    base::Buffer size;
    size.push(static_cast<std::uint8_t>(b.size()));
    const std::string all = fields(origin + "4002" + base::to_hex(size) + segments);
    return all.substr(0, all.find('|'));
  };
  CHECK(shown("0202 00000001 00000002 0102 00000003 00000004 0302 00000005 00000006 0402 00000007 00000008"
              "0201 00000009") == "1 2 {3,4} (5 6) [7,8] 9");
  CHECK(shown("").empty());
  CHECK(shown("0200 0201 00000001") == "1");
  CHECK(shown("0201 00000001 0200 0201 00000003") == "1 3");
  CHECK(shown("0201 00000001 0100") == "1 {}");
  CHECK(shown("0100 0201 00000001") == "{}1");
  CHECK(shown("0901 00000001") == "! Error !");
  CHECK(shown("0201 00000007 0205 0000") == "! Error !");
  CHECK(shown("0201 00000007 02") == "! Error !");
}

TEST_CASE("bgpdump: attributes that are missing, short or of no meaning") {
  CHECK(fields(path + hop) == "65001 4200000000|INCOMPLETE|192.0.2.9|0|0||NAG||");
  CHECK(fields("400101ff" + path + hop) == "65001 4200000000|INCOMPLETE|192.0.2.9|0|0||NAG||");
  CHECK(fields("40010101" + path + hop) == "65001 4200000000|EGP|192.0.2.9|0|0||NAG||");
  CHECK(fields("400100" + hop) == "|IGP|192.0.2.9|0|0||NAG||");
  CHECK(fields(origin) == "|IGP|255.255.255.255|0|0||NAG||");
  CHECK(fields("") == "|INCOMPLETE|255.255.255.255|0|0||NAG||");
  CHECK(fields(origin + "4003020102") == "|IGP|1.2.0.0|0|0||NAG||");
  CHECK(fields(origin + hop + "8004020001") == "|IGP|192.0.2.9|0|65536||NAG||");
  CHECK(fields(origin + hop + "800404ee6b2800 400504b2d05e00") == "|IGP|192.0.2.9|3000000000|4000000000||NAG||");
  // The list of attributes ends early.
  CHECK(fields(origin + hop + "c0082000010002") == "|IGP|192.0.2.9|0|0||NAG||");
}

TEST_CASE("bgpdump: communities, and the three that have names") {
  CHECK(fields(origin + hop + "c0081c ffffff01 ffffff02 ffffff03 ffffff04 ffff029a 00010002 00000000") ==
        "|IGP|192.0.2.9|0|0|no-export no-advertise local-AS 65535:65284 65535:666 1:2 0:0|NAG||");
  CHECK(fields(origin + hop + "c00805 0001000200") == "|IGP|192.0.2.9|0|0|1:2|NAG||");
  CHECK(fields(origin + hop + "c00800") == "|IGP|192.0.2.9|0|0||NAG||");
}

TEST_CASE("bgpdump: aggregators") {
  CHECK(fields(origin + hop + "400600 c00708 fa56ea01 0a090909") == "|IGP|192.0.2.9|0|0||AG|4200000001 10.9.9.9|");
  CHECK(fields(origin + hop + "c00706 fde9 0a090909") == "|IGP|192.0.2.9|0|0||NAG|4259908105 9.9.0.0|");
  CHECK(fields(origin + hop + "c00700") == "|IGP|192.0.2.9|0|0||NAG|0 0.0.0.0|");
  CHECK(fields(origin + hop + "c00708 0000fde8 c0a8000f", two_byte()) == "|IGP|192.0.2.9|0|0||NAG|0 253.232.192.168|");
}

TEST_CASE("bgpdump: AS4_PATH and AS4_AGGREGATOR complete what has 2 bytes (RFC 6793 4.2.3)") {
  const std::string two = origin + "4002060202 fde9 5ba0" + hop;
  CHECK(fields(two, two_byte()) == "65001 23456|IGP|192.0.2.9|0|0||NAG||");
  CHECK(fields(two + "c01106 0201 fa56ea00", two_byte()) == "65001 4200000000|IGP|192.0.2.9|0|0||NAG||");
  CHECK(fields(two + "c00706 5ba0 0a090909 c01208 fa56ea09 0a090908", two_byte()) ==
        "65001 23456|IGP|192.0.2.9|0|0||NAG|4200000009 10.9.9.8|");
  CHECK(fields(two + "c00706 0929 0a090909 c01208 fa56ea09 0a090908 c01106 0201 fa56ea00", two_byte()) ==
        "65001 23456|IGP|192.0.2.9|0|0||NAG|2345 10.9.9.9|");
  CHECK(fields(basic + "c01106 0201 00000001") == "65001 4200000000|IGP|192.0.2.9|0|0||NAG||");
}

TEST_CASE("bgpdump: next hops of MP_REACH_NLRI, and the families it knows") {
  const auto mp = [](const std::string& family, const std::string& next_hop, const std::string& nlri) {
    const std::string value = family + next_hop + "00" + nlri;
    base::Buffer size;
    size.push(static_cast<std::uint8_t>(test::hex(value).size()));
    const std::string all = lines(origin + hop + "800e" + base::to_hex(size) + value, "");
    return all.empty() ? all : all.substr(head.size(), all.size() - head.size() - 1);
  };
  const std::string rest = "|0|0||NAG||";
  CHECK(mp("000201", "20" + v6_hop + "fe800000000000000000000000000001", "080a") == "a00::/8||IGP|2001:db8::9" + rest);
  CHECK(mp("000202", "10" + v6_hop, "080a") == "a00::/8||IGP|2001:db8::9" + rest);
  CHECK(mp("000203", "10" + v6_hop, "080a") == "a00::/8||IGP|2001:db8::9" + rest);
  CHECK(mp("000201", "0401020304", "080a") == "a00::/8||IGP|1.2.3.4" + rest);
  CHECK(mp("000102", "0409090909", "080a") == "10.0.0.0/8||IGP|9.9.9.9" + rest);
  CHECK(mp("000101", "10" + v6_hop, "080a") == "10.0.0.0/8||IGP|2001:db8::9" + rest);
  CHECK(mp("000104", "0409090909", "080a").empty());
  CHECK(mp("194646", "0409090909", "080a").empty());
}

TEST_CASE("bgpdump: IPv6 addresses are written the old way") {
  const auto shown = [](const std::string& address) {
    char text[64 + format::put_slack];
    const auto b = base::Address::parse(address);
    REQUIRE(b);
    return std::string(text, format::put_v6_classic(text, b->bytes().data()));
  };
  CHECK(shown("2001:db8:1:1:1:1:1:0") == "2001:db8:1:1:1:1:1::");
  CHECK(shown("0:1:1:1:1:1:1:1") == "::1:1:1:1:1:1:1");
  CHECK(shown("1:0:1:0:1:0:1:0") == "1::1:0:1:0:1:0");
  CHECK(shown("1:0:1:0:0:1:0:0") == "1:0:1::1:0:0");
  CHECK(shown("::ffff:0:0") == "::ffff:0.0.0.0");
  CHECK(shown("::1:0") == "::0.1.0.0");
  CHECK(shown("::ffff") == "::0.0.255.255");
  CHECK(shown("::1:2:3") == "::1:2:3");
  CHECK(shown("::fffe:1.2.3.4") == "::fffe:102:304");
  CHECK(shown("::1") == "::1");
  CHECK(shown("::") == "::");
}

TEST_CASE("bgpdump: the kind of record comes first") {
  using bgp::Record;
  const auto kind = [](const Given& g) {
    const std::string all = lines(basic, g.context.add_path.empty() ? "080a" : "00000007 080a", "", g);
    return all.substr(0, all.find("|65001 "));
  };
  CHECK(kind({.record = Record::bgp4mp_et}) == "BGP4MP_ET|1000000000.000042|A|192.0.2.1|65001|10.0.0.0/8");
  CHECK(kind({.record = Record::table_dump}) == "TABLE_DUMP|1000000000|B|192.0.2.1|65001|10.0.0.0/8");
  CHECK(kind({.record = Record::table_dump_v2}) == "TABLE_DUMP2|1000000000|B|192.0.2.1|65001|10.0.0.0/8");
  CHECK(kind({.record = Record::bgp4mp, .local = true}) == "BGP4MP_LOCAL|1000000000|A|192.0.2.1|65001|10.0.0.0/8");
  CHECK(kind(with_path_ids()) == "BGP4MP_AP|1000000000|A|192.0.2.1|65001|10.0.0.0/8|7");
  CHECK(kind(with_path_ids(Record::bgp4mp_et)) == "BGP4MP_ET_AP|1000000000.000042|A|192.0.2.1|65001|10.0.0.0/8|7");
  CHECK(kind(with_path_ids(Record::table_dump_v2)) == "TABLE_DUMP2_AP|1000000000|B|192.0.2.1|65001|10.0.0.0/8|7");
  Given local = with_path_ids();
  local.local = true;
  CHECK(kind(local) == "BGP4MP_AP|1000000000|A|192.0.2.2|65002|10.0.0.0/8|7");
  CHECK(lines("", "", "00000007 080a", with_path_ids()) == "BGP4MP_AP|1000000000|W|192.0.2.1|65001|10.0.0.0/8|7\n");
  // What no archive told is shown as this program would archive it.
  CHECK(kind({.record = Record::none}) == "BGP4MP_ET|1000000000.000042|A|192.0.2.1|65001|10.0.0.0/8");
}

TEST_CASE("bgpdump: the lines of 1999 lack a bar, and of tables that it cannot read it prints nothing") {
  CHECK(lines(origin + hop + "c00804 00010002", "080a", "080b", {.record = bgp::Record::bgp}) ==
        "BGP|1000000000|W|192.0.2.1|65001|11.0.0.0/8\n"
        "BGP|1000000000|A|192.0.2.1|65001|10.0.0.0/8||IGP|192.0.2.9|0|01:2|NAG||\n");
  CHECK(lines(basic, "080a", "", {.record = bgp::Record::bgp4mp_entry}).empty());
  CHECK(
      lines(basic + "800e0d 0001 02 04 c0000209 00 080a 0809", "", "", {.record = bgp::Record::table_dump_v2}).empty());
}

TEST_CASE("bgpdump: changes of state") {
  base::Buffer wire;
  bgp::append_state_change(wire, {bgp::PeerState::established, static_cast<bgp::PeerState>(65535)});
  bgp::MessageView m;
  const bgp::Context c;
  m.wire = wire.view();
  m.type = bgp::MsgType::report;
  m.context = &c;
  CHECK(print(m, {.local = true}) == "BGP4MP|1000000000|STATE|192.0.2.1|65001|6|65535\n");
  CHECK(print(m, {.record = bgp::Record::bgp}) == "BGP|1000000000|STATE|192.0.2.1|65001|6|65535\n");
  const bgp::OwnedMessage keepalive = test::message(bgp::MsgType::keepalive, "");
  CHECK(print(keepalive.view(), {}).empty());
}

TEST_CASE("bgpdump: long attributes repeated for very many prefixes stay bounded") {
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "00";
  std::string communities;
  for (int i = 0; i < 8000; ++i) communities += "fffffffe";
  CHECK(lines(origin + "d008 7d00" + communities, many).size() <= std::size_t{64} << 20);
}
