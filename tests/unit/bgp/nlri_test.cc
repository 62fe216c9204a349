#include "bgp/nlri.hh"

#include "build.hh"

using namespace bgp;
using test::hex;

namespace {
std::string read(base::Bytes list, Afi afi, bool add_path, bool* ok = nullptr) {
  NlriReader r(list, afi, add_path);
  std::string out;
  for (Nlri n; r.next(n);) {
    if (!out.empty()) out += ' ';
    if (n.has_path_id) out += '#' + std::to_string(n.path_id) + '#';
    out += n.prefix(afi).text();
  }
  if (ok) *ok = r.ok();
  return out;
}
}  // namespace

TEST_CASE("nlri: IPv4 and IPv6, of every kind of length") {
  CHECK(read(hex("00 080a 0ac0 40 18c00002 20c0000201"), Afi::ipv4, false) ==
        "0.0.0.0/0 10.0.0.0/8 192.64.0.0/10 192.0.2.0/24 192.0.2.1/32");
  CHECK(read(hex("00 2020010db8 80 20010db8000000000000000000000001"), Afi::ipv6, false) ==
        "::/0 2001:db8::/32 2001:db8::1/128");
  CHECK(read({}, Afi::ipv4, false) == "");
}

TEST_CASE("nlri: path ids stand in front (RFC 7911 3)") {
  CHECK(read(hex("00000001 080a ffffffff 18c00002"), Afi::ipv4, true) == "#1#10.0.0.0/8 #4294967295#192.0.2.0/24");
  CHECK(read(hex("00000007 2020010db8"), Afi::ipv6, true) == "#7#2001:db8::/32");
}

TEST_CASE("nlri: bits behind the length do not count (RFC 4271 4.3)") {
  CHECK(read(hex("09 0aff"), Afi::ipv4, false) == "10.128.0.0/9");
  CHECK(read(hex("01 ff"), Afi::ipv4, false) == "128.0.0.0/1");
}

TEST_CASE("nlri: a length over the family's and one past the end are refused (RFC 7606 5.3)") {
  bool ok = true;
  CHECK(read(hex("080a 21c000020100"), Afi::ipv4, false, &ok) == "10.0.0.0/8");
  CHECK_FALSE(ok);
  const auto sound = [](base::Bytes list, Afi afi, bool add_path) {
    bool all = false;
    (void)read(list, afi, add_path, &all);
    return all;
  };
  CHECK_FALSE(sound(hex("81 20010db800000000000000000000000100"), Afi::ipv6, false));
  CHECK_FALSE(sound(hex("18c000"), Afi::ipv4, false));
  CHECK_FALSE(sound(hex("00000001"), Afi::ipv4, true));
  CHECK_FALSE(sound(hex("0000000118c000"), Afi::ipv4, true));
  CHECK_FALSE(sound(hex("000000"), Afi::ipv4, true));
  CHECK(sound({}, Afi::ipv4, true));
}

TEST_CASE("nlri: what is written reads back, with and without a path id") {
  for (const char* text : {"0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/8", "192.64.0.0/10", "192.0.2.1/32", "::/0",
                           "2001:db8::/32", "2001:db8::1/128", "8000::/1"}) {
    const auto p = *base::Prefix::parse(text);
    const Afi afi = p.address.is_v6() ? Afi::ipv6 : Afi::ipv4;
    base::Buffer plain, with;
    append_nlri(plain, p, std::nullopt);
    append_nlri(with, p, 77);
    CHECK(read(plain, afi, false) == text);
    CHECK(read(with, afi, true) == std::string("#77#") + text);
  }
}

TEST_CASE("nlri: the size of an entry, by family") {
  const Family vpn{Afi::ipv4, Safi::mpls_vpn}, evpn{Afi::l2vpn, Safi::evpn}, flow{Afi::ipv4, Safi::flowspec};
  CHECK(nlri_size(hex("18c00002ff"), ipv4_unicast) == 4);
  CHECK(nlri_size(hex("00"), ipv6_unicast) == 1);
  CHECK_FALSE(nlri_size(hex("18c000"), ipv4_unicast));
  CHECK(nlri_size(hex("70 000011 0000000000000001 0a00 00"), vpn) == 15);
  CHECK(nlri_size(hex("02 03 aabbcc 00"), evpn) == 5);
  CHECK_FALSE(nlri_size(hex("02"), evpn));
  CHECK_FALSE(nlri_size(hex("02 03 aabb"), evpn));
  CHECK(nlri_size(hex("03 010101 02"), flow) == 4);
  CHECK(nlri_size(hex("f003 010101 02"), flow) == 5);
  CHECK_FALSE(nlri_size(hex("f0"), flow));
  CHECK_FALSE(nlri_size({}, ipv4_unicast));
  CHECK_FALSE(nlri_size(hex("0000"), Family{static_cast<Afi>(16388), static_cast<Safi>(71)}));
  CHECK_FALSE(has_sized_nlri({Afi::l2vpn, Safi::unicast}));
}
