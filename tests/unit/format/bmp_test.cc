#include "format/bmp_read.hh"

#include <fstream>
#include <iterator>

#include "bgp/report.hh"
#include "format/bmp_write.hh"
#include "lines.hh"

using format::BmpDecoder;
using format::BmpEncoder;
using test::Collect;
using test::hex;

namespace {

const std::string marker(32, 'f');
const std::string eor = marker + "001702 00000000";
// AS 65000, identifier 10.0.0.1, and AS 65001, 10.0.0.2: 4-byte AS numbers.
const std::string open_us = marker + "002501 04fde800b40a000001 08 0206 4104 0000fde8";
const std::string open_peer = marker + "002501 04fde900b40a000002 08 0206 4104 0000fde9";
// The same with ADD-PATH of IPv4 unicast, both ways.
const std::string open_us_ids = marker + "002b01 04fde800b40a000001 0e 020c 4104 0000fde8 4504 00010103";
const std::string open_peer_ids = marker + "002b01 04fde900b40a000002 0e 020c 4104 0000fde9 4504 00010103";

std::string squeeze(std::string_view spaced) { return base::to_hex(hex(spaced)); }

// Big-endian, of that many bytes.
std::string number(std::size_t v, int bytes) {
  std::string digits;
  for (int i = bytes - 1; i >= 0; --i) {
    const auto byte = static_cast<std::uint8_t>(v >> (8 * i));
    digits += base::to_hex({&byte, 1});
  }
  return digits;
}

std::string message(std::string_view type, std::string_view body, std::string_view version = "03") {
  const std::string digits = squeeze(body);
  return std::string(version) + number(6 + digits.size() / 2, 4) + std::string(type) + digits;
}
// Peer 192.0.2.1, AS 65001, at 1445570854.357218.
std::string peer(std::string_view type_and_flags) {
  return std::string(type_and_flags) + "0000000000000000 000000000000000000000000c0000201 0000fde9 0a000002" +
         "5629a926 00057362";
}
std::string monitoring(std::string_view type_and_flags, std::string_view wire, std::string_view version = "03") {
  return message("00", peer(type_and_flags) + std::string(wire), version);
}
std::string peer_up(std::string_view type_and_flags, std::string_view sent, std::string_view received) {
  return message("03", peer(type_and_flags) + "000000000000000000000000c0000202 00b3 c001" + std::string(sent) +
                           std::string(received));
}
const std::string initiation =
    "03"
    "00000012"
    "04"
    "0001 0002 7231 0002 0002 7232";

// ORIGIN, AS_PATH, NEXT_HOP and these routes.
std::string update(std::string_view path, std::string_view nlri) {
  const std::string attributes = squeeze("40010100 4002" + std::string(path) + "400304c0000201");
  const std::string list = squeeze(nlri);
  const std::size_t length = 23 + (attributes.size() + list.size()) / 2;
  return marker + number(length, 2) + "020000" + number(attributes.size() / 2, 2) + attributes + list;
}

// With the decoder, which owns the peers.
struct Decoded {
  std::unique_ptr<BmpDecoder> decoder = std::make_unique<BmpDecoder>(format::DecoderOptions{});
  Collect sink;
};
Decoded decode(std::string_view stream) {
  Decoded decoded;
  const base::Buffer data = hex(stream);
  const auto used = decoded.decoder->decode(data, decoded.sink);
  if (!used) FAIL(used.error().text);
  CHECK(*used == data.size());
  return decoded;
}
std::string error(std::string_view stream) {
  Collect sink;
  BmpDecoder d({});
  const auto used = d.decode(hex(stream), sink);
  return used ? "" : used.error().text;
}

// Every message of a stream, straight and through JSON, written again.
struct Again final : format::Sink {
  void message(const bgp::MessageView& m) override {
    encoder.encode(m, out);
    bgp::OwnedMessage back = test::read(test::write(m));
    back.time = m.time;  // JSON has milliseconds
    from_json.encode(back.view(), json);
  }
  BmpEncoder encoder, from_json;
  base::Buffer out, json;
};
void check_same(base::Bytes stream) {
  Again again;
  BmpDecoder d({});
  const auto used = d.decode(stream, again);
  if (!used) FAIL(used.error().text);
  CHECK(*used == stream.size());
  CHECK(base::to_hex(again.out) == base::to_hex(stream));
  CHECK(base::to_hex(again.json) == base::to_hex(stream));
}
void check_same(std::string_view stream) { check_same(hex(stream)); }

}  // namespace

TEST_CASE("bmp: Route Monitoring is the message, with the peer and the time of its header (RFC 7854 4.2, 4.6)") {
  struct Sink final : format::Sink {
    void message(const bgp::MessageView& m) override {
      CHECK(m.type == bgp::MsgType::update);
      CHECK(m.time == 1445570854'357'218'000);
      CHECK(m.record == bgp::Record::bmp);
      REQUIRE(m.peer);
      CHECK(m.peer->peer_ip.text() == "192.0.2.1");
      CHECK(m.peer->peer_as == 65001);
      CHECK(m.peer->id.text() == "10.0.0.2");
      CHECK(m.peer->flags == 0x40);
      wire = base::to_hex(m.wire);
    }
    std::string wire;
  } sink;
  BmpDecoder d({});
  REQUIRE(d.decode(hex(monitoring("0040", eor)), sink));
  CHECK(sink.wire == squeeze(eor));
}

TEST_CASE("bmp: the A flag says 2-byte AS numbers, and a path that only fits the other width counts more") {
  const std::string two = update("04 0201fde9", "080a"), four = update("06 02010000fde9", "080a");
  CHECK(decode(monitoring("0020", two)).sink.contexts[0].as4 == false);
  CHECK(decode(monitoring("0000", four)).sink.contexts[0].as4 == true);
  CHECK(decode(monitoring("0000", two)).sink.contexts[0].as4 == false);
  CHECK(decode(monitoring("0020", four)).sink.contexts[0].as4 == true);
}

TEST_CASE("bmp: path ids by the OPENs of the Peer Up, for each direction (RFC 7911, RFC 8671)") {
  const std::string sends = marker + "002b01 04fde900b40a000002 0e 020c 4104 0000fde9 4504 00010102";
  const std::string up = peer_up("0000", open_us_ids, sends);
  const Decoded in = decode(up + monitoring("0040", eor)), out = decode(up + monitoring("0050", eor));
  CHECK(in.sink.contexts[1].add_path.has(bgp::ipv4_unicast));
  CHECK_FALSE(in.sink.contexts[1].add_path.has(bgp::ipv6_unicast));
  CHECK_FALSE(out.sink.contexts[1].add_path.has(bgp::ipv4_unicast));
  CHECK_FALSE(decode(monitoring("0000", eor)).sink.contexts[0].add_path.has(bgp::ipv4_unicast));
  // A later Peer Up counts.
  CHECK(decode(up + peer_up("0000", open_us, open_peer) + monitoring("0000", eor)).sink.contexts[2].add_path.empty());
}

TEST_CASE("bmp: the local side is known from the Peer Up on") {
  const auto [decoder, sink] =
      decode(monitoring("0000", eor) + peer_up("0000", open_us, open_peer) + monitoring("0000", eor));
  CHECK(sink.peers[0]->local_ip.empty());
  CHECK(sink.peers[2]->local_ip.text() == "192.0.2.2");
  CHECK(sink.peers[2]->local_as == 65000);
}

TEST_CASE("bmp: a Loc-RIB has no address, and its flag 0x80 is not that of IPv6 (RFC 9069 4)") {
  const auto [decoder, sink] = decode(message(
      "00", "0380 0000000000000000 00000000000000000000000000000000 0000fde9 0a000002 5629a926 00000000" + eor));
  CHECK(sink.peers[0]->type == 3);
  CHECK(sink.peers[0]->peer_ip.unspecified());
  CHECK(sink.contexts[0].as4);
}

TEST_CASE("bmp: several messages in one Route Monitoring are several messages") {
  CHECK(decode(monitoring("0000", eor + eor)).sink.wires.size() == 2);
  CHECK(error(monitoring("0000", "")).ends_with("Route Monitoring without a message"));
  CHECK(error(monitoring("0000", eor + "ff")).ends_with("what Route Monitoring holds is not a message"));
}

TEST_CASE("bmp: TLVs behind the message of a Route Monitoring travel as a tag and come back") {
  check_same(initiation + peer_up("0000", open_us, open_peer) + monitoring("0000", eor + "ea62 0004 0000000a"));
}

TEST_CASE("bmp: version 4 has the message and its path ids in TLVs (draft-ietf-grow-bmp-tlv)") {
  const std::string ids = "0001 0006 0000 4504 00010102", name = "0003 0006 0000 676c6f62616c";
  const auto [decoder, sink] = decode(monitoring("0010", ids + name + "0004 0017 0000" + eor, "04"));
  CHECK(sink.wires[0] == squeeze(eor));
  CHECK(sink.contexts[0].add_path.has(bgp::ipv4_unicast));
  CHECK(error(monitoring("0010", ids + "0004 0018 0000" + eor, "04")).ends_with("a TLV runs past the end"));
}

TEST_CASE("bmp: a message about a peer that is too short for its header is an error, never a stall (RFC 7854 4.2)") {
  for (const char* type : {"00", "01", "02", "03", "06"})
    for (std::size_t length = 6; length < 48; ++length) {
      CHECK(error("03" + number(length, 4) + type) ==
            "BMP message at offset 0: length is below that of its per-peer header");
    }
  CHECK(error("030000000504").ends_with("length is below that of its header"));
  CHECK(error("030010000104").ends_with("length is over the limit of 1048576 bytes"));
  CHECK(error("050000000604").ends_with("version is neither 3 nor 4"));
}

TEST_CASE("bmp: with pardon a broken message is skipped and counted") {
  Collect sink;
  BmpDecoder d({.pardon = true, .context = {}});
  const base::Buffer data = hex(monitoring("0000", "00") + message("01", "00") + initiation);
  CHECK(d.decode(data, sink).value() == data.size());
  CHECK(d.pardoned() == 2);
  CHECK(sink.lines.size() == 1);
}

TEST_CASE("bmp: types that are not known are passed over") {
  Collect sink;
  BmpDecoder d({});
  REQUIRE(d.decode(hex(message("07", "0102") + initiation), sink));
  CHECK(d.skipped() == 1);
  CHECK(sink.lines.size() == 1);
}

TEST_CASE("bmp: every message comes back byte for byte, also through JSON") {
  const std::string start = initiation + peer_up("0000", open_us_ids, open_peer_ids);
  check_same(start + monitoring("0000", update("06 02010000fde9", "00000007 080a")) + monitoring("0040", eor));
  check_same(start + message("01", peer("0000") + "00000003 0000 0004 00000005 0007 0008 0000000000000006" +
                                       "0009 000b 0001 01 0000000000000007"));
  check_same(start + message("01", peer("0000") + "00000002 fffb 0003 010203 0007 0004 00000001"));
  check_same(start + message("02", peer("0000") + "03" + marker + "001503 0602"));
  check_same(start + message("02", peer("0000") + "02 0007"));
  check_same(start + message("02", peer("0000") + "04"));
  check_same(start + message("02", peer("0000") + "06 0003 0001 61"));
  check_same(start + message("06", peer("0000") + "0001 0002 0000"));
  check_same(start + message("05", "0001 0002 0003 0000 0003 627965"));
  check_same(message("04", "0009 0001 ff 0000 0002 0aff"));
}

TEST_CASE("bmp: a Peer Up with an OPEN over 4096 bytes is refused (RFC 8654 4)") {
  const auto open = [](std::size_t pairs) {
    std::string caps;
    for (std::size_t i = 0; i < pairs; ++i) caps += "0200";
    return marker + number(19 + 16 + caps.size() / 2, 2) + "01" + "04fde9005ac0000209ffff" +
           number(3 + caps.size() / 2, 2) + "02" + number(caps.size() / 2, 2) + caps;
  };
  Collect sink;
  BmpDecoder d({});
  CHECK(d.decode(hex(peer_up("0000", open(2030), open(2030))), sink).has_value());
  CHECK(sink.lines.size() == 1);
  CHECK_FALSE(d.decode(hex(peer_up("0000", open(2031), open(2030))), sink).has_value());
  CHECK_FALSE(d.decode(hex(peer_up("0000", open(2030), open(20000))), sink).has_value());
}

TEST_CASE("bmp: every truncation of a stream is a clean error at its end") {
  const base::Buffer data = hex(initiation + peer_up("0000", open_us, open_peer) + monitoring("0000", eor) +
                                message("01", peer("0000") + "00000001 0000 0004 00000005"));
  for (std::size_t n = 0; n < data.size(); ++n) {
    Collect sink;
    BmpDecoder d({});
    const base::Buffer part(data.view().first(n));
    const auto used = d.decode(part, sink);
    REQUIRE(used);
    CHECK(d.finish(part.view().subspan(*used), sink).has_value() == (*used == n));
  }
}

TEST_CASE("bmp: every truncation inside a message is an error or a message, and never more than was there") {
  for (const std::string& body : {peer_up("0000", open_us, open_peer), monitoring("0000", eor)}) {
    const std::string type = body.substr(10, 2), rest = body.substr(12);
    for (std::size_t n = 0; n < rest.size(); n += 2) {
      Collect sink;
      BmpDecoder d({});
      CHECK_FALSE(d.decode(hex(message(type, rest.substr(0, n))), sink).has_value());
      CHECK(sink.lines.empty());
    }
  }
}

TEST_CASE("bmp: a router's real stream comes back byte for byte, also through JSON") {
  std::ifstream file(TEST_DATA "/bmp/diffcaps.bmp", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(bytes.size() == 34538);
  check_same(base::as_bytes(bytes));
}
