#include "bgp/open.hh"

#include "build.hh"

using namespace bgp;
using test::hex;

namespace {
std::vector<std::pair<CapCode, base::Buffer>> caps(std::initializer_list<std::pair<CapCode, const char*>> list) {
  std::vector<std::pair<CapCode, base::Buffer>> out;
  for (const auto& [code, value] : list) out.emplace_back(code, hex(value));
  return out;
}
const auto id = *base::Address::parse("192.0.2.9");
// AS 65001, hold 90, id 192.0.2.9; the capabilities follow.
base::Buffer open_with(std::string_view capabilities) {
  const auto c = hex(capabilities);
  base::Buffer out = hex("04 fde9 005a c0000209");
  out.push(static_cast<std::uint8_t>(c.size() + 2));
  out.push(2);
  out.push(static_cast<std::uint8_t>(c.size()));
  out.append(c);
  return out;
}
Offer offer(std::string_view capabilities) { return *parse_offer(open_with(capabilities)); }
}  // namespace

TEST_CASE("OPEN: fields, parameters, and the same bytes back (RFC 4271 4.2)") {
  const auto b = hex("04 fde9 005a c0000209 08 0206 0104 00010001");
  const auto o = parse_open(b);
  REQUIRE(o);
  CHECK(o->version == 4);
  CHECK(o->my_as == 65001);
  CHECK(o->hold_time == 90);
  CHECK(o->id == id);
  CHECK_FALSE(o->extended_parameters);
  base::Buffer back;
  encode(back, *o);
  CHECK(base::equal(back, b));
  const auto list = capabilities(*o);
  REQUIRE(list);
  REQUIRE(list->size() == 1);
  CHECK((*list)[0].code == CapCode::mp);
  CHECK(test::hex_of((*list)[0].value) == "00010001");
}

TEST_CASE("OPEN: every truncation fails, and so does a byte too many") {
  const auto b = hex("04 fde9 005a c0000209 08 0206 0104 00010001");
  for (std::size_t n = 0; n < b.size(); ++n) {
    const base::Buffer cut(b.view().first(n));
    const auto o = parse_open(cut);
    REQUIRE_FALSE(o);
    CHECK(o.error().code == 2);
  }
  base::Buffer more(b.view());
  more.push(0);
  CHECK_FALSE(parse_open(more));
}

TEST_CASE("OPEN: parameters in the extended form (RFC 9072)") {
  const auto b = hex("04 fde9 005a c0000209 ff ff 0009 02 0006 0104 00010001");
  const auto o = parse_open(b);
  REQUIRE(o);
  CHECK(o->extended_parameters);
  CHECK(capabilities(*o)->size() == 1);
  base::Buffer back;
  encode(back, *o);
  CHECK(base::equal(back, b));
  for (std::size_t n = 11; n < b.size(); ++n) CHECK_FALSE(parse_open(base::Buffer(b.view().first(n))));
}

TEST_CASE("OPEN: capabilities of several parameters come in wire order") {
  const auto b = hex("04 fde9 005a c0000209 0c 0202 0200 0206 4104 0000fde9");
  const auto list = capabilities(*parse_open(b));
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].code == CapCode::route_refresh);
  CHECK((*list)[1].code == CapCode::as4);
}

TEST_CASE("OPEN: capabilities past their parameter and parameters of another type are refused (RFC 4271 6.2)") {
  const auto over = hex("04 fde9 005a c0000209 06 0204 0104 0001");
  const auto r = capabilities(*parse_open(over));
  REQUIRE_FALSE(r);
  CHECK(r.error().reason == Reason::truncated);
  const auto past = hex("04 fde9 005a c0000209 04 0206 0104");
  CHECK_FALSE(capabilities(*parse_open(past)));
  const auto other = hex("04 fde9 005a c0000209 04 0102 0000");
  const auto t = capabilities(*parse_open(other));
  REQUIRE_FALSE(t);
  CHECK(t.error().reason == Reason::bad_parameter);
  CHECK(t.error().subcode == 4);
}

TEST_CASE("offer: what capabilities say") {
  const auto o = offer(
      "0104 00010001 0104 00020001 0200 4600 0600 4104 00011170 0501 00 4508 0001 01 03 0002 01 01"
      " 0506 00010001 0002 0901 03 4002 4078");
  CHECK(o.asn == 70000);
  CHECK(o.as4);
  CHECK(o.route_refresh);
  CHECK(o.enhanced_route_refresh);
  CHECK(o.extended_message);
  CHECK(o.graceful_restart);
  CHECK(o.n_bit);
  CHECK(o.families == std::vector<Family>{ipv4_unicast, ipv6_unicast});
  REQUIRE(o.add_path.size() == 2);
  CHECK(o.add_path[0].mode == 3);
  CHECK(o.add_path[1].mode == 1);
  CHECK(o.extended_next_hop == std::vector<Family>{ipv4_unicast});
  CHECK(o.role == 3);
  CHECK(o.hold_time == 90);
  CHECK(o.id == id);
}

TEST_CASE("offer: a malformed capability is left out, the others hold (RFC 5492 5)") {
  const auto o = offer("0103 000100 4103 000111 4503 000101 4504 00010109 0902 0303 4001 00 0200");
  CHECK(o.families.empty());
  CHECK_FALSE(o.as4);
  CHECK(o.asn == 65001);
  CHECK(o.add_path.empty());
  CHECK_FALSE(o.role);
  CHECK_FALSE(o.graceful_restart);
  CHECK(o.route_refresh);
}

TEST_CASE("negotiate: 4-byte AS needs both, ADD-PATH a sender and a receiver (RFC 6793 3, RFC 7911 4)") {
  const auto both = offer("4104 0000fde9 4504 00010103"), send = offer("4104 0000fde9 4504 00010102"),
             receive = offer("4104 0000fde9 4504 00010101"), none = offer("");
  CHECK(negotiate(both, send).as4);
  CHECK_FALSE(negotiate(both, none).as4);
  CHECK_FALSE(negotiate(none, both).as4);
  CHECK(negotiate(both, receive).add_path.has(ipv4_unicast));
  CHECK(negotiate(send, both).add_path.has(ipv4_unicast));
  CHECK_FALSE(negotiate(receive, both).add_path.has(ipv4_unicast));
  CHECK_FALSE(negotiate(send, send).add_path.has(ipv4_unicast));
  CHECK_FALSE(negotiate(both, none).add_path.has(ipv4_unicast));
}

TEST_CASE("negotiate: long messages and IPv6 next hops go to whom takes them (RFC 8654 4, RFC 8950 4)") {
  const auto takes = offer("0600 0506 00010001 0002"), not_ = offer("");
  CHECK(negotiate(not_, takes).extended_message);
  CHECK_FALSE(negotiate(takes, not_).extended_message);
  CHECK(negotiate(not_, takes).extended_next_hop.has(ipv4_unicast));
  CHECK_FALSE(negotiate(takes, not_).extended_next_hop.has(ipv4_unicast));
}

TEST_CASE("families: those of both; without the capability IPv4 unicast (RFC 4760 8)") {
  const auto two = offer("0104 00010001 0104 00020001"), v6 = offer("0104 00020001"), none = offer("");
  CHECK(common_families(two, v6) == std::vector<Family>{ipv6_unicast});
  CHECK(common_families(two, none) == std::vector<Family>{ipv4_unicast});
  CHECK(common_families(v6, none).empty());
}

TEST_CASE("offer: a body that no OPEN can have is refused (RFC 8654 4)") {
  // Capabilities of two bytes in one extended parameter.
  const auto with = [](unsigned n) {
    base::Buffer b = hex("04 fde9 005a c0000209 ff ff");
    base::Writer w(b);
    w.u16(static_cast<std::uint16_t>(n * 2 + 3));
    w.u8(2);
    w.u16(static_cast<std::uint16_t>(n * 2));
    for (unsigned i = 0; i < n; ++i) w.u16(0x0200);
    return b;
  };
  CHECK(with(2030).size() == max_message - header_size - 1);
  CHECK(parse_offer(with(2030)));
  const auto o = parse_offer(with(2031));
  REQUIRE_FALSE(o);
  CHECK(o.error().reason == Reason::bad_length);
}

TEST_CASE("offer: more than 256 families in one list are refused, not read in part") {
  const auto with = [](CapCode code, unsigned n) {
    std::vector<std::pair<CapCode, base::Buffer>> list;
    for (unsigned i = 0; i < n; ++i) {
      base::Buffer value;
      base::Writer w(value);
      w.u16(static_cast<std::uint16_t>(1000 + i));
      if (code == CapCode::mp) w.u8(0);
      if (code == CapCode::extended_next_hop) w.u8(0);
      w.u8(200);
      if (code == CapCode::extended_next_hop) w.u16(2);
      if (code == CapCode::add_path) w.u8(3);
      list.emplace_back(code, std::move(value));
    }
    base::Buffer out;
    REQUIRE(encode_open(out, 90, 65001, id, list));
    return parse_offer(out).has_value();
  };
  for (const CapCode code : {CapCode::mp, CapCode::add_path, CapCode::extended_next_hop}) {
    CHECK(with(code, 256));
    CHECK_FALSE(with(code, 257));
  }
}

TEST_CASE("check: version, AS, hold time and identifier (RFC 4271 6.2, RFC 6286 2.1, RFC 7607 2)") {
  const auto refused = [](const char* bytes) {
    const auto b = hex(bytes);
    const auto r = check_open(*parse_open(b), *parse_offer(b));
    return r ? 0 : r.error().subcode;
  };
  CHECK(refused("04 fde9 005a c0000209 00") == 0);
  CHECK(refused("04 fde9 0000 c0000209 00") == 0);
  CHECK(refused("03 fde9 005a c0000209 00") == 1);
  CHECK(refused("04 0000 005a c0000209 00") == 2);
  CHECK(refused("04 fde9 005a c0000209 08 0206 4104 00000000") == 2);
  CHECK(refused("04 fde9 005a 00000000 00") == 3);
  CHECK(refused("04 fde9 0001 c0000209 00") == 6);
  CHECK(refused("04 fde9 0002 c0000209 00") == 6);
}

TEST_CASE("encode: what is built is understood, a large AS number shows as AS_TRANS") {
  base::Buffer out;
  REQUIRE(encode_open(out, 180, 70000, id, caps({{CapCode::mp, "00020001"}, {CapCode::as4, "00011170"}})));
  CHECK(parse_open(out)->my_as == as_trans);
  const auto o = parse_offer(out);
  REQUIRE(o);
  CHECK(o->asn == 70000);
  CHECK(o->hold_time == 180);
  CHECK(o->id == id);
  CHECK(o->families == std::vector<Family>{ipv6_unicast});
  base::Buffer plain;
  REQUIRE(encode_open(plain, 90, 65001, id, {}));
  CHECK(test::hex_of(plain) == "04fde9005ac000020900");
}

TEST_CASE("encode: capabilities over 253 bytes take the extended form, over a message nothing is written (RFC 9072)") {
  const auto many = [](std::size_t n) {
    std::vector<std::pair<CapCode, base::Buffer>> list;
    for (std::size_t i = 0; i < n; ++i)
      list.emplace_back(CapCode::fqdn, base::Buffer(base::as_bytes(std::string(98, 'x'))));
    return list;
  };
  base::Buffer out;
  REQUIRE(encode_open(out, 90, 1, id, many(3)));
  const auto o = parse_open(out);
  REQUIRE(o);
  CHECK(o->extended_parameters);
  CHECK(capabilities(*o)->size() == 3);
  const std::size_t before = out.size();
  CHECK_FALSE(encode_open(out, 90, 1, id, many(41)));
  CHECK(out.size() == before);
  CHECK(encode_open(out, 90, 1, id, many(40)));
  CHECK(out.size() - before + header_size <= max_message);
}

TEST_CASE("capability names: every code is printed so that it parses back") {
  for (unsigned i = 0; i < 256; ++i)
    CHECK(parse_cap_name(cap_name(static_cast<CapCode>(i))) == static_cast<CapCode>(i));
  CHECK(cap_name(CapCode::add_path) == "ADDPATH");
  CHECK(cap_name(static_cast<CapCode>(99)) == "CAP_99");
  CHECK(parse_cap_name("as4") == CapCode::as4);
  CHECK_FALSE(parse_cap_name("CAP_256"));
}
