#include "format/mrt_read.hh"

#include "format/mrt_write.hh"
#include "lines.hh"

using format::MrtDecoder;
using test::Collect;
using test::hex;

namespace {

const std::string keepalive = "ffffffffffffffffffffffffffffffff001304";

// BGP4MP_ET, MESSAGE_AS4, IPv4 peer.
const std::string golden =
    "5629a926 0011 0004 0000002b 00057362 0000fde8 00000f10 0007 0001 c0000201 c0000202" + keepalive;

Collect decode(const base::Buffer& data) {
  Collect sink;
  MrtDecoder d({});
  const auto used = d.decode(data, sink);
  if (!used) FAIL(used.error().text);
  CHECK(*used == data.size());
  return sink;
}

std::string error(const base::Buffer& data) {
  Collect sink;
  MrtDecoder d({});
  const auto used = d.decode(data, sink);
  return used ? "" : used.error().text;
}

std::string encode(const bgp::MessageView& m) {
  base::Buffer out;
  format::MrtEncoder e;
  CHECK(e.encode(m, out));
  return base::to_hex(out);
}

std::string squeeze(std::string_view spaced) { return base::to_hex(hex(spaced)); }

}  // namespace

TEST_CASE("mrt: a record of BGP4MP_ET in both directions (RFC 6396 3, 4.4.3)") {
  const base::Buffer data = hex(golden);
  struct Sink final : format::Sink {
    void message(const bgp::MessageView& m) override {
      CHECK(m.time == 1445570854'357'218'000);
      CHECK(m.type == bgp::MsgType::keepalive);
      CHECK(m.context->as4);
      REQUIRE(m.peer);
      CHECK(m.peer->peer_as == 65000);
      CHECK(m.peer->local_as == 3856);
      CHECK(m.peer->interface == 7);
      CHECK(m.peer->peer_ip.text() == "192.0.2.1");
      CHECK(m.peer->local_ip.text() == "192.0.2.2");
      again = encode(m);
    }
    std::string again;
  } sink;
  MrtDecoder d({});
  CHECK(d.decode(data, sink).value() == data.size());
  CHECK(sink.again == squeeze(golden));
}

TEST_CASE("mrt: the family of addresses that are not known is kept in JSON (RFC 6396 4.4.1)") {
  const std::string zeros(64, '0');
  for (const std::string& record :
       {"00000001 0010 0000 0000002c 0000fde8 0000 0002" + zeros + "0003 0004",
        std::string("00000001 0010 0000 00000014 0000fde8 0000 0001 00000000 00000000 0003 0004")}) {
    const base::Buffer data = hex(record);
    struct Sink final : format::Sink {
      void message(const bgp::MessageView& m) override { line = test::write(m); }
      std::string line;
    } sink;
    MrtDecoder d({});
    REQUIRE(d.decode(data, sink));
    CHECK(sink.line.contains(R"("PEER_IP":"::")") == (data.size() > 40));
    CHECK(encode(test::read(sink.line).view()).ends_with(squeeze(record).substr(32)));
  }
}

TEST_CASE("mrt: messages view the given bytes") {
  const base::Buffer data = hex(golden);
  struct Sink final : format::Sink {
    const std::uint8_t* wire = nullptr;
    void message(const bgp::MessageView& m) override { wire = m.wire.data(); }
  } sink;
  MrtDecoder d({});
  REQUIRE(d.decode(data, sink));
  CHECK(sink.wire == data.data() + data.size() - 19);
}

TEST_CASE("mrt: the subtype says how the message is encoded (RFC 6396 4.4.2, RFC 8050 3)") {
  const auto context = [](int subtype, bool as4) {
    const std::string head = as4 ? "0000fde8 00000f10" : "fde8 0f10";
    const Collect sink =
        decode(hex("5629a926 0010 000" + std::string(1, "0123456789ab"[subtype]) + (as4 ? "00000027" : "00000023") +
                   head + "0000 0001 c0000201 c0000202" + keepalive));
    REQUIRE(sink.contexts.size() == 1);
    CHECK(sink.peers.size() == 1);
    return sink.contexts[0];
  };
  for (const int subtype : {1, 6, 8, 10}) CHECK_FALSE(context(subtype, false).as4);
  for (const int subtype : {4, 7, 9, 11}) CHECK(context(subtype, true).as4);
  for (const int subtype : {8, 10}) CHECK(context(subtype, false).add_path.has(bgp::ipv6_unicast));
  for (const int subtype : {9, 11}) CHECK(context(subtype, true).add_path.has(bgp::ipv4_unicast));
  CHECK(context(4, true).add_path.empty());
}

TEST_CASE("mrt: what the collector itself sent is told apart (RFC 6396 4.4.5)") {
  for (const int subtype : {1, 6}) {
    struct Sink final : format::Sink {
      void message(const bgp::MessageView& m) override {
        local = m.local;
        again = encode(m).substr(12, 4);
      }
      bool local = false;
      std::string again;
    } sink;
    MrtDecoder d({});
    const std::string digits = std::to_string(subtype);
    REQUIRE(d.decode(hex("5629a926 0010 000" + digits + "00000023 fde8 0f10 0000 0001 c0000201 c0000202" + keepalive),
                     sink));
    CHECK(sink.local == (subtype == 6));
    CHECK(sink.again == "000" + digits);
  }
}

TEST_CASE("mrt: other records are counted and passed over") {
  Collect sink;
  MrtDecoder d({});
  const base::Buffer data =
      hex("5629a926 0010 0003 00000002 abcd"
          "5629a926 000d 0007 00000000"
          "5629a926 0005 0004 00000001 ff" +
          golden + "5629a926 0063 0000 00000000");
  CHECK(d.decode(data, sink).value() == data.size());
  CHECK(sink.lines.size() == 1);
  CHECK(d.skipped() == 4);
}

TEST_CASE("mrt: a change of state is a report about its peer (RFC 6396 4.4.1, 4.4.4)") {
  const std::string two = "5629a926 0010 0000 00000014 fde8 0f10 0007 0001 c0000201 c0000202 0006 0001";
  const std::string four =
      "5629a926 0011 0005 0000001c 00057362 fa56ea00 00000f10 0007 0001 c0000201 c0000202 0001 0009";
  const Collect sink = decode(hex(two + four));
  REQUIRE(sink.lines.size() == 2);
  CHECK(sink.lines[0] ==
        R"(["?",0,"2015-10-23T03:27:34.000","REPORT",{"report":"STATE_CHANGE","from":"ESTABLISHED","to":"IDLE"},)"
        R"({"INTERFACE":"7","LOCAL_AS":"3856","LOCAL_IP":"192.0.2.2","PEER_AS":"65000","PEER_IP":"192.0.2.1"}])");
  CHECK(sink.lines[1].find(R"x("from":"IDLE","to":"State(9)")x") != std::string::npos);
  CHECK(sink.infos[1].peer_as == 4200000000);
  CHECK(sink.times[1] == 1445570854'357'218'000);
  CHECK(error(hex("5629a926 0010 0000 00000012 fde8 0f10 0007 0001 c0000201 c0000202 0006")) ==
        "MRT record at offset 0: a change of state needs 4 bytes");
}

TEST_CASE("mrt: the records of 1999 have no message header (RFC 6396 B.2)") {
  const std::string peer = "fde8 c0000201", both = peer + "0f10 c0000202";
  const Collect sink =
      decode(hex("37cfa0c3 0005 0003 0000000a" + peer + "0001 0002" + "37cfa0c3 0005 0007 0000000c" + both +
                 "37cfa0c3 0005 0006 0000000e" + both + "0400" + "37cfa0c3 0005 0001 00000012" + both +
                 "0002 080a 0000" + "37cfa0c3 0005 0005 00000016" + both + "04 fde8 00b4 c0000201 00"));
  REQUIRE(sink.lines.size() == 5);
  CHECK(sink.lines[0].find(R"("from":"IDLE","to":"CONNECT")") != std::string::npos);
  CHECK(sink.wires[1] == keepalive);
  CHECK(sink.wires[2].substr(32) == "0015030400");
  CHECK(sink.wires[3].substr(32) ==
        "001902"
        "0002080a0000");
  CHECK(sink.wires[4].substr(32) ==
        "001d01"
        "04fde800b4c000020100");
  for (const bgp::PeerInfo& p : sink.infos) CHECK(p.peer_ip.text() == "192.0.2.1");
  CHECK(sink.infos[4].local_as == 3856);
  CHECK_FALSE(sink.contexts[3].as4);
  CHECK(error(hex("37cfa0c3 0005 0001 0000000b" + both.substr(2))) == "MRT record at offset 0: too short for its peer");
}

TEST_CASE("mrt: every truncation waits for more, and is an error at the end") {
  const base::Buffer data = hex(golden);
  for (std::size_t n = 0; n < data.size(); ++n) {
    const base::Buffer part(data.view().first(n));
    Collect sink;
    MrtDecoder d({});
    CHECK(d.decode(part, sink).value() == 0);
    CHECK(sink.lines.empty());
    CHECK(d.finish(part, sink).has_value() == (n == 0));
  }
  MrtDecoder d({});
  Collect sink;
  CHECK(d.finish(hex("5629"), sink).error().text == "MRT record at offset 0: the stream ends after 2 bytes of it");
}

TEST_CASE("mrt: a record whose own lengths disagree is an error with its offset") {
  const auto record = [](std::string_view type, std::string body) {
    const base::Buffer b = hex(body);
    base::Buffer length;
    base::Writer(length).u32(static_cast<std::uint32_t>(b.size()));
    return "5629a926" + std::string(type) + base::to_hex(length) + base::to_hex(b);
  };
  CHECK(error(hex(record("00110004", "0005"))) == "MRT record at offset 0: too short for its microseconds");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000"))) == "MRT record at offset 0: too short for its peer");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000 0003 c0000201 c0000202" + keepalive))) ==
        "MRT record at offset 0: address family of the peer is neither IPv4 nor IPv6");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000 0002 c0000201 c0000202" + keepalive))) ==
        "MRT record at offset 0: too short for its addresses");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000 0001 c0000201 c0000202" + keepalive.substr(2)))) ==
        "MRT record at offset 0: too short for its message");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000 0001 c0000201 c0000202" + keepalive + "00"))) ==
        "MRT record at offset 0: message does not fill the record");
  CHECK(error(hex(record("00100004", "0000fde8 00000f10 0000 0001 c0000201 c0000202" + keepalive.substr(2) + "00"))) ==
        "MRT record at offset 0: message without its marker");
  CHECK(error(hex(golden + record("00100004", "00"))) ==
        "MRT record at offset " + std::to_string(hex(golden).size()) + ": too short for its peer");
}

TEST_CASE("mrt: the length of a record is bounded") {
  CHECK(error(hex("5629a926 0010 0004 00100001")) ==
        "MRT record at offset 0: length 1048577 is over the limit of 1048576 bytes");
}

namespace {
struct Gaps final : format::Sink {
  void message(const bgp::MessageView& m) override { wires.push_back(base::to_hex(m.wire)); }
  void pardoned(std::uint64_t offset, std::uint64_t bytes, std::string_view) override {
    gaps.emplace_back(offset, bytes);
  }
  // Reads the stream in pieces, and says how many were pardoned.
  std::uint64_t read(base::Bytes stream, std::size_t piece) {
    MrtDecoder d({.pardon = true, .context = {}});
    std::size_t used = 0, there = 0;
    while (there != stream.size()) {
      there = std::min(stream.size(), there + piece);
      used += d.decode(stream.subspan(used, there - used), *this).value();
    }
    CHECK(d.finish(stream.subspan(used), *this));
    return d.pardoned();
  }
  std::vector<std::string> wires;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
};
}  // namespace

TEST_CASE("mrt: with pardon, behind a length that leads nowhere the next header is found, and the gap is told") {
  const base::Buffer one = hex(golden);
  const auto stream = [&](std::uint32_t length, std::uint16_t type) {
    base::Buffer out;
    for (int i = 0; i < 6; ++i) out.append(one);
    base::store<std::uint32_t>(out.data() + 2 * one.size() + 8, length);
    base::store<std::uint16_t>(out.data() + 2 * one.size() + 4, type);
    return out;
  };
  constexpr std::uint32_t right = 0x2b;
  for (const std::uint32_t length : {0xffffffffU, 0x100001U, 0xfffffU, 0x200U, right + 1, right - 1, 1U, 0U})
    for (const std::size_t piece : {std::size_t{10000}, std::size_t{7}, std::size_t{1}}) {
      CAPTURE(length);
      CAPTURE(piece);
      Gaps sink;
      CHECK(sink.read(stream(length, 17), piece) == 1);
      CHECK(sink.wires == std::vector<std::string>(5, keepalive));
      REQUIRE(sink.gaps.size() == 1);
      CHECK(sink.gaps[0] == std::pair<std::uint64_t, std::uint64_t>(2 * one.size(), one.size()));
    }
  Gaps sink;
  CHECK(sink.read(stream(right, 0x1111), 10000) == 1);
  CHECK(sink.wires.size() == 5);
}

TEST_CASE("mrt: with pardon, what only looks like a header is passed over, and so is an end that is cut") {
  const base::Buffer one = hex(golden);
  base::Buffer stream;
  stream.append(one);
  // A header whose length leads nowhere, one of another century, and one of no known subtype.
  stream.append(hex("5629a926 0011 0004 ffffffff 5629a927 0010 0004 00000020 00000000 0011 0004 0000002b"));
  stream.append(hex("5629a926 0011 0044 0000002b"));
  const std::size_t gap = stream.size() - one.size();
  stream.append(one);
  stream.append(one.view().first(one.size() - 1));
  Gaps sink;
  CHECK(sink.read(stream, 10000) == 2);
  CHECK(sink.wires.size() == 2);
  CHECK(sink.gaps == decltype(sink.gaps){{one.size(), gap}, {2 * one.size() + gap, one.size() - 1}});
}

TEST_CASE("mrt: with pardon the next record is read from the same piece") {
  Collect sink;
  MrtDecoder d({.pardon = true, .context = {}});
  const base::Buffer data = hex("5629a926 0010 0004 00000001 00" + golden);
  CHECK(d.decode(data, sink).value() == data.size());
  CHECK(sink.lines.size() == 1);
  CHECK(d.pardoned() == 1);
}

TEST_CASE("mrt: peers are interned, one object each for the life of the decoder") {
  Collect sink;
  MrtDecoder d({});
  std::string other = golden;
  other.replace(other.find("c0000201"), 8, "c0000209");
  const base::Buffer data = hex(golden + other + golden + other);
  REQUIRE(d.decode(data, sink));
  REQUIRE(sink.peers.size() == 4);
  CHECK(sink.peers[0] == sink.peers[2]);
  CHECK(sink.peers[1] == sink.peers[3]);
  CHECK(sink.peers[0]->peer_ip.text() == "192.0.2.1");
  CHECK(sink.peers[1]->peer_ip.text() == "192.0.2.9");
}

TEST_CASE("mrt writing: the peer comes from tags, and what they do not say is zero, not another message's") {
  bgp::OwnedMessage m = test::message(bgp::MsgType::keepalive, "");
  m.time = base::second;
  m.tags = {{"PEER_AS", "4200000000"}, {"LOCAL_IP", "2001:db8::1"}, {"PEER_IP", "192.0.2.1"}};
  CHECK(encode(m.view()) ==
        squeeze("00000001 0011 0004 00000043 00000000 fa56ea00 00000000 0000 0002 c0000201 000000000000000000000000"
                "20010db8000000000000000000000001" +
                keepalive));
  m.tags.clear();
  CHECK(encode(m.view()) ==
        squeeze("00000001 0011 0004 0000002b 00000000 00000000 00000000 0000 0001 00000000 00000000" + keepalive));
  m.tags = {{"PEER_AS", "x"}, {"PEER_IP", "here"}, {"INTERFACE", "70000"}, {"LOCAL_AS", "-1"}};
  CHECK(encode(m.view()) ==
        squeeze("00000001 0011 0004 0000002b 00000000 00000000 00000000 0000 0001 00000000 00000000" + keepalive));
}

TEST_CASE("mrt writing: the subtype follows the context of the message, not of a session") {
  const auto subtype = [](const bgp::OwnedMessage& m) { return encode(m.view()).substr(12, 4); };
  bgp::Context c;
  CHECK(subtype(test::update("", "080a", c)) == "0004");
  c.as4 = false;
  CHECK(subtype(test::update("", "080a", c)) == "0001");
  c.add_path.add(bgp::ipv4_unicast);
  CHECK(subtype(test::update("", "00000001080a", c)) == "0008");
  c.as4 = true;
  CHECK(subtype(test::update("", "00000001080a", c)) == "0009");
  // A family that has none, and messages that cannot have any.
  CHECK(subtype(test::update("800f05 000201 0820", "", c)) == "0004");
  CHECK(subtype(test::update("", "", c)) == "0004");
  CHECK(subtype(test::message(bgp::MsgType::keepalive, "", c)) == "0004");
}

TEST_CASE("mrt writing: an AS number that needs 4 bytes is AS_TRANS in a 2-byte record (RFC 6793 9)") {
  bgp::OwnedMessage m = test::message(bgp::MsgType::keepalive, "");
  m.context.as4 = false;
  m.tags = {{"PEER_AS", "4200000000"}, {"LOCAL_AS", "65000"}};
  CHECK(encode(m.view()).substr(32, 8) == "5ba0fde8");
}

TEST_CASE("mrt writing: families that differ in path ids are brought to one form") {
  bgp::Context c;
  c.add_path.add(bgp::ipv6_unicast);
  const bgp::OwnedMessage m = test::update("40010100 400200 400304c0000201 800f09 000201 00000007 0820", "080a", c);
  base::Buffer out;
  format::MrtEncoder e;
  REQUIRE(e.encode(m.view(), out));
  const Collect sink = decode(out);
  REQUIRE(!sink.lines.empty());
  std::string all;
  for (const std::string& line : sink.lines) all += line;
  CHECK(all.find("#0#10.0.0.0/8") != std::string::npos);
  CHECK(all.find("#7#2000::/8") != std::string::npos);
}
