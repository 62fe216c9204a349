// NLRI of all families as JSON and back.
#include <doctest/doctest.h>

#include <fstream>

#include "bgp/edit.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "lines.hh"

using bgp::MsgType;
using test::data;

namespace {

std::string hex_byte(std::size_t n) {
  const auto b = static_cast<std::uint8_t>(n);
  return base::to_hex({&b, 1});
}

std::string compact(std::string_view hex) { return base::to_hex(test::hex(hex)); }

// An UPDATE whose only attribute is MP_REACH of that family, next hop and NLRI.
bgp::OwnedMessage reach(std::string_view family, std::string_view hop, std::string_view nlri,
                        const bgp::Context& c = {}) {
  const std::string h = compact(hop), value = compact(family) + hex_byte(h.size() / 2) + h + "00" + compact(nlri);
  return test::update("800e" + hex_byte(value.size() / 2) + value, {}, c);
}
bgp::OwnedMessage unreach(std::string_view family, std::string_view nlri, const bgp::Context& c = {}) {
  const std::string value = compact(family) + compact(nlri);
  return test::update("800f" + hex_byte(value.size() / 2) + value, {}, c);
}

bgp::OwnedMessage update_of(std::string_view mp_reach) {
  const std::uint16_t size = static_cast<std::uint16_t>(mp_reach.size() / 2);
  return test::update("900e" + hex_byte(size >> 8) + hex_byte(size & 255) + std::string(mp_reach));
}

// The members behind "af" of the value of the only attribute, without the braces; the line has come back byte for byte.
std::string shown(const bgp::OwnedMessage& m) {
  const std::string d = data(m);
  const std::size_t from = d.find("\"af\":");
  REQUIRE(from != std::string::npos);
  return d.substr(from + 5, d.rfind("}}}}") - from - 5);
}

bgp::Context with_paths(bgp::Family f) {
  bgp::Context c;
  c.add_path.add(f);
  return c;
}

// The attributes of an UPDATE given as JSON.
std::string attributes(std::string_view attribute) {
  const bgp::OwnedMessage m = test::read(R"({"attrs":{)" + std::string(attribute) + "}}");
  return test::body_hex(m).substr(8);
}
std::string attribute_error(std::string_view attribute) {
  return test::error(R"({"attrs":{)" + std::string(attribute) + "}}");
}

}  // namespace

TEST_CASE("json NLRI: multicast has prefixes and a next hop as unicast has") {
  CHECK(shown(reach("000102", "c0000201", "080a")) ==
        R"("IPV4/MULTICAST","nexthop":"192.0.2.1","prefixes":["10.0.0.0/8"])");
  CHECK(shown(reach("000202", "20010db8000000000000000000000001", "2020010db8")) ==
        R"("IPV6/MULTICAST","nexthop":"2001:db8::1","prefixes":["2001:db8::/32"])");
  CHECK(shown(unreach("000102", "")) == R"("IPV4/MULTICAST","prefixes":[])");
}

TEST_CASE("json NLRI: labelled prefixes") {
  CHECK(shown(reach("000104", "01010202", "80 000640 000650 000660 000671 1e010101")) ==
        R"("IPV4/MPLS","nexthop":"1.1.2.2","prefixes":[{"labels":[100,101,102,103],"prefix":"30.1.1.1/32"}])");
  CHECK(shown(reach("000104", "20010db8000000000000000000000001", "30 0001417b0101 18 fffff1")) ==
        R"("IPV4/MPLS","nexthop":"2001:db8::1","prefixes":[{"labels":[20],"prefix":"123.1.1.0/24"},)"
        R"({"labels":[1048575],"prefix":"0.0.0.0/0"}])");
  // A label without bottom, traffic class bits, withdrawals: the field as it is.
  CHECK(shown(reach("000104", "01010202", "30 000140 0a0000 30 000147 0a0000")) ==
        R"("IPV4/MPLS","nexthop":"1.1.2.2","prefixes":[{"labels":["0x000140"],"prefix":"10.0.0.0/24"},)"
        R"({"labels":["0x000147"],"prefix":"10.0.0.0/24"}])");
  CHECK(shown(unreach("000104", "30 800000 0a0000 30 000000 0a0000 30 800001 0a0000")) ==
        R"("IPV4/MPLS","prefixes":[{"labels":["0x800000"],"prefix":"10.0.0.0/24"},)"
        R"({"labels":["0x000000"],"prefix":"10.0.0.0/24"},{"labels":[524288],"prefix":"10.0.0.0/24"}])");
  CHECK(shown(unreach("000204", "38 000641 20010db8")) ==
        R"("IPV6/MPLS","prefixes":[{"labels":[100],"prefix":"2001:db8::/32"}])");
}

TEST_CASE("json NLRI: VPN prefixes, with the route distinguisher of the next hop unless it is zero") {
  CHECK(shown(reach("000180", "0000000000000000 0a000001", "70 000101 0000fde800000001 0a0101")) ==
        R"("IPV4/MPLS_VPN","nexthop":"10.0.0.1","prefixes":[{"rd":"65000:1","labels":[16],"prefix":"10.1.1.0/24"}])");
  CHECK(shown(reach("000180", "0001c00002010007 0a000001", "")) ==
        R"("IPV4/MPLS_VPN","nexthop":"10.0.0.1","rd":"192.0.2.1:7","prefixes":[])");
  // RFC 8950 4, RFC 4659 3.2.1.
  CHECK(shown(reach("000180", "0000000000000000 20010db8000000000000000000000001", "")) ==
        R"("IPV4/MPLS_VPN","nexthop":"2001:db8::1","prefixes":[])");
  CHECK(
      shown(reach("000280",
                  "0000000000000000 20010db8000000000000000000000001 0000000000000000 fe800000000000000000000000000001",
                  "98 e00301 0000fbf300000069 20010db800420000")) ==
      R"("IPV6/MPLS_VPN","nexthop":"2001:db8::1","link-local":"fe80::1",)"
      R"("prefixes":[{"rd":"64499:105","labels":[917552],"prefix":"2001:db8:42::/64"}])");
  CHECK(shown(reach("000280", "0000000000000000 00000000000000000000ffff0a000001", "")) ==
        R"("IPV6/MPLS_VPN","nexthop":"::ffff:10.0.0.1","prefixes":[])");
  // Forms that would not come back.
  CHECK(shown(reach("000180", "0a000001", "")) == R"("IPV4/MPLS_VPN","nh":"0x0a000001","prefixes":[])");
  CHECK(
      shown(reach("000280",
                  "0000000000000001 20010db8000000000000000000000001 0000000000000000 fe800000000000000000000000000001",
                  ""))
          .starts_with(R"("IPV6/MPLS_VPN","nh":"0x0000000000000001)"));
  CHECK(shown(reach("000180", "", "")) == R"("IPV4/MPLS_VPN","prefixes":[])");
  CHECK(shown(reach("000181", "7f100 02c", "48 0001ac10002c0065 0a")) ==
        R"("IPV4/MULTICAST_VPNS","nh":"0x7f10002c","prefixes":[{"rd":"172.16.0.44:101","prefix":"10.0.0.0/8"}])");
}

TEST_CASE("json NLRI: EVPN routes") {
  CHECK(
      shown(reach("001946", "c0000201",
                  "01 19 0001c633649a0201 00000000000000000000 00000002 01e000 "
                  "02 28 0002199999990001 00010203040506070809 00000000 30 0cdd809ff700 20 c0000201 000641 000651 "
                  "03 11 0002199999990001 0000000a 20 2b2b2b2b")) ==
      R"("L2VPN/EVPNS","nexthop":"192.0.2.1","routes":[)"
      R"({"type":"AUTO_DISCOVERY","rd":"198.51.100.154:513","esi":"00:00:00:00:00:00:00:00:00:00","tag":2,"labels":[122880]},)"
      R"({"type":"MAC_IP","rd":"429496729:1","esi":"00:01:02:03:04:05:06:07:08:09","tag":0,"mac":"0c:dd:80:9f:f7:00",)"
      R"("ip":"192.0.2.1","labels":[1601,1617]},)"
      R"({"type":"INCLUSIVE_MULTICAST","rd":"429496729:1","tag":10,"ip":"43.43.43.43"}])");
  CHECK(
      shown(unreach("001946",
                    "04 23 0002199999990001 0103f20cdd809ff70007 80 20010db8000000000000000000000001 "
                    "05 22 0000fde800000001 00000000000000000000 00000005 18 0a0101ff 00000000 002711")) ==
      R"("L2VPN/EVPNS","routes":[{"type":"ETHERNET_SEGMENT","rd":"429496729:1","esi":"01:03:f2:0c:dd:80:9f:f7:00:07",)"
      R"("ip":"2001:db8::1"},{"type":"IP_PREFIX","rd":"65000:1","esi":"00:00:00:00:00:00:00:00:00:00","tag":5,)"
      R"("prefix":"10.1.1.255/24","gateway":"0.0.0.0","labels":[10001]}])");
}

TEST_CASE("json NLRI: EVPN routes that are not known, or malformed, are raw one by one") {
  CHECK(shown(unreach("001946", "0b 02 aabb 00 00 03 03 010203")) ==
        R"("L2VPN/EVPNS","routes":[{"type":11,"data":"0xaabb"},{"type":0,"data":""},)"
        R"({"type":"INCLUSIVE_MULTICAST","data":"0x010203"}])");
  CHECK(shown(unreach("001946", "0b 03 aabb")) == R"("L2VPN/EVPNS","data":"0x0b03aabb")");
}

TEST_CASE("json NLRI: route targets (RFC 4684 4)") {
  CHECK(
      shown(reach("000184", "01000002", "00 20 00000016 60 0000fbff 0102c0000202007b 30 00000017 0102")) ==
      R"("IPV4/ROUTE_TARGET","nexthop":"1.0.0.2","targets":[{"length":0},{"asn":22},)"
      R"({"asn":64511,"target":{"type":"IP4_TARGET","value":"192.0.2.2:123"}},{"length":48,"data":"0x000000170102"}])");
  CHECK(shown(unreach("000184", "60 00000017 0002000a00000064 53 00000017 010201020304e0")) ==
        R"("IPV4/ROUTE_TARGET","targets":[{"asn":23,"target":{"type":"TARGET","value":"10:100"}},)"
        R"({"length":83,"data":"0x00000017010201020304e0"}])");
}

TEST_CASE("json flowspec: rules in the form of the Go tool") {
  CHECK(shown(reach("000185", "", "15 0118c00002 038106 05 13 1f40 d5 2328 098102 0c8001")) ==
        R"("IPV4/FLOWSPEC","rules":[{"DST":"192.0.2.0/24","PROTO":[{"op":"==","val":6}],)"
        R"("PORT_DST":[{"op":">=","val":8000},{"and":true,"op":"<=","val":9000}],)"
        R"("TCP_FLAGS":[{"op":"ALL","len":1,"val":"0x2"}],"FRAG":[{"op":"ANY","len":1,"val":"0x1"}]}])");
  CHECK(shown(unreach("000185", "0f 04 0001 0202 0403 0504 0605 0706 8107")) ==
        R"("IPV4/FLOWSPEC","rules":[{"PORT":[{"op":false,"val":1},{"op":">","val":2},{"op":"<","val":3},)"
        R"({"op":"<=","val":4},{"op":"!=","val":5},{"op":true,"val":6},{"op":"==","val":7}]}])");
  CHECK(shown(unreach("000185", "0a 09 0001 0101 0202 930fff")) ==
        R"("IPV4/FLOWSPEC","rules":[{"TCP_FLAGS":[{"op":"ANY","len":1,"val":"0x1"},{"op":"ALL","len":1,"val":"0x1"},)"
        R"({"op":"NONE","len":1,"val":"0x2"},{"op":"NOT-ALL","len":2,"val":"0xfff"}]}])");
  CHECK(shown(reach("000185", "0a000002", "05 0118c00002")) ==
        R"("IPV4/FLOWSPEC","nexthop":"10.0.0.2","rules":[{"DST":"192.0.2.0/24"}])");
  CHECK(shown(unreach("000185", "00")) == R"("IPV4/FLOWSPEC","rules":[{}])");
}

TEST_CASE("json flowspec: IPv6, offsets, flow label (RFC 8956 3)") {
  CHECK(shown(unreach("000285", "0f 01 68 41 2468acf134 02 20 00 20010db8")) ==
        R"("IPV6/FLOWSPEC","rules":[{"DST":"::1234:5678:9a00:0/65-104","SRC":"2001:db8::/32"}])");
  CHECK(shown(unreach("000285", "0b 01 68 40 123456789a 0d 81 06")) ==
        R"("IPV6/FLOWSPEC","rules":[{"DST":"::1234:5678:9a00:0/64-104","LABEL":[{"op":"==","val":6}]}])");
  CHECK(shown(unreach("000285", "08 01 67 40 123456789b")) == R"("IPV6/FLOWSPEC","rules":[{"raw":"0x080167)"
                                                              R"(40123456789b"}])");
  CHECK(shown(unreach("000285", "05 01 0c 00 2a1f")) == R"("IPV6/FLOWSPEC","rules":[{"DST":"2a1f::/12"}])");
}

TEST_CASE("json flowspec: VPN rules, with path ids") {
  CHECK(shown(unreach("000186", "0b 0000ffff00010000 038106")) ==
        R"("IPV4/L3VPN_FLOWSPEC","rules":[{"rd":"65535:65536","PROTO":[{"op":"==","val":6}]}])");
  CHECK(
      shown(unreach("000286", "00000007 08 0000ffff00010000", with_paths({bgp::Afi::ipv6, bgp::Safi::flowspec_vpn}))) ==
      R"("IPV6/L3VPN_FLOWSPEC","rules":[{"rd":"65535:65536","id":7}])");
  CHECK(shown(unreach("000186", "03 038106")) == R"("IPV4/L3VPN_FLOWSPEC","rules":[{"raw":"0x03038106"}])");
  CHECK(shown(unreach("001986", "03 038106")) == R"("L2VPN/L3VPN_FLOWSPEC","data":"0x03038106")");
}

TEST_CASE("json flowspec: what members would lose is raw: order, repetition, a long length, bits without a name") {
  for (const char* rule : {"06 048119 038106", "06 038106 038107", "f003 038106", "03 038906", "03 098502", "03 030106",
                           "01 01", "02 0121", "05 0120c00002"}) {
    const std::string entry = compact(rule);
    CHECK(shown(unreach("000185", entry)) == R"("IPV4/FLOWSPEC","rules":[{"raw":"0x)" + entry + R"("}])");
  }
  // The width is kept.
  CHECK(shown(unreach("000185", "0a 03 b1 0000000000000006")) ==
        R"("IPV4/FLOWSPEC","rules":[{"PROTO":[{"op":"==","len":8,"val":6}]}])");
  CHECK(shown(unreach("000185", "0a 03 b1 ffffffffffffffff")) ==
        R"("IPV4/FLOWSPEC","rules":[{"PROTO":[{"op":"==","val":18446744073709551615}]}])");
  CHECK(shown(unreach("000185", "06 038106 0eaabb 01 ff 06 0e8106")) ==
        R"("IPV4/FLOWSPEC","data":"0x060381060eaabb01ff060e8106")");
  CHECK(shown(unreach("000185", "06 038106 0eaabb 01 ff")) ==
        R"x("IPV4/FLOWSPEC","rules":[{"PROTO":[{"op":"==","val":6}],"FlowType(14)":"0xaabb"},{"FlowType(255)":""}])x");
  // A length that runs past the end.
  CHECK(shown(unreach("000185", "04 038106")) == R"("IPV4/FLOWSPEC","data":"0x04038106")");
}

TEST_CASE("json flowspec: a long list of operators fits its room") {
  std::string ops;
  for (int i = 0; i < 2000; ++i) ops += "43ff";
  const std::string value =
      "00018500"
      "00"
      "ffa3"
      "09" +
      ops + "c3ff";
  CHECK(data(update_of(value)).size() > 45 * 2000);
}

TEST_CASE("json flowspec: reading what people write") {
  const auto rule = [](std::string_view r, std::string_view af = "IPV4/FLOWSPEC") {
    const std::string a =
        attributes(R"("MP_UNREACH":{"af":")" + std::string(af) + R"(","rules":[)" + std::string(r) + "]}");
    return a.substr(12);
  };
  CHECK(rule(R"({"PORT":[{"val":25,"op":"=="}],"dst":"192.0.2.0/24","proto":[{"op":"==","val":"0x6"}]})") ==
        compact("0b 0118c00002 038106 048119"));
  CHECK(rule(R"({"TCP_FLAGS":[{"op":"all","val":2},{"and":true,"op":"NOT-all","len":4,"val":"0x1ff"}]})") ==
        compact("08 09 0102 e3 000001ff"));
  CHECK(rule(R"({"raw":"0xf003038106"})") == "f003038106");
  CHECK(rule(R"x({"FlowType(200)":"0xaabb"})x") == "03c8aabb");
  CHECK(rule(R"({"LABEL":"0x8106"})") == "030d8106");
  CHECK(rule(R"({"DST":"::1234:5678:9a00:0/65-104"})", "IPV6/FLOWSPEC") == compact("08 01 68 41 2468acf134"));
  CHECK(rule(R"({"DST":"2001:db8::/0-32"})", "IPV6/FLOWSPEC") == compact("07 01 20 00 20010db8"));
}

TEST_CASE("json flowspec: what is wrong is said") {
  const auto rule = [](std::string_view r, std::string_view af = "IPV4/FLOWSPEC") {
    return attribute_error(R"("MP_UNREACH":{"af":")" + std::string(af) + R"(","rules":[)" + std::string(r) + "]}");
  };
  const std::string at = "attrs: MP_UNREACH: ";
  CHECK(rule("5") == at + "not an object with the components of a rule");
  CHECK(rule(R"({"COLOUR":[]})") == at + "COLOUR: not a component of a flowspec rule");
  CHECK(rule(R"({"DST":"2001:db8::/32"})") == at + "DST: not an IPv4 prefix");
  CHECK(rule(R"({"DST":"::/104-64"})", "IPV6/FLOWSPEC") == at + "DST: not an IPv6 prefix");
  CHECK(rule(R"({"PROTO":[]})") == at + "PROTO: a list without operators");
  CHECK(rule(R"({"PROTO":[{"op":"=="}]})") == at + "PROTO: val is missing");
  CHECK(rule(R"({"PROTO":[{"op":"=","val":1}]})") == at + "PROTO: op is not one like \"==\"");
  CHECK(rule(R"({"FRAG":[{"op":"==","val":1}]})") == at + "FRAG: op is not one like \"ANY\"");
  CHECK(rule(R"({"PROTO":[{"op":"==","val":18446744073709551616}]})") == at + "PROTO: val is not a number of 64 bits");
  CHECK(rule(R"({"PROTO":[{"op":"==","val":256,"len":1}]})") == at + "PROTO: val is wider than len says");
  CHECK(rule(R"({"PROTO":[{"op":"==","val":1,"len":3}]})") == at + "PROTO: len is not 1, 2, 4 or 8");
  CHECK(rule(R"({"PROTO":[{"op":"==","val":1,"eol":true}]})") ==
        at + "PROTO: not a member of an operator: and, op, len, val");
  CHECK(rule(R"({"LABEL":[{"op":"==","val":1}]})") == at + "LABEL: a component of this type is given in hex");
  CHECK(rule(R"({"PROTO":"0x8106","proto":"0x8106"})") == at + "a component stands twice");
  CHECK(rule(R"({"raw":"0x0403"})") == at + "raw is not one rule behind its length");
  CHECK(rule(R"({"raw":""})") == at + "raw is not one rule behind its length");
  CHECK(rule(R"({"PROTO":"0x8106"})", "IPV4/L3VPN_FLOWSPEC") == at + "rd is missing");
  CHECK(rule(R"x({"FlowType(99)":"0x)x" + std::string(2 * 4095, '0') + R"("})") ==
        at + "a rule is longer than 4095 bytes");
}

TEST_CASE("json NLRI: path ids of all families (RFC 7911 3)") {
  const auto ids = [](std::uint16_t afi, std::uint8_t safi) {
    return with_paths({static_cast<bgp::Afi>(afi), static_cast<bgp::Safi>(safi)});
  };
  const auto both = [](const bgp::OwnedMessage& m) {
    CHECK(test::read(test::write(m)).context == m.context);
    return shown(m);
  };
  CHECK(both(unreach("000180", "00000007 70 000101 0000fde800000001 0a0101 ffffffff 58 800000 0000fde800000001",
                     ids(1, 128))) ==
        R"("IPV4/MPLS_VPN","prefixes":[{"rd":"65000:1","labels":[16],"prefix":"10.1.1.0/24","id":7},)"
        R"({"rd":"65000:1","labels":["0x800000"],"prefix":"0.0.0.0/0","id":4294967295}])");
  CHECK(both(unreach("000102", "00000007 080a", ids(1, 2))) == R"("IPV4/MULTICAST","prefixes":["#7#10.0.0.0/8"])");
  CHECK(both(unreach("001946", "00000001 0b 01 aa", ids(25, 70))) ==
        R"("L2VPN/EVPNS","routes":[{"type":11,"data":"0xaa","id":1}])");
  CHECK(both(unreach("000184", "00000000 00 00000001 20 00000016", ids(1, 132))) ==
        R"("IPV4/ROUTE_TARGET","targets":[{"length":0,"id":0},{"asn":22,"id":1}])");
  // Where they are hidden in hex the line names the family, whatever it is.
  CHECK(data(unreach("404447", "00000001 0001 0001 aa", ids(16452, 71))) ==
        R"x({"attrs":{"MP_UNREACH":{"flags":"O","value":{"af":"AFI(16452)/LS","data":"0x0000000100010001aa"}}},)x"
        R"x("addpath":["AFI(16452)/LS"]})x");
}

TEST_CASE("json NLRI: a message of a context with path ids everywhere comes back from hex with them") {
  bgp::Context all;
  all.add_path = bgp::FamilySet::all();
  const bgp::OwnedMessage m = test::message(MsgType::update, "0000", all);
  CHECK(data(m) == R"({"raw":"0x0000","addpath":true})");
  CHECK(test::read(test::write(m)).context == all);
}

TEST_CASE("json NLRI: reading what people write") {
  // Keys in any order, an id that comes late, missing labels of a withdrawal, the forms of the Go tool.
  CHECK(attributes(R"("MP_UNREACH":{"prefixes":[{"prefix":"10.1.1.0/24","rd":"65000:1"}],"af":"ipv4/mpls_vpn"})") ==
        compact("800f12 000180 70 800000 0000fde800000001 0a0101"));
  CHECK(attributes(R"("MP_UNREACH":{"af":"IPV4/MPLS","prefixes":[{"prefix":"10.0.0.0/8","labels":["17"]},)"
                   R"({"labels":[16],"prefix":"#9#10.0.0.0/8"}]})") ==
        compact("800f15 000104 00000000 20 000111 0a 00000009 20 000101 0a"));
  CHECK(attributes(R"("MP_REACH":{"af":"IPV4/MPLS_VPN","nh":"0x00000000000000000a000001","data":"0x7000"})") ==
        compact("800e13 000180 0c 00000000000000000a000001 00 7000"));
  CHECK(
      attributes(
          R"("MP_UNREACH":{"af":"L2VPN/EVPNS","routes":[{"type":"mac_ip","rd":"65000:1","mac":"00:11:22:33:44:55"}]})") ==
      compact("800f26 001946 02 21 0000fde800000001 00000000000000000000 00000000 30 001122334455 00 000000"));
  CHECK(
      attributes(
          R"("MP_UNREACH":{"af":"L2VPN/EVPNS","routes":[{"type":5,"rd":"65000:1","prefix":"2001:db8::/32"}]})") ==
      compact("800f3f 001946 05 3a 0000fde800000001 00000000000000000000 00000000 20 20010db8000000000000000000000000 "
              "00000000000000000000000000000000 000000"));
}

TEST_CASE("json NLRI: what is wrong is said") {
  const auto vpn = [](std::string_view entry) {
    return attribute_error(R"("MP_REACH":{"af":"IPV4/MPLS_VPN","nexthop":"10.0.0.1","prefixes":[)" +
                           std::string(entry) + "]}");
  };
  CHECK(vpn(R"("10.0.0.0/8")") == "attrs: MP_REACH: not an object with prefix and labels");
  CHECK(vpn(R"({"labels":[16],"prefix":"10.0.0.0/8"})") == "attrs: MP_REACH: rd is missing");
  CHECK(vpn(R"({"rd":"65000:1","labels":[16]})") == "attrs: MP_REACH: prefix is missing");
  CHECK(vpn(R"({"rd":"65000:1","prefix":"10.0.0.0/8"})") == "attrs: MP_REACH: labels is missing");
  CHECK(vpn(R"({"rd":"x","labels":[16],"prefix":"10.0.0.0/8"})") ==
        "attrs: MP_REACH: rd is not a route distinguisher like \"65000:1\"");
  CHECK(vpn(R"({"rd":"65000:1","labels":[1048576],"prefix":"10.0.0.0/8"})") ==
        "attrs: MP_REACH: a label is neither a number of 20 bits nor a field like \"0x800000\"");
  CHECK(vpn(R"({"rd":"65000:1","labels":[1,2,3,4,5,6,7,8],"prefix":"10.0.0.0/8"})") ==
        "attrs: MP_REACH: more labels than an entry can hold");
  CHECK(vpn(R"({"rd":"65000:1","labels":[1],"prefix":"10.0.0.0/8","id":4294967296})") ==
        "attrs: MP_REACH: id is not a number of 32 bits");
  CHECK(vpn(R"({"rd":"65000:1","labels":[1],"prefix":"2001:db8::/32"})") == "attrs: MP_REACH: not an IPv4 prefix");
  const auto evpn = [](std::string_view route) {
    return attribute_error(R"("MP_UNREACH":{"af":"L2VPN/EVPNS","routes":[)" + std::string(route) + "]}");
  };
  CHECK(evpn(R"({"rd":"65000:1"})") == "attrs: MP_UNREACH: type is missing");
  CHECK(evpn(R"({"type":"X"})") == "attrs: MP_UNREACH: type is not a route type like \"MAC_IP\"");
  CHECK(evpn(R"({"type":9})") == "attrs: MP_UNREACH: a route of this type is given as data");
  CHECK(evpn(R"({"type":2})") == "attrs: MP_UNREACH: rd is missing");
  CHECK(evpn(R"({"type":2,"rd":"1:1"})") == "attrs: MP_UNREACH: mac is missing");
  CHECK(evpn(R"({"type":3,"rd":"1:1"})") == "attrs: MP_UNREACH: ip is missing");
  CHECK(evpn(R"({"type":5,"rd":"1:1"})") == "attrs: MP_UNREACH: prefix is missing");
  CHECK(evpn(R"({"type":5,"rd":"1:1","prefix":"10.0.0.0/8","gateway":"::1"})") ==
        "attrs: MP_UNREACH: gateway is not of the family of prefix");
  CHECK(evpn(R"({"type":1,"rd":"1:1","labels":[1,2]})") == "attrs: MP_UNREACH: more than one label");
  CHECK(attribute_error(R"("MP_REACH":{"af":"IPV4/MPLS_VPN","nexthop":"10.0.0.1","link-local":"fe80::1"})") ==
        "attrs: MP_REACH: link-local needs an IPv6 nexthop");
}

TEST_CASE("json golden: every message of tests/data/bgp comes back byte for byte, with and without path ids") {
  std::ifstream file(TEST_DATA "/bgp/messages.txt");
  bgp::Context ids;
  ids.add_path = bgp::FamilySet::all();
  std::size_t n = 0;
  for (std::string origin, hex; file >> origin >> hex; ++n)
    for (const bgp::Context& c : {bgp::Context{}, ids}) {
      bgp::OwnedMessage m;
      m.context = c;
      m.wire = test::hex(hex);
      (void)data(m);
    }
  CHECK(n > 300);
}

TEST_CASE("json golden: so does every MP attribute cut short at every byte") {
  std::ifstream file(TEST_DATA "/bgp/messages.txt");
  bgp::Context ids;
  ids.add_path = bgp::FamilySet::all();
  std::size_t cuts = 0;
  for (std::string origin, hex; file >> origin >> hex;) {
    const base::Buffer whole = test::hex(hex);
    bgp::UpdateIndex u;
    if (whole.data()[18] != 2 || !u.parse(whole.view().subspan(bgp::header_size))) continue;
    for (const bgp::AttrRef& a : u.attrs()) {
      if (a.code != bgp::AttrCode::mp_reach && a.code != bgp::AttrCode::mp_unreach) continue;
      for (std::size_t n = 0; n <= a.length; ++n) {
        base::Buffer attribute;
        bgp::append_attribute(attribute, a.code, 0x80, u.value(a).first(n));
        for (const bgp::Context& c : {bgp::Context{}, ids}) {
          (void)data(test::update(base::to_hex(attribute), {}, c));
          ++cuts;
        }
      }
    }
  }
  CHECK(cuts > 10000);
}
