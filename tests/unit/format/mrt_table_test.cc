#include "format/mrt_table.hh"

#include <algorithm>

#include "format/mrt_read.hh"
#include "lines.hh"

using format::MrtDecoder;
using test::Collect;
using test::hex;

namespace {

std::string length(const std::string& body, int bytes) {
  base::Buffer b;
  const auto n = (body.size() - static_cast<std::size_t>(std::ranges::count(body, ' '))) / 2;
  base::Writer w(b);
  bytes == 4 ? w.u32(static_cast<std::uint32_t>(n)) : w.u16(static_cast<std::uint16_t>(n));
  return base::to_hex(b);
}
std::string record(const std::string& type, const std::string& subtype, const std::string& body) {
  return "53890000" + type + subtype + length(body, 4) + body;
}
// One by number: 0 is an IPv4 peer with a 2-byte AS number, 1 an IPv6 peer with 4 bytes.
const std::string peers = record("000d", "0001",
                                 "0a000001 0003 616263 0002"
                                 "00 07070707 c0000201 fde9"
                                 "03 07070708 20010db8000000000000000000000001 fa56ea00");
std::string entry(int peer, const std::string& attributes, const std::string& path_id = "") {
  return "000" + std::to_string(peer) + "5388fc00" + path_id + length(attributes, 2) + attributes;
}
std::string rib(const std::string& subtype, const std::string& prefix, const std::vector<std::string>& entries) {
  std::string body = "00000000" + prefix + "000" + std::to_string(entries.size());
  for (const std::string& e : entries) body += e;
  return record("000d", subtype, body);
}

const std::string origin = "40010100", path = "4002060201 0000fde9", hop = "400304 c0000209";
const std::string v6_hop = "20010db8000000000000000000000009";
const std::string v6_prefix = "20 20010db8", v4_prefix = "08 0a";

Collect decode(const std::string& data, bool bundle = false) {
  Collect sink;
  const base::Buffer bytes = hex(data);
  MrtDecoder d({.bundle = bundle});
  const auto used = d.decode(bytes, sink);
  if (!used) FAIL(used.error().text);
  CHECK(*used == bytes.size());
  CHECK(d.finish({}, sink));
  return sink;
}
std::string error(const std::string& data) {
  Collect sink;
  MrtDecoder d({});
  const auto used = d.decode(hex(data), sink);
  return used ? "" : used.error().text;
}
std::string body(const std::string& wire) { return wire.substr(2 * bgp::header_size); }
std::string squeeze(const std::string& spaced) { return base::to_hex(hex(spaced)); }
std::string update(const std::string& attributes, const std::string& nlri) {
  return squeeze("0000" + length(attributes, 2) + attributes + nlri);
}

}  // namespace

TEST_CASE("table dump v2: each entry is an UPDATE of its peer (RFC 6396 4.3)") {
  const Collect sink = decode(peers + rib("0002", v4_prefix, {entry(0, origin + path + hop), entry(1, origin + hop)}));
  REQUIRE(sink.lines.size() == 2);
  CHECK(sink.lines[0] == R"(["?",0,"2014-05-30T22:02:40.000","UPDATE",{"reach":["10.0.0.0/8"],"attrs":{)"
                         R"("ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"T","value":[65001]},)"
                         R"("NEXTHOP":{"flags":"T","value":"192.0.2.9"}}},)"
                         R"({"ORIGINATED":"1401486336","PEER_AS":"65001","PEER_ID":"7.7.7.7","PEER_IP":"192.0.2.1"}])");
  CHECK(sink.infos[1].peer_as == 4200000000);
  CHECK(sink.infos[1].peer_ip.text() == "2001:db8::1");
  CHECK(sink.contexts[0].as4);
  CHECK(sink.times[0] == 0x53890000 * base::second);
}

TEST_CASE("table dump v2: the next hop is taken from all three forms of MP_REACH_NLRI") {
  const std::string expected = update(origin + "900e 001a 0002 01 10" + v6_hop + "00 20 20010db8", "");
  const auto one = [](const std::string& attributes) {
    const Collect sink = decode(peers + rib("0004", v6_prefix, {entry(0, attributes)}));
    REQUIRE(sink.wires.size() == 1);
    return body(sink.wires[0]);
  };
  // RFC 6396 4.3.4, then RFC 4760 as Quagga writes it, wherever it stands.
  CHECK(one(origin + "800e11 10" + v6_hop) == expected);
  CHECK(one(origin + "800e1a 0002 01 10" + v6_hop + "00 20 20010db8") == expected);
  CHECK(one("800e11 10" + v6_hop + origin) == expected);
  // None, as BIRD writes it.
  CHECK(one(origin) == update(origin + "900e 000a 0002 01 00 00 20 20010db8", ""));
  CHECK(error(peers + rib("0004", v6_prefix, {entry(0, origin + "800e02 1020")})) ==
        "MRT record at offset 59: MP_REACH_NLRI of an entry is neither a next hop nor whole");
}

TEST_CASE("table dump v2: a next hop of IPv4 goes to NEXT_HOP, one of IPv6 stays in MP_REACH_NLRI (RFC 8950 4)") {
  const auto one = [](const std::string& attributes) {
    return body(decode(peers + rib("0002", v4_prefix, {entry(0, attributes)})).wires.at(0));
  };
  CHECK(one(origin + "800e05 04 c0000209") == update(origin + hop, v4_prefix));
  CHECK(one("800e05 04 c0000209" + origin + "400304 01010101") == update(origin + hop, v4_prefix));
  CHECK(one(origin + "800e11 10" + v6_hop) == update(origin + "900e 0017 0001 01 10" + v6_hop + "00 080a", ""));
}

TEST_CASE("table dump v2: multicast, generic and ADD-PATH tables (RFC 6396 4.3.3, RFC 8050 4)") {
  const auto one = [](const std::string& data) { return body(decode(peers + data).wires.at(0)); };
  CHECK(one(rib("0003", v4_prefix, {entry(0, hop)})) == update(hop + "900e 000b 0001 02 04 c0000209 00 080a", ""));
  CHECK(one(rib("0005", v6_prefix, {entry(0, "")})) == update("900e 000a 0002 02 00 00 20 20010db8", ""));
  CHECK(one(rib("0006", "0001 80 60 00001100000001000000010a", {entry(0, "")})) ==
        update("900e 0012 0001 80 00 00 60 00001100000001000000010a", ""));
  const Collect sink = decode(peers + rib("0008", v4_prefix, {entry(0, hop, "00000007")}));
  CHECK(body(sink.wires.at(0)) == update(hop, "00000007 080a"));
  CHECK(sink.contexts[0].add_path.has(bgp::ipv4_unicast));
  CHECK(one(rib("000b", v6_prefix, {entry(0, "", "00000007")})) ==
        update("900e 000e 0002 02 00 00 00000007 20 20010db8", ""));
  CHECK(one(rib("000c", "0001 01 080a", {entry(0, hop, "00000007")})) == update(hop, "00000007 080a"));
}

TEST_CASE("table dump v2: routes come out before what stands behind them, and before an error") {
  const std::string table = peers + rib("0002", v4_prefix, {entry(0, origin + path + hop)});
  const std::string change = record("0010", "0000", "fde9 ea00 0000 0001 c0000201 c0000202 0006 0001");
  const Collect sink = decode(table + change, true);
  REQUIRE(sink.wires.size() == 2);
  CHECK(body(sink.wires[0]) == update(origin + path + hop, v4_prefix));
  CHECK(sink.wires[1].substr(36, 2) == "00");
  Collect before;
  MrtDecoder d({.bundle = true});
  CHECK_FALSE(d.decode(hex(table + record("0010", "0001", "00")), before));
  CHECK(before.wires.size() == 1);
}

TEST_CASE("table dump v2: garbled entries are errors, and counted one by one with pardon") {
  const std::string after = "MRT record at offset 59: ";
  const std::string good = entry(0, origin);
  CHECK(error(rib("0002", v4_prefix, {good})) == "MRT record at offset 0: routes without a table of peers before them");
  CHECK(error(peers + rib("0002", v4_prefix, {entry(2, origin)})) ==
        after + "peer of an entry is not in the table of peers");
  CHECK(error(peers + rib("0002", v4_prefix, {entry(0, "400101")})) ==
        after + "attributes of an entry run past their end");
  CHECK(error(peers + rib("0002", "21 0a00000000", {good})) == after + "prefix longer than an address");
  CHECK(error(peers + rib("0002", v4_prefix + "00", {good})) == after + "entries do not fill the record");
  CHECK(error(peers + rib("0006", "0001 f0 080a", {good})) ==
        after + "prefix of a family whose prefixes have no length");
  Collect sink;
  MrtDecoder d({.pardon = true, .bundle = false});
  REQUIRE(d.decode(hex(peers + rib("0002", v4_prefix, {entry(2, origin), good, entry(0, "400101"), good})), sink));
  CHECK(sink.lines.size() == 2);
  CHECK(d.pardoned() == 2);
}

TEST_CASE("table dump: peer and route in one record, 2-byte AS numbers (RFC 6396 4.2)") {
  const std::string attributes = origin + "4002040201fde9";
  const std::string v4 =
      record("000c", "0001", "0000 0000 0a010203 08 01 5388fc00 c0000201 fde9" + length(attributes, 2) + attributes);
  const Collect sink = decode(v4 + v4);
  CHECK(body(sink.wires.at(0)) == update(attributes, v4_prefix));
  CHECK(sink.infos[0].peer_as == 65001);
  CHECK(sink.peers[0] == sink.peers[1]);
  CHECK_FALSE(sink.contexts[0].as4);
  const std::string whole = "800e1a 0002 01 10" + v6_hop + "00 20 20010db8";
  const std::string v6 =
      record("000c", "0002",
             "0000 0000 20010db8000000000000000000000000 20 01 5388fc00" + v6_hop + "fde9" + length(whole, 2) + whole);
  CHECK(body(decode(v6).wires.at(0)) == update("900e 001a 0002 01 10" + v6_hop + "00 20 20010db8", ""));
  CHECK(error(record("000c", "0001", "0000")) == "MRT record at offset 0: too short for its route");
}

TEST_CASE("BGP4MP_ENTRY: the next hop stands beside the attributes (RFC 6396 B.5)") {
  const std::string head = "fde8 fde8 0000 0001 c0a80166 c0a8010a", middle = "0000 0001 5388fc00";
  const Collect sink =
      decode(record("0010", "0002", head + middle + "0001 01 04 c0000209" + v4_prefix + length(origin, 2) + origin) +
             record("0010", "0002", head + middle + "0002 01 10" + v6_hop + v6_prefix + length(origin, 2) + origin));
  CHECK(body(sink.wires.at(0)) == update(origin + hop, v4_prefix));
  CHECK(body(sink.wires.at(1)) == update(origin + "900e 001a 0002 01 10" + v6_hop + "00 20 20010db8", ""));
  CHECK(sink.infos[0].local_ip.text() == "192.168.1.10");
}

TEST_CASE("table dump v2: every truncation of its records is a clean error") {
  const std::string whole = rib("0008", v4_prefix, {entry(0, origin + hop, "00000007"), entry(1, path, "00000008")});
  for (const std::string& r : {peers, whole}) {
    const base::Buffer all = hex(r);
    for (std::size_t n = 12; n < all.size(); ++n) {
      base::Buffer cut = hex(peers);
      const std::size_t at = cut.size();
      cut.append(all.view().first(n));
      base::store<std::uint32_t>(cut.data() + at + 8, static_cast<std::uint32_t>(n - 12));
      Collect sink;
      MrtDecoder d({});
      CHECK_FALSE(d.decode(cut, sink));
    }
  }
}

TEST_CASE("bundles: routes of one peer with the same attributes share a message, whatever stands between them") {
  const std::string a = origin + path + hop, b = path + hop;
  const Collect sink = decode(peers + rib("0002", "08 0a", {entry(0, a), entry(1, a)}) +
                                  rib("0002", "08 0b", {entry(0, b)}) + rib("0002", "08 0c", {entry(0, a)}) +
                                  rib("0004", v6_prefix, {entry(0, a)}) + rib("0004", "20 20010db9", {entry(0, a)}),
                              true);
  REQUIRE(sink.wires.size() == 4);
  CHECK(body(sink.wires[0]) == update(a, "080a 080c"));
  CHECK(body(sink.wires[1]) == update(a, "080a"));
  CHECK(sink.infos[1].peer_as == 4200000000);
  CHECK(body(sink.wires[2]) == update(b, "080b"));
  CHECK(body(sink.wires[3]) == update(a + "900e 000f 0002 01 00 00 2020010db8 2020010db9", ""));
  CHECK(sink.lines[0].find("ORIGINATED") == std::string::npos);
}

TEST_CASE("bundles: a new table of peers sends what was gathered") {
  const std::string r = rib("0002", "08 0a", {entry(0, origin)});
  const Collect sink = decode(peers + r + peers + r, true);
  CHECK(sink.wires.size() == 2);
}

TEST_CASE("bundles: a stream that breaks off does not hold back what was gathered") {
  Collect sink;
  MrtDecoder d({.bundle = true});
  REQUIRE(d.decode(hex(peers + rib("0002", v4_prefix, {entry(0, origin + path + hop)})), sink));
  CHECK(sink.lines.empty());
  d.flush(sink);
  CHECK(sink.lines.size() == 1);
  CHECK(d.finish({}, sink));
  CHECK(sink.lines.size() == 1);
}

TEST_CASE("bundles: messages are filled up to 4096 bytes (RFC 4271 4.1)") {
  std::string data = peers;
  for (int i = 0; i < 2000; ++i) {
    base::Buffer prefix;
    base::Writer w(prefix);
    w.u8(24);
    w.u8(10);
    w.u16(static_cast<std::uint16_t>(i));
    data += rib("0002", base::to_hex(prefix), {entry(0, origin)});
  }
  const Collect sink = decode(data, true);
  REQUIRE(sink.wires.size() == 2);
  CHECK(sink.wires[0].size() / 2 > 4092);
  CHECK(sink.wires[0].size() / 2 <= 4096);
  CHECK(sink.wires[0].size() / 2 + sink.wires[1].size() / 2 == 2 * 27 + 4 * 2000);
}
