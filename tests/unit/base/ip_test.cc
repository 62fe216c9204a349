#include "base/ip.hh"

#include <doctest/doctest.h>

using base::Address;
using base::Endpoint;
using base::Prefix;

TEST_CASE("address: text is canonical (RFC 5952)") {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "2001:db8:0:1::",
                           "1:0:0:2::3", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1", "1::", "0:1:2:3:4:5:6:7"})
    CHECK(Address::parse(text)->text() == text);
  CHECK(Address::parse("2001:0DB8:0:0:1:0:0:1")->text() == "2001:db8::1:0:0:1");
}

TEST_CASE("address: what is not one is refused") {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.256", "1.2.3.4.5", "::g", "1::2::3", "fe80::1%eth0"})
    CHECK_FALSE(Address::parse(text));
}

TEST_CASE("prefix: bare address is a host prefix, lengths are bounded") {
  CHECK(Prefix::parse("192.0.2.1")->text() == "192.0.2.1/32");
  CHECK(Prefix::parse("2001:db8::/32")->length == 32);
  CHECK_FALSE(Prefix::parse("192.0.2.0/33"));
  CHECK_FALSE(Prefix::parse("::/129"));
  CHECK_FALSE(Prefix::parse("192.0.2.0/"));
}

TEST_CASE("prefix: masking and containment") {
  CHECK(Prefix::parse("192.0.2.255/25")->masked().text() == "192.0.2.128/25");
  CHECK(Prefix::parse("10.0.0.0/8")->contains(*Address::parse("10.255.0.1")));
  CHECK_FALSE(Prefix::parse("10.0.0.0/8")->contains(*Address::parse("11.0.0.1")));
  CHECK_FALSE(Prefix::parse("::/0")->contains(*Address::parse("11.0.0.1")));
}

TEST_CASE("endpoint: default port, brackets, wildcard") {
  CHECK(Endpoint::parse("192.0.2.1", 179)->text() == "192.0.2.1:179");
  CHECK(Endpoint::parse("[2001:db8::1]:1179", 179)->text() == "[2001:db8::1]:1179");
  CHECK(Endpoint::parse("2001:db8::1", 179)->port == 179);
  CHECK(Endpoint::parse(":1790", 179)->address.empty());
  for (const char* text : {"", ":", "host", "1.2.3.4:", "1.2.3.4:99999", "[::1", "[::1]x"})
    CHECK_FALSE(Endpoint::parse(text, 179));
}
