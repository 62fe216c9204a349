#include "format/json_open.hh"

#include "lines.hh"

using test::data;

namespace {
bgp::OwnedMessage open(std::string_view body) { return test::message(bgp::MsgType::open, body); }
// An OPEN of AS 65055 with these optional parameters.
bgp::OwnedMessage with(std::string_view parameters) {
  const base::Buffer p = test::hex(parameters);
  const std::uint8_t size[] = {static_cast<std::uint8_t>(p.size())};
  return open("04 fe1f 005a 00000001 " + base::to_hex(size) + std::string(parameters));
}
std::string body_of(std::string_view object) {
  const auto body = format::read_open(object);
  return body ? base::to_hex(*body) : body.error().text;
}
const std::string head = R"({"bgp":4,"asn":65055,"id":"0.0.0.1","hold":90,)";
}  // namespace

TEST_CASE("json OPEN: the form of the Go tool") {
  CHECK(
      data(with("02 22 0104 00010001 0104 00010085 0104 00020001 0104 00020085 0200 0600 4104 0000fe1f")) ==
      head +
          R"("caps":{"MP":["IPV4/UNICAST","IPV4/FLOWSPEC","IPV6/UNICAST","IPV6/FLOWSPEC"],"ROUTE_REFRESH":true,"EXTENDED_MESSAGE":true,"AS4":65055}})");
  CHECK(data(with("")) == head + R"("caps":{}})");
}

TEST_CASE("json OPEN: every typed capability") {
  CHECK(
      data(with("02 2d 0506 0001 0001 0002 0901 03 4002 4078 4104 0000fe1f 4508 00010101 00020103 4908 04 686f7374 02 "
                "616f 6302 abcd"))
          .starts_with(
              head +
              R"("caps":{"EXTENDED_NEXTHOP":["IPV4/UNICAST/IPV6"],"ROLE":"CUSTOMER","GRACEFUL_RESTART":"0x4078","AS4":65055,)"
              R"("ADDPATH":["IPV4/UNICAST/RECEIVE","IPV6/UNICAST/BIDIR"],"FQDN":{"host":"host","domain":"ao"},"CAP_99":"0xabcd"})"));
}

TEST_CASE("json OPEN: order and grouping of capabilities come back") {
  // Each in a parameter of its own, not in order.
  CHECK(data(with("0206 4104 0000fe1f 0202 0200")) ==
        head + R"("caps":{"ROUTE_REFRESH":true,"AS4":65055},"params":"0x020641040000fe1f02020200"})");
  CHECK(data(with("0200")) == head + R"("caps":{},"params":"0x0200"})");
}

TEST_CASE("json OPEN: malformed and repeated capabilities") {
  CHECK(data(with("0205 0103 000100")) == head + R"("caps":{"MP":"0x000100"}})");
  CHECK(data(with("0209 0104 00017701 4101 00")) == head + R"("caps":{"MP":"0x00017701","AS4":"0x00"}})");
  CHECK(data(with("0208 4002 0078 4002 0000")) == head + R"("caps":{"GRACEFUL_RESTART":["0x0078","0x0000"]}})");
  CHECK(data(with("0206 4504 00010105")) == head + R"("caps":{"ADDPATH":"0x00010105"}})");
  // A host name that fills the payload.
  CHECK(data(with("0204 4902 0161")) == head + R"("caps":{"FQDN":"0x0161"}})");
  CHECK(data(with("0203 0901 09")) == head + R"("caps":{"ROLE":9}})");
}

TEST_CASE("json OPEN: parameters that are no capabilities") {
  CHECK(data(with("0103 aabbcc")) == head + R"("params":"0x0103aabbcc"})");
  CHECK(data(with("0209 4104 0000")) == head + R"("params":"0x020941040000"})");
}

TEST_CASE("json OPEN: the extended form (RFC 9072), needed or not") {
  CHECK(data(open("04 fe1f 005a 00000001 ff ff 0005 02 0002 0200")) ==
        head + R"("caps":{"ROUTE_REFRESH":true},"params":"0x0200020200","extended":true})");
}

TEST_CASE("json OPEN: a body that is no OPEN is hex") {
  CHECK(data(open("04fe1f")) == R"("0x04fe1f")");
  CHECK(data(open("04 fe1f 005a 00000001 05 0200")) == R"("0x04fe1f005a00000001050200")");
  CHECK(data(open("04 fe1f 005a 00000001 07 ff 0000")) == R"("0x04fe1f005a0000000107ff0000")");
}

TEST_CASE("json OPEN: an AS number does not invent the capability") {
  CHECK(body_of(head + R"("caps":{"ROUTE_REFRESH":true}})") == "04fe1f005a000000010402020200");
  CHECK(body_of(head + R"("caps":{}})") == "04fe1f005a0000000100");
  // Without a word on capabilities, and where it cannot be said otherwise.
  CHECK(body_of(R"({"asn":65055,"id":"0.0.0.1","hold":90})") ==
        "04fe1f005a000000010802064104"
        "0000fe1f");
  CHECK(body_of(R"({"asn":4200000000,"id":"0.0.0.1","hold":90,"caps":{}})") ==
        "045ba0005a000000010802064104"
        "fa56ea00");
  CHECK(body_of(R"({"asn":23456,"caps":{"AS4":4200000000},"id":"0.0.0.1","hold":90})") ==
        "045ba0005a000000010802064104"
        "fa56ea00");
}

TEST_CASE("json OPEN: edited capabilities count, not the parameters beside them") {
  const std::string params = R"("params":"0x020641040000fe1f02020200"})";
  CHECK(body_of(head + R"("caps":{"ROUTE_REFRESH":true,"AS4":65055},)" + params) ==
        "04fe1f005a000000010c020641040000fe1f02020200");
  CHECK(body_of(head + R"("caps":{"AS4":65055},)" + params) ==
        "04fe1f005a000000010802064104"
        "0000fe1f");
  CHECK(body_of(head + params) == "04fe1f005a000000010c020641040000fe1f02020200");
}

TEST_CASE("json OPEN: names in lower case, quoted numbers, absent fields") {
  CHECK(
      body_of(
          R"({"asn":"65055","hold":"0x5a","id":"0.0.0.1","caps":{"mp":["ipv6/unicast"],"role":"rs-client","CAP_2":true,"as4":null}})") ==
      "04fe1f005a000000010d020b"
      "010400020001"
      "090102"
      "0200");
  CHECK(body_of("{}") ==
        "0400000000"
        "00000000"
        "00");
}

TEST_CASE("json OPEN: what is wrong is said with its place") {
  CHECK(body_of(R"({"caps":{"NOPE":true}})") == "caps: NOPE: not the name of a capability");
  CHECK(body_of(R"({"caps":{"MP":["IPV4"]}})") == "caps: MP: not a family like \"IPV6/UNICAST\"");
  CHECK(body_of(R"({"asn":-1})") == "asn: not an AS number");
  CHECK(body_of(R"({"id":"::1"})") == "id: not an IPv4 address");
  CHECK(body_of(R"({"params":"0x0"})") == "params: not hex");
  CHECK(body_of(R"({"caps":[]})") == "caps: not an object");
}
