#include "bgp/labelled.hh"

#include "bgp/evpn.hh"
#include "bgp/nlri.hh"
#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {

constexpr Family labelled_v4{Afi::ipv4, Safi::mpls}, labelled_v6{Afi::ipv6, Safi::mpls},
    vpn_v4{Afi::ipv4, Safi::mpls_vpn}, vpn_v6{Afi::ipv6, Safi::mpls_vpn}, multicast_vpn{Afi::ipv4, Safi::multicast_vpn};

// "labels rd length:prefix", after a check that it is written as it was read.
std::string read(std::string_view entry, Family f, bool withdrawn = false) {
  const base::Buffer bytes = hex(entry);
  const auto n = parse_labelled(bytes, f, withdrawn);
  if (!n) return "malformed";
  base::Buffer back;
  REQUIRE(append_labelled(back, *n, std::nullopt));
  CHECK(base::equal(back, bytes));
  std::string out = hex_of(n->labels);
  if (n->rd) out += ' ' + text(RouteDistinguisher::read(n->rd));
  return out + ' ' + std::to_string(n->length) + ':' + hex_of({n->bytes, (n->length + 7u) / 8});
}

std::string evpn(std::string_view entry) {
  const base::Buffer bytes = hex(entry);
  const auto r = parse_evpn(bytes);
  if (!r) return "malformed";
  base::Buffer back;
  append_evpn(back, *r);
  CHECK(hex_of(back) == hex_of(bytes));
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(parse_evpn(base::Buffer(bytes.view().first(n))));
  return std::string(name(r->type)) + ' ' + text(RouteDistinguisher::read(r->rd)) + ' ' + hex_of(r->esi) + ' ' +
         std::to_string(r->tag) + ' ' + hex_of(r->mac) + ' ' + hex_of(r->ip) + '/' + std::to_string(r->ip_length) +
         ' ' + hex_of(r->gateway) + ' ' + hex_of(r->labels);
}

std::string key(std::string_view entry, Family f) {
  std::string out;
  append_route_key(out, hex(entry), f);
  return out;
}

}  // namespace

TEST_CASE("labelled: one label and a prefix, of each length (RFC 8277 2.2)") {
  CHECK(read("30 0001417b0101", labelled_v4) == "000141 24:7b0101");
  CHECK(read("18 800001", labelled_v4) == "800001 0:");
  CHECK(read("47 000050 000041 040506", labelled_v4) == "000050000041 23:040506");
  CHECK(read("98 000641 20010db8000000000000000000000001", labelled_v6) ==
        "000641 128:20010db8000000000000000000000001");
}

TEST_CASE("labelled: a stack ends at its bottom (RFC 8277 2.3)") {
  CHECK(read("80 000640 000650 000660 000671 1e010101", labelled_v4) == "000640000650000660000671 32:1e010101");
  // No bottom anywhere: one label, as without the capability for several.
  CHECK(read("30 000140 0a0000", labelled_v4) == "000140 24:0a0000");
}

TEST_CASE("labelled: a withdrawal has one field, whatever it says (RFC 8277 2.4, RFC 3107 3)") {
  CHECK(read("30 800000 0a0101", labelled_v4) == "800000 24:0a0101");
  CHECK(read("30 000000 0a0101", labelled_v4) == "000000 24:0a0101");
  CHECK(read("48 000640 000671 0a0101", labelled_v4, true) == "malformed");
  CHECK(read("30 000640 0a0101", labelled_v4, true) == "000640 24:0a0101");
}

TEST_CASE("labelled: VPN prefixes have a route distinguisher (RFC 4364 4.3.4, RFC 4659 3.2)") {
  CHECK(read("70 000011 0000 fde8 00000001 0a0101", vpn_v4) == "000011 65000:1 24:0a0101");
  CHECK(read("58 000011 0001 c0000201 0001", vpn_v4) == "000011 192.0.2.1:1 0:");
  CHECK(read("78 000000 0002 fbf00018 0010 c0000210", vpn_v4, true) == "000000 4226809880:16 32:c0000210");
  CHECK(read("98 e00301 0000 fbf300000069 2001 0db80042 0000", vpn_v6) == "e00301 64499:105 64:20010db800420000");
  CHECK(read("48 0001 ac10002c 0065 0a", multicast_vpn) == " 172.16.0.44:101 8:0a");
}

TEST_CASE("labelled: less than nothing or more than an address is left for the prefix") {
  CHECK(read("10 0000", labelled_v4) == "malformed");
  CHECK(read("39 000011 0a010101 80", labelled_v4) == "malformed");
  CHECK(read("50 000011 00000000000000", vpn_v4) == "malformed");
  CHECK(read("99 000011 20010db800000000000000000000000180", labelled_v6) == "malformed");
  CHECK(read("30 000011 0a01", labelled_v4) == "malformed");
  CHECK(read("", labelled_v4) == "malformed");
  const std::uint8_t bytes[40] = {};
  base::Buffer out;
  CHECK_FALSE(append_labelled(out, {base::Bytes(bytes).first(30), bytes, 32, bytes}, 1));
  CHECK(out.empty());
}

TEST_CASE("evpn: the fields of types 1 to 5 (RFC 7432 7, RFC 9136 3.1)") {
  CHECK(evpn("01 19 0001c633649a0201 00000000000000000000 00000002 01e000") ==
        "AUTO_DISCOVERY 198.51.100.154:513 00000000000000000000 2  /0  01e000");
  CHECK(evpn("02 21 0002199999990001 00010203040506070809 0000000a 30 0cdd809ff700 00 000641") ==
        "MAC_IP 429496729:1 00010203040506070809 10 0cdd809ff700 /0  000641");
  CHECK(evpn("02 28 0002199999990001 00000000000000000000 00000000 30 0cdd809ff700 20 c0000201 000641 000651") ==
        "MAC_IP 429496729:1 00000000000000000000 0 0cdd809ff700 c0000201/0  000641000651");
  CHECK(evpn("03 11 0002199999990001 0000000a 20 2b2b2b2b") == "INCLUSIVE_MULTICAST 429496729:1  10  2b2b2b2b/0  ");
  CHECK(
      evpn("04 17 0002199999990001 0103f20cdd809ff70007 20 202b2b2b").starts_with("ETHERNET_SEGMENT 429496729:1 0103"));
  CHECK(evpn("05 22 0000fde800000001 00000000000000000000 00000005 18 0a010100 00000000 002711") ==
        "IP_PREFIX 65000:1 00000000000000000000 5  0a010100/24 00000000 002711");
  CHECK(evpn("05 3a 0000fde800000001 00000000000000000000 00000005 40 20010db8000000000000000000000000 "
             "20010db8000000000000000000000001 002711") ==
        "IP_PREFIX 65000:1 00000000000000000000 5  20010db8000000000000000000000000/64 "
        "20010db8000000000000000000000001 002711");
}

TEST_CASE("evpn: lengths that do not fit the type") {
  CHECK(evpn("00 00") == "malformed");
  CHECK(evpn("06 11 0002199999990001 0000000a 20 2b2b2b2b") == "malformed");
  CHECK(evpn("03 11 0002199999990001 0000000a 18 2b2b2b2b") == "malformed");
  CHECK(evpn("03 11 0002199999990001 0000000a 21 2b2b2b2b") == "malformed");
  CHECK(evpn("02 21 0002199999990001 00010203040506070809 0000000a 2f 0cdd809ff700 00 000641") == "malformed");
  CHECK(evpn("02 1e 0002199999990001 00010203040506070809 0000000a 30 0cdd809ff700 00") == "malformed");
  CHECK(evpn("05 22 0000fde800000001 00000000000000000000 00000005 21 0a010100 00000000 002711") == "malformed");
}

TEST_CASE("route key: labels and spare bits do not count, what tells routes apart does") {
  CHECK(key("09 0aff", ipv4_unicast) == key("09 0a80", ipv4_unicast));
  CHECK(key("09 0aff", ipv4_unicast) != key("09 0a7f", ipv4_unicast));
  CHECK(key("00", ipv4_unicast) != key("08 00", ipv4_unicast));
  CHECK(key("30 000641 0a0101", labelled_v4) == key("30 000651 0a0101", labelled_v4));
  CHECK(key("70 000011 0000fde800000001 0a0101", vpn_v4) == key("88 000020 000031 0000fde800000001 0a0101", vpn_v4));
  CHECK(key("70 000011 0000fde800000001 0a0101", vpn_v4) != key("70 000011 0000fde800000002 0a0101", vpn_v4));
  const Family evpn_family{Afi::l2vpn, Safi::evpn};
  CHECK(key("05 22 0000fde800000001 00000000000000000000 00000005 18 0a010100 00000000 002711", evpn_family) ==
        key("05 22 0000fde800000001 00000000000000000001 00000005 18 0a010100 c0000201 002712", evpn_family));
  CHECK(key("04 17 0002199999990001 0103f20cdd809ff70007 20 202b2b2b", evpn_family) !=
        key("04 17 0002199999990001 0103f20cdd809ff70008 20 202b2b2b", evpn_family));
}
