#include "bgp/flowspec.hh"

#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {

constexpr Family v4{Afi::ipv4, Safi::flowspec}, v6{Afi::ipv6, Safi::flowspec}, vpn{Afi::ipv4, Safi::flowspec_vpn};

// The components as "type:value", after a check that the whole is written as it was read.
std::string components(std::string_view entry, Family f) {
  const base::Buffer bytes = hex(entry);
  const auto rule = parse_flow_rule(bytes, f);
  if (!rule) return "malformed";
  base::Buffer back;
  REQUIRE(append_flow_rule(back, *rule));
  CHECK(hex_of(back) == hex_of(bytes));
  std::string out;
  FlowComponents all(rule->components, f.afi);
  for (FlowComponent c; all.next(c);) out += name(c.type) + ':' + hex_of(c.value) + ' ';
  if (!all.ok()) out += "malformed";
  return out;
}

FlowPrefix prefix(std::string_view value, Afi afi) {
  const base::Buffer bytes = hex(value);
  const FlowPrefix p = parse_flow_prefix(bytes, afi);
  base::Buffer back;
  append_flow_prefix(back, p, afi);
  if (!p.spare_bits) CHECK(hex_of(back) == hex_of(bytes));
  return p;
}
std::string address(const FlowPrefix& p) { return base::Address::from(p.address).text(); }

}  // namespace

TEST_CASE("flowspec: the examples of RFC 8955 4.3") {
  CHECK(components("0b 0118c00002 038106 048119", v4) == "DST:18c00002 PROTO:8106 PORT:8119 ");
  CHECK(components("10 0118c00002 0208cb 04 0389 458b 911f90", v4) == "DST:18c00002 SRC:08cb PORT:0389458b911f90 ");
  CHECK(components("0b 0118c00002 0c8001 098112", v4) == "DST:18c00002 FRAG:8001 TCP_FLAGS:8112 ");
}

TEST_CASE("flowspec: lengths of one and two bytes, minimal or not (RFC 8955 4.1)") {
  CHECK(components("03 038106", v4) == "PROTO:8106 ");
  CHECK(components("f003 038106", v4) == "PROTO:8106 ");
  CHECK(parse_flow_rule(hex("f003 038106"), v4)->wide_length);
  CHECK(components("00", v4) == "");
  CHECK(components("f000", v4) == "");
  CHECK(components("04 038106", v4) == "malformed");
  CHECK(components("02 038106", v4) == "malformed");
  CHECK(components("f0", v4) == "malformed");
  CHECK(components("", v4) == "malformed");
  const base::Buffer many = hex(std::string(2 * 4096, '0'));
  base::Buffer out;
  CHECK(append_flow_rule(out, {nullptr, many.view().first(0xef), false}));
  CHECK(out.size() == 0xf0);
  out.clear();
  CHECK(append_flow_rule(out, {nullptr, many.view().first(0xf0), false}));
  CHECK(hex_of(out.view().first(2)) == "f0f0");
  out.clear();
  CHECK(append_flow_rule(out, {nullptr, many.view().first(4095), false}));
  CHECK_FALSE(append_flow_rule(out, {nullptr, many, false}));
  CHECK_FALSE(append_flow_rule(out, {many.data(), many.view().first(4088), false}));
  CHECK(out.size() == 2 + 4095);
}

TEST_CASE("flowspec: a VPN rule starts with a route distinguisher (RFC 8955 8)") {
  CHECK(components("0b 0000ffff00010000 038106", vpn) == "PROTO:8106 ");
  CHECK(components("08 0000ffff00010000", vpn) == "");
  CHECK(components("07 0000ffff000100", vpn) == "malformed");
}

TEST_CASE("flowspec: every truncation of a component is malformed, not a crash; as NLRI `01 01`, a type alone") {
  CHECK(components("01 01", v4) == "malformed");
  CHECK(components("01 03", v4) == "malformed");
  for (const auto& [entry, f] : {std::pair{"01 18 c00002", v4},
                                 {"02 68 40 123456789a", v6},
                                 {"03 01 06 81 11", v4},
                                 {"05 13 01bb b3 0000000000000001", v4},
                                 {"09 11 0002 81 02", v4}}) {
    const base::Buffer whole = hex(entry);
    for (std::size_t n = 1; n < whole.size(); ++n) {
      FlowComponents all(whole.view().first(n), f.afi);
      FlowComponent c;
      CHECK_FALSE(all.next(c));
      CHECK_FALSE(all.ok());
    }
  }
}

TEST_CASE("flowspec: prefixes that cannot be") {
  CHECK(components("06 01 21 c000020100", v4) == "malformed");
  CHECK(components("03 01 81 00", v6) == "malformed");
  CHECK(components("03 01 20 20", v6) == "malformed");
  CHECK(components("03 01 20 21", v6) == "malformed");
  CHECK(components("03 01 00 00", v6) == "DST:0000 ");
}

TEST_CASE("flowspec: a type that is not known takes the rest (RFC 8955 4.2)") {
  CHECK(components("06 038106 0e aabb", v4) == "PROTO:8106 FlowType(14):aabb ");
  CHECK(components("04 0d 8106 00", v4) == "LABEL:810600 ");
  CHECK(components("03 0d 8106", v6) == "LABEL:8106 ");
  CHECK(components("01 ff", v4) == "FlowType(255): ");
}

TEST_CASE("flowspec: operators, with the width they have") {
  const base::Buffer value = hex("01 06 52 0011 63 00000012 74 0000000000000001 f7 ffffffffffffffff");
  FlowOps ops(value);
  base::Buffer back;
  std::string shown;
  for (FlowOp op; ops.next(op);) {
    shown += std::to_string(op.width()) + '=' + std::to_string(op.value) + ' ';
    append_flow_op(back, op.bits, op.width(), op.value);
  }
  CHECK(shown == "1=6 2=17 4=18 8=1 8=18446744073709551615 ");
  CHECK(hex_of(back) == hex_of(value));
  CHECK(flow_width(255) == 1);
  CHECK(flow_width(256) == 2);
  CHECK(flow_width(65536) == 4);
  CHECK(flow_width(std::uint64_t{1} << 32) == 8);
}

TEST_CASE("flowspec: an IPv6 prefix with an offset, also one that does not start at a byte (RFC 8956 3.1)") {
  CHECK(address(prefix("68 40 123456789a", Afi::ipv6)) == "::1234:5678:9a00:0");
  // RFC 8956 3.8.2: bits 65 to 104.
  CHECK(address(prefix("68 41 2468acf134", Afi::ipv6)) == "::1234:5678:9a00:0");
  CHECK(address(prefix("20 00 20010db8", Afi::ipv6)) == "2001:db8::");
  CHECK(address(prefix("80 7f 80", Afi::ipv6)) == "::1");
  CHECK(address(prefix("80 01 fffffffffffffffffffffffffffffffe", Afi::ipv6)) ==
        "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  // Every offset and length: a pattern of ones is ones from offset to length, and nothing else.
  for (unsigned length = 1; length <= 128; ++length)
    for (unsigned offset = 0; offset < length; ++offset) {
      base::Buffer value;
      value.push(static_cast<std::uint8_t>(length));
      value.push(static_cast<std::uint8_t>(offset));
      const unsigned bits = length - offset;
      for (unsigned i = 0; i < (bits + 7) / 8; ++i) value.push(0xff);
      if (bits % 8 != 0) value.data()[value.size() - 1] = static_cast<std::uint8_t>(0xff00 >> bits % 8);
      const FlowPrefix p = parse_flow_prefix(value, Afi::ipv6);
      bool right = !p.spare_bits;
      for (unsigned bit = 0; bit < 128; ++bit)
        right = right && ((p.address[bit / 8] & 0x80u >> bit % 8) != 0) == (bit >= offset && bit < length);
      base::Buffer back;
      append_flow_prefix(back, p, Afi::ipv6);
      CHECK((right && base::equal(back, value)));
    }
}

TEST_CASE("flowspec: bits behind a prefix are kept, behind a pattern with an offset they are told of") {
  CHECK(address(prefix("1f 00 20010db9", Afi::ipv6)) == "2001:db9::");
  CHECK(prefix("67 40 123456789b", Afi::ipv6).spare_bits);
  CHECK_FALSE(prefix("67 40 123456789a", Afi::ipv6).spare_bits);
  CHECK(hex_of(base::Bytes(prefix("0c 0a1f", Afi::ipv4).address).first(4)) == "0a1f0000");
}

TEST_CASE("flowspec: names of components") {
  for (unsigned t = 0; t <= 255; ++t) {
    const auto type = static_cast<FlowType>(t);
    CHECK(parse_flow_type(name(type)) == type);
  }
  CHECK(parse_flow_type("port_dst") == FlowType::destination_port);
  CHECK_FALSE(parse_flow_type("FlowType(256)"));
  CHECK_FALSE(parse_flow_type("rd"));
}
