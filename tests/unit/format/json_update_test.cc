#include <doctest/doctest.h>

#include "lines.hh"

using bgp::MsgType;
using test::data;
using test::update;

namespace {

bgp::Context with_paths(bgp::Family f) {
  bgp::Context c;
  c.add_path.add(f);
  return c;
}
const bgp::Context two_byte = [] {
  bgp::Context c;
  c.as4 = false;
  return c;
}();

// The value of the only attribute.
std::string attr(std::string_view attribute, const bgp::Context& c = {}) {
  const std::string d = data(update(attribute, {}, c));
  constexpr std::string_view head = R"({"attrs":{)";
  REQUIRE(d.starts_with(head));
  return d.substr(head.size(), d.size() - head.size() - 2);
}

}  // namespace

TEST_CASE("json UPDATE: the form of the Go tool") {
  CHECK(
      data(update("40010100 400206 0201 0000fde8 400304 c0000201 800404 00000005 c00804 fde80064 c0230400001a79",
                  "18080808 18080804", {}, "10 0a01")) ==
      R"({"reach":["8.8.8.0/24","8.8.4.0/24"],"unreach":["10.1.0.0/16"],"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},)"
      R"("ASPATH":{"flags":"T","value":[65000]},"NEXTHOP":{"flags":"T","value":"192.0.2.1"},)"
      R"("MED":{"flags":"O","value":5},"COMMUNITY":{"flags":"OT","value":["65000:100"]},)"
      R"("OTC":{"flags":"OT","value":6777}}})");
}

TEST_CASE("json UPDATE: End-of-RIB (RFC 4724 2)") {
  CHECK(data(update("")) == "{}");
  CHECK(attr("800f03 000201") == R"("MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST","prefixes":[]}})");
}

TEST_CASE("json UPDATE: prefixes of every length, path ids, host bits") {
  CHECK(data(update("", "00 0180 200a000001")) == R"({"reach":["0.0.0.0/0","128.0.0.0/1","10.0.0.1/32"]})");
  CHECK(data(update("", "0c 0a1f")) == R"({"reach":["10.31.0.0/12"]})");
  CHECK(data(update("", "00000007 080a ffffffff 00", with_paths(bgp::ipv4_unicast), "00000000 080b")) ==
        R"({"reach":["#7#10.0.0.0/8","#4294967295#0.0.0.0/0"],"unreach":["#0#11.0.0.0/8"]})");
}

TEST_CASE("json UPDATE: attribute flags, as they are") {
  CHECK(attr("40010100") == R"("ORIGIN":{"flags":"T","value":"IGP"})");
  CHECK(attr("00010101") == R"("ORIGIN":{"flags":"","value":"EGP"})");
  CHECK(attr("ef010102") == R"("ORIGIN":{"flags":"OTP15","value":"INCOMPLETE"})");
  CHECK(attr("43010103") == R"("ORIGIN":{"flags":"T3","value":3})");
  // Extended Length without need stays.
  CHECK(attr("5001000100") == R"("ORIGIN":{"flags":"TX","value":"IGP"})");
}

TEST_CASE("json UPDATE: attributes keep the order of the wire") {
  CHECK(data(update("400304c0000201 40010100")) ==
        R"({"attrs":{"NEXTHOP":{"flags":"T","value":"192.0.2.1"},"ORIGIN":{"flags":"T","value":"IGP"}}})");
}

TEST_CASE("json UPDATE: an attribute that stands twice makes all of them hex") {
  CHECK(data(update("40010100 400304c0000201 40010101")) == R"({"attrs":"0x40010100400304c000020140010101"})");
}

TEST_CASE("json UPDATE: an attribute whose bytes do not fit its form is raw") {
  CHECK(attr("4001020001") == R"("ORIGIN":{"flags":"T","raw":"0x0001"})");
  CHECK(attr("400100") == R"("ORIGIN":{"flags":"T","raw":""})");
  CHECK(attr("800403 000102") == R"("MED":{"flags":"O","raw":"0x000102"})");
  CHECK(attr("c00803 000102") == R"("COMMUNITY":{"flags":"OT","raw":"0x000102"})");
  CHECK(attr("c02005 0001020304") == R"("LARGE_COMMUNITY":{"flags":"OT","raw":"0x0001020304"})");
  CHECK(attr("c01007 00010203040506") == R"("EXT_COMMUNITY":{"flags":"OT","raw":"0x00010203040506"})");
  CHECK(attr("c00706 0001c0000201") == R"("AGGREGATOR":{"flags":"OT","raw":"0x0001c0000201"})");
  CHECK(attr("400310 20010db8000000000000000000000001") ==
        R"("NEXTHOP":{"flags":"T","raw":"0x20010db8000000000000000000000001"})");
  CHECK(attr("800e02 0002") == R"("MP_REACH":{"flags":"O","raw":"0x0002"})");
  CHECK(attr("400203 020200") == R"("ASPATH":{"flags":"T","raw":"0x020200"})");
  CHECK(attr("400202 0200") == R"("ASPATH":{"flags":"T","raw":"0x0200"})");
  CHECK(attr("400206 0501 00000001") == R"("ASPATH":{"flags":"T","raw":"0x050100000001"})");
}

TEST_CASE("json UPDATE: AS_PATH of sequences and sets, as the Go tool has it") {
  CHECK(attr("400200") == R"("ASPATH":{"flags":"T","value":[]})");
  CHECK(attr("400210 0201 0000fc03 0102 00004ff9 00003b41") ==
        R"("ASPATH":{"flags":"T","value":[64515,[20473,15169]]})");
  CHECK(attr("400206 0101 00000003") == R"("ASPATH":{"flags":"T","value":[[3]]})");
}

TEST_CASE("json UPDATE: adjacent sequences and confederations stay apart (RFC 5065)") {
  CHECK(attr("400212 0201 00000001 0201 00000002 0201 00000003") ==
        R"("ASPATH":{"flags":"T","value":[1,{"sequence":[2]},3]})");
  CHECK(attr("400212 0301 0000fde9 0401 0000fdea 0201 00000003") ==
        R"("ASPATH":{"flags":"T","value":[{"confed_sequence":[65001]},{"confed_set":[65002]},3]})");
}

TEST_CASE("json UPDATE: more than 255 AS numbers in a row are one list") {
  std::string path = "02ff", numbers;
  for (int i = 0; i < 258; ++i) {
    if (i == 255) path += "0203";
    path += "00000007";
    numbers += i == 0 ? "7" : ",7";
  }
  const std::string length = "0" + std::string("40c");  // 2 + 1020 + 2 + 12 bytes
  CHECK(attr("5002" + length + path) == R"("ASPATH":{"flags":"TX","value":[)" + numbers + "]}");
}

TEST_CASE("json UPDATE: a 2-byte message says so, and comes back as one") {
  CHECK(data(update("400204 0201 fde8 c00706 fde8c0000201", {}, two_byte)) ==
        R"({"as4":false,"attrs":{"ASPATH":{"flags":"T","value":[65000]},)"
        R"("AGGREGATOR":{"flags":"OT","value":{"asn":65000, "addr":"192.0.2.1"}}}})");
  // Without AS numbers there is no difference.
  CHECK(data(update("40010100 400200", {}, two_byte)) ==
        R"({"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[]}}})");
}

TEST_CASE("json UPDATE: an AS number that a 2-byte message cannot hold makes it a 4-byte one") {
  const auto body = [](std::string_view attrs) {
    const bgp::OwnedMessage m = test::read(R"(["R",1,"","UPDATE",{"as4":false,"attrs":{)" + std::string(attrs) + "}}]");
    CHECK(m.context.as4);
    return test::body_hex(m);
  };
  CHECK(body(R"("ASPATH":[4200000000,65000])") ==
        "0000000d"
        "40020a0202fa56ea000000fde8");
  CHECK(body(R"("ASPATH":[65000],"AGGREGATOR":{"asn":4200000000,"addr":"192.0.2.1"})") ==
        "00000014"
        "4002060201"
        "0000fde8"
        "c00708"
        "fa56ea00"
        "c0000201");
  // AS4PATH means something in a 2-byte message only.
  CHECK(test::error(R"({"as4":false,"attrs":{"ASPATH":[4200000000],"AS4PATH":[4200000000]}})") ==
        "an AS number over 65535 stands outside of AS4PATH in a 2-byte message");
}

TEST_CASE("json UPDATE: AS4_PATH keeps its meaning, which it has in a 2-byte message only (RFC 6793 4.2.3)") {
  const bgp::OwnedMessage m = update("400204 0201 5ba0 c01106 0201 fa56ea00", {}, two_byte);
  CHECK(
      data(m) ==
      R"({"as4":false,"attrs":{"ASPATH":{"flags":"T","value":[23456]},"AS4PATH":{"flags":"OT","value":[4200000000]}}})");
  CHECK_FALSE(test::read(test::write(m)).context.as4);
  // The same attributes of a speaker that knows 4 bytes.
  CHECK(data(update("400206 0201 00005ba0 c01106 0201 fa56ea00")) ==
        R"({"attrs":{"ASPATH":{"flags":"T","value":[23456]},"AS4PATH":{"flags":"OT","value":[4200000000]}}})");
}

TEST_CASE("json UPDATE: 2-byte bytes that cannot be decoded say that they are") {
  CHECK(data(update("400203 0201fd", {}, two_byte)) ==
        R"({"as4":false,"attrs":{"ASPATH":{"flags":"T","raw":"0x0201fd"}}})");
  CHECK(data(update("400200 400204 0201fde8", {}, two_byte)) == R"({"as4":false,"attrs":"0x4002004002040201fde8"})");
}

TEST_CASE("json UPDATE: lists of numbers and addresses") {
  CHECK(attr("c00700") == R"("AGGREGATOR":{"flags":"OT","raw":""})");
  CHECK(attr("c00708 0000fde9c6336401") ==
        R"("AGGREGATOR":{"flags":"OT","value":{"asn":65001, "addr":"198.51.100.1"}})");
  CHECK(attr("400600") == R"("AGGREGATE":{"flags":"T","value":true})");
  CHECK(attr("40060100") == R"("AGGREGATE":{"flags":"T","value":"0x00"})");
  CHECK(attr("c00800") == R"("COMMUNITY":{"flags":"OT","value":[]})");
  CHECK(attr("c00808 ffffff01 00000000") == R"("COMMUNITY":{"flags":"OT","value":["65535:65281","0:0"]})");
  CHECK(
      attr("800904 0a000001 800a08 0a000001 0a000002") ==
      R"("ORIGINATOR":{"flags":"O","value":"10.0.0.1"},"CLUSTER_LIST":{"flags":"O","value":["10.0.0.1","10.0.0.2"]})");
  CHECK(attr("c02018 0000fde80000000100000002 fa56ea00ffffffff00000000") ==
        R"("LARGE_COMMUNITY":{"flags":"OT","value":["65000:1:2","4200000000:4294967295:0"]})");
  CHECK(attr("c06302 abcd") == R"("ATTR_99":{"flags":"OT","value":"0xabcd"})");
  CHECK(attr("c06300") == R"("ATTR_99":{"flags":"OT","value":true})");
  CHECK(attr("400304 00000000") == R"("NEXTHOP":{"flags":"T","value":"0.0.0.0"})");
}

TEST_CASE("json UPDATE: extended communities by type, exact or hex") {
  const auto ext = [](std::string_view eight) {
    const std::string a = attr("c01008" + std::string(eight));
    constexpr std::string_view head = R"("EXT_COMMUNITY":{"flags":"OT","value":[)";
    REQUIRE(a.starts_with(head));
    return a.substr(head.size(), a.size() - head.size() - 2);
  };
  CHECK(ext("0002fde800000064") == R"({"type":"TARGET","value":"65000:100"})");
  CHECK(ext("4002fde800000001") == R"({"type":"TARGET","value":"65000:1","nontransitive":true})");
  CHECK(ext("1234000000000008") == R"({"type":"0x1234","value":"0x8"})");
  CHECK(ext("5234000000000008") == R"({"type":"0x5234","value":"0x8","nontransitive":true})");
  CHECK(ext("030c000000000008") == R"({"type":"ENCAPSULATION","value":"VXLAN"})");
  CHECK(ext("430c000000000063") == R"({"type":"ENCAPSULATION","value":99,"nontransitive":true})");
  CHECK(ext("030c000100000008") == R"({"type":"ENCAPSULATION","value":"0x100000008"})");
  CHECK(ext("030b000000000064") == R"({"type":"COLOR","value":100})");
  CHECK(ext("030b400000000064") == R"({"type":"COLOR","value":"0x400000000064"})");
  CHECK(ext("4004fde84cee6b28") == R"({"type":"LINK_BANDWIDTH","value":"65000:125000000","nontransitive":true})");
  CHECK(ext("40040000ffc00000") == R"({"type":"LINK_BANDWIDTH","value":"0xffc00000","nontransitive":true})");
  CHECK(ext("4300000000000002") == R"({"type":"ORIGIN_VALIDATION","value":2,"nontransitive":true})");
  CHECK(ext("0602aabbcc0a0b0c") == R"({"type":"ES_IMPORT","value":"aa:bb:cc:0a:0b:0c"})");
  CHECK(ext("0600010000000005") == R"({"type":"MAC_MOBILITY","value":"0x10000000005"})");
  CHECK(ext("0102c00002010064") == R"({"type":"IP4_TARGET","value":"192.0.2.1:100"})");
  CHECK(ext("0203fa56ea000064") == R"({"type":"AS4_ORIGIN","value":"4200000000:100"})");
  CHECK(ext("8006000000000000") == R"({"type":"FLOW_RATE_BYTES","value":0})");
  CHECK(ext("8006000747c35000") == R"({"type":"FLOW_RATE_BYTES","value":"7:100000"})");
  CHECK(ext("800c00003f000000") == R"({"type":"FLOW_RATE_PACKETS","value":0.5})");
  CHECK(ext("8006000080000000") == R"({"type":"FLOW_RATE_BYTES","value":-0})");
  CHECK(ext("800600007f7fffff").size() > 60);
  CHECK(ext("8006000000000001").size() > 60);
  // Not numbers in JSON.
  CHECK(ext("800600007fc00000") == R"({"type":"FLOW_RATE_BYTES","value":"0x7fc00000"})");
  CHECK(ext("80060001ff800000") == R"({"type":"FLOW_RATE_BYTES","value":"0x1ff800000"})");
  CHECK(ext("8007000000000003") == R"({"type":"FLOW_ACTION","value":{"terminal":true,"sample":true}})");
  CHECK(ext("8007000000000104") == R"({"type":"FLOW_ACTION","value":"0x104"})");
  CHECK(ext("0800000000000001") == R"({"type":"FLOW_REDIRECT_NH","value":{"copy":true}})");
  CHECK(ext("0800c00002010000") == R"({"type":"FLOW_REDIRECT_NH","value":"0xc00002010000"})");
  CHECK(ext("800900000000002e") == R"({"type":"FLOW_DSCP","value":46})");
  CHECK(ext("8009000000000080") == R"({"type":"FLOW_DSCP","value":"0x80"})");
  CHECK(ext("8108c00002010001") == R"({"type":"FLOW_REDIRECT_IP4","value":"192.0.2.1:1"})");
  CHECK(ext("ff00000000000000") == R"({"type":"TYPE","value":"0x0","nontransitive":true})");
}

TEST_CASE("json UPDATE: MP_REACH of unicast has prefixes and next hops (RFC 4760, RFC 2545 3)") {
  const std::string hop = "20010db8000000000000000000000001", local = "fe800000000000000000000000000001";
  CHECK(
      attr("800e1c 000201 10" + hop + "00 30 20010db80001") ==
      R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"2001:db8::1","prefixes":["2001:db8:1::/48"]}})");
  CHECK(
      attr("800e25 000201 20" + hop + local + "00") ==
      R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"2001:db8::1","link-local":"fe80::1","prefixes":[]}})");
  CHECK(attr("800e15 000101 10" + hop + "00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV4/UNICAST","nexthop":"2001:db8::1","prefixes":[]}})");
  CHECK(attr("800e0a 000201 04 c0000201 00 00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"192.0.2.1","prefixes":["::/0"]}})");
}

TEST_CASE(
    "json UPDATE: MP_REACH loses nothing: unspecified next hop, route distinguisher, reserved byte, odd lengths") {
  const std::string zeros(32, '0');
  CHECK(attr("800e15 000201 10" + zeros + "00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"::","prefixes":[]}})");
  CHECK(attr("800e25 000201 20" + zeros + zeros + "00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"::","link-local":"::","prefixes":[]}})");
  CHECK(attr("800e1d 000201 18 0000000000000000 " + zeros + "00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nh":"0x0000000000000000)" + zeros +
            R"(","prefixes":[]}})");
  CHECK(attr("800e05 000201 00 07") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nh":"","reserved":7,"prefixes":[]}})");
  // A malformed list of prefixes.
  CHECK(attr("800e08 000201 00 00 81ffff") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nh":"","data":"0x81ffff"}})");
  CHECK(attr("800f05 000201 2020") == R"("MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST","data":"0x2020"}})");
}

TEST_CASE("json UPDATE: other families are raw, named or not") {
  CHECK(attr("900e0013 000141 0c 00000000000000000a000001 00 7000") ==
        R"("MP_REACH":{"flags":"OX","value":{"af":"IPV4/VPLS","nh":"0x00000000000000000a000001","data":"0x7000"}})");
  CHECK(attr("800f03 0063c8") == R"x("MP_UNREACH":{"flags":"O","value":{"af":"AFI(99)/SAFI(200)","data":""}})x");
  CHECK(attr("800e06 000102 00 03 00") ==
        R"("MP_REACH":{"flags":"O","value":{"af":"IPV4/MULTICAST","reserved":3,"prefixes":["0.0.0.0/0"]}})");
}

TEST_CASE("json UPDATE: path ids of MP prefixes, and those hidden in hex") {
  CHECK(attr("800f0c 000201 00000007 20 20010db8", with_paths(bgp::ipv6_unicast)) ==
        R"("MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST","prefixes":["#7#2001:db8::/32"]}})");
  CHECK(
      data(update("800f08 000201 00000007 20", {}, with_paths(bgp::ipv6_unicast))) ==
      R"({"attrs":{"MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST","data":"0x0000000720"}}},"addpath":["IPV6/UNICAST"]})");
  const bgp::Family evpn{bgp::Afi::l2vpn, bgp::Safi::evpn};
  const bgp::OwnedMessage m = update("800f05 001946 0001", {}, with_paths(evpn));
  CHECK(
      data(m) ==
      R"({"attrs":{"MP_UNREACH":{"flags":"O","value":{"af":"L2VPN/EVPNS","data":"0x0001"}}},"addpath":["L2VPN/EVPNS"]})");
  CHECK(test::read(test::write(m)).context == m.context);
}

TEST_CASE("json UPDATE: what cannot be decoded is hex, with its context unless that is canonical") {
  CHECK(data(test::message(MsgType::update, "0000")) == R"("0x0000")");
  CHECK(data(test::message(MsgType::update, "00000000 21c0000201")) == R"("0x0000000021c0000201")");
  bgp::Context c = two_byte;
  c.add_path.add(bgp::ipv4_unicast);
  const bgp::OwnedMessage m = test::message(MsgType::update, "00000000 0000000121", c);
  CHECK(data(m) == R"({"raw":"0x000000000000000121","as4":false,"addpath":["IPV4/UNICAST"]})");
  CHECK(test::read(test::write(m)).context == c);
}

TEST_CASE("json UPDATE: IPv6 extended communities (RFC 5701)") {
  const std::string address = "20010db8000000000000000000000001";
  CHECK(
      attr("c01928 0002" + address + "0064 4077" + address + "0001") ==
      R"("IPV6_EXT_COMMUNITY":{"flags":"OT","value":[{"type":"TARGET","value":"[2001:db8::1]:100"},{"type":"0x4077","value":"[2001:db8::1]:1","nontransitive":true}]})");
  CHECK(attr("c01901 00") == R"("IPV6_EXT_COMMUNITY":{"flags":"OT","raw":"0x00"})");
}

TEST_CASE("json UPDATE: PMSI_TUNNEL (RFC 6514 5), its label also as a VNI (RFC 8365 5.1.3)") {
  CHECK(
      attr("c01609 00 06 002710 c0000201") ==
      R"("PMSI_TUNNEL":{"flags":"OT","value":{"type":"INGRESS_REPLICATION","tunnel_flags":0,"label":625,"vni":10000,"id":"192.0.2.1"}})");
  CHECK(attr("c01615 00 06 000641 20010db8000000000000000000000001")
            .ends_with(R"("label":100,"vni":1601,"id":"2001:db8::1"}})"));
  CHECK(attr("c01606 01 06 000000 aa").ends_with(R"("label":0,"vni":0,"id":"0xaa"}})"));
  CHECK(attr("c01609 00 03 000000 c0000201")
            .ends_with(R"({"type":"PIM_SSM","tunnel_flags":0,"label":0,"vni":0,"id":"0xc0000201"}})"));
  CHECK(attr("c01605 ff 63 ffffff")
            .ends_with(R"({"type":99,"tunnel_flags":255,"label":1048575,"vni":16777215,"id":""}})"));
  CHECK(attr("c01604 00 06 0000") == R"("PMSI_TUNNEL":{"flags":"OT","raw":"0x00060000"})");
}

TEST_CASE("json UPDATE: TUNNEL_ENCAP as tunnels and their items (RFC 9012 2)") {
  CHECK(
      attr("c01714 000f 000c 04 04 00000064 80 0003 010203 0063 0000") ==
      R"("TUNNEL":{"flags":"OT","value":[{"type":"SR_TE_POLICY","tlvs":[{"type":"COLOR","data":"0x00000064"},{"type":"SEGMENT_LIST","data":"0x010203"}]},{"type":99,"tlvs":[]}]})");
  CHECK(attr("c01700") == R"("TUNNEL":{"flags":"OT","value":[]})");
  CHECK(attr("c01706 0008 0002 0401") == R"("TUNNEL":{"flags":"OT","raw":"0x000800020401"})");
  CHECK(attr("c01703 000800") == R"("TUNNEL":{"flags":"OT","raw":"0x000800"})");
}

TEST_CASE("json UPDATE: AIGP is its metric (RFC 7311 3)") {
  CHECK(attr("801a0b 01000b0000000000000064") == R"("AIGP":{"flags":"O","value":100})");
  CHECK(attr("801a0b 01000b001fffffffffffff") == R"("AIGP":{"flags":"O","value":9007199254740991})");
  CHECK(attr("801a0b 01000b0020000000000000") == R"("AIGP":{"flags":"O","value":"9007199254740992"})");
  CHECK(attr("801a0b 01000bffffffffffffffff") == R"("AIGP":{"flags":"O","value":"18446744073709551615"})");
  CHECK(attr("801a03 020003") == R"("AIGP":{"flags":"O","raw":"0x020003"})");
}

TEST_CASE("json UPDATE: PREFIX_SID, typed where it is label index or SRGB (RFC 8669 3)") {
  CHECK(
      attr("c0281b 01 0007 00 0000 00000064 03 000e 0000 003e80 001f40 0186a0 0003e8") ==
      R"("PREFIX_SID":{"flags":"OT","value":[{"type":"LABEL_INDEX","flags":0,"index":100},{"type":"ORIGINATOR_SRGB","flags":0,"ranges":[[16000,8000],[100000,1000]]}]})");
  CHECK(attr("c02806 05 0003 00aabb") ==
        R"("PREFIX_SID":{"flags":"OT","value":[{"type":"SRV6_L3_SERVICE","data":"0x00aabb"}]})");
  CHECK(attr("c0280a 01 0007 01 0000 00000064").ends_with(R"([{"type":"LABEL_INDEX","data":"0x01000000000064"}]})"));
  CHECK(attr("c02808 03 0005 0000 003e80").ends_with(R"([{"type":"ORIGINATOR_SRGB","data":"0x0000003e80"}]})"));
  CHECK(attr("c02803 63 0000").ends_with(R"([{"type":99,"data":""}]})"));
  CHECK(attr("c02802 6300") == R"("PREFIX_SID":{"flags":"OT","raw":"0x6300"})");
}

TEST_CASE("json UPDATE: PREFIX_SID shows the SIDs of SRv6 services (RFC 9252 2, 3)") {
  const std::string sid = "fd7c3f00040000000000000000000000";
  CHECK(
      attr("c02825 05 0022 00 01 001e 00" + sid + "00 003f 00 01 0006 201010001030") ==
      R"("PREFIX_SID":{"flags":"OT","value":[{"type":"SRV6_L3_SERVICE","sids":[{"sid":"fd7c:3f00:400::","flags":0,"behavior":63,"structure":{"block":32,"node":16,"function":16,"argument":0,"transposition":16,"offset":48}}]}]})");
  CHECK(attr("c02804 06 0001 00").ends_with(R"([{"type":"SRV6_L2_SERVICE","sids":[]}]})"));
  CHECK(attr("c0281c 06 0019 00 01 0015 00" + sid + "00 003f 00").ends_with(R"("flags":0,"behavior":63}]}]})"));
  // Another sub-TLV, reserved bits, a length that lies.
  CHECK(attr("c02807 05 0004 00 02 0000").ends_with(R"([{"type":"SRV6_L3_SERVICE","data":"0x00020000"}]})"));
  CHECK(attr("c02804 05 0001 01").ends_with(R"([{"type":"SRV6_L3_SERVICE","data":"0x01"}]})"));
  CHECK(attr("c02807 05 0004 00 01 0001").ends_with(R"([{"type":"SRV6_L3_SERVICE","data":"0x00010001"}]})"));
}

TEST_CASE("json UPDATE: ATTR_SET holds attributes with 4-byte AS numbers (RFC 6368 5)") {
  const std::string set = "c08018 0000fde9 40010100 400206 0201 0000fdea 800404 00000001";
  CHECK(
      attr(set) ==
      R"("SET":{"flags":"OT","value":{"asn":65001,"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[65002]},"MED":{"flags":"O","value":1}}}})");
  // In a 2-byte message, too.
  CHECK(data(update(set, {}, two_byte)).find("[65002]") != std::string::npos);
  CHECK(attr("c08004 0000fde9") == R"("SET":{"flags":"OT","value":{"asn":65001,"attrs":{}}})");
  CHECK(attr("c08003 0000fd") == R"("SET":{"flags":"OT","raw":"0x0000fd"})");
  // Twice the same, too short, and routes, which have no place there.
  CHECK(attr("c0800c 0000fde9 40010100 40010101") == R"("SET":{"flags":"OT","raw":"0x0000fde94001010040010101"})");
  CHECK(attr("c08006 0000fde9 4001") == R"("SET":{"flags":"OT","raw":"0x0000fde94001"})");
  CHECK(attr("c0800b 0000fde9 800f04 00020100") ==
        R"("SET":{"flags":"OT","value":{"asn":65001,"attrs":{"MP_UNREACH":{"flags":"O","raw":"0x00020100"}}}})");
}

TEST_CASE("json UPDATE: attribute sets in each other are shown to a depth of four") {
  std::string set;
  for (int i = 0; i < 12; ++i) {
    const auto size = static_cast<std::uint8_t>(set.size() / 2 + 4);
    set = "c080" + base::to_hex({&size, 1}) + "00000001" + set;
  }
  const std::string text = attr(set);
  std::size_t shown = 0;
  for (std::size_t at = text.find("\"SET\""); at != std::string::npos; at = text.find("\"SET\"", at + 1)) ++shown;
  CHECK(shown == 5);
  CHECK(text.find("\"raw\":\"0x00000001c080") != std::string::npos);
}
