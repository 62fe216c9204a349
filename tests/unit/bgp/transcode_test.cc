#include "bgp/transcode.hh"

#include <algorithm>
#include <set>

#include "bgp/edit.hh"
#include "bgp/mp.hh"
#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {

const Context canonical{}, narrow{.as4 = false, .extended_message = false}, small{.extended_message = false};

Context with_ids(Context c = {}) {
  c.add_path.add(ipv4_unicast);
  c.add_path.add(ipv6_unicast);
  return c;
}

base::Buffer update(std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
  return test::message(test::body(hex(withdrawn), hex(attributes), hex(nlri)));
}

std::string body_of(const base::Buffer& message) { return hex_of(message.view().subspan(header_size)); }

Transcoded must(base::Bytes message, const Context& from, const Context& to) {
  auto r = transcode(message, from, to);
  REQUIRE(r);
  return std::move(*r);
}

// The one message that comes out, without its header.
std::string single(base::Bytes message, const Context& from, const Context& to) {
  const auto t = must(message, from, to);
  REQUIRE(t.messages.size() == 1);
  return body_of(t.messages[0]);
}

std::string body(std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
  return hex_of(test::body(hex(withdrawn), hex(attributes), hex(nlri)));
}

// All routes of the messages in order: "-" for withdrawn ones; every message is sound and within the limit.
std::vector<std::string> routes(const Transcoded& t, const Context& to, std::size_t limit) {
  std::vector<std::string> out;
  const auto add = [&](char sign, base::Bytes list, Family f) {
    NlriReader r(list, f.afi, to.add_path.has(f));
    for (Nlri n; r.next(n);)
      out.push_back(sign + (n.has_path_id ? '#' + std::to_string(n.path_id) + '#' : std::string()) +
                    n.prefix(f.afi).text());
    CHECK(r.ok());
  };
  for (const base::Buffer& m : t.messages) {
    CHECK(m.size() <= limit);
    CHECK(frame(m.data(), m.size(), limit).status == FrameStatus::ok);
    UpdateIndex u;
    REQUIRE(u.parse(m.view().subspan(header_size)));
    add('-', u.withdrawn(), ipv4_unicast);
    if (const auto v = u.value(AttrCode::mp_unreach))
      add('-', parse_mp_unreach(*v)->nlri, parse_mp_unreach(*v)->family);
    add('+', u.nlri(), ipv4_unicast);
    if (const auto v = u.value(AttrCode::mp_reach)) add('+', parse_mp_reach(*v)->nlri, parse_mp_reach(*v)->family);
  }
  return out;
}

// n prefixes 10.x.y.0/24 from the given number on.
base::Buffer many(std::size_t n, unsigned first, std::optional<std::uint32_t> id = {}) {
  base::Buffer out;
  for (unsigned i = first; i < first + n; ++i) append_nlri(out, {base::Address::v4(0x0a000000 + (i << 8)), 24}, id);
  return out;
}
base::Buffer many6(std::size_t n) {
  base::Buffer out;
  for (unsigned i = 0; i < n; ++i) {
    base::Buffer a = hex("20010db8");
    base::Writer(a).u32(i);
    base::Writer(a).u64(0);
    append_nlri(out, {base::Address::from(a), 64}, std::nullopt);
  }
  return out;
}
base::Buffer mp_reach(base::Bytes nlri, Family f = ipv6_unicast) {
  const auto hop = hex("20010db8000000000000000000000001");
  base::Buffer value, out;
  encode(value, MpReach{f, hop, 0, nlri});
  append_attribute(out, AttrCode::mp_reach, attr_flag::optional, value);
  return out;
}
base::Buffer mp_unreach(base::Bytes nlri, Family f = ipv6_unicast) {
  base::Buffer value, out;
  encode(value, MpUnreach{f, nlri});
  append_attribute(out, AttrCode::mp_unreach, attr_flag::optional, value);
  return out;
}
base::Buffer joined(std::initializer_list<base::Bytes> parts) {
  base::Buffer out;
  for (const auto p : parts) out.append(p);
  return out;
}

}  // namespace

TEST_CASE("transcode: contexts that agree give the same bytes, sound or not") {
  const auto sound = update("080a", test::basic, "18c00002"), broken = update("080a", "4001", "21");
  CHECK(single(sound, canonical, canonical) == body_of(sound));
  CHECK(single(broken, canonical, canonical) == body_of(broken));
  CHECK(single(broken, canonical, small) == body_of(broken));
  // Nothing in it depends on what differs.
  const auto withdrawal = update("080a", "", "");
  CHECK(single(withdrawal, canonical, narrow) == body_of(withdrawal));
  const auto v4 = update("", test::basic, "18c00002");
  Context only_v6;
  only_v6.add_path.add(ipv6_unicast);
  CHECK(single(v4, canonical, only_v6) == body_of(v4));
}

TEST_CASE("transcode: what cannot be understood is an error when it must be changed") {
  const auto broken_list = update("", "4001", "18c00002"), broken_path = update("", "4002060202 0000fde9", "18c00002"),
             broken_nlri = update("", test::basic, "18c000");
  CHECK_FALSE(transcode(broken_list, canonical, narrow));
  const auto r = transcode(broken_path, canonical, narrow);
  REQUIRE_FALSE(r);
  CHECK(r.error().attribute == 2);
  CHECK_FALSE(transcode(broken_nlri, canonical, with_ids()));
  CHECK_FALSE(transcode(update("080a00", "", ""), with_ids(), canonical));
  CHECK_FALSE(transcode(hex("ffff"), canonical, narrow));
}

TEST_CASE("transcode: to two bytes with AS_TRANS and AS4_PATH (RFC 6793 4.2.2)") {
  CHECK(single(update("", test::basic, "18c00002"), canonical, narrow) ==
        body("", "40010100 4002040201fde9 400304c0000201", "18c00002"));
  CHECK(single(update("", "40010100 40020a0202 0000fde9 00011170 400304c0000201", "18c00002"), canonical, narrow) ==
        body("", "40010100 4002060202 fde9 5ba0 400304c0000201 c0110a0202 0000fde9 00011170", "18c00002"));
}

TEST_CASE("transcode: to four bytes, put together from AS4_PATH (RFC 6793 4.2.3)") {
  CHECK(single(update("", "40010100 4002080203 0001 fde9 5ba0 400304c0000201 c0110a0202 0000fde9 00011170", "18c00002"),
               narrow,
               canonical) == body("", "40010100 40020e0203 00000001 0000fde9 00011170 400304c0000201", "18c00002"));
}

TEST_CASE("transcode: AGGREGATOR and AS4_AGGREGATOR (RFC 6793 4.2.2, 4.2.3)") {
  const std::string wide = "c007080001 1170c0000201", narrowed = "c007065ba0c0000201 c0120800011170c0000201";
  CHECK(single(update("", wide, "18c00002"), canonical, narrow) == body("", narrowed, "18c00002"));
  CHECK(single(update("", narrowed, "18c00002"), narrow, canonical) == body("", wide, "18c00002"));
  CHECK(single(update("", "e007080000fde9c0000201", ""), canonical, narrow) == body("", "e00706fde9c0000201", ""));
  CHECK(single(update("", "c00706fde9c0000201 c0120800011170c0000201", ""), narrow, canonical) ==
        body("", "c007080000fde9c0000201", ""));
}

TEST_CASE("transcode: AS4 attributes between 4-byte speakers and malformed ones are dropped (RFC 6793 3, 6)") {
  CHECK(single(update("", "40010100 c01106020100011170 c0120800011170c0000201", ""), canonical, narrow) ==
        body("", "40010100", ""));
  CHECK(single(update("", "40010100 c00706fde9c0000201", ""), canonical, narrow) == body("", "40010100", ""));
  CHECK(single(update("", "4002040201fde9 c01103020100", ""), narrow, canonical) == body("", "40020602010000fde9", ""));
}

TEST_CASE("transcode: path ids are added as 0, and taken away (RFC 7911 3)") {
  CHECK(single(update("080a", test::basic, "18c00002 18c00003"), canonical, with_ids()) ==
        body("00000000080a", test::basic, "0000000018c00002 0000000018c00003"));
  CHECK(single(update("00000005080a", test::basic, "0000000718c00002"), with_ids(), canonical) ==
        body("080a", test::basic, "18c00002"));
}

TEST_CASE("transcode: path ids inside MP attributes, the other attributes as they stand") {
  const std::string reach = "800e1a 0002 01 10 20010db8000000000000000000000001 00 2020010db8",
                    reach_id = "800e1e 0002 01 10 20010db8000000000000000000000001 00 00000000 2020010db8";
  CHECK(single(update("", reach + " 50010001 00", ""), canonical, with_ids()) ==
        body("", reach_id + " 50010001 00", ""));
  CHECK(single(update("", reach_id + " 50010001 00", ""), with_ids(), canonical) ==
        body("", reach + " 50010001 00", ""));
  CHECK(single(update("", "800f0c 0002 01 00000003 2020010db8", ""), with_ids(), canonical) ==
        body("", "800f08 0002 01 2020010db8", ""));
}

TEST_CASE("transcode: of several paths of one prefix the last one stands, and it says so") {
  const auto t = must(update("", test::basic, "0000000118c00002 00000001080a 0000000218c00002"), with_ids(), canonical);
  CHECK(t.paths_merged);
  REQUIRE(t.messages.size() == 1);
  CHECK(body_of(t.messages[0]) == body("", test::basic, "080a 18c00002"));
  // Bits behind the length make no other prefix.
  CHECK(must(update("", test::basic, "00000001090aff 00000002090a80"), with_ids(), canonical).paths_merged);
  CHECK_FALSE(must(update("", test::basic, "00000001090a00 00000002090a80"), with_ids(), canonical).paths_merged);
  CHECK_FALSE(must(update("", test::basic, "0000000118c00002 0000000118c00002"), with_ids(), with_ids()).paths_merged);
}

TEST_CASE("transcode: VPN, EVPN and Flowspec lists get path ids too; what cannot be cut into entries is refused") {
  const Family flow{Afi::ipv4, Safi::flowspec};
  Context ids;
  ids.add_path.add(flow);
  const auto plain = test::message(test::body({}, mp_unreach(hex("03010101 03020202"), flow), {}));
  const auto with = test::message(test::body({}, mp_unreach(hex("0000000003010101 0000000003020202"), flow), {}));
  CHECK(single(plain, canonical, ids) == body_of(with));
  CHECK(single(with, ids, canonical) == body_of(plain));
  const Family vpls{Afi::l2vpn, static_cast<Safi>(65)};
  const auto odd = test::message(test::body({}, mp_unreach(hex("aabbcc"), vpls), {}));
  Context all;
  all.add_path = FamilySet::all();
  CHECK_FALSE(transcode(odd, canonical, all));
  CHECK(single(odd, all, all) == body_of(odd));
  const auto end = test::message(test::body({}, mp_unreach({}, vpls), {}));
  CHECK(single(end, canonical, all) == body_of(end));
}

TEST_CASE("transcode: two paths of one VPN prefix are one route, whatever their labels") {
  const Family vpn{Afi::ipv4, Safi::mpls_vpn};
  Context ids;
  ids.add_path.add(vpn);
  const std::string first = "70 000011 0000fde800000001 0a0101", second = "70 000021 0000fde800000001 0a0101";
  const auto with = test::message(test::body({}, mp_unreach(hex("00000001" + first + "00000002" + second), vpn), {}));
  const auto t = must(with, ids, canonical);
  CHECK(t.paths_merged);
  CHECK(body_of(t.messages[0]) == body_of(test::message(test::body({}, mp_unreach(hex(second), vpn), {}))));
}

TEST_CASE("split: a message over 4096 bytes, withdrawals first, attributes repeated, order kept") {
  const auto basic = hex(test::basic);
  const auto m = test::message(
      test::body(many(3000, 0), joined({basic, mp_unreach(many6(900)), mp_reach(many6(1200))}), many(2500, 5000)));
  const auto t = must(m, canonical, small);
  CHECK_FALSE(t.routes_withdrawn);
  CHECK(t.messages.size() < 20);
  const auto all = routes(t, small, max_message);
  REQUIRE(all.size() == 3000 + 900 + 2500 + 1200);
  Transcoded whole;
  whole.messages.push_back(base::Buffer(m.view()));
  const auto before = routes(whole, canonical, max_extended_message);
  CHECK(all == before);
  for (const base::Buffer& one : t.messages) {
    UpdateIndex u;
    REQUIRE(u.parse(one.view().subspan(header_size)));
    const bool announces = !u.nlri().empty() || u.has(AttrCode::mp_reach);
    CHECK(u.has(AttrCode::origin) == announces);
    // NEXT_HOP belongs to the classic routes (RFC 4760 3).
    CHECK(u.has(AttrCode::next_hop) == !u.nlri().empty());
  }
}

TEST_CASE("split: adding path ids can push a message over the limit") {
  const auto m = test::message(test::body({}, hex(test::basic), many(1000, 0)));
  REQUIRE(m.size() <= max_message);
  const auto t = must(m, small, with_ids(small));
  CHECK(t.messages.size() == 2);
  const auto all = routes(t, with_ids(small), max_message);
  REQUIRE(all.size() == 1000);
  CHECK(all[999] == "+#0#10.3.231.0/24");
  const auto huge = test::message(test::body({}, hex(test::basic), many(16000, 0)));
  CHECK(routes(must(huge, canonical, with_ids()), with_ids(), max_extended_message).size() == 16000);
}

TEST_CASE("split: attributes that do not fit alone withdraw the routes, and it says so") {
  base::Buffer fat = hex(test::basic);
  append_attribute(fat, AttrCode::community, 0xc0, base::as_bytes(std::string(4080, 'x')));
  const auto m =
      test::message(test::body(test::prefixes({"10.0.0.0/8"}), joined({fat, mp_reach(many6(2))}), many(2, 0)));
  const auto t = must(m, canonical, small);
  CHECK(t.routes_withdrawn);
  CHECK(routes(t, small, max_message) == std::vector<std::string>{"-10.0.0.0/8", "-10.0.0.0/24", "-10.0.1.0/24",
                                                                  "-2001:db8::/64", "-2001:db8:0:1::/64"});
}

TEST_CASE(
    "split: attributes that leave room for a few routes only withdraw them, so that nothing grows without bound") {
  const auto with_room = [](std::size_t room, std::size_t count) {
    base::Buffer fat = hex(test::basic);
    append_attribute(fat, AttrCode::community, 0xd0,
                     base::as_bytes(std::string(max_message - header_size - 4 - room - fat.size() - 4, 'x')));
    return test::message(test::body({}, fat, many(count, 0)));
  };
  // An entry has 4 bytes: 64 messages of 10 routes, then one more.
  const auto most = must(with_room(40, 640), canonical, small);
  CHECK(most.messages.size() == 64);
  CHECK_FALSE(most.routes_withdrawn);
  CHECK(routes(most, small, max_message).size() == 640);

  const auto over = must(with_room(40, 641), canonical, small);
  CHECK(over.routes_withdrawn);
  CHECK(over.messages.size() == 1);
  const auto all = with_room(4, 15000);
  const auto t = must(all, canonical, small);
  CHECK(t.routes_withdrawn);
  CHECK(t.messages.size() < 20);
  const auto out = routes(t, small, max_message);
  REQUIRE(out.size() == 15000);
  CHECK(std::ranges::all_of(out, [](const std::string& r) { return r.front() == '-'; }));
}

TEST_CASE("split: withdrawals made of routes that do not fit go before the routes that do") {
  base::Buffer fat = hex(test::basic);
  // Room for some classic routes, none for MP_REACH with its next hop.
  append_attribute(fat, AttrCode::community, 0xc0, base::as_bytes(std::string(4040, 'x')));
  const auto m = test::message(test::body({}, joined({fat, mp_reach(many6(1))}), many(1, 0)));
  const auto t = must(m, canonical, small);
  CHECK(t.routes_withdrawn);
  CHECK(routes(t, small, max_message) == std::vector<std::string>{"-2001:db8::/64", "+10.0.0.0/24"});
}

TEST_CASE("split: an AS_PATH that grows over what an attribute holds withdraws the routes") {
  base::Buffer path;
  for (int i = 0; i < 126; ++i) {
    path.append(hex("02ff"));
    for (int k = 0; k < 255; ++k) path.append(hex("fde9"));
  }
  base::Buffer attributes;
  append_attribute(attributes, AttrCode::as_path, 0x40, path);
  const auto m = test::message(test::body({}, attributes, test::prefixes({"192.0.2.0/24"})));
  const Context narrow_long{.as4 = false};
  const auto t = must(m, narrow_long, canonical);
  CHECK(t.routes_withdrawn);
  CHECK(routes(t, canonical, max_extended_message) == std::vector<std::string>{"-192.0.2.0/24"});
}

TEST_CASE("split: a list that cannot be cut and does not fit is withdrawn whole, or is an error") {
  const Family odd{Afi::ls, static_cast<Safi>(71)};
  base::Buffer fat = hex(test::basic);
  append_attribute(fat, AttrCode::community, 0xc0, base::as_bytes(std::string(2000, 'x')));
  const std::string list(2500, 'y'), longer(5000, 'y');
  const auto fits =
      must(test::message(test::body({}, joined({fat, mp_reach(base::as_bytes(list), odd)}), {})), canonical, small);
  CHECK(fits.routes_withdrawn);
  REQUIRE(fits.messages.size() == 1);
  CHECK(fits.messages[0].size() == header_size + 4 + 4 + 3 + 2500);
  CHECK_FALSE(transcode(test::message(test::body({}, mp_unreach(base::as_bytes(longer), odd), {})), canonical, small));
}

TEST_CASE("there and back: 4 bytes, 2 bytes, 4 bytes; path ids 0, none, 0") {
  for (const char* attributes :
       {"40010100 40020a0202 0000fde9 00011170 400304c0000201 c007080001 1170c0000201 c00804fde90064",
        "40010102 400200 400304c0000201", "40010100 4002100202 0000fde9 00011170 0101 00011171 400304c0000201"}) {
    const auto m = update("080a", attributes, "18c00002");
    const auto there = must(m, canonical, narrow);
    REQUIRE(there.messages.size() == 1);
    CHECK(single(there.messages[0], narrow, canonical) == body_of(m));
  }
  const auto m = update("080a", test::basic, "18c00002 18c00003");
  const auto there = must(m, canonical, with_ids());
  CHECK(single(there.messages[0], with_ids(), canonical) == body_of(m));
}
