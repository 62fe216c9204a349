#include "format/exa_read.hh"

#include "format/exa_write.hh"
#include "lines.hh"

using format::ExaDecoder;
using format::ExaEncoder;
using test::Collect;
using test::hex;

namespace {

Collect decode(std::string_view text) {
  Collect sink;
  ExaDecoder d({});
  const auto used = d.decode(base::as_bytes(text), sink);
  if (!used) FAIL(used.error().text);
  const auto end = d.finish(base::as_bytes(text.substr(*used)), sink);
  if (!end) FAIL(end.error().text);
  return sink;
}
std::string error(std::string_view text) {
  Collect sink;
  ExaDecoder d({});
  const auto done = d.finish(base::as_bytes(text), sink);
  return done ? "" : done.error().text.substr(std::string("ExaBGP line 1, at offset 0: ").size());
}
// The body of the one message, in hex.
std::string body(std::string_view text) {
  const Collect sink = decode(text);
  REQUIRE(sink.wires.size() == 1);
  return sink.wires[0].substr(38);
}
// What is written of that command.
std::string again(std::string_view text) {
  struct Sink final : format::Sink {
    void message(const bgp::MessageView& m) override { CHECK(encoder.encode(m, out)); }
    ExaEncoder encoder;
    base::Buffer out;
  } sink;
  ExaDecoder d({});
  const auto used = d.decode(base::as_bytes(text), sink);
  if (!used) FAIL(used.error().text);
  if (const auto done = d.finish(base::as_bytes(text.substr(*used)), sink); !done) FAIL(done.error().text);
  return std::string(sink.out.text());
}
std::string written(const bgp::OwnedMessage& m) {
  ExaEncoder e;
  base::Buffer out;
  const bool done = e.encode(m.view(), out);
  CHECK(done == !out.empty());
  return std::string(out.text());
}

struct Pair {
  std::string_view command, body;
};
// Commands and what ExaBGP sends for them, from its own tests (Exa-Networks/exabgp, qa/, BSD-3-Clause).
constexpr Pair pairs[] = {
    {"announce eor ipv4 unicast", "00000000"},
    {"announce eor ipv4 mpls-vpn", "00000007900f0003000180"},
    {"announce route 1.1.0.0/24 next-hop 101.1.101.1 origin igp local-preference 100",
     "0000001540010100400200400304650165014005040000006418010100"},
    {"withdraw route 1.1.0.0/24", "0004180101000000"},
    {"announce route 1.0.0.0/23 next-hop 101.1.101.1 origin igp local-preference 100 med 200 community [2:1]",
     "000000234001010040020040030465016501800404000000c840050400000064c008040002000117010000"},
    {"announce attributes path-information 1.2.3.4 next-hop 10.11.12.13 origin igp local-preference 16 community "
     "[14:15] nlri 16.17.18.19/32 20.21.22.23/32",
     "0000001c400101004002004003040a0b0c0d40050400000010c00804000e000f010203042010111213010203042014151617"},
    {"announce route 2.0.0.1/32 next-hop 202.2.202.2 origin igp as-path [1 2 3 4] local-preference 200",
     "0000002740010100400212020400000001000000020000000300000004400304ca02ca02400504000000c82002000001"},
    {"withdraw ipv6 unicast fc00:1::/64", "0000000f800f0c00020140fc00000100000000"},
    {"announce route 101.101.101.101/32 next-hop 192.168.1.100 origin igp local-preference 100 attribute [0x99 0x60 "
     "0x00000064]",
     "0000001c40010100400200400304c0a8016440050400000064609904000000642065656565"},
    {"announce route 8.8.8.10/32 next-hop 192.0.2.1 origin igp local-preference 100 large-community [2914:0:666 "
     "2914:3320:123]",
     "0000003040010100400200400304c000020140050400000064c0201800000b62000000000000029a00000b6200000cf80000007b200808080"
     "a"},
    {"announce route 193.0.2.1/32 next-hop 10.0.0.1 origin igp local-preference 100 extended-community [target:72:1]",
     "00000020400101004002004003040a00000140050400000064c01008000200480000000120c1000201"},
};

const std::string basic = "40010100 4002060201 0000fde9 400304c0000201";

}  // namespace

TEST_CASE("exa: commands become what ExaBGP sends") {
  for (const Pair& p : pairs) {
    INFO(p.command);
    // ExaBGP gives MP_UNREACH_NLRI the extended length; here only where it is needed.
    std::string want(p.body);
    if (const auto at = want.find("900f0003"); at != std::string::npos) want.replace(at, 8, "800f03");
    if (want.starts_with("00000007")) want.replace(0, 8, "00000006");
    CHECK(body(p.command) == want);
  }
}

TEST_CASE("exa: what is written is read as the same") {
  for (const Pair& p : pairs) {
    const std::string text = again(p.command);
    INFO(text);
    CHECK(again(text) == text);
  }
}

TEST_CASE("exa: IPv6, labels, VPNs and an IPv6 next hop are MP_REACH_NLRI (RFC 4760, 8277, 4364, 8950)") {
  CHECK(body("announce route 2001:db8::/32 next-hop 2001:db8::1 origin igp") ==
        base::to_hex(hex("0000 0024 40010100 400200 800e1a 00020110 20010db8000000000000000000000001 00 2020010db8")));
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 label 1000") ==
        base::to_hex(hex("0000 0018 40010100 400200 800e0e 00010404 c0000201 00 20 003e81 0a")));
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 rd 65000:1 label [ 16 17 ]") ==
        base::to_hex(hex("0000 002b 40010100 400200 800e21 0001800c 0000000000000000c0000201 00 78 000100 000111 "
                         "0000fde800000001 0a")));
  CHECK(body("announce route 10.0.0.0/8 next-hop 2001:db8::1") ==
        base::to_hex(hex("0000 0021 40010100 400200 800e17 00010110 20010db8000000000000000000000001 00 080a")));
  CHECK(body("withdraw route 10.0.0.0/8 rd 65000:1") ==
        base::to_hex(hex("0000 0013 800f10 000180 60 800000 0000fde800000001 0a")));
  CHECK(body("announce ipv4 multicast 10.0.0.0/8 next-hop 192.0.2.1") ==
        base::to_hex(hex("0000 0015 40010100 400200 800e0b 00010204 c0000201 00 080a")));
}

TEST_CASE("exa: path-information is a path id (RFC 7911), a number or four") {
  const Collect sink = decode(
      "announce route 10.0.0.0/8 next-hop 192.0.2.1 path-information 7\n"
      "withdraw route 10.0.0.0/8 path-information 0.0.0.7\n");
  CHECK(sink.contexts[0].add_path.has(bgp::ipv4_unicast));
  CHECK(sink.wires[0].ends_with("00000007080a"));
  CHECK(sink.wires[1].substr(38) == "000600000007080a0000");
}

TEST_CASE("exa: brackets stand apart or not, and one value needs none") {
  const std::string want = body("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [1 2] community [1:2]");
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [ 1 2 ] community [ 1:2 ]") == want);
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [1, 2] community 1:2") == want);
}

TEST_CASE("exa: an AS_PATH with sets") {
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [ 1 ( 2 3 ) ]")
            .find("40021002010000000101020000000200000003") != std::string::npos);
  CHECK(body("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [ 1 [2 3] 1.0 ]")
            .find("400216020100000001010200000002000000030201 00010000") == std::string::npos);
  CHECK(again("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [ 1 ( 2 3 ) ]") ==
        "announce route 10.0.0.0/8 next-hop 192.0.2.1 origin igp as-path [ 1 ( 2 3 ) ]\n");
}

TEST_CASE("exa: an announcement has ORIGIN and AS_PATH; next-hop self is the unspecified address") {
  CHECK(body("announce route 10.0.0.0/8 next-hop self") == "0000000e4001010040020040030400000000080a");
  CHECK(again("announce route 10.0.0.0/8 next-hop self").starts_with("announce route 10.0.0.0/8 next-hop self "));
}

TEST_CASE("exa: every attribute has words") {
  const std::string line =
      "announce route 10.0.0.0/8 next-hop 192.0.2.1 origin egp as-path [ 1 ] med 5 local-preference 6 atomic-aggregate "
      "aggregator ( 65001:192.0.2.9 ) community [ no-export 65000:1 blackhole ] originator-id 192.0.2.8 cluster-list [ "
      "192.0.2.7 ] extended-community [ target:65000:1 0x0103c00002010002 target:70000:3 0x4004fde800000001 ] "
      "large-community [ 1:2:3 ] attribute [ 0x63 0xe0 0x0102 ]\n";
  CHECK(again(line) == line);
}

TEST_CASE("exa: a value or flags that words cannot say are written in hex") {
  const auto shown = [](std::string_view attributes) {
    const std::string text = written(test::update(basic + std::string(attributes), "080a"));
    const auto at = text.find("as-path [ 65001 ] ");
    return at == std::string::npos ? text : text.substr(at + 18);
  };
  CHECK(shown("800403000005") == "attribute [ 0x04 0x80 0x000005 ]\n");
  CHECK(shown("e00804fde80001") == "attribute [ 0x08 0xe0 0xfde80001 ]\n");
  CHECK(shown("c00800") == "attribute [ 0x08 0xc0 0x ]\n");
  CHECK(shown("c010080202000000640001") == "extended-community [ 0x0202000000640001 ]\n");
  // Two sequences behind each other.
  CHECK(written(test::update("40010100 40020c 0201 00000001 0201 00000002 400304c0000201", "080a")) ==
        "announce route 10.0.0.0/8 next-hop 192.0.2.1 origin igp attribute [ 0x02 0x40 0x020100000001020100000002 ]\n");
}

TEST_CASE("exa: what ExaBGP 4 would change or refuse is not put into words") {
  // A set that is not last, the target of an address, a 4-byte distinguisher with a small number, multicast.
  CHECK(again("announce route 10.0.0.0/8 next-hop 192.0.2.1 as-path [ 1 ( 2 3 ) 4 ]")
            .ends_with("attribute [ 0x02 0x40 0x02010000000101020000000200000003020100000004 ]\n"));
  CHECK(again("announce route 10.0.0.0/8 next-hop 192.0.2.1 extended-community target:192.0.2.1:5")
            .ends_with("extended-community [ 0x0102c00002010005 ]\n"));
  CHECK(written(test::update("800f10 000180 60 800000 0002 00000064 0001 0a")).empty());
  CHECK(written(test::update("800f05 000102 080a")).empty());
}

TEST_CASE("exa: a labelled withdrawal always has a label, because ExaBGP 4 leaves the field out otherwise") {
  CHECK(written(test::update("800f10 000180 60 800000 0000fde800000001 0a")) ==
        "withdraw route 10.0.0.0/8 rd 65000:1 label 524288\n");
  CHECK(body("withdraw route 10.0.0.0/8 rd 65000:1 label 524288") == body("withdraw route 10.0.0.0/8 rd 65000:1"));
}

TEST_CASE("exa: withdrawals come first, and 2-byte AS numbers are widened") {
  bgp::Context two;
  two.as4 = false;
  CHECK(written(test::update("40010100 4002040201fde9 400304c0000201", "080a 080b", two, "18c00002")) ==
        "withdraw route 192.0.2.0/24\n"
        "announce route 10.0.0.0/8 next-hop 192.0.2.1 origin igp as-path [ 65001 ]\n"
        "announce route 11.0.0.0/8 next-hop 192.0.2.1 origin igp as-path [ 65001 ]\n");
}

TEST_CASE("exa: what has no words is not written") {
  CHECK(written(test::message(bgp::MsgType::keepalive, "")).empty());
  CHECK(written(test::message(bgp::MsgType::open, "04fde900b40a000002 00")).empty());
  CHECK(written(test::update(basic)).empty());                                       // no routes
  CHECK(written(test::update("40010100 400304c0000201", "080a")).empty());           // no AS_PATH
  CHECK(written(test::update("40010100 4002060201 0000fde9", "080a")).empty());      // no next hop
  CHECK(written(test::update(basic, "210a00000000")).empty());                       // malformed
  CHECK(written(test::update("800f05 0019 46 0000")).empty());                       // EVPN
  CHECK(written(test::message(bgp::MsgType::route_refresh, "0001 01 01")).empty());  // a subtype (RFC 7313)
  CHECK(written(test::message(bgp::MsgType::route_refresh, "0001 00 01")) == "announce route-refresh ipv4 unicast\n");
}

TEST_CASE("exa: what is wrong with a command is named") {
  CHECK(error("shutdown") == "not a command: 'shutdown'");
  CHECK(error("announce route") == "not a prefix: ''");
  CHECK(error("announce route 10.0.0.0 next-hop self") == "not a prefix: '10.0.0.0'");
  CHECK(error("announce route 10.0.0.0/8 watchdog x") == "not an attribute: 'watchdog'");
  CHECK(error("announce route 10.0.0.0/8 next-hop x") == "no such value of 'next-hop'");
  CHECK(error("announce route 10.0.0.0/8 med") == "no such value of 'med'");
  CHECK(error("announce route 10.0.0.0/8 community [ 1:2") == "no such value of 'community'");
  CHECK(error("announce route 10.0.0.0/8 extended-community [ mup:1:2 ]") == "no such value of 'extended-community'");
  CHECK(error("announce ipv4 flow source-ipv4 10.0.0.0/8") == "not a family of prefixes: 'ipv4 flow'");
  CHECK(error("announce ipv6 unicast 10.0.0.0/8") == "the prefix is not of that family");
  CHECK(error("announce ipv4 unicast 10.0.0.0/8 rd 1:1") == "rd or label in a family without it");
  CHECK(error("announce eor ipv4 x") == "not a family: 'ipv4 x'");
  CHECK(error("withdraw eor") == "an End-of-RIB cannot be withdrawn");
  CHECK(error("announce attributes med 1 nlri") == "no prefixes behind nlri");
  CHECK(error("announce attributes nlri 10.0.0.0/8 ::/0") == "prefixes of two families");
}

TEST_CASE("exa: empty lines, comments and the neighbour are passed over; pardon skips what is wrong") {
  CHECK(decode("\n# comment\n  \r\nneighbor 192.0.2.1 local-as 1 announce eor\n").wires.size() == 1);
  Collect sink;
  ExaDecoder d({.pardon = true, .context = {}});
  CHECK(d.decode(base::as_bytes("what\nannounce eor\n"), sink).value() == 18);
  CHECK(d.pardoned() == 1);
  CHECK(sink.wires.size() == 1);
}

TEST_CASE("exa: every truncation of a command is an error, a message or nothing at all") {
  for (const Pair& p : pairs)
    for (std::size_t n = 0; n < p.command.size(); ++n) {
      Collect sink;
      ExaDecoder d({});
      const auto done = d.finish(base::as_bytes(p.command.substr(0, n)), sink);
      CHECK(sink.wires.size() == (done && n != 0 ? 1 : 0));
    }
}

TEST_CASE("exa stream: an error names its line") {
  test::Collect sink;
  const auto d = format::make_decoder(format::Kind::exa, {});
  const auto done = d->decode(base::as_bytes("# one\nwithdraw route 10.0.0.0/8\nannounce route 1.2.3.4/33\n"), sink);
  REQUIRE_FALSE(done);
  CHECK(done.error().text == "ExaBGP line 3, at offset 32: not a prefix: '1.2.3.4/33'");
}
