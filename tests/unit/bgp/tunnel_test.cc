#include "bgp/tunnel.hh"

#include <string>

#include "bgp/attr_set.hh"
#include "bgp/attrs.hh"
#include "bgp/srv6.hh"
#include "build.hh"

using namespace bgp;
using test::hex;

namespace {
// Types and sizes of the items, "1:7 3:8", and "!" where one does not fit.
std::string items(base::Bytes list, TlvShape shape) {
  std::string out;
  TlvReader r(list, shape);
  for (Tlv t; r.next(t);) out += std::to_string(t.type) + ":" + std::to_string(t.value.size()) + " ";
  return r.ok() ? out : out + "!";
}
}  // namespace

TEST_CASE("PMSI_TUNNEL: flags, type, label and identifier (RFC 6514 5)") {
  const auto v = hex("01 06 000640 c0000201");
  const auto t = parse_pmsi_tunnel(v);
  REQUIRE(t);
  CHECK(t->flags == 1);
  CHECK(pmsi_type_name(t->type) == "INGRESS_REPLICATION");
  CHECK(t->label == 1600);
  CHECK(test::hex_of(t->id) == "c0000201");
  base::Buffer out;
  encode(out, *t);
  CHECK(base::equal(out, v));
  for (std::size_t n = 0; n < 5; ++n) CHECK_FALSE(parse_pmsi_tunnel(v.view().first(n)));
}

TEST_CASE("TLV: the length of a tunnel's items is one byte up to type 127, then two (RFC 9012 2)") {
  CHECK(items(hex("0008 0003 aabbcc 000f 0000"), TlvShape::tunnel) == "8:3 15:0 ");
  CHECK(items(hex("04 02 aabb 80 0003 aabbcc 7f 00"), TlvShape::tunnel_sub) == "4:2 128:3 127:0 ");
  CHECK(items(hex("01 0002 aabb 05 0000"), TlvShape::prefix_sid) == "1:2 5:0 ");
}

TEST_CASE("TLV: every truncation is told from an end") {
  const auto v = hex("04 02 aabb 80 0003 aabbcc");
  for (std::size_t n = 1; n < v.size(); ++n)
    CHECK(items(v.view().first(n), TlvShape::tunnel_sub).ends_with('!') == (n != 4));
}

TEST_CASE("TLV: an item is closed with its length, if that can say it") {
  base::Buffer out;
  TlvWriter narrow(out, TlvShape::tunnel_sub, 4);
  out.append(std::string_view("abc"));
  CHECK(narrow.close());
  TlvWriter wide(out, TlvShape::tunnel_sub, 128);
  out.append(std::string(256, 'x'));
  CHECK(wide.close());
  CHECK(items(out, TlvShape::tunnel_sub) == "4:3 128:256 ");
  TlvWriter long_one(out, TlvShape::tunnel_sub, 4);
  out.append(std::string(256, 'x'));
  CHECK_FALSE(long_one.close());
}

TEST_CASE("PREFIX_SID: label index and SRGB (RFC 8669 3.1, 3.2)") {
  const auto l = parse_label_index(hex("00 0000 00000064"));
  REQUIRE(l);
  CHECK(l->index == 100);
  CHECK_FALSE(parse_label_index(hex("01 0000 00000064")));
  CHECK_FALSE(parse_label_index(hex("00 0000 000064")));
  const auto ranges = hex("003e80 001f40");
  CHECK(SrgbRange::read(ranges.data()) == SrgbRange{16000, 8000});
  base::Buffer out;
  encode(out, *l);
  encode(out, SrgbRange{16000, 8000});
  CHECK(test::hex_of(out) == "00000000000064003e80001f40");
}

TEST_CASE("PREFIX_SID: a SID of a service, with and without its structure (RFC 9252 3.1, 3.2.1)") {
  const std::string sid = "fd7c3f00040000000000000000000000";
  const auto plain = hex("00" + sid + "01 003f 00"), whole = hex("00" + sid + "00 003f 00 01 0006 201010001030");
  const auto s = parse_srv6_sid(whole);
  REQUIRE(s);
  CHECK(s->behavior == 63);
  CHECK(test::hex_of(s->structure) == "201010001030");
  CHECK(parse_srv6_sid(plain)->flags == 1);
  for (const base::Buffer* v : {&plain, &whole}) {
    base::Buffer out;
    encode(out, *parse_srv6_sid(*v));
    CHECK(base::equal(out, *v));
    for (std::size_t n = 0; n < v->size(); ++n) CHECK(parse_srv6_sid(v->view().first(n)).has_value() == (n == 21));
  }
  for (const std::string& bad :
       {"01" + sid + "00 003f 00", "00" + sid + "00 003f 01", "00" + sid + "00 003f 00 01 0005 2010100010",
        "00" + sid + "00 003f 00 02 0006 201010001030",
        "00" + sid + "00 003f 00 01 0006 201010001030 01 0006 201010001030"})
    CHECK_FALSE(parse_srv6_sid(hex(bad)));
}

TEST_CASE("AIGP: one metric and nothing else (RFC 7311 3)") {
  CHECK(parse_aigp(hex("01 000b 0000000000000064")) == 100);
  for (const char* bad : {"", "01 000b 00000000000064", "02 000b 0000000000000064", "01 000a 0000000000000064"})
    CHECK_FALSE(parse_aigp(hex(bad)));
  base::Buffer out;
  encode_aigp(out, 100);
  CHECK(parse_aigp(out) == 100);
}

TEST_CASE("names of tunnels parse back in any case") {
  CHECK(parse_tunnel_type("vxlan") == 8);
  CHECK(tunnel_type_name(99).empty());
  for (unsigned i = 0; i < 256; ++i) {
    const auto parses_back = [i](std::string_view name, auto parse) {
      return name.empty() || (parse(name) == i && name.size() <= 20);
    };
    CHECK(parses_back(pmsi_type_name(i), parse_pmsi_type));
    CHECK(parses_back(tunnel_type_name(i), parse_tunnel_type));
    CHECK(parses_back(tunnel_sub_name(i), parse_tunnel_sub));
    CHECK(parses_back(prefix_sid_name(i), parse_prefix_sid));
    CHECK(tunnel_sub_name(i).size() <= 18);
  }
}

TEST_CASE("ATTR_SET: an AS number and attributes, and every truncation of them (RFC 6368 5)") {
  const auto v = hex("0000fde9 40010100 d0080004 fde80001");
  const auto set = parse_attr_set(v);
  REQUIRE(set);
  CHECK(set->origin == 65001);
  AttrReader r(set->attributes);
  RawAttr a;
  REQUIRE(r.next(a));
  CHECK(a.code == AttrCode::origin);
  REQUIRE(r.next(a));
  CHECK(a.code == AttrCode::community);
  CHECK(a.flags == 0xd0);
  CHECK(test::hex_of(a.value) == "fde80001");
  CHECK_FALSE(r.next(a));
  CHECK(r.ok());
  for (std::size_t n = 0; n < v.size(); ++n) {
    const auto cut = parse_attr_set(v.view().first(n));
    CHECK(cut.has_value() == (n >= 4));
    if (!cut) continue;
    AttrReader short_reader(cut->attributes);
    while (short_reader.next(a)) {
    }
    CHECK(short_reader.ok() == (n == 4 || n == 8));
  }
}
