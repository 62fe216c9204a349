// Crashes and losses that a well-known tool has with the same formats: each name says what it does there.
#include <limits>

#include "bgp/check.hh"
#include "bgp/open.hh"
#include "format/mrt_read.hh"
#include "format/mrt_write.hh"
#include "format/raw.hh"
#include "lines.hh"

using test::body_hex;
using test::data;
using test::hex;
using test::read;
using test::update;
using test::write;

namespace {

bgp::OwnedMessage open(std::string_view parameters) {
  const base::Buffer bytes = hex(parameters);
  return test::message(bgp::MsgType::open, "04fde9005ac0000201" +
                                               base::to_hex(base::Bytes({static_cast<std::uint8_t>(bytes.size())})) +
                                               base::to_hex(bytes));
}

// What a line becomes after it was printed by a JSON library.
bgp::OwnedMessage again(const bgp::OwnedMessage& m) { return read(write(m)); }

std::string updates(std::string_view lines) {
  format::JsonDecoder d({});
  test::Collect sink;
  const base::Bytes bytes = base::as_bytes(lines);
  const auto used = d.decode(bytes, sink);
  REQUIRE(used);
  REQUIRE(d.finish(bytes.subspan(*used), sink));
  std::string out;
  for (const auto& wire : sink.wires) out += (out.empty() ? "" : " ") + wire.substr(38);
  return out;
}

}  // namespace

TEST_CASE("A: \"OPEN with an FQDN capability whose host name fills the payload: reads past the end\"") {
  const bgp::OwnedMessage m = open("0204 4902 0161");
  CHECK(data(m).find("FQDN") != std::string::npos);
  CHECK(bgp::parse_offer(m.wire.view().subspan(bgp::header_size)));
}

TEST_CASE("A: \"Flowspec IPv4 NLRI with a prefix component type and nothing after it: index panic\"") {
  for (const char* attribute : {"800e07 0001 85 00 00 0101", "800f05 0001 85 0101", "800e07 0002 85 00 00 0101",
                                "800f05 0002 85 0101", "800f0d 0001 86 09 0000000000000001 01"}) {
    const bgp::OwnedMessage m = update(attribute);
    (void)data(m);
    bgp::UpdateIndex u;
    REQUIRE(u.parse(m.wire.view().subspan(bgp::header_size)));
    (void)bgp::check(u, {}, {.external = true});
  }
}

TEST_CASE("A: \"BMP: a per-peer message of 6 to 47 bytes is taken for 'need more data': stalls for ever\"") {
  const std::string sound = "03 00000006 04";  // an Initiation without information
  for (const char* type : {"00", "01", "02", "03", "06"})
    for (unsigned size = 6; size < 48; ++size) {
      std::string record = "03 000000" + base::to_hex(base::Bytes({static_cast<std::uint8_t>(size)})) + type;
      for (unsigned i = 6; i < size; ++i) record += "00";
      test::Collect sink;
      const auto strict = format::make_decoder(format::Kind::bmp, {});
      CHECK_FALSE(strict->decode(hex(record), sink));
      const auto lenient = format::make_decoder(format::Kind::bmp, {.pardon = true, .context = {}, .guess = false});
      const base::Buffer stream = hex(record + sound);
      CHECK(lenient->decode(stream, sink) == stream.size());
      CHECK(lenient->pardoned() == 1);
    }
}

TEST_CASE("A: \"no upper bound on MRT record length, BMP length, JSON line length: memory exhaustion\"") {
  test::Collect sink;
  format::MrtDecoder mrt({});
  CHECK(mrt.decode(hex("00000000 0010 0004 7fffffff 00"), sink).error().text.contains("over the limit"));
  CHECK_FALSE(format::make_decoder(format::Kind::bmp, {})->decode(hex("03 7fffffff 00 00"), sink));
  format::JsonDecoder json({});
  const std::string line(format::max_record, ' ');
  CHECK(json.decode(base::as_bytes(line), sink).error().text.contains("longer than"));
  CHECK(sink.wires.empty());
}

TEST_CASE("C: \"JSON NOTIFY prints text without code/subcode; the printed form cannot be parsed back\"") {
  for (const char* body : {"0602", "06020b6d61696e74656e616e6365", "0301deadbeef", "0609060204", "ff00"})
    CHECK(body_hex(again(test::message(bgp::MsgType::notification, body))) == base::to_hex(hex(body)));
}

TEST_CASE("C: \"an OPEN of a 2-byte speaker passed through exec announces AS4\"") {
  const bgp::OwnedMessage m = open("0206 010400010001");
  const bgp::OwnedMessage back = again(m);
  CHECK(body_hex(back) == body_hex(m));
  CHECK_FALSE(bgp::parse_offer(back.wire.view().subspan(bgp::header_size))->as4);
}

TEST_CASE("C: \"params and hex attrs are dropped on the wire\"") {
  // Two parameters, and one that is no capability; attributes that an object cannot hold.
  for (const char* parameters : {"0202 0200 0202 0600", "0101 00", "0202 0600 0202 0200"})
    CHECK(body_hex(again(open(parameters))) == body_hex(open(parameters)));
  CHECK(body_hex(again(update("40010100 40010102"))) ==
        "00000008"
        "4001010040010102");
}

TEST_CASE("C: \"flags omitted: attribute keeps flags of an earlier message; OPEN fields omitted: stale values\"") {
  CHECK(updates(R"(["R",1,"","UPDATE",{"attrs":{"MED":{"flags":"OTP","value":1}}}])"
                "\n"
                R"(["R",2,"","UPDATE",{"attrs":{"MED":2}}])"
                "\n"
                R"(["R",3,"","OPEN",{"asn":65001,"id":"192.0.2.1","hold":90}])"
                "\n"
                R"(["R",4,"","OPEN",{"id":"192.0.2.9"}])"
                "\n") ==
        "00000007"
        "e0040400000001 "
        "00000007"
        "80040400000002 "
        "04fde9005ac000020108020641040000fde9 "
        "0400000000c000020900");
}

TEST_CASE("C: \"JSON is lossy for adjacent AS_SEQUENCEs; more than 255 ASNs wrap the count byte\"") {
  (void)data(update("40020c 0201 00000001 0201 00000002"));
  std::string path = "02ff", more = "0203";
  for (int i = 0; i < 255; ++i) path += "0000fde9";
  for (int i = 0; i < 3; ++i) more += "0000fdea";
  const bgp::OwnedMessage m = update("5002040c" + path + more);
  CHECK(body_hex(again(m)) == body_hex(m));
  // Numbers without marks are cut where a segment is full.
  std::string numbers;
  for (int i = 0; i < 258; ++i) numbers += (i == 0 ? "" : ",") + std::string(i < 255 ? "65001" : "65002");
  CHECK(body_hex(read(R"({"attrs":{"ASPATH":[)" + numbers + "]}}")) == body_hex(m));
}

TEST_CASE("C: \"JSON is lossy for unspecified next hop, VPN next-hop RD, SNPA/reserved byte\"") {
  (void)data(update("800e1a 0002 01 10 00000000000000000000000000000000 00 2020010db8"));
  (void)data(update("800e15 0001 80 0c 0000000700000009 c0000201 00 00000000"));
  (void)data(update("800e0a 0001 01 04 c0000201 07 00"));
}

TEST_CASE("C: \"JSON is lossy for tag escapes/UTF-8\"; \"tag order random\"") {
  bgp::OwnedMessage m = test::message(bgp::MsgType::keepalive, "");
  m.tags = {{"z", "a\"b\\c\n\x01"}, {"a", "gr\xc3\xbc\xc3\x9f"}};
  const std::string line = write(m);
  CHECK(line.find(R"("a":"gr)") < line.find(R"("z":"a\"b\\c\n\u0001")"));
  const bgp::OwnedMessage twice = again(again(m));
  CHECK(write(twice) == line);
  CHECK(twice.tags[0].value == m.tags[1].value);
  CHECK(twice.tags[1].value == m.tags[0].value);
}

TEST_CASE("C: \"JSON is lossy for unknown AFI/SAFI names, FlowType(n), numeric flowspec widths\"") {
  (void)data(update("800e09 03e7 c8 00 00 deadbeef"));
  (void)data(update("800f07 03e7 c8 deadbeef"));
  (void)data(open("0206 0104 03e7 00c8"));
  (void)data(update("800f07 0001 85 03 630105"));             // a component of type 99
  (void)data(update("800f0c 0001 85 08 04910050 04 81 50"));  // port 80 in two widths
  (void)data(update("800f0a 0001 85 06 04 a1 00000050"));
}

TEST_CASE("C: \"unused FLOW_ACTION bits; NaN/Inf flow rates print invalid JSON\"") {
  for (const char* community : {"8007 0000 0000 0003", "8007 dead beef 00ff", "8006 fde9 7fc00000",
                                "8006 fde9 7f800000", "8006 fde9 ff800000", "800c fde9 7fc00001"}) {
    const std::string line = data(update("c01008" + std::string(community)));
    CHECK_FALSE(line.contains("nan"));
    CHECK_FALSE(line.contains("inf"));
  }
}

TEST_CASE("C: \"last text line without newline is dropped\"") {
  CHECK(updates("{}\n{\"reach\":[\"10.0.0.0/8\"]}") == "00000000 00000000080a");
}

TEST_CASE(
    "C: \"--pardon on binary input: after an error the rest of the chunk is lost at EOF; on a bad marker the "
    "buffer\"") {
  const std::string keepalive = "ffffffffffffffffffffffffffffffff001304";
  const base::Buffer stream = hex(keepalive + "00000000" + keepalive + keepalive);
  format::RawDecoder raw({.pardon = true});
  test::Collect sink;
  const auto used = raw.decode(stream, sink);
  REQUIRE(used);
  CHECK(*used == stream.size());
  CHECK(sink.wires.size() == 3);
  // A record of BGP4MP that is too short between two that are sound.
  const std::string record = "00000001 0010 0004 00000027 0000fde8 0000fde9 0000 0001 c0000201 c0000202" + keepalive;
  const base::Buffer archive = hex(record + "00000001 0010 0004 00000002 0000" + record);
  format::MrtDecoder mrt({.pardon = true});
  test::Collect records;
  REQUIRE(mrt.decode(archive, records));
  CHECK(records.wires.size() == 2);
  CHECK(mrt.pardoned() == 1);
}

TEST_CASE("C: \"MRT writer: peer/local tags missing: values of an unrelated earlier message\"") {
  format::MrtEncoder encoder;
  bgp::OwnedMessage with = test::message(bgp::MsgType::keepalive, ""),
                    without = test::message(bgp::MsgType::keepalive, "");
  with.tags = {{"PEER_AS", "65001"}, {"PEER_IP", "192.0.2.1"}, {"LOCAL_AS", "65002"}};
  base::Buffer first, second, alone;
  REQUIRE(encoder.encode(with.view(), first));
  REQUIRE(encoder.encode(without.view(), second));
  REQUIRE(format::MrtEncoder().encode(without.view(), alone));
  CHECK(base::to_hex(second) == base::to_hex(alone));
}

TEST_CASE("C: \"input decoded with 2-byte AS or ADD-PATH is written labelled by session context: undecodable\"") {
  bgp::Context context{.as4 = false};
  context.add_path.add(bgp::ipv4_unicast);
  for (const auto& m :
       {update("400204 0201 fde9", "10 0a00", {.as4 = false}), update("400206 0201 0000fde9", "10 0a00"),
        update("400204 0201 fde9", "00000007 10 0a00", context)}) {
    base::Buffer archive;
    REQUIRE(format::MrtEncoder().encode(m.view(), archive));
    test::Collect sink;
    format::MrtDecoder d({});
    REQUIRE(d.decode(archive, sink));
    REQUIRE(sink.contexts.size() == 1);
    CHECK(sink.contexts[0].as4 == m.context.as4);
    CHECK(sink.contexts[0].add_path.has(bgp::ipv4_unicast) == m.context.add_path.has(bgp::ipv4_unicast));
    CHECK(sink.wires[0] == base::to_hex(m.wire));
  }
}

TEST_CASE("C: \"spurious End-of-RIB: an MP_UNREACH-only UPDATE from JSON counts; a real {} from JSON does not\"") {
  const auto end_of_rib = [](std::string_view line) {
    const bgp::OwnedMessage m = read(line);
    bgp::UpdateIndex u;
    REQUIRE(u.parse(m.wire.view().subspan(bgp::header_size)));
    return u.end_of_rib();
  };
  CHECK(end_of_rib(R"(["R",1,"","UPDATE",{}])") == bgp::ipv4_unicast);
  CHECK(end_of_rib(R"(["R",1,"","UPDATE",{"attrs":{"MP_UNREACH":{"af":"IPV6/UNICAST","prefixes":[]}}}])") ==
        bgp::Family{bgp::Afi::ipv6, bgp::Safi::unicast});
  CHECK_FALSE(end_of_rib(R"(["R",1,"","UPDATE",{"attrs":{"MP_UNREACH":{"af":"IPV6/UNICAST","prefixes":["::/0"]}}}])"));
}

TEST_CASE("C: \"IPv6 flowspec with offset: bits are lost on decode, an extra byte is written\" (RFC 8956 3.1)") {
  // 7 bits behind an offset of 5 cross a byte of the address and take one here; 9 take two.
  (void)data(update("800f08 0002 85 04 01 0c 05 fe"));
  (void)data(update("800f09 0002 85 05 01 0e 05 ff80"));
  (void)data(update("800f08 0002 85 04 02 41 40 80"));
}

TEST_CASE("C: \"EXTENDED_NEXTHOP with more than 42 tuples is encoded wrongly\"") {
  std::string capability;
  for (int i = 0; i < 42; ++i) capability += "000100010002";
  const bgp::OwnedMessage most = open("02fe 05fc" + capability);
  CHECK(body_hex(again(most)) == body_hex(most));
  // 43 do not fit into one capability: two of them.
  std::string list;
  for (int i = 0; i < 43; ++i) list += (i == 0 ? "\"" : ",\"") + std::string("IPV4/UNICAST/IPV6\"");
  const bgp::OwnedMessage many =
      read(R"(["R",1,"","OPEN",{"asn":1,"id":"1.1.1.1","caps":{"EXTENDED_NEXTHOP":[)" + list + "]}}]");
  const auto opened = bgp::parse_open(many.wire.view().subspan(bgp::header_size));
  REQUIRE(opened);
  const auto capabilities = bgp::capabilities(*opened);
  REQUIRE(capabilities);
  std::size_t bytes = 0;
  for (const bgp::Capability& c : *capabilities) bytes += c.value.size();
  CHECK(bytes == 43 * 6);
}

TEST_CASE("C: \"ext-community lists containing a removed element get a wrong length\"") {
  CHECK(
      body_hex(read(
          R"({"attrs":{"EXT_COMMUNITY":[{"type":"TARGET","value":"65000:1"},{"type":"TARGET","value":"65000:3"}]}})")) ==
      "00000013"
      "c01010"
      "0002fde800000001"
      "0002fde800000003");
}
