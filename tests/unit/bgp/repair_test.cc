#include "bgp/repair.hh"

#include "bgp/edit.hh"
#include "build.hh"
#include "support/repair_rules.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {

const std::string basic(test::basic);

// The bodies of what is left, in hex; "reset" when nothing can be done.
std::vector<std::string> repaired(base::Bytes body, const Context& c = {}, const Rules& rules = {}) {
  INFO(hex_of(body));
  CHECK(support::broken_rule(body, c, rules) == "");
  UpdateIndex u;
  (void)u.parse(body);
  const auto out = repair(u, c, check(u, c, rules));
  if (!out) return {"reset"};
  std::vector<std::string> bodies;
  for (const base::Buffer& m : out->messages) bodies.push_back(hex_of(m.view().subspan(header_size)));
  return bodies;
}
std::string body_hex(std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
  return hex_of(test::body(hex(withdrawn), hex(attributes), hex(nlri)));
}
base::Buffer body(std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
  return test::body(hex(withdrawn), hex(attributes), hex(nlri));
}
using Bodies = std::vector<std::string>;

const std::string front = "40010100 40020602010000fde9 ", bad_front = "40010109 40020602010000fde9 ";
const std::string reach6 = "800e1e 0002 01 10 20010db8000000000000000000000001 00 4020010db800010000";
const std::string unreach6 = "800f0c 0002 01 4020010db800020000", unreach4m = "800f06 0001 02 100a02";

}  // namespace

TEST_CASE("repair: an attribute to be discarded goes, all else stays where it stands (RFC 7606 2)") {
  CHECK(repaired(body("080b", basic + "400601ff 80040400000001", "18c00002")) ==
        Bodies{body_hex("080b", basic + "80040400000001", "18c00002")});
}

TEST_CASE("repair: of duplicates the first stays (RFC 7606 3.g)") {
  CHECK(repaired(body("", basic + "80040400000001 c00804fde90064 80040400000002 80040400000003", "18c00002")) ==
        Bodies{body_hex("", basic + "80040400000001 c00804fde90064", "18c00002")});
  CHECK(repaired(body("", basic + "400601ff 400600", "18c00002")) == Bodies{body_hex("", basic, "18c00002")});
}

TEST_CASE("repair: a message full of what is to be discarded is left with what is sound") {
  base::Buffer attributes = hex(basic), sound = hex(basic);
  const auto good = hex("80040400000001"), bad = hex("400600");
  attributes.append(bad.view());
  sound.append(bad.view());
  for (int i = 0; i < 10900; ++i) attributes.append(bad.view());
  attributes.append(good.view());
  sound.append(good.view());
  while (attributes.size() + bad.size() < 65400) attributes.append(bad.view());
  const auto nlri = hex("18c00002");
  const auto message = test::body({}, attributes, nlri);
  UpdateIndex u;
  REQUIRE(u.parse(message));
  const auto errors = check(u, {}, {});
  CHECK(errors.size() > 20000);
  const auto out = repair(u, {}, errors);
  REQUIRE(out);
  REQUIRE(out->messages.size() == 1);
  CHECK(hex_of(out->messages[0].view().subspan(header_size)) == hex_of(test::body({}, sound, nlri)));
}

TEST_CASE("repair: two errors of one attribute take it away once, and leave its neighbours") {
  const auto aigp = body("", basic + "800404 00000001 c01a03 01000b c00804 fde90064 400601ff 400601ff", "18c00002");
  UpdateIndex u;
  REQUIRE(u.parse(aigp));
  CHECK(check(u, {}, {}).size() == 4);
  CHECK(repaired(aigp) == Bodies{body_hex("", basic + "800404 00000001 c00804 fde90064", "18c00002")});
}

TEST_CASE("repair: treat-as-withdraw makes all announced routes withdrawals, and keeps those there were (RFC 7606 2)") {
  CHECK(repaired(body("080b", bad_front + "400304c0000201", "18c0000210 0a01")) ==
        Bodies{body_hex("080b 18c00002 100a01", "", "")});
  CHECK(repaired(body("", bad_front + reach6, "")) == Bodies{body_hex("", "800f0c 0002 01 4020010db800010000", "")});
}

TEST_CASE("repair: withdrawals of one family go together, of others in a message of their own (RFC 7606 5.1)") {
  CHECK(repaired(body("", bad_front + reach6 + unreach6, "")) ==
        Bodies{body_hex("", "800f15 0002 01 4020010db800020000 4020010db800010000", "")});
  CHECK(repaired(body("080b", bad_front + reach6 + unreach4m + "400304c0000201", "18c00002")) ==
        Bodies{body_hex("080b 18c00002", "", ""), body_hex("", "800f0c 0002 01 4020010db800010000", ""),
               body_hex("", unreach4m, "")});
}

TEST_CASE("repair: path ids stay (RFC 7911 3)") {
  Context c;
  c.add_path.add(ipv4_unicast);
  CHECK(repaired(body("00000001 080b", bad_front + "400304c0000201", "00000007 18c00002"), c) ==
        Bodies{body_hex("00000001 080b 00000007 18c00002", "", "")});
}

TEST_CASE("repair: a withdrawn labelled route has the one label of a withdrawal (RFC 8277 2.4)") {
  const std::string one = "800e10 0001 04 04 c0000201 00 30 000641 c00002",
                    two = "800e13 0001 04 04 c0000201 00 48 000640 000651 c00002",
                    // The label of a withdrawal ends a stack without the bit that says so; the prefix is odd behind it.
      none = "800e10 0001 04 04 c0000201 00 30 800000 c00003";
  CHECK(repaired(body("", bad_front + one, "")) == Bodies{body_hex("", "800f0a 0001 04 30 800000 c00002", "")});
  CHECK(repaired(body("", bad_front + two, "")) == Bodies{body_hex("", "800f0a 0001 04 30 800000 c00002", "")});
  CHECK(repaired(body("", bad_front + none, "")) == Bodies{body_hex("", "800f0a 0001 04 30 800000 c00003", "")});
}

TEST_CASE("repair: a list of attributes that is cut off withdraws what the total length still shows (RFC 7606 4)") {
  CHECK(repaired(body("080b", basic + "c00808fde9", "18c00002")) == Bodies{body_hex("080b 18c00002", "", "")});
}

TEST_CASE("repair: of MP_REACH and MP_UNREACH that are cut off the routes cannot be found (RFC 7606 3.j)") {
  for (const char* code : {"0e", "0f"})
    CHECK(repaired(body("080b", basic + "80" + code + "40000201", "18c00002")) == Bodies{"reset"});
}

TEST_CASE("repair: a session reset has no other remedy, and a sound message stays as it is") {
  CHECK(repaired(hex("00ff")) == Bodies{"reset"});
  CHECK(repaired(body("080b", "40010109", "")) == Bodies{"reset"});
  CHECK(repaired(body("080b", basic, "18c00002")) == Bodies{body_hex("080b", basic, "18c00002")});
}

TEST_CASE("repair: never makes an End-of-RIB of what was none (RFC 4724 2)") {
  CHECK(repaired(body("", "400601ff", "")).empty());
  CHECK(repaired(body("", "400601ff 800f03000201", "")).empty());
  CHECK(repaired(body("", bad_front + "800e15 0002 01 10 20010db8000000000000000000000001 00", "")).empty());
  CHECK(repaired(body("", "", "")) == Bodies{body_hex("", "", "")});
}

TEST_CASE("incident: attribute 99 (2010), long and sound, passes unless it is unwanted, then it alone goes") {
  base::Buffer attributes = hex(basic), value;
  while (value.size() < 3000) value.push(static_cast<std::uint8_t>(value.size()));
  append_attribute(attributes, static_cast<AttrCode>(99), attr_flag::optional | attr_flag::transitive, value);
  const auto message = test::body({}, attributes, test::prefixes({"93.175.144.0/24"}));
  CHECK(repaired(message) == Bodies{hex_of(message)});
  Rules rules;
  rules.discard.set(99);
  CHECK(repaired(message, {}, rules) == Bodies{body_hex("", basic, "185daf90")});
}

TEST_CASE("incident: attribute 28, ENTROPY_LABEL (2023): what a router reset its sessions for goes when unwanted") {
  Rules rules;
  rules.discard.set(28);
  for (const char* label : {"e01c00", "e01c03000000", "c01c0100"}) {
    const auto message = body("", front + label + reach6, "");
    CHECK(repaired(message) == Bodies{hex_of(message)});
    CHECK(repaired(message, {}, rules) == Bodies{body_hex("", front + reach6, "")});
  }
}

TEST_CASE("incident: attribute 21, AS_PATHLIMIT: its routes are withdrawn when that is asked for") {
  Rules rules;
  rules.withdraw.set(21);
  const auto message = body("", basic + "e01505 05 0000fde9", "18c00002");
  CHECK(repaired(message) == Bodies{hex_of(message)});
  CHECK(repaired(message, {}, rules) == Bodies{body_hex("18c00002", "", "")});
}

TEST_CASE("incident: a BGP Prefix-SID of zeros (2025) is discarded, the route stays (RFC 8669 6)") {
  for (const char* zeros : {"e02806000000000000", "e028050000000000", "e0280100"})
    CHECK(repaired(body("", basic + zeros, "18c00002")) == Bodies{body_hex("", basic, "18c00002")});
}

namespace {

struct Attribute {
  AttrCode code;
  std::string_view value;
  bool long_length = false;
};
// A sound value for each attribute that has a structure.
constexpr Attribute attributes[] = {
    {AttrCode::origin, "00"},
    {AttrCode::as_path, "0202 0000fde9 00011170"},
    {AttrCode::next_hop, "c0000201"},
    {AttrCode::med, "00000001"},
    {AttrCode::local_pref, "00000064"},
    {AttrCode::atomic_aggregate, ""},
    {AttrCode::aggregator, "0000fde9 c0000201"},
    {AttrCode::community, "fde90064 fde90065", true},
    {AttrCode::originator_id, "c0000209"},
    {AttrCode::cluster_list, "c0000209 c000020a"},
    {AttrCode::ext_community, "0002fde900000064"},
    {AttrCode::pmsi_tunnel, "0006000010c0000201"},
    {AttrCode::tunnel_encap, "0008000406 02abcd"},
    {AttrCode::traffic_engineering, "0102030405060708091011121314151617181920212223242526272829303132333435 36"},
    {AttrCode::ipv6_ext_community, "0002 20010db8000000000000000000000001 0001"},
    {AttrCode::aigp, "01000b0000000000000001"},
    {AttrCode::pe_distinguisher, "c0000201000010"},
    {AttrCode::bgp_ls, "0440000400000001"},
    {AttrCode::large_community, "0000fde90000000100000002"},
    {AttrCode::bgpsec_path, "0008 01000000fde9 001b 01 0102030405060708091011121314151617181920 0002abcd"},
    {AttrCode::otc, "0000fde9"},
    {AttrCode::d_path, "01 000000010001 80"},
    {AttrCode::sfp, "010002abcd"},
    {AttrCode::bfd_discriminator, "0100000001"},
    {AttrCode::prefix_sid, "01000700000000000002 05001900 010015 00 fcbbbbbb0001e0000000000000000000 00 0040 00"},
    {AttrCode::attr_set, "0000fde9 40010100 40050400000064"},
    {static_cast<AttrCode>(99), "0102"},
};

// One message in pieces: each attribute as bytes.
struct Pieces {
  std::string withdrawn, nlri;
  std::vector<base::Buffer> attributes;
  base::Buffer body() const {
    base::Buffer all;
    for (const base::Buffer& a : attributes) all.append(a);
    return test::body(hex(withdrawn), all, hex(nlri));
  }
};

// Calls with the message corrupted in each way in turn.
template <class Call>
void corrupt(const Pieces& sound, Call call) {
  for (std::size_t i = 0; i < sound.attributes.size(); ++i) {
    const base::Buffer& original = sound.attributes[i];
    const std::size_t head = (original.data()[0] & attr_flag::extended) != 0 ? 4 : 3, length_at = head - 1;
    const auto changed = [&](auto change) {
      Pieces p{sound.withdrawn, sound.nlri, {}};
      for (const base::Buffer& a : sound.attributes) p.attributes.emplace_back(a.view());
      change(p.attributes[i], p);
      call(p.body());
    };
    for (int bit = 0; bit < 8; ++bit)
      changed([&](base::Buffer& a, Pieces&) { a.data()[0] = static_cast<std::uint8_t>(a.data()[0] ^ 1 << bit); });
    for (const int length : {0, 1, 2, 3, 5, 255, original.data()[length_at] + 1, original.data()[length_at] - 1})
      changed([&](base::Buffer& a, Pieces&) { a.data()[length_at] = static_cast<std::uint8_t>(length); });
    for (std::size_t n = 0; n + head < original.size(); ++n)
      changed([&](base::Buffer& a, Pieces&) {
        a.truncate(head + n);
        a.data()[length_at] = static_cast<std::uint8_t>(n);
      });
    changed([&](base::Buffer& a, Pieces&) {
      a.push(0);
      a.data()[length_at] = static_cast<std::uint8_t>(a.data()[length_at] + 1);
    });
    for (std::size_t n = head; n < original.size(); ++n)
      for (const int byte : {0x00, 0x01, 0x7f, 0x80, 0xff})
        changed([&](base::Buffer& a, Pieces&) { a.data()[n] = static_cast<std::uint8_t>(byte); });
    changed([&](base::Buffer&, Pieces& p) { p.attributes.emplace_back(original.view()); });
    changed([&](base::Buffer& a, Pieces&) { a.append(base::Buffer(a.view())); });
    changed([&](base::Buffer& a, Pieces&) { a.clear(); });
  }
  const base::Buffer whole = sound.body();
  for (std::size_t n = 0; n < whole.size(); ++n) call(base::Buffer(whole.view().first(n)));
  for (const std::size_t field :
       {std::size_t{0}, std::size_t{1}, 2 + hex(sound.withdrawn).size(), 3 + hex(sound.withdrawn).size()})
    for (const int byte : {0, 1, 255}) {
      base::Buffer b(whole.view());
      b.data()[field] = static_cast<std::uint8_t>(byte);
      call(std::move(b));
    }
}

std::vector<Pieces> messages(bool path_ids) {
  const std::string id = path_ids ? "00000007" : "";
  const std::string label = path_ids ? "800e14" : "800e10",
                    labelled_reach = label + "0001 04 04 c0000201 00" + id + "30 000641 c00002";
  const std::string six = path_ids ? "800f10" : "800f0c", six_unreach = six + "0002 01" + id + "4020010db800020000";
  const std::string six_reach = std::string(path_ids ? "800e22" : "800e1e") +
                                "0002 01 10 20010db8000000000000000000000001 00" + id + "4020010db800010000";
  const std::string vpn = std::string(path_ids ? "800e24" : "800e20") + "0001 80 0c 0000000000000000c0000201 00" + id +
                          "70 000641 0000fde900000001 c00002";
  std::vector<Pieces> out;
  const auto add = [&](std::string withdrawn, std::string nlri, std::initializer_list<std::string> mp) {
    Pieces p{std::move(withdrawn), std::move(nlri), {}};
    for (const Attribute& a : attributes) {
      base::Buffer bytes;
      append_attribute(bytes, a.code,
                       static_cast<std::uint8_t>(default_flags(a.code) | (a.long_length ? attr_flag::extended : 0)),
                       hex(a.value));
      p.attributes.push_back(std::move(bytes));
    }
    for (const std::string& m : mp) p.attributes.push_back(hex(m));
    out.push_back(std::move(p));
  };
  add("", id + "18c00002", {});
  add(id + "080b", id + "18c00002" + id + "100a01", {six_unreach});
  add(id + "080b", "", {six_reach, six_unreach});
  add("", "", {labelled_reach, six_unreach});
  add("", id + "18c00002", {vpn});
  return out;
}

}  // namespace

TEST_CASE("every attribute corrupted in every way: no withdrawal is lost, what is left is sound (RFC 7606)") {
  Rules plain, strict{.external = true, .as_sets_withdrawn = true};
  strict.discard.set(99);
  strict.withdraw.set(26);
  std::size_t cases = 0;
  for (const bool path_ids : {false, true}) {
    Context c;
    if (path_ids) c.add_path = FamilySet::all();
    for (const Pieces& p : messages(path_ids)) {
      UpdateIndex u;
      const auto whole = p.body();
      REQUIRE(u.parse(whole));
      REQUIRE_FALSE(severity(u, c, plain));
      corrupt(p, [&](const base::Buffer& b) {
        for (const Rules* rules : {&plain, &strict}) {
          const std::string broken = support::broken_rule(b, c, *rules);
          if (!broken.empty()) FAIL_CHECK(broken, ": ", hex_of(b));
          ++cases;
        }
      });
    }
  }
  CHECK(cases > 20'000);
}
