#include "bgp/check.hh"

#include <algorithm>

#include "bgp/edit.hh"
#include "build.hh"

using namespace bgp;
using test::hex;

namespace {

struct Case {
  Context context{};
  Rules rules{};
  std::initializer_list<std::string_view> nlri = {"192.0.2.0/24"};
  std::initializer_list<std::string_view> withdrawn = {};
};

std::vector<Error> check_of(base::Bytes body, const Context& context = {}, const Rules& rules = {}) {
  UpdateIndex u;
  (void)u.parse(body);
  auto all = check(u, context, rules);
  // The quick answer is the gravest of the long one.
  std::optional<Severity> worst;
  for (const Error& e : all) worst = std::max(worst.value_or(e.severity), e.severity);
  CHECK(severity(u, context, rules) == worst);
  return all;
}

std::vector<Error> check_of(std::string_view attributes, const Case& c = {}) {
  return check_of(test::body(test::prefixes(c.withdrawn), hex(attributes), test::prefixes(c.nlri)), c.context, c.rules);
}

const std::string basic(test::basic);
const Context narrow{.as4 = false};
const std::string narrow_basic = "40010100 4002040201fde9 400304c0000201";
constexpr auto discard = Severity::attribute_discard, withdraw = Severity::treat_as_withdraw,
               reset = Severity::session_reset;

// Exactly one error, of this attribute, with this severity and subcode.
bool only(const std::vector<Error>& all, int attribute, Severity s, int subcode) {
  return all.size() == 1 && all[0].attribute == attribute && all[0].severity == s && all[0].code == 3 &&
         all[0].subcode == subcode;
}

}  // namespace

TEST_CASE("check: sound messages have no errors") {
  CHECK(check_of(basic).empty());
  CHECK(check_of(narrow_basic, {.context = narrow}).empty());
  CHECK(check_of(basic + "80040400000001 40050400000064 400600 c007080000fde9c0000201 c00804fde90064 800904c0000209"
                         "800a04c0000209 c010080002fde900000064 c0200c0000fde90000000100000002 c02304 00000007")
            .empty());
  CHECK(check_of("", {.nlri = {}}).empty());
  CHECK(check_of("", {.nlri = {}, .withdrawn = {"10.0.0.0/8"}}).empty());
  CHECK(check_of("800f03000201", {.nlri = {}}).empty());
  CHECK(check_of("40010100 40020602010000fde9 800e1a 0002 01 10 20010db8000000000000000000000001 00 2020010db8",
                 {.nlri = {}})
            .empty());
}

TEST_CASE("origin: length 2 is withdrawn, and so is a value over 2 (RFC 7606 7.1)") {
  CHECK(only(check_of("4001020000 40020602010000fde9 400304c0000201"), 1, withdraw, 6));
  CHECK(only(check_of("40010103 40020602010000fde9 400304c0000201"), 1, withdraw, 6));
  CHECK(only(check_of("400100 40020602010000fde9 400304c0000201"), 1, withdraw, 6));
}

TEST_CASE("as path: malformed segments are withdrawn (RFC 7606 7.2), and AS 0 (RFC 7607 2)") {
  for (const char* path : {"40020602020000fde9", "4002020200", "40020605010000fde9", "400206020100000000", "40020102"})
    CHECK(only(check_of("40010100" + std::string(path) + "400304c0000201"), 2, withdraw, 11));
  CHECK(check_of("40010100 400200 400304c0000201").empty());
  CHECK_FALSE(check_of(basic, {.context = narrow}).empty());
}

TEST_CASE("lengths that must be four: NEXT_HOP, MED, LOCAL_PREF, ORIGINATOR_ID, OTC (RFC 7606 7, RFC 9234 5)") {
  CHECK(only(check_of("40010100 40020602010000fde9 400303c00002"), 3, withdraw, 5));
  CHECK(only(check_of(basic + "800403000000"), 4, withdraw, 5));
  CHECK(only(check_of(basic + "400503000000"), 5, withdraw, 5));
  CHECK(only(check_of(basic + "800903000000"), 9, withdraw, 9));
  CHECK(only(check_of(basic + "c0230500000000 07"), 35, withdraw, 9));
}

TEST_CASE("atomic aggregate: one that is not empty is discarded (RFC 7606 7.6)") {
  CHECK(only(check_of(basic + "40060100"), 6, discard, 5));
}

TEST_CASE("aggregator: the length goes by the context, else it is discarded (RFC 7606 7.7); AS 0 too (RFC 7607 2)") {
  const std::string six = "c00706fde9c0000201", eight = "c007080000fde9c0000201";
  CHECK(check_of(basic + eight).empty());
  CHECK(only(check_of(basic + six), 7, discard, 9));
  CHECK(check_of(narrow_basic + six, {.context = narrow}).empty());
  CHECK(only(check_of(narrow_basic + eight, {.context = narrow}), 7, discard, 9));
  CHECK(only(check_of(basic + "c0070800000000c0000201"), 7, discard, 9));
}

TEST_CASE("communities: whole items and at least one, else withdrawn (RFC 7606 7.8, 7.10, 7.14, 7.15, RFC 8092 5)") {
  CHECK(only(check_of(basic + "c00800"), 8, withdraw, 9));
  CHECK(only(check_of(basic + "c00803fde900"), 8, withdraw, 9));
  CHECK(only(check_of(basic + "800a00"), 10, withdraw, 9));
  CHECK(only(check_of(basic + "c01000"), 16, withdraw, 9));
  CHECK(only(check_of(basic + "c0100400000000"), 16, withdraw, 9));
  CHECK(only(check_of(basic + "c0190400000000"), 25, withdraw, 9));
  CHECK(only(check_of(basic + "c02000"), 32, withdraw, 9));
  CHECK(only(check_of(basic + "c020080000000000000000"), 32, withdraw, 9));
}

TEST_CASE("internal attributes from another AS are discarded (RFC 7606 7.5, 7.9, 7.10)") {
  const Case ebgp{.rules = {.external = true}};
  CHECK(only(check_of(basic + "40050400000064", ebgp), 5, discard, 5));
  CHECK(only(check_of(basic + "800904c0000209", ebgp), 9, discard, 9));
  CHECK(only(check_of(basic + "800a04c0000209", ebgp), 10, discard, 9));
  CHECK(only(check_of(basic + "400503000000", ebgp), 5, discard, 5));
}

TEST_CASE("AS4_PATH and AS4_AGGREGATOR: discarded when malformed, and in a 4-byte context (RFC 6793 3, 6)") {
  const std::string path = "c01106020100011170", aggregator = "c0120800011170c0000201";
  CHECK(check_of(narrow_basic + path + aggregator, {.context = narrow}).empty());
  CHECK(only(check_of(basic + path), 17, discard, 9));
  CHECK(only(check_of(basic + aggregator), 18, discard, 9));
  CHECK(only(check_of(narrow_basic + "c0110402010001", {.context = narrow}), 17, discard, 9));
  CHECK(only(check_of(narrow_basic + "c01206fde9c0000201", {.context = narrow}), 18, discard, 9));
}

TEST_CASE("flags: Optional and Transitive other than the type's are withdrawn (RFC 7606 3.c); Partial is no matter") {
  CHECK(only(check_of("c0010100 40020602010000fde9 400304c0000201"), 1, withdraw, 4));
  CHECK(only(check_of(basic + "c0040400000001"), 4, withdraw, 4));
  CHECK(only(check_of(basic + "800804fde90064"), 8, withdraw, 4));
  CHECK(check_of(basic + "e00804fde90064").empty());
  CHECK(check_of("50010001 00 40020602010000fde9 400304c0000201").empty());
}

TEST_CASE("unknown attributes pass when they are optional, else the session is reset (RFC 4271 6.3)") {
  CHECK(check_of(basic + "c0c80101 80c900").empty());
  CHECK(only(check_of(basic + "40c80101"), 200, reset, 2));
}

TEST_CASE("mandatory attributes: a missing one is withdrawn (RFC 7606 3.d)") {
  CHECK(only(check_of("40020602010000fde9 400304c0000201"), 1, withdraw, 3));
  CHECK(only(check_of("40010100 400304c0000201"), 2, withdraw, 3));
  CHECK(only(check_of("40010100 40020602010000fde9"), 3, withdraw, 3));
  CHECK(check_of("").size() == 3);
}

TEST_CASE("duplicates: of MP attributes the session is reset, of others the later is discarded (RFC 7606 3.g)") {
  CHECK(only(check_of(basic + "80040400000001 80040400000002"), 4, discard, 1));
  const std::string unreach = "800f03000201";
  CHECK(only(check_of(basic + unreach + unreach), 15, reset, 1));
  const std::string reach = "800e19 0002 01 10 20010db8000000000000000000000001 00 1020 01 00";
  const auto twice = check_of("40010100 40020602010000fde9 " + reach + reach);
  CHECK(
      std::ranges::any_of(twice, [](const Error& e) { return e.reason == Reason::duplicate && e.severity == reset; }));
}

TEST_CASE("MP attributes that do not show their NLRI reset the session (RFC 7606 7.11, 7.12)") {
  const std::string front = "40010100 40020602010000fde9 ";
  const Case none{.nlri = {}};
  CHECK(only(check_of(front + "800e03000201", none), 14, reset, 9));
  CHECK(only(check_of(front + "800e0a 0002 01 04 c0000201 00 00", none), 14, reset, 9));
  CHECK(only(check_of(front + "800e16 0002 01 10 20010db8000000000000000000000001 00 81", none), 14, reset, 9));
  CHECK(only(check_of("800f020002", none), 15, reset, 9));
  CHECK(only(check_of("800f05 000201 8120", none), 15, reset, 9));
}

TEST_CASE("next hops of MP_REACH: the lengths of the family (RFC 7606 7.11, RFC 2545 3, RFC 8950 4)") {
  const auto with = [](std::string_view family, std::size_t size) {
    base::Buffer attributes = hex("40010100 40020602010000fde9 800e"), value = hex(family);
    value.push(static_cast<std::uint8_t>(size));
    value.append(std::string_view(std::string(size, '\1')));
    value.push(0);
    attributes.push(static_cast<std::uint8_t>(value.size()));
    attributes.append(value);
    return check_of(test::body({}, attributes, {})).empty();
  };
  for (const std::size_t n : {4, 16, 32}) CHECK(with("000101", n));
  for (const std::size_t n : {16, 32, 48}) CHECK(with("000201", n));
  for (const std::size_t n : {12, 24, 48}) CHECK(with("000180", n));
  CHECK(with("000185", 0));
  CHECK(with("400447", 5));
  for (const std::size_t n : {0, 5, 12, 15}) CHECK_FALSE(with("000101", n));
  for (const std::size_t n : {0, 4, 15}) CHECK_FALSE(with("000201", n));
  CHECK_FALSE(with("000180", 16));
}

TEST_CASE("prefixes that are too long or run past the end reset the session (RFC 7606 5.3)") {
  const auto body = [](std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
    return test::body(hex(withdrawn), hex(attributes), hex(nlri));
  };
  CHECK(only(check_of(body("21c000020100", "", "")), 0, reset, 10));
  CHECK(only(check_of(body("", basic, "18c000")), 0, reset, 10));
  Context with_ids;
  with_ids.add_path.add(ipv4_unicast);
  CHECK(check_of(body("", basic, "0000000118c00002"), with_ids).empty());
  CHECK(only(check_of(body("", basic, "18c00002"), with_ids), 0, reset, 10));
}

TEST_CASE("without reachable NLRI an error that is no discard resets the session (RFC 7606 5.2)") {
  CHECK(only(check_of("40010103", {.nlri = {}}), 1, reset, 6));
  CHECK(only(check_of("40060100", {.nlri = {}}), 6, discard, 5));
  CHECK(only(check_of("40010103", {.nlri = {}, .withdrawn = {"10.0.0.0/8"}}), 1, reset, 6));
}

TEST_CASE("what the index could not read is among the errors (RFC 7606 4, RFC 4271 6.3)") {
  CHECK(only(check_of(basic + "c00808fde9"), 8, withdraw, 1));
  CHECK(only(check_of("c00808fde9", {.nlri = {}}), 8, reset, 1));
  const auto bad = hex("00ff");
  CHECK(only(check_of(bad), 0, reset, 1));
}

namespace {
// An attribute with this value, flags as the defining RFC has them; the length in one byte.
std::string with(AttrCode code, std::string_view value) {
  const base::Buffer bytes = hex(value);
  base::Buffer out;
  append_attribute(out, code, default_flags(code), bytes);
  return basic + base::to_hex(out);
}
void sound(AttrCode code, std::initializer_list<std::string_view> values) {
  for (const auto v : values) {
    INFO(attr_name(code), " ", v);
    CHECK(check_of(with(code, v)).empty());
  }
}
void malformed(AttrCode code, Severity s, std::initializer_list<std::string_view> values) {
  for (const auto v : values) {
    INFO(attr_name(code), " ", v);
    CHECK(only(check_of(with(code, v)), static_cast<int>(code), s, 9));
  }
}
}  // namespace

TEST_CASE("as path: AS_SET and AS_CONFED_SET are withdrawn where that is asked for (RFC 9774 3), also in AS4_PATH") {
  const Rules refused{.as_sets_withdrawn = true};
  for (const char* path : {"4002060101 0000fde9", "4002060401 0000fde9"}) {
    const std::string attributes = "40010100" + std::string(path) + "400304c0000201";
    CHECK(check_of(attributes).empty());
    const auto all = check_of(attributes, {.rules = refused});
    CHECK(only(all, 2, withdraw, 11));
    CHECK(all[0].reason == Reason::deprecated);
  }
  CHECK(check_of(basic, {.rules = refused}).empty());
  CHECK(only(check_of(narrow_basic + "c01106010100011170", {.context = narrow, .rules = refused}), 17, withdraw, 9));
}

TEST_CASE("attributes an operator does not want: discarded or withdrawn whatever they hold, and never a reset") {
  Rules rules;
  rules.discard.set(99);
  rules.withdraw.set(21);
  const auto discarded = check_of(basic + "c0630301020 3 c0630101", {.rules = rules});
  REQUIRE(discarded.size() == 2);
  for (const Error& e : discarded) CHECK((e.reason == Reason::unwanted && e.severity == discard && e.attribute == 99));
  CHECK(only(check_of(basic + "c01505000000fde9", {.rules = rules}), 21, withdraw, 9));
  CHECK(check_of(basic + "c01505000000fde9").empty());
  CHECK(only(check_of("c01505000000fde9", {.rules = rules, .nlri = {}}), 21, discard, 9));
}

TEST_CASE("PMSI_TUNNEL: flags, type, label, and the identifier its type has, else withdrawn (RFC 6514 5)") {
  sound(AttrCode::pmsi_tunnel, {"0000000000", "0006000010c0000201", "0003000010c0000201e0000101", "0007000010ff"});
  malformed(AttrCode::pmsi_tunnel, withdraw, {"", "00060000", "0006000010c00002", "0003000010c0000201"});
}

TEST_CASE("TUNNEL: tunnels and their sub-TLVs end where they say, else withdrawn (RFC 9012 2, 13)") {
  sound(AttrCode::tunnel_encap, {"00080000", "0008000406 02abcd", "000f0005 80 0002 abcd", "00080000 00090000"});
  malformed(AttrCode::tunnel_encap, withdraw,
            {"", "000800", "00080001", "0008000206 02", "00080001 06", "000f0003 800001", "00080000 00"});
}

TEST_CASE("TRAFFIC_ENG: shorter than one descriptor is withdrawn (RFC 7606 7.13, RFC 5543 3)") {
  const std::string descriptor(72, '0');
  sound(AttrCode::traffic_engineering, {descriptor});
  malformed(AttrCode::traffic_engineering, withdraw, {"", std::string_view(descriptor).substr(2)});
}

TEST_CASE("PE_DISTING: an address and a label each, else withdrawn (RFC 6514 8)") {
  sound(AttrCode::pe_distinguisher, {"c0000201000010", "20010db8000000000000000000000001000010"});
  malformed(AttrCode::pe_distinguisher, withdraw, {"", "c00002010000"});
}

TEST_CASE("BGP_LS: TLVs end where they say, else discarded (RFC 9552 8.2.2)") {
  sound(AttrCode::bgp_ls, {"", "0440000400000001", "0440000004410000"});
  malformed(AttrCode::bgp_ls, discard, {"044000", "04400004000000"});
}

TEST_CASE("BGPSEC_PATH: a Secure_Path and as many signatures a block, else withdrawn; AS_PATH need not be (RFC 8205)") {
  const std::string key(40, 'a'), hop = "0100 0000fde9", path = "0008" + hop;
  const std::string signature = key + "0002abcd", block = "001b01" + signature;
  sound(AttrCode::bgpsec_path, {path + block, path + block + block});
  malformed(AttrCode::bgpsec_path, withdraw,
            {"", "00", "0002", path, "0009" + hop + "00" + block, "000e" + hop + hop + block,
             path + "001c01" + signature, path + "001b01" + key + "0003abcd", path + block + block + block});
  CHECK(check_of("40010100 8021" + std::string("23") + path + block + "400304c0000201").empty());
}

TEST_CASE("DPATH, SFP_ATTR, BFD_DISCRIMINATOR: what ends elsewhere than it says is withdrawn (RFC 7606 8)") {
  sound(AttrCode::d_path, {"01 000000010001 80"});
  malformed(AttrCode::d_path, withdraw, {"", "00", "01 000000010001", "01 000000010001 80 02"});
  sound(AttrCode::sfp, {"010002abcd"});
  malformed(AttrCode::sfp, withdraw, {"", "0100", "010003abcd"});
  sound(AttrCode::bfd_discriminator, {"0100000001", "0100000001 0104c0000201"});
  malformed(AttrCode::bfd_discriminator, withdraw, {"", "01000000", "0100000001 01", "0100000001 0104c00002"});
}

TEST_CASE("PREFIX_SID: SR-MPLS TLVs of a wrong length and type 0 are discarded (RFC 8669 3, 6)") {
  sound(AttrCode::prefix_sid, {"01000700000000000002", "030008 0000 000a1b fe0000", "09000100"});
  malformed(AttrCode::prefix_sid, discard,
            {"", "0100060000000000", "010006000000000000", "0300050000 000a1b", "000000", "0900", "090002ff"});
}

TEST_CASE("PREFIX_SID: a malformed SRv6 Service TLV is withdrawn (RFC 9252 7), whatever else stands there") {
  const std::string sid = "00 fcbbbbbb0001e0000000000000000000 00 0040 00";
  sound(AttrCode::prefix_sid, {"050019 00 010015" + sid, "06001900010015" + sid, "050001 00", "05000400 020000",
                               "050022 00 01001e" + sid + "010006 202010001000"});
  malformed(AttrCode::prefix_sid, withdraw,
            {"050019 00", "050000", "050018 00 010014" + sid.substr(0, sid.size() - 3),
             "050021 00 01001d" + sid + "010006 2020100000", "050021 00 01001d" + sid + "010005 2020100000",
             "000000 050000"});
}

TEST_CASE("ATTR_SET: what stands in it must be well-formed with 4-byte AS numbers (RFC 7606 7.16, RFC 6368 5)") {
  sound(AttrCode::attr_set, {"0000fde9", "0000fde9 40010100 40020602010000fde9 40050400000064"});
  malformed(AttrCode::attr_set, withdraw,
            {"", "0000fd", "0000fde9 4001", "0000fde9 400102", "0000fde9 40010103", "0000fde9 4002030201fd"});
  const auto inside = check_of(narrow_basic + "c0800d 0000fde9 400206 0201 0000fde9", {.context = narrow});
  CHECK(inside.empty());
  sound(AttrCode::attr_set, {"0000fde9 4002040201fde9"});
}

TEST_CASE("flags: other classes where the defining RFC has them (RFC 7606 5.3, RFC 7311 3.2)") {
  CHECK(only(check_of(basic + "c01a0b 01000b 0000000000000001"), 26, discard, 4));
  CHECK(only(check_of(basic + "c00f03000201"), 15, reset, 4));
}

TEST_CASE("AIGP: its first TLV has 11 bytes (RFC 7311 3)") {
  malformed(AttrCode::aigp, discard, {"", "01000a 00000000000000", "01000c 000000000000000100"});
  sound(AttrCode::aigp, {"01000b 0000000000000001", "02000400"});
}

TEST_CASE("routes that are hidden: lengths, prefixes and MP attributes, never flags") {
  const auto hidden = [](const std::vector<Error>& all) { return std::ranges::any_of(all, hides_routes); };
  CHECK(hidden(check_of(hex("00ff"))));
  CHECK(hidden(check_of(test::body(hex("21c000020100"), {}, {}))));
  CHECK(hidden(check_of("40010100 40020602010000fde9 800e03000201", {.nlri = {}})));
  CHECK(hidden(check_of("c00808fde9", {.nlri = {}})));
  CHECK_FALSE(hidden(check_of(basic + "c00f03000201")));
  CHECK_FALSE(hidden(check_of("40010103", {.nlri = {}, .withdrawn = {"10.0.0.0/8"}})));
  // The next hop has 5 bytes, and behind it stands 2001:db8:1::/48.
  CHECK_FALSE(
      hidden(check_of("40010100 40020602010000fde9 800e10 0002 01 05 2001000001 00 3020010db80001", {.nlri = {}})));
}

TEST_CASE("announcements that are hidden: none of them can be found, whatever else cannot (RFC 7606 2)") {
  const auto hidden = [](base::Bytes body) {
    UpdateIndex u;
    (void)u.parse(body);
    return hides_announcements(u, check(u, {}, {}));
  };
  const auto with = [&](std::string_view attributes, const Case& c = {}) {
    return hidden(test::body(test::prefixes(c.withdrawn), hex(attributes), test::prefixes(c.nlri)));
  };
  const std::string head = "40010100 40020602010000fde9";
  const std::string reach = "800e1a 0002 01 10 20010db8000000000000000000000001 00 2020010db8";
  const std::string short_hop = "800e10 0002 01 05 2001000001 00 3020010db80001";
  CHECK_FALSE(with(basic));
  CHECK_FALSE(with(basic + "800f020001"));
  CHECK_FALSE(with(basic + "800e03000201"));
  CHECK_FALSE(with(basic + short_hop));
  CHECK_FALSE(with(head + short_hop, {.nlri = {}}));
  CHECK_FALSE(with(head + reach + "800f020001", {.nlri = {}}));
  CHECK_FALSE(with(head + reach + reach, {.nlri = {}}));
  CHECK(with("800f020001", {.nlri = {}}));
  CHECK(with(head + "800e03000201", {.nlri = {}}));
  CHECK(with(head + "800e03000201 800f020001", {.nlri = {}}));
  // RFC 7606 5.3: a classic list that cannot be read leaves nothing to go on with.
  CHECK(hidden(test::body(hex("21c000020100"), hex(basic), test::prefixes({"192.0.2.0/24"}))));
  CHECK(hidden(hex("00ff")));
}

TEST_CASE("the place of an error is the byte in the body where it begins") {
  const auto all = check_of("40010100 40020c 0201 0000fde9 0201 00000000 400304c0000201");
  REQUIRE(all.size() == 1);
  CHECK(all[0].offset == 4 + 4 + 3 + 8);
}

TEST_CASE("TLV attributes: AIGP counts its head, PREFIX_SID does not (RFC 7311 3, RFC 8669 3)") {
  CHECK(check_of(basic + "801a0b 01000b 0000000000000001").empty());
  CHECK(only(check_of(basic + "801a0b 01000c 0000000000000001"), 26, discard, 9));
  CHECK(only(check_of(basic + "801a03 010002"), 26, discard, 9));
  CHECK(check_of(basic + "c0280a 010007 00000000000001").empty());
  CHECK(only(check_of(basic + "c0280a 010008 00000000000001"), 40, discard, 9));
}

TEST_CASE("errors are in words, with attribute, place and class") {
  const auto all = check_of("40010103 40020602010000fde9 400304c0000201");
  REQUIRE(all.size() == 1);
  CHECK(text(all[0]) == "ORIGIN: a value that is not allowed, at byte 7 of the body (treat as withdraw)");
  CHECK(text(check_of("40010100 40020602010000fde9")[0]) == "NEXTHOP: is missing (treat as withdraw)");
  CHECK(text(check_of(hex("00ff0000"))[0]) ==
        "UPDATE Message Error: a length runs past the end, at byte 0 of the body (session reset)");
}

TEST_CASE(
    "check: the data of the NOTIFICATION is the attribute at fault, or the code of what is missing (RFC 4271 6.3)") {
  const auto data = [](std::string_view attributes, std::size_t which) {
    const auto body = test::body({}, hex(attributes), hex("18c00002"));
    UpdateIndex u;
    (void)u.parse(body);
    const auto errors = check(u, {}, {});
    REQUIRE(which < errors.size());
    return base::to_hex(notification_data(u, errors[which]));
  };
  CHECK(data("40010109 40020602010000fde9 400304c0000201", 0) == "40010109");
  CHECK(data("40020602010000fde9 400304c0000201", 0) == "01");
  // Of two with one code the second is at fault.
  CHECK(data("40010100 40020602010000fde9 400304c0000201 40010101", 0) == "40010101");
}
