#include "format/json_read.hh"

#include "base/text.hh"
#include "lines.hh"

using test::body_hex;
using test::error;
using test::read;
using test::write;

namespace {

// Lines that the Go tool prints and that we print byte for byte the same.
constexpr std::string_view same_lines[] = {
    R"(["R",1,"2025-07-11T08:47:20.650","OPEN",{"bgp":4,"asn":65055,"id":"0.0.0.1","hold":90,"caps":{"MP":["IPV4/UNICAST","IPV4/FLOWSPEC","IPV6/UNICAST","IPV6/FLOWSPEC"],"ROUTE_REFRESH":true,"EXTENDED_MESSAGE":true,"AS4":65055}},{}])",
    R"(["L",2,"2025-07-11T08:47:22.659","KEEPALIVE",null,{}])",
    R"(["L",3,"2025-07-11T08:47:23.000","REFRESH","0x00010001",{}])",
    R"(["R",243,"2025-07-11T11:23:50.860","UPDATE",{"reach":["8.8.8.0/24","8.8.4.0/24"],"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[64515,15169]},"NEXTHOP":{"flags":"T","value":"192.0.2.1"},"COMMUNITY":{"flags":"OT","value":["64515:100"]},"OTC":{"flags":"OTP","value":6777}}},{"PEER_AS":"8218","PEER_IP":"5.57.80.210"}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"2001:db8::1","link-local":"fe80::1","prefixes":["2001:db8:1::/48"]}}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"2001:db8::1","link-local":"fe80::1","prefixes":["#8#2001:db8:1::/48","#7#2001:db8:2::/48"]}}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST","prefixes":[]}}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[65055]},"MP_REACH":{"flags":"O","value":{"af":"IPV4/FLOWSPEC","rules":[{"DST":"192.0.2.0/24","PROTO":[{"op":"==","val":6}],"PORT_DST":[{"op":">=","val":8000},{"and":true,"op":"<=","val":9000}],"TCP_FLAGS":[{"op":"ALL","len":1,"val":"0x2"}],"FRAG":[{"op":"ANY","len":1,"val":"0x1"}]}]}},"EXT_COMMUNITY":{"flags":"OT","value":[{"type":"FLOW_RATE_BYTES","value":0}]}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"MP_REACH":{"flags":"OX","value":{"af":"L2VPN/VPLS","nh":"0x0a000001","data":"0x7000"}}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"EXT_COMMUNITY":{"flags":"OT","value":[{"type":"TARGET","value":"65000:100"},{"type":"0x1234","value":"0x8"},{"type":"TARGET","value":"65000:1","nontransitive":true},{"type":"FLOW_RATE_BYTES","value":0}]}}},{}])",
    R"(["R",1,"2025-07-11T08:47:20.650","UPDATE",{"attrs":{"AGGREGATOR":{"flags":"OT","value":{"asn":65001, "addr":"198.51.100.1"}}}},{}])",
    R"(["L",470,"2013-12-01T00:00:21.000","UPDATE",{"reach":["27.2.32.0/20"],"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[2497,2914,18403,23456,45543]},"NEXTHOP":{"flags":"T","value":"202.232.0.3"},"AS4PATH":{"flags":"OT","value":[2914,18403,131127,45543]}}},{"LOCAL_AS":"6447","LOCAL_IP":"128.223.51.102","PEER_AS":"2497","PEER_IP":"202.232.0.3"}])",
};

// The body of the UPDATE that a data object stands for.
std::string update(std::string_view object) { return body_hex(read(object)); }
std::string attrs(std::string_view members) {
  const std::string body = update("{\"attrs\":{" + std::string(members) + "}}");
  return body.substr(8);
}
std::string first_attr_error(std::string_view members) { return error("{\"attrs\":{" + std::string(members) + "}}"); }

}  // namespace

TEST_CASE("json reading: lines of the Go tool come out as they were") {
  for (const std::string_view line : same_lines) CHECK(write(read(line)) == line);
}

TEST_CASE("json reading: every truncation of a line fails cleanly") {
  for (const std::string_view line : same_lines)
    for (std::size_t n = 1; n < line.size(); ++n) {
      const std::string part(line.substr(0, n));  // of its own, so that a read past the end is seen
      CHECK(error(part) != "");
    }
}

TEST_CASE("json reading: the seven elements of 2024, with the length before the type") {
  const auto m = read(R"(["R",243,"2025-07-11T11:23:50.860",71,"UPDATE",{"reach":["8.8.8.0/24"]},{"k":"v"}])");
  CHECK(body_hex(m) == "0000000018080808");
  CHECK(m.tags.size() == 1);
  CHECK(body_hex(read(R"(["L",2,"2025-07-11T08:47:22.659",0,"KEEPALIVE",null,{}])")) == "");
  CHECK(body_hex(read(R"(["R",1,"2025-07-11T08:47:20.650",-1,"UPDATE","0x00000000",{}])")) == "00000000");
  CHECK(read(R"(["R",1,"2025-07-11T08:47:20.650",300,"OPEN",{"asn":1},{}])").wire.data()[18] == 1);
}

TEST_CASE("json reading: types by number and in any case") {
  CHECK(read(R"(["R",1,"",5,"0x00010001"])").wire.data()[18] == 5);
  CHECK(read(R"(["R",1,"",4])").wire.data()[18] == 4);
  CHECK(read(R"(["R",1,"","update",{}])").wire.data()[18] == 2);
  CHECK(read(R"x(["R",1,"","Type(77)","0x01"])x").wire.data()[18] == 77);
  CHECK(error(R"(["R",1,"",256,"0x00"])") == "[3]: not a message type");
  CHECK(error(R"(["R",1,"",-1])") == "[3]: not a message type");
  CHECK(error(R"(["R",1,"",1.5,null])") == "[3]: not a message type");
  CHECK(error(R"(["R",1,"","NOPE",null])") == "[3]: not a message type");
}

TEST_CASE("json reading: trailing elements may be missing, null ones are skipped, more are ignored") {
  for (const char* line : {"[]", R"(["R"])", R"(["L",5,"2025-07-11T08:47:20.650"])", R"(["R",1,null,null])"}) {
    const auto m = read(line);
    CHECK(m.wire.size() == 19);
    CHECK(m.wire.data()[18] == 4);
  }
  CHECK(body_hex(read(R"(["R",1,null,"UPDATE"])")) == "00000000");
  CHECK(body_hex(read(R"(["R",1,null,"OPEN",null])")) == "04000000000000000000");
  CHECK(body_hex(read(R"(["R",1,null,"UPDATE",{},{},"more",[1,{}],{}])")) == "00000000");
  CHECK(error(R"(["R",1,null,"NOTIFY"])") == "[4]: missing");
  CHECK(error(R"(["R",1,null,null,{}])") == "[4]: data without a message type");
}

TEST_CASE("json reading: long strings with escapes, where several things are possible") {
  const std::string long_hex(60'000, '0');
  CHECK(read(R"(["R",1,"",5,"0x)" + long_hex + R"(\u0030\u0030"])").wire.size() == 19 + 30'001);
  CHECK(error(R"(["R",1,"",5,"\u0020)" + long_hex + R"("])") == "[4]: neither an object nor hex");
}

TEST_CASE("json reading: directions, sequence numbers, times") {
  using bgp::Direction;
  CHECK(read(R"(["l"])").direction == Direction::left);
  CHECK(read(R"(["R"])").direction == Direction::right);
  for (const char* line : {R"(["LR"])", R"(["rl"])", R"([""])", R"(["?"])", "[null]"})
    CHECK(read(line).direction == Direction::none);
  CHECK(error(R"(["X"])") == "[0]: not a direction");
  CHECK(error("[1]") == "[0]: not a direction");
  CHECK(read(R"(["R",9223372036854775807])").seq == 9223372036854775807u);
  CHECK(read(R"(["R","12"])").seq == 0);
  CHECK(error(R"(["R",1.5])") == "[1]: not a sequence number");
  CHECK(error(R"(["R",-1])") == "[1]: not a sequence number");
  CHECK(read(R"(["R",1,"2025-07-11T08:47:20.650"])").time == 1752223640'650'000'000);
  CHECK(read(R"(["R",1,"2025-07-11T08:47:20"])").time == 1752223640'000'000'000);
  CHECK(read(R"(["R",1,"2025-07-11T08:47:20.650123Z"])").time == 1752223640'650'123'000);
  CHECK(read(R"(["R",1,"0001-01-01T00:00:00.000"])").time == 0);
  CHECK(error(R"(["R",1,"yesterday"])") == "[2]: not a time");
}

TEST_CASE("json reading: one reader sees each line by itself") {
  format::JsonReader r;
  bgp::OwnedMessage m;
  REQUIRE(r.read(
      R"(["R",7,"2025-07-11T08:47:20.650","UPDATE",{"reach":["#1#10.0.0.0/8"],"attrs":{"MED":5}},{"a":"1","b":"2"}])",
      0, m));
  CHECK(m.context.add_path.has(bgp::ipv4_unicast));
  REQUIRE(r.read(R"(["R",8,"2025-07-11T08:47:20.007","UPDATE",{},{"b":"3"}])", 0, m));
  CHECK(write(m) == R"(["R",8,"2025-07-11T08:47:20.007","UPDATE",{},{"b":"3"}])");
  CHECK_FALSE(m.context.add_path.has(bgp::ipv4_unicast));
  REQUIRE_FALSE(
      r.read(R"(["R",9,"2025-07-11T08:47:20.007","UPDATE",{"reach":["10.0.0.0/8"],"attrs":{"MED":"x"}}])", 0, m));
  REQUIRE(r.read("[]", 0, m));
  CHECK(write(m) == R"(["?",0,"0001-01-01T00:00:00.000","KEEPALIVE",null,{}])");
}

TEST_CASE("json reading: tags are strings, unescaped once; other values as they stand; empty ones are none") {
  const auto m = read(
      R"(["R",1,null,"KEEPALIVE",null,{"a":"\"\\\u00e9é€","b":12,"c":true,"d":{"x": [1]},"e":"","f":null,"g":[1, 2],"a2":" ","\u0041":"k","h":"x","h":"y"}])");
  REQUIRE(m.tags.size() == 8);
  CHECK(m.tags[0].value == "\"\\\xe9\xe9\xe2\x82\xac");
  CHECK(m.tags[1].value == "12");
  CHECK(m.tags[2].value == "true");
  CHECK(m.tags[3].value == "{\"x\": [1]}");
  CHECK(m.tags[4].value == "[1, 2]");
  CHECK(m.tags[5].value == " ");
  CHECK(m.tags[6].key == "A");
  CHECK(m.tags[7].value == "y");
  CHECK(read(R"(["R",1,null,"KEEPALIVE",null,""])").tags.empty());
  CHECK(read(R"(["R",1,null,"KEEPALIVE",null,null])").tags.empty());
  CHECK(error(R"(["R",1,null,"KEEPALIVE",null,[]])") == "[5]: not an object");
}

TEST_CASE("json reading: the number of tags is bounded") {
  std::string tags;
  for (int i = 0; i <= 1000; ++i) tags += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  CHECK(error(R"(["R",1,null,"KEEPALIVE",null,{)" + tags + "}]") == "[5]: too many tags");
}

TEST_CASE("json reading: tags with any bytes come back, however often they pass") {
  bgp::OwnedMessage m = test::message(bgp::MsgType::keepalive, "");
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  m.tags = {{all, all + std::string(1, '\0')}};
  const std::string line = write(m);
  const auto back = read(line);
  REQUIRE(back.tags.size() == 1);
  CHECK(back.tags[0].key == m.tags[0].key);
  CHECK(back.tags[0].value == m.tags[0].value);
  CHECK(write(back) == line);
}

TEST_CASE("json reading: a bare object is an UPDATE") {
  CHECK(update("{}") == "00000000");
  CHECK(update(R"({"reach":["10.0.0.0/8"],"unreach":["11.0.0.0/8"]})") == "0002080b0000080a");
}

TEST_CASE("json reading: NOTIFICATION as hex, object, or the text that the Go tool prints") {
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY","0x0602"])")) == "0602");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY",{"code":6,"subcode":2,"text":"mé"}])")) == "0602026de9");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY",{"code":"6","data":"0x01"}])")) == "060001");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY","\u000bmaintenance",{}])")) == "06020b6d61696e74656e616e6365");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY","\u00ff\u0001",{}])")) == "0600ff01");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY","",{}])")) == "0600");
  CHECK(body_hex(read(R"(["L",9,null,"NOTIFY",{"raw":"0x06"}])")) == "06");
  CHECK(error(R"(["L",9,null,"NOTIFY",{"subcode":2}])") == "[4]: code is missing");
  CHECK(error(R"(["L",9,null,"NOTIFY",{"code":6,"text":")" + std::string(256, 'x') + "\"}]") ==
        "[4]: text is longer than 255 bytes");
  CHECK(error(R"(["L",9,null,"KEEPALIVE",{}])") == "[4]: a message of this type is given in hex");
}

TEST_CASE("json reading: hex bodies are in the reader's context, all else is canonical") {
  bgp::Context context;
  context.as4 = false;
  format::JsonReader r({.context = context});
  bgp::OwnedMessage m;
  REQUIRE(r.read(R"(["L",9,null,"UPDATE","0x00000000"])", 0, m));
  CHECK_FALSE(m.context.as4);
  REQUIRE(r.read(R"(["L",9,null,"UPDATE",{}])", 0, m));
  CHECK(m.context == bgp::Context{});
}

TEST_CASE("json reading: the context of a hex body is guessed when asked for") {
  format::JsonReader r({.guess = true});
  bgp::OwnedMessage m;
  REQUIRE(r.read(R"(["L",9,null,"UPDATE","0x000000074002040201fde8"])", 0, m));
  CHECK_FALSE(m.context.as4);
  REQUIRE(r.read(R"(["L",9,null,"UPDATE","0x0000000940020602010000fde8"])", 0, m));
  CHECK(m.context.as4);
}

TEST_CASE("json reading: attributes without flags get those of their RFC, and never another message's") {
  CHECK(attrs(R"("ORIGIN":"IGP","ASPATH":[1,2],"NEXTHOP":"192.0.2.1")") ==
        "40010100"
        "40020a02020000000100000002"
        "400304c0000201");
  CHECK(attrs(R"("AS4PATH":[1],"AGGREGATOR":{"addr":"1.1.1.1","asn":1})") ==
        "c01106020100000001"
        "c007080000000101010101");
  CHECK(attrs(R"("MED":{"value":5,"flags":"OT"})") == "c0040400000005");
  CHECK(attrs(R"("MP_UNREACH":{"prefixes":["::/0"],"af":"ipv6/unicast"})") == "800f0400020100");
  CHECK(first_attr_error(R"("MED":{"value":5})") == "attrs: MED: not a number up to 4294967295");
  CHECK(first_attr_error(R"("MED":{"flags":"O"})") == "attrs: MED: has flags but no value");
  CHECK(first_attr_error(R"("MED":{"flags":"o","value":5})") == "attrs: MED: flags are not like \"OT\"");
  CHECK(first_attr_error(R"("MED":{})") == "attrs: MED: has no value");
}

TEST_CASE("json reading: names in lower case and by number, quoted numbers, null values") {
  CHECK(attrs(R"("origin":{"flags":"T","value":"0x02"},"attr_99":"0xab","ATTR_0x64":true,"MED":null)") ==
        "40010102"
        "c06301ab"
        "c06400");
  CHECK(attrs(R"("ASPATH":["64515",[20473,"0x1"],[]])") ==
        "400210"
        "02010000fc03"
        "0102"
        "00004ff9"
        "00000001");
  CHECK(attrs(R"("NEXTHOP":"","LARGE_COMMUNITY":["1:2:0x3"])") ==
        "40030400000000"
        "c0200c000000010000000200000003");
  CHECK(first_attr_error(R"("ATTR_256":true)") == "attrs: ATTR_256: not the name of an attribute");
}

TEST_CASE("json reading: strings may be escaped though they need not be") {
  CHECK(update(R"({"reach":["10.0.0.0\/8"],"at\u0074rs":{"COMMUNITY":["1\u003a2"]}})") == "00000007c0080400010002080a");
}

TEST_CASE("json reading: flags and lengths agree on the wire") {
  std::string long_list, wire;
  for (int i = 0; i < 64; ++i) {
    long_list += i == 0 ? "\"1:2\"" : ",\"1:2\"";
    wire += "00010002";
  }
  CHECK(attrs("\"COMMUNITY\":[" + long_list + "]") == "d0080100" + wire);
  CHECK(attrs(R"("COMMUNITY":{"flags":"OTX","value":["1:2"]})") == "d008000400010002");
}

TEST_CASE("json reading: a path id anywhere gives all prefixes of the family one") {
  CHECK(update(R"({"reach":["10.0.0.0/8","#7#11.0.0.0/8"],"unreach":["12.0.0.0/8"]})") ==
        "000600000000080c0000"
        "00000000080a"
        "00000007080b");
  const auto m = read(
      R"({"reach":["10.0.0.0/8"],"attrs":{"MP_REACH":{"af":"IPV6/UNICAST","nexthop":"::1","prefixes":["#1#::/0"]}}})");
  CHECK(m.context.add_path.has(bgp::ipv6_unicast));
  CHECK_FALSE(m.context.add_path.has(bgp::ipv4_unicast));
}

TEST_CASE("json reading: the unspecified next hop that the Go tool leaves out") {
  CHECK(attrs(R"("MP_REACH":{"af":"IPV4/UNICAST","prefixes":[]})") ==
        "800e09"
        "000101"
        "0400000000"
        "00");
  CHECK(attrs(R"("MP_REACH":{"af":"IPV6/UNICAST"})") ==
        "800e15"
        "000201"
        "10" +
            std::string(32, '0') + "00");
  CHECK(attrs(R"("MP_REACH":{"af":"IPV4/MULTICAST","nexthop":"192.0.2.1","prefixes":["10.0.0.0/8"]})") ==
        "800e0b"
        "000102"
        "04c0000201"
        "00"
        "080a");
}

TEST_CASE("json reading: what is wrong is said with its place") {
  CHECK(error("nonsense") == "not a JSON array, object or comment");
  CHECK(error(R"(["R",1,"","UPDATE",{"reach":["10.0.0.0/33"]}])") == "[4]: reach: not an IPv4 prefix");
  CHECK(error(R"({"reach":["2001:db8::/32"]})") == "reach: not an IPv4 prefix");
  CHECK(error(R"({"reach":["10.0.0.0"]})") == "reach: not an IPv4 prefix");
  CHECK(error(R"({"reach":"10.0.0.0/8"})") == "reach: not a list");
  CHECK(error(R"(["R",1,"","UPDATE","0x123"])") == "[4]: neither an object nor hex");
  CHECK(error(R"(["R",1,"","UPDATE",5])") == "[4]: neither an object nor hex");
  CHECK(first_attr_error(R"("ORIGIN":256)") == "attrs: ORIGIN: not IGP, EGP, INCOMPLETE or a number up to 255");
  CHECK(first_attr_error(R"("ASPATH":[4294967296])") == "attrs: ASPATH: not an AS number");
  CHECK(first_attr_error(R"("ASPATH":[{"ring":[1]}])") == "attrs: ASPATH: not a type of path segment");
  CHECK(first_attr_error(R"("COMMUNITY":["1:2:3"])") == "attrs: COMMUNITY: not a community like \"65000:100\"");
  CHECK(first_attr_error(R"("EXT_COMMUNITY":[{"type":"TARGET"}])") == "attrs: EXT_COMMUNITY: value is missing");
  CHECK(first_attr_error(R"("EXT_COMMUNITY":[{"type":"X","value":1}])") == "attrs: EXT_COMMUNITY: type is not known");
  CHECK(first_attr_error(R"("EXT_COMMUNITY":[{"type":"TARGET","value":"65536:1"}])") ==
        "attrs: EXT_COMMUNITY: value is not of the form of its type");
  CHECK(first_attr_error(R"("MP_REACH":{"af":"IPV9/UNICAST"})") ==
        "attrs: MP_REACH: af is not a family like \"IPV6/UNICAST\"");
  CHECK(first_attr_error(R"("PREFIX_SID":false)") == "attrs: PREFIX_SID: not a list");
}

TEST_CASE("json reading: attributes that the Go tool shows in hex are read in hex as well") {
  CHECK(attrs(R"("AIGP":{"flags":"O","value":"0x01000b0000000000000064"},"TUNNEL":true)") ==
        "801a0b01000b0000000000000064"
        "c01700");
  CHECK(attrs(R"("PREFIX_SID":"0x05000100","PMSI_TUNNEL":{"flags":"OT","value":"0x0006"},"SET":"0x00")") ==
        "c0280405000100"
        "c016020006"
        "c0800100");
  CHECK(attrs(R"("IPV6_EXT_COMMUNITY":{"flags":"O","value":"0x0102"})") == "8019020102");
}

TEST_CASE("json reading: an extended community given by number reads as the Go tool wrote it") {
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"0x4004","value":"65000:1290431272","nontransitive":true}])") ==
        "c010084004fde84cea6b28");
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"0x30c","value":"0x8"},{"type":"0x30b","value":"0x64"}])") ==
        "c01010"
        "030c000000000008"
        "030b000000000064");
}

TEST_CASE("json reading: extended communities by name, in the form of their type or in hex") {
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"link_bandwidth","value":"65000:125000000","nontransitive":true}])") ==
        "c010084004fde84cee6b28");
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"COLOR","value":100},{"type":"ENCAPSULATION","value":"vxlan"}])") ==
        "c01010"
        "030b000000000064"
        "030c000000000008");
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"ROUTER_MAC","value":"AA:bb:cc:00:01:02"}])") == "c010080603aabbcc000102");
  CHECK(attrs(R"("EXT_COMMUNITY":[{"type":"ROUTER_MAC","value":"0x1"}])") == "c010080603000000000001");
  for (const char* bad :
       {R"({"type":"ROUTER_MAC","value":"aa:bb:cc:00:01"})", R"({"type":"COLOR","value":4294967296})",
        R"({"type":"ROUTER_MAC","value":"aa:bb:cc:00:01:0g"})", R"({"type":"ENCAPSULATION","value":"TIN_CAN"})"})
    CHECK(first_attr_error("\"EXT_COMMUNITY\":[" + std::string(bad) + "]") ==
          "attrs: EXT_COMMUNITY: value is not of the form of its type");
  CHECK(attrs(R"("IPV6_EXT_COMMUNITY":[{"value":"2001:db8::1:100","type":"target"}])") ==
        "c01914"
        "000220010db80000000000000000000000010064");
  CHECK(first_attr_error(R"("IPV6_EXT_COMMUNITY":[{"type":"TARGET","value":"192.0.2.1:1"}])") ==
        "attrs: IPV6_EXT_COMMUNITY: value is not like \"[2001:db8::1]:100\"");
}

TEST_CASE("json reading: well-known communities by name") {
  CHECK(attrs(R"("COMMUNITY":["no-export","BLACKHOLE","graceful_shutdown","1:2"])") ==
        "c00810"
        "ffffff01"
        "ffff029a"
        "ffff0000"
        "00010002");
}

TEST_CASE("json reading: PMSI_TUNNEL by label or VNI, tunnels by name or number") {
  CHECK(attrs(R"("PMSI_TUNNEL":{"type":"ingress_replication","label":100,"id":"192.0.2.1"})") ==
        "c016090006000640c0000201");
  CHECK(attrs(R"("PMSI_TUNNEL":{"id":"0xaa","vni":1601,"type":3,"tunnel_flags":1})") == "c016060103000641aa");
  CHECK(first_attr_error(R"("PMSI_TUNNEL":{"type":6,"label":100,"vni":100})") ==
        "attrs: PMSI_TUNNEL: label and vni disagree: give one of them");
  CHECK(first_attr_error(R"("PMSI_TUNNEL":{"type":6,"id":"::g"})") ==
        "attrs: PMSI_TUNNEL: id is neither an address nor hex");
  CHECK(attrs(R"("TUNNEL":[{"tlvs":[{"data":"0x01","type":"color"},{"data":"","type":200}],"type":8}])") ==
        "c0170a"
        "00080006"
        "040101"
        "c80000");
  CHECK(first_attr_error(R"("TUNNEL":[{"type":"VXLAN"}])") == "attrs: TUNNEL: tlvs is missing");
  CHECK(first_attr_error(R"("TUNNEL":[{"type":8,"tlvs":[{"type":1}]}])") == "attrs: TUNNEL: data is not hex");
  CHECK(first_attr_error(R"("TUNNEL":[{"type":8,"tlvs":[{"type":1,"data":")" + std::string(512, '0') + "\"}]}]") ==
        "attrs: TUNNEL: data is too long");
}

TEST_CASE("json reading: PREFIX_SID and AIGP") {
  CHECK(
      attrs(
          R"("PREFIX_SID":[{"index":7,"type":"label_index"},{"type":3,"ranges":[[1,2]]},{"type":5,"data":"0x00"}])") ==
      "c02819"
      "01000700000000000007"
      "0300080000000001000002"
      "05000100");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":5}])") == "attrs: PREFIX_SID: data is missing");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":3,"ranges":[[1]]}])") == "attrs: PREFIX_SID: not like [16000,8000]");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":1,"index":-1}])") ==
        "attrs: PREFIX_SID: index is not a number up to 4294967295");
  CHECK(attrs(R"("AIGP":"18446744073709551615")") == "801a0b01000bffffffffffffffff");
  CHECK(first_attr_error(R"("AIGP":"-1")") == "attrs: AIGP: not a number up to 18446744073709551615");
}

TEST_CASE("json reading: SIDs of SRv6 services") {
  CHECK(
      attrs(
          R"("PREFIX_SID":[{"sids":[{"structure":{"node":16,"block":32},"behavior":63,"sid":"fd7c::"}],"type":5}])") ==
      "c02825"
      "05002200"
      "01001e00"
      "fd7c0000000000000000000000000000"
      "00003f00"
      "010006201000000000");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":5,"sids":[{"behavior":1}]}])") ==
        "attrs: PREFIX_SID: sid is missing");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":5,"sids":[{"sid":"192.0.2.1"}]}])") ==
        "attrs: PREFIX_SID: sid is not an IPv6 address");
  CHECK(first_attr_error(R"("PREFIX_SID":[{"type":5,"sids":[{"sid":"::","structure":{"node":256}}]}])") ==
        "attrs: PREFIX_SID: structure holds something else than numbers up to 255");
}

TEST_CASE("json reading: ATTR_SET, its members in any order, never routes, never too deep") {
  CHECK(attrs(R"("SET":{"attrs":{"MED":1,"ASPATH":[4200000000]},"asn":65001})") ==
        "c08014"
        "0000fde9"
        "80040400000001"
        "4002060201fa56ea00");
  CHECK(attrs(R"("SET":{"asn":1,"attrs":"0x40010100"})") == "c080080000000140010100");
  // The AS numbers in there do not make it another line when the message turns out to be a 2-byte one.
  const auto m = read(R"({"attrs":{"SET":{"asn":1,"attrs":{"ASPATH":[4200000000]}}},"as4":false})");
  CHECK_FALSE(m.context.as4);
  CHECK(body_hex(m).ends_with("4002060201fa56ea00"));
  CHECK(first_attr_error(R"("SET":{"attrs":{"MP_UNREACH":{"af":"IPV6/UNICAST","prefixes":[]}}})") ==
        "attrs: SET: attrs: MP_UNREACH: stands in hex in an attribute set");
  std::string deep = R"({"attrs":{}})";
  for (int i = 0; i < 4; ++i) deep = R"({"attrs":{"SET":)" + deep + "}}";
  CHECK(first_attr_error("\"SET\":" + deep).ends_with("nested too deep: give it in hex"));
}

TEST_CASE("json reading: a hard reset by what is in it") {
  const auto notify = [](std::string_view object) { return "[\"L\",9,null,\"NOTIFY\"," + std::string(object) + "]"; };
  CHECK(body_hex(read(notify(R"({"code":6,"subcode":9,"reset":{"code":6,"subcode":4,"text":"x"}})"))) ==
        "06090604"
        "0178");
  CHECK(error(notify(R"({"code":6,"subcode":9,"reset":{"subcode":4}})")) == "[4]: reset: code is missing");
  CHECK(error(notify(R"({"code":6,"subcode":9,"text":"x","reset":{"code":6}})")) ==
        "[4]: has both text and a reset: the text belongs into the reset");
  CHECK(error(notify(R"({"code":6,"reset":{"code":6,"reset":{"code":6}}})")) ==
        "[4]: reset: stands in a reset: give it in hex");
}

TEST_CASE("json reading: ROUTE-REFRESH as an object, which is easier to write than hex (RFC 2918, 5291, 7313)") {
  const auto refresh = [](std::string_view object) { return "[\"L\",9,null,\"REFRESH\"," + std::string(object) + "]"; };
  CHECK(body_hex(read(refresh(R"({"af":"IPV4/UNICAST"})"))) == "00010001");
  CHECK(body_hex(read(refresh(R"({"af":"ipv6/unicast","subtype":"borr"})"))) == "00020101");
  CHECK(body_hex(read(refresh(R"({"subtype":2,"orf":"0x0140","af":"IPV4/UNICAST"})"))) == "000102010140");
  CHECK(error(refresh("{}")) == "[4]: af is missing");
  CHECK(error(refresh(R"({"af":"IPV4"})")) == "[4]: af is not a family like \"IPV6/UNICAST\"");
  CHECK(error(refresh(R"({"af":"IPV4/UNICAST","subtype":"SOON"})")) == "[4]: subtype is not known");
}

TEST_CASE("json reading: broken JSON of any kind is an error, never more") {
  for (const char* line :
       {"[", "{", "[,]", R"(["R" 1])", R"(["R",1,"","UPDATE",{"reach":["1.0.0.0/8" "2.0.0.0/8"]}])", R"({"reach")",
        R"({"reach":})", R"({"attrs":{"MED":5)", "{\"a\xff\":1}", R"({"attrs":{"MED":{"flags":"O","val)",
        R"({"attrs":{"MP_REACH":{"af")", R"({"attrs":{"ASPATH":[[1,[2]]]}})", R"({"attrs":{"ASPATH":{}}})"})
    CHECK(error(line) != "");
  CHECK(error(std::string(100'000, '[')) != "");
}

TEST_CASE("json reading: a message longer than BGP can hold is refused") {
  std::string line = "{\"reach\":[\"10.0.0.0/32\"";
  for (int i = 0; i < 13'200; ++i) line += ",\"10.0.0.0/32\"";
  CHECK(error(line + "]}") == "longer than a message can be");
}

TEST_CASE("json stream: lines in pieces, comments, and a last line without its newline") {
  const std::string stream = "# comment\n\n" + std::string(same_lines[1]) + "\r\n  " + std::string(same_lines[3]) +
                             "\n" + std::string(same_lines[2]);
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    format::JsonDecoder d({});
    test::Collect sink;
    const std::string first = stream.substr(0, cut);
    const auto used = d.decode(base::as_bytes(first), sink);
    REQUIRE(used);
    const std::string second = first.substr(*used) + stream.substr(cut);
    const auto more = d.decode(base::as_bytes(second), sink);
    REQUIRE(more);
    REQUIRE(d.finish(base::as_bytes(second).subspan(*more), sink));
    REQUIRE(sink.lines.size() == 3);
    CHECK(sink.lines[2] == same_lines[2]);
  }
}

TEST_CASE("json reading: an error has the column and the value that is wrong, bounded and printable") {
  const auto fault = [](const std::string& line) {
    format::JsonReader r;
    bgp::OwnedMessage m;
    REQUIRE_FALSE(r.read(line, 0, m));
    return r.fault();
  };
  auto f = fault(R"(  ["R",1,"","UPDATE",{"attrs":{"MED":{"flags":"O","value":"a\u0041b"}}}])");
  CHECK(f.column == 59);
  CHECK(f.value == R"("a\u0041b")");
  f = fault(R"({"reach":["10.0.0.0/8", "10.0.0.0/33"]})");
  CHECK(f.column == 25);
  CHECK(f.value == R"("10.0.0.0/33")");
  f = fault(R"(["R",1.5])");
  CHECK(f.column == 6);
  CHECK(f.value == "1.5");
  // What is missing has a place, but is nowhere.
  f = fault(R"(["L",9,null,"NOTIFY",{"subcode":2}])");
  CHECK(f.column == 35);
  CHECK(f.value.empty());
  f = fault("nonsense\x1b");
  CHECK(f.column == 0);
  CHECK(f.value == base::printable("nonsense\x1b"));
  CHECK(fault(R"({"reach":[")" + std::string(1000, 'x') + R"("]})").value == '"' + std::string(59, 'x') + "...");
  CHECK(fault(R"({"reach":["x)").value == R"({"reach":["x)");
}

TEST_CASE("json stream: an error names its line and offset; with pardon the next line is read") {
  const std::string stream = std::string(same_lines[1]) + "\n[\"X\"]\n" + std::string(same_lines[2]) + "\n";
  test::Collect sink;
  format::JsonDecoder strict({});
  const auto failed = strict.decode(base::as_bytes(stream), sink);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().text == "JSON line 2, at offset " + std::to_string(same_lines[1].size() + 1) +
                                   ", column 2: [0]: not a direction: \"X\"");
  format::JsonDecoder lenient({.pardon = true, .context = {}});
  sink = {};
  CHECK(lenient.decode(base::as_bytes(stream), sink).value() == stream.size());
  CHECK(sink.lines.size() == 2);
  CHECK(lenient.pardoned() == 1);
}

TEST_CASE("json stream: a line is bounded") {
  test::Collect sink;
  const std::string endless(format::max_record, 'x');
  format::JsonDecoder strict({});
  const auto failed = strict.decode(base::as_bytes(endless), sink);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().text == "JSON line 1, at offset 0: longer than 1048576 bytes");
  format::JsonDecoder lenient({.pardon = true, .context = {}});
  CHECK(lenient.decode(base::as_bytes(endless), sink).value() == endless.size());
  CHECK(lenient.decode(base::as_bytes("xxx\n[]\n"), sink).value() == 7);
  CHECK(sink.lines.size() == 1);
  CHECK(lenient.pardoned() == 1);
}
