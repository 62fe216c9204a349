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

TEST_CASE("json OPEN: the typed capabilities of the Go tool") {
  CHECK(
      data(with("02 2d 0506 0001 0001 0002 0901 03 4002 4078 4104 0000fe1f 4508 00010101 00020103 4908 04 686f7374 02 "
                "616f 6302 abcd"))
          .starts_with(
              head +
              R"("caps":{"EXTENDED_NEXTHOP":["IPV4/UNICAST/IPV6"],"ROLE":"CUSTOMER","GRACEFUL_RESTART":{"notification":true,"time":120,"families":[]},"AS4":65055,)"
              R"("ADDPATH":["IPV4/UNICAST/RECEIVE","IPV6/UNICAST/BIDIR"],"FQDN":{"host":"host","domain":"ao"},"CAP_99":"0xabcd"})"));
}

namespace {
// What is shown of one capability, which must come back.
std::string cap(std::string_view code, std::string_view value) {
  const base::Buffer v = test::hex(value);
  const std::uint8_t sizes[] = {static_cast<std::uint8_t>(v.size() + 2), static_cast<std::uint8_t>(v.size())};
  const std::string text = data(with("02" + base::to_hex({&sizes[0], 1}) + std::string(code) +
                                     base::to_hex({&sizes[1], 1}) + std::string(value)));
  const std::string before = head + R"("caps":{)";
  REQUIRE(text.starts_with(before));
  REQUIRE(text.ends_with("}}"));
  return text.substr(before.size(), text.size() - before.size() - 2);
}
}  // namespace

TEST_CASE("json OPEN: graceful restart (RFC 4724 3, RFC 8538 2)") {
  CHECK(cap("40", "8078 00010180 00020100") ==
        R"("GRACEFUL_RESTART":{"restarting":true,"time":120,"families":["IPV4/UNICAST/FORWARDING","IPV6/UNICAST"]})");
  CHECK(cap("40", "4fff 0063c800") ==
        R"x("GRACEFUL_RESTART":{"notification":true,"time":4095,"families":["AFI(99)/SAFI(200)"]})x");
  // Bits that have no name, and wrong sizes.
  CHECK(cap("40", "1078") == R"("GRACEFUL_RESTART":"0x1078")");
  CHECK(cap("40", "0078 00010101") == R"("GRACEFUL_RESTART":"0x007800010101")");
  CHECK(cap("40", "0078 000101") == R"("GRACEFUL_RESTART":"0x0078000101")");
  CHECK(cap("40", "00") == R"("GRACEFUL_RESTART":"0x00")");
}

TEST_CASE("json OPEN: long-lived graceful restart (RFC 9494 4.1)") {
  CHECK(cap("47", "000101 80 000e10 000201 00 ffffff") ==
        R"("LLGR":["IPV4/UNICAST/3600/FORWARDING","IPV6/UNICAST/16777215"])");
  CHECK(cap("47", "000101 01 000e10") == R"("LLGR":"0x00010101000e10")");
  CHECK(cap("47", "000101 80") == R"("LLGR":"0x00010180")");
  CHECK(cap("47", "") == R"("LLGR":true)");
}

TEST_CASE("json OPEN: outbound filters, of several families and types (RFC 5291 4)") {
  CHECK(
      cap("03", "00010001 02 4003 8001 00020001 01 6302") ==
      R"("OUTBOUND_FILTERING":["IPV4/UNICAST/ADDRESS_PREFIX/BOTH","IPV4/UNICAST/PRE_ADDRESS_PREFIX/RECEIVE","IPV6/UNICAST/99/SEND"])");
  CHECK(cap("03", "00010001 00") == R"("OUTBOUND_FILTERING":"0x0001000100")");
  CHECK(cap("03", "00010001 01 4004") == R"("OUTBOUND_FILTERING":"0x00010001014004")");
  CHECK(cap("03", "00010001 02 4001") == R"("OUTBOUND_FILTERING":"0x00010001024001")");
}

TEST_CASE("json OPEN: the other lists (RFC 8277 2.1, RFC 8205 2.1; drafts)") {
  CHECK(cap("08", "00010403 00018002") == R"("MULTIPLE_LABELS":["IPV4/MPLS/3","IPV4/MPLS_VPN/2"])");
  CHECK(cap("07", "08 0001") == R"("BGPSEC":["IPV4/SEND"])");
  CHECK(cap("07", "00 0002") == R"("BGPSEC":["IPV6/RECEIVE"])");
  CHECK(cap("07", "18 0001") == R"("BGPSEC":"0x180001")");
  CHECK(cap("43", "01 41 63") == R"("DYNAMIC":["MP","AS4","CAP_99"])");
  CHECK(cap("43", "") == R"("DYNAMIC":true)");
  CHECK(cap("4c", "000101 000a 000201 ffff") == R"("PATHS_LIMIT":["IPV4/UNICAST/10","IPV6/UNICAST/65535"])");
  CHECK(cap("44", "80 01") == R"("MULTISESSION":{"flags":128,"caps":["MP"]})");
  CHECK(cap("44", "00") == R"("MULTISESSION":{"flags":0,"caps":[]})");
  CHECK(cap("4a", "") == R"("BFD":true)");
  CHECK(cap("46", "") == R"("ENHANCED_ROUTE_REFRESH":true)");
  CHECK(cap("81", "00") == R"("PRE_ROUTING_POLICY":"0x00")");
}

TEST_CASE("json OPEN: lists of the Go tool are lists without anything in them, too") {
  CHECK(cap("45", "") == R"("ADDPATH":[])");
  CHECK(cap("05", "") == R"("EXTENDED_NEXTHOP":[])");
  CHECK(body_of(head + R"("caps":{"ADDPATH":[],"MP":[]}})")
            .ends_with("04020245"
                       "00"));
}

TEST_CASE("json OPEN: the software version is text, unless it looks like hex or its length lies") {
  CHECK(cap("4b", "0a 4652526f7574696e672f") == R"("VERSION":"FRRouting/")");
  CHECK(cap("4b", "02 c3a9") == R"("VERSION":"\u00c3\u00a9")");
  CHECK(cap("4b", "04 30783132") == R"("VERSION":"0x0430783132")");
  CHECK(cap("4b", "03 4652") == R"("VERSION":"0x034652")");
  CHECK(cap("4b", "00") == R"("VERSION":"0x00")");
}

TEST_CASE("json OPEN: every truncation of a capability comes back as hex or as a shorter list") {
  for (const auto& [code, value] : {std::pair{"40", "8078 00010180 00020100"},
                                    {"47", "00010180000e10 00020100ffffff"},
                                    {"03", "00010001 02 4003 8001 00020001 01 6302"},
                                    {"08", "00010403 00018002"},
                                    {"07", "080001"},
                                    {"4c", "000101000a 000201ffff"},
                                    {"44", "8001"},
                                    {"4b", "0a4652526f7574696e672f"},
                                    {"49", "04686f737402616f"},
                                    {"05", "000100010002"},
                                    {"45", "00010101 00020103"},
                                    {"01", "00010001"},
                                    {"41", "0000fe1f"},
                                    {"09", "03"}}) {
    const base::Buffer whole = test::hex(value);
    for (std::size_t n = 0; n <= whole.size(); ++n) CHECK(cap(code, base::to_hex(whole.view().first(n))) != "");
  }
}

TEST_CASE("json OPEN: more tuples of EXTENDED_NEXTHOP than one capability holds go on in another") {
  std::string items, wire;
  for (int i = 0; i < 43; ++i) {
    items += i == 0 ? R"("IPV4/UNICAST/IPV6")" : R"(,"IPV4/UNICAST/IPV6")";
    if (i == 42) wire += "0506";
    wire += "000100010002";
  }
  CHECK(body_of(head + R"("caps":{"EXTENDED_NEXTHOP":[)" + items + "]}}").ends_with("05fc" + wire));
  const bgp::OwnedMessage m = open(body_of(head + R"("caps":{"EXTENDED_NEXTHOP":[)" + items + "]}}"));
  CHECK(data(m).find(items) != std::string::npos);
}

TEST_CASE("json OPEN: typed capabilities as a person writes them") {
  const auto caps = [](std::string_view members) {
    const std::string body = body_of("{\"caps\":{" + std::string(members) + "}}");
    return body.size() < 24 || !body.starts_with("04") ? body : body.substr(24);
  };
  CHECK(caps(R"("graceful_restart":{"families":["ipv4/unicast/forwarding"],"time":"60"})") == "4006003c00010180");
  CHECK(caps(R"("LLGR":["ipv4/unicast/60"])") ==
        "470700010100"
        "00003c");
  CHECK(caps(R"("OUTBOUND_FILTERING":["ipv4/unicast/64/both","IPV4/UNICAST/65/SEND"])") ==
        "03090001000102"
        "4003"
        "4102");
  CHECK(caps(R"("VERSION":"x/1","BFD":true,"MULTISESSION":{"caps":["mp"]})") ==
        "4b0403782f31"
        "4a00"
        "44020001");
  CHECK(caps(R"("GRACEFUL_RESTART":"0x4078","LLGR":true,"DYNAMIC":["0x01","0x41"])") ==
        "40024078"
        "4700"
        "430101"
        "430141");
  CHECK(caps(R"("LLGR":["IPV4/UNICAST"])") == "caps: LLGR: not like \"IPV4/UNICAST/3600\"");
  CHECK(caps(R"("LLGR":["IPV4/UNICAST/1/NEVER"])") == "caps: LLGR: not like \"IPV4/UNICAST/3600\"");
  CHECK(caps(R"("GRACEFUL_RESTART":{"time":4096})") == "caps: GRACEFUL_RESTART: time is not a number up to 4095");
  CHECK(caps(R"("GRACEFUL_RESTART":{"families":["IPV4"]})") ==
        "caps: GRACEFUL_RESTART: not like \"IPV4/UNICAST\" or \"IPV4/UNICAST/FORWARDING\"");
  CHECK(caps(R"("BGPSEC":["IPV4/UP"])") == "caps: BGPSEC: not like \"IPV4/SEND\"");
  CHECK(caps(R"("ADDPATH":["IPV4/UNICAST/UP"])") == "caps: ADDPATH: not like \"IPV4/UNICAST/BIDIR\"");
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
