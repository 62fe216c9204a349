#include "bgp/update.hh"

#include "build.hh"

using namespace bgp;
using test::hex;

TEST_CASE("update: withdrawn routes, attributes and NLRI are found where they stand") {
  const auto b = test::body(test::prefixes({"10.0.0.0/8"}), hex(test::basic), test::prefixes({"192.0.2.0/24"}));
  UpdateIndex u;
  REQUIRE(u.parse(b));
  CHECK(u.nlri_found());
  CHECK_FALSE(u.error());
  CHECK(test::hex_of(u.withdrawn()) == "080a");
  CHECK(test::hex_of(u.nlri()) == "18c00002");
  REQUIRE(u.attrs().size() == 3);
  CHECK(u.attrs()[0].code == AttrCode::origin);
  CHECK(u.attrs()[0].flags == 0x40);
  CHECK(test::hex_of(*u.value(AttrCode::as_path)) == "02010000fde9");
  CHECK(test::hex_of(*u.value(AttrCode::next_hop)) == "c0000201");
  CHECK_FALSE(u.has(AttrCode::med));
  CHECK_FALSE(u.value(AttrCode::med));
  CHECK(u.find(AttrCode::med) == nullptr);
}

TEST_CASE("update: an index used again forgets what it knew") {
  UpdateIndex u;
  const auto full = test::body(test::prefixes({"10.0.0.0/8"}), hex(test::basic), test::prefixes({"192.0.2.0/24"}));
  const auto empty = test::body({}, {}, {});
  const auto broken = hex("0005");
  REQUIRE(u.parse(full));
  REQUIRE_FALSE(u.parse(broken));
  CHECK_FALSE(u.has(AttrCode::origin));
  CHECK(u.attrs().empty());
  CHECK_FALSE(u.nlri_found());
  REQUIRE(u.parse(empty));
  CHECK(u.nlri_found());
  CHECK(u.nlri().empty());
  CHECK_FALSE(u.error());
}

TEST_CASE("update: two-byte lengths by the Extended Length flag, whatever the length") {
  UpdateIndex u;
  const auto b = test::body({}, hex("50010001 00 8004 04 00000001"), {});
  REQUIRE(u.parse(b));
  CHECK(test::hex_of(*u.value(AttrCode::origin)) == "00");
  CHECK(test::hex_of(*u.value(AttrCode::med)) == "00000001");
}

TEST_CASE("update: of duplicates the first is found, all are listed (RFC 7606 3.g)") {
  UpdateIndex u;
  const auto b = test::body({}, hex("40010100 40010102"), {});
  REQUIRE(u.parse(b));
  CHECK(u.attrs().size() == 2);
  CHECK((*u.value(AttrCode::origin))[0] == 0);
}

TEST_CASE("update: more attributes than fit inline are all there") {
  base::Buffer attributes;
  base::Writer w(attributes);
  for (unsigned code = 1; code <= 200; ++code) {
    w.u8(0xc0);
    w.u8(static_cast<std::uint8_t>(code));
    w.u8(1);
    w.u8(static_cast<std::uint8_t>(code + 1));
  }
  const auto b = test::body({}, attributes, {});
  UpdateIndex u;
  REQUIRE(u.parse(b));
  REQUIRE(u.attrs().size() == 200);
  for (unsigned code = 1; code <= 200; ++code) {
    const auto v = u.value(static_cast<AttrCode>(code));
    REQUIRE(v);
    CHECK((*v)[0] == code + 1);
  }
  const auto small = test::body({}, hex(test::basic), {});
  REQUIRE(u.parse(small));
  CHECK(u.attrs().size() == 3);
}

TEST_CASE("update: lengths of the routes that run past the end lose the NLRI: session reset (RFC 4271 6.3)") {
  UpdateIndex u;
  for (const char* bad : {"", "00", "0000", "000000", "00010000", "0002080000", "0000000240", "ffff0000", "0000ffff"}) {
    const auto b = hex(bad);
    const auto r = u.parse(b);
    REQUIRE_FALSE(r);
    CHECK(r.error().severity == Severity::session_reset);
    CHECK(r.error().code == 3);
    CHECK(r.error().subcode == 1);
    CHECK_FALSE(u.nlri_found());
  }
}

TEST_CASE("update: withdrawn routes stay readable when the attribute length is wrong") {
  UpdateIndex u;
  const auto b = hex("0002080a 00ff 4001");
  REQUIRE_FALSE(u.parse(b));
  CHECK(test::hex_of(u.withdrawn()) == "080a");
  CHECK_FALSE(u.nlri_found());
}

TEST_CASE("update: an attribute that runs past the list is a withdrawal, the NLRI stay known (RFC 7606 4)") {
  UpdateIndex u;
  for (const char* bad : {"40", "4001", "400101", "500100", "50010001", "40010100 c008", "40010100 c00804 0000"}) {
    const auto b = test::body(test::prefixes({"10.0.0.0/8"}), hex(bad), test::prefixes({"192.0.2.0/24"}));
    const auto r = u.parse(b);
    REQUIRE_FALSE(r);
    CHECK(r.error().severity == Severity::treat_as_withdraw);
    CHECK(r.error().reason == Reason::truncated);
    REQUIRE(u.error());
    CHECK(u.nlri_found());
    CHECK(test::hex_of(u.nlri()) == "18c00002");
    CHECK(test::hex_of(u.withdrawn()) == "080a");
  }
  CHECK(u.has(AttrCode::origin));
  CHECK_FALSE(u.has(AttrCode::community));
}

TEST_CASE("update: every truncation of a message fails or leaves a shorter list of NLRI") {
  const auto b = test::body(test::prefixes({"10.0.0.0/8"}), hex(test::basic), test::prefixes({"192.0.2.0/24"}));
  UpdateIndex u;
  for (std::size_t n = 0; n < b.size(); ++n) {
    const base::Buffer cut(b.view().first(n));
    if (u.parse(cut)) CHECK(n >= b.size() - 4);
  }
}

TEST_CASE("update: End-of-RIB of IPv4 is empty, of others an empty MP_UNREACH alone (RFC 4724 2)") {
  UpdateIndex u;
  const auto eor = [&](base::Bytes b) {
    (void)u.parse(b);
    return u.end_of_rib();
  };
  CHECK(eor(hex("00000000")) == ipv4_unicast);
  CHECK(eor(test::body({}, hex("800f03000201"), {})) == ipv6_unicast);
  CHECK(eor(test::body({}, hex("900f0003000201"), {})) == ipv6_unicast);
  CHECK(eor(test::body({}, hex("800f03001946"), {})) == Family{Afi::l2vpn, Safi::evpn});
  CHECK_FALSE(eor(test::body({}, hex("800f0400020100"), {})));
  CHECK_FALSE(eor(test::body({}, hex("800f03000201 40010100"), {})));
  CHECK_FALSE(eor(test::body(test::prefixes({"10.0.0.0/8"}), hex("800f03000201"), {})));
  CHECK_FALSE(eor(test::body(test::prefixes({"10.0.0.0/8"}), {}, {})));
  CHECK_FALSE(eor(test::body({}, hex("80"), {})));
  CHECK_FALSE(eor(hex("000000")));
}
