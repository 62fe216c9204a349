#include "format/take.hh"

#include "base/ip.hh"
#include "lines.hh"

using namespace format;

namespace {
bool number(std::string_view text, std::uint64_t max, std::uint64_t expected) {
  std::uint64_t v = 0;
  return take_number(text, max, v) && v == expected;
}
std::string prefix(std::string_view text, bgp::Afi afi) {
  PrefixText p;
  if (!take_prefix(text, afi, p)) return "no";
  const std::size_t n = (p.length + 7u) / 8;
  return (p.has_path_id ? std::to_string(p.path_id) + " " : "") + std::to_string(p.length) + " " +
         base::to_hex({p.bytes, n});
}
}  // namespace

TEST_CASE("take: numbers in decimal and with a base, within their bound") {
  CHECK(number("0", 255, 0));
  CHECK(number("255", 255, 255));
  CHECK(number("4294967295", 0xffffffff, 0xffffffff));
  CHECK(number("0x10", 255, 16));
  CHECK(number("0b101", 255, 5));
  for (const char* text : {"", "-1", "256", "1a", "1.0", "1e3", "99999999999999999999", "0x100", " 1"}) {
    std::uint64_t v = 0;
    CHECK_FALSE(take_number(text, 255, v));
  }
}

TEST_CASE("take: IPv4 addresses have four parts without leading zeros") {
  std::uint8_t four[4];
  CHECK((take_v4("192.0.2.255", four) && base::to_hex(four) == "c00002ff"));
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d", "1.2.3.4444"})
    CHECK_FALSE(take_v4(text, four));
}

TEST_CASE("take: IPv6 addresses are those the system takes") {
  for (const char* text : {"::", "::1", "1::", "2001:db8::", "2001:db8:0:1::5", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1",
                           "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "ABCD::ef"}) {
    std::uint8_t b[16];
    REQUIRE(take_v6(text, b));
    CHECK(base::Address::from(b) == *base::Address::parse(text));
  }
  for (const char* text : {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g",
                           "1:", ":1", "1:2:3:4:5:6:7:8::", "::1%eth0", "1.2.3.4"}) {
    std::uint8_t b[16];
    CHECK_FALSE(take_v6(text, b));
  }
}

TEST_CASE("take: prefixes need a length and may have a path id") {
  using bgp::Afi;
  CHECK(prefix("192.0.2.0/24", Afi::ipv4) == "24 c00002");
  CHECK(prefix("0.0.0.0/0", Afi::ipv4) == "0 ");
  CHECK(prefix("#7#10.0.0.0/8", Afi::ipv4) == "7 8 0a");
  CHECK(prefix("#4294967295#2001:db8::/32", Afi::ipv6) == "4294967295 32 20010db8");
  // Bits behind the length stay as far as the last byte.
  CHECK(prefix("10.31.5.1/12", Afi::ipv4) == "12 0a1f");
  for (const char* text : {"", "192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/2x", "##1.0.0.0/8", "#7#", "#7",
                           "#4294967296#1.0.0.0/8", "#-1#1.0.0.0/8", "2001:db8::/32", "1.2.3.0/024x"})
    CHECK(prefix(text, Afi::ipv4) == "no");
  for (const char* text : {"192.0.2.0/24", "::/129", "fe80::%1/64"}) CHECK(prefix(text, Afi::ipv6) == "no");
}

TEST_CASE("take: communities have all their parts") {
  std::uint8_t b[12];
  CHECK((take_parts("65000:100", 2, 2, b) && base::to_hex({b, 4}) == "fde80064"));
  CHECK((take_parts("0xffff:0", 2, 2, b) && base::to_hex({b, 4}) == "ffff0000"));
  CHECK((take_parts("4200000000:1:2", 3, 4, b) && base::to_hex(b) == "fa56ea000000000100000002"));
  for (const char* text : {"", "1", "1:", ":1", "1:2:3", "65536:1"}) CHECK_FALSE(take_parts(text, 2, 2, b));
}

TEST_CASE("take: code points up to U+00FF are that byte, higher ones stay UTF-8") {
  std::string out;
  take_text("a\xc3\xa9\xc2\x80\xe2\x82\xac", out);
  CHECK(out == "a\xe9\x80\xe2\x82\xac");
}

TEST_CASE("plain prefixes: a list without ids, spaces and escapes is read in one go; any other text is left alone") {
  base::Buffer out;
  out.push(7);
  CHECK(take_plain_prefixes_v4(R"(["192.0.2.0/24","10.0.0.0/8","0.0.0.0/0","255.255.255.255/32"])", out));
  CHECK(base::to_hex(out) == "0718c00002080a0020ffffffff");
  for (const char* other : {"",
                            "[",
                            "]",
                            "[]x",
                            "[\"",
                            "[\"1.2.3.4/24\"",
                            "[\"1.2.3.4/24\",",
                            "[\"1.2.3.4/24\",]",
                            "[ \"1.2.3.4/24\"]",
                            "[\"#7#1.2.3.4/24\"]",
                            "[\"1.2.3.4/33\"]",
                            "[\"1.2.3.4/024\"]",
                            "[\"1.2.3.256/24\"]",
                            "[\"1.2.3/24\"]",
                            "[\"1.2.3.04/24\"]",
                            "[\"1.2.3.4/24\"x]",
                            "[\"1.2.3.4/24\"]x",
                            "[\"1.2.3.4\"]",
                            "[\"1.2.3.4/\"]",
                            "[\"::/0\"]"}) {
    INFO(other);
    CHECK_FALSE(take_plain_prefixes_v4(other, out));
    CHECK(out.size() == 13);
  }
  CHECK(take_plain_prefixes_v4("[]", out));
  CHECK(out.size() == 13);
}
