#include "format/bmp_write.hh"

#include <algorithm>
#include <cstdio>

#include "bgp/notification.hh"
#include "bgp/open.hh"
#include "bgp/report.hh"
#include "format/bmp_read.hh"
#include "lines.hh"

using format::BmpEncoder;
using test::hex;

namespace {

const std::string marker(32, 'f');
const std::string open_left = marker + "002501 04fde800b40a000001 08 0206 4104 0000fde8";
const std::string open_right = marker + "002501 04fde900b40a000002 08 0206 4104 0000fde9";
const std::string keepalive = marker + "001304";
const std::string eor = marker + "001702 00000000";
const std::string cease = marker + "001503 0602";

struct Given {
  std::string wire;
  bgp::Direction direction{};
  const bgp::PeerInfo* peer = nullptr;
  bgp::Context context = {};
  std::vector<bgp::Tag> tags = {};
  bool local = false;
};

// What a station would read: "INITIATION", "PEER_UP 192.0.2.1 65001", "UPDATE …".
struct Station final : format::Sink {
  BmpEncoder encoder;
  format::BmpDecoder decoder{{}};
  std::vector<std::string> seen;
  std::vector<bgp::Context> contexts;
  std::string last;

  bool give(const Given& g) {
    const base::Buffer wire = hex(g.wire);
    bgp::MessageView m;
    m.wire = wire;
    m.type = static_cast<bgp::MsgType>(wire.data()[18]);
    m.direction = g.direction;
    m.context = &g.context;
    m.peer = g.peer;
    m.tags = g.tags;
    m.local = g.local;
    m.time = 1445570854'357'218'000;
    base::Buffer out;
    const bool done = encoder.encode(m, out);
    CHECK(done == !out.empty());
    const auto used = decoder.decode(out, *this);
    if (!used) FAIL(used.error().text);
    CHECK(*used == out.size());
    return done;
  }
  void message(const bgp::MessageView& m) override {
    std::string what = bgp::name(m.type);
    if (m.type == bgp::MsgType::report) what = bgp::name(bgp::parse_report(m.body())->kind);
    if (m.peer) what += ' ' + m.peer->peer_ip.text() + ' ' + std::to_string(m.peer->peer_as);
    seen.push_back(what);
    contexts.push_back(*m.context);
    last = test::write(m);
  }
  std::string all() const {
    std::string text;
    for (const std::string& s : seen) text += (text.empty() ? "" : ", ") + s;
    return text;
  }
};

bgp::PeerInfo archived() {
  bgp::PeerInfo p;
  p.peer_ip = *base::Address::parse("192.0.2.1");
  p.local_ip = *base::Address::parse("192.0.2.2");
  p.peer_as = 65001;
  p.local_as = 65000;
  return p;
}

constexpr auto L = bgp::Direction::left, R = bgp::Direction::right;

}  // namespace

TEST_CASE("bmp: a live session is a peer for each end, up with both its OPENs (RFC 7854 4.10)") {
  Station s;
  CHECK_FALSE(s.give({open_left, R}));
  CHECK_FALSE(s.give({open_right, L}));
  CHECK(s.give({keepalive, R}));
  CHECK(s.all() == "INITIATION, PEER_UP 10.0.0.1 65000");
  CHECK(s.last.find(R"("received":{"bgp":4,"asn":65000)") != std::string::npos);
  CHECK(s.last.find(R"("sent":{"bgp":4,"asn":65001)") != std::string::npos);
  CHECK_FALSE(s.give({keepalive, R}));
  CHECK(s.give({eor, R}));
  CHECK(s.give({eor, L}));
  CHECK(s.all() ==
        "INITIATION, PEER_UP 10.0.0.1 65000, UPDATE 10.0.0.1 65000, PEER_UP 10.0.0.2 65001, UPDATE 10.0.0.2 65001");
}

TEST_CASE("bmp: a NOTIFICATION ends both peers of a live session, each with its reason (RFC 7854 4.9)") {
  Station s;
  for (const auto& [wire, d] : {std::pair{open_left, R}, {open_right, L}, {eor, R}, {eor, L}}) s.give({wire, d});
  s.seen.clear();
  CHECK(s.give({cease, R}));
  CHECK(s.all() == "PEER_DOWN 10.0.0.1 65000, PEER_DOWN 10.0.0.2 65001");
  CHECK(
      s.last.find(
          R"("reason":"LOCAL_NOTIFICATION","notification":{"code":6,"subcode":2,"name":"Cease/Administrative Shutdown"})") !=
      std::string::npos);
  CHECK_FALSE(s.give({cease, R}));
}

TEST_CASE("bmp: a new OPEN of a peer that is up tells first that its session ended") {
  Station s;
  const bgp::PeerInfo p = archived();
  s.give({open_right, R, &p});
  s.give({eor, R, &p});
  s.give({open_right, R, &p});
  CHECK(s.seen.back() == "PEER_DOWN 192.0.2.1 65001");
  CHECK(s.last.find("REMOTE_CLOSED") != std::string::npos);
}

TEST_CASE("bmp: of two routers whose session passes, each is a peer that was sent the other's OPEN") {
  Station s;
  bgp::PeerInfo left = archived(), right = archived();
  left.peer_as = right.local_as = 65000;
  left.local_as = right.peer_as = 65001;
  right.peer_ip = *base::Address::parse("198.51.100.1");
  s.give({open_left, R, &left});
  s.give({open_right, L, &right});
  s.give({eor, R, &left});
  CHECK(s.all() == "INITIATION, PEER_UP 192.0.2.1 65000, UPDATE 192.0.2.1 65000");
  s.give({eor, L, &right});
  CHECK(s.seen.back() == "UPDATE 198.51.100.1 65001");
  // Nothing is made up: path ids are stripped, because neither OPEN offers them.
  bgp::Context ids;
  ids.add_path.add(bgp::ipv4_unicast);
  s.give({marker + "002002 0009 00000007 20 0a000001 0000", R, &left, ids});
  CHECK(s.last.find(R"("unreach":["10.0.0.1/32"])") != std::string::npos);
}

TEST_CASE("bmp: what was sent to a peer is its Adj-RIB-Out after policy (RFC 8671 4)") {
  Station s;
  const bgp::PeerInfo p = archived();
  s.give({eor, R, &p, {}, {}, true});
  CHECK(s.last.find(R"("PEER_FLAGS":"80")") != std::string::npos);
}

TEST_CASE("bmp: the identifier in the header is that of the OPEN") {
  Station s;
  bgp::PeerInfo p = archived();
  s.give({eor, R, &p});
  CHECK(s.last.find(R"("PEER_ID":"192.0.2.1")") != std::string::npos);
  p.peer_ip = *base::Address::parse("192.0.2.7");
  s.give({open_right, R, &p});
  s.give({eor, R, &p});
  CHECK(s.last.find(R"("PEER_ID":"10.0.0.2")") != std::string::npos);
}

TEST_CASE("bmp: an identifier of zero in a header is a true one, in JSON too") {
  Station s;
  bgp::PeerInfo p = archived();
  p.id = *base::Address::parse("0.0.0.0");
  s.give({eor, R, &p});
  CHECK(s.last.find(R"("PEER_ID":"0.0.0.0")") != std::string::npos);
  const bgp::OwnedMessage again = test::read(s.last);
  s.give({eor, R, nullptr, {}, {again.tags.begin(), again.tags.end()}});
  CHECK(s.last.find(R"("PEER_ID":"0.0.0.0")") != std::string::npos);
}

TEST_CASE("bmp: without OPENs a valid Peer Up is made up from what the archive says of the peer") {
  Station s;
  const bgp::PeerInfo p = archived();
  CHECK(s.give({eor, R, &p}));
  CHECK(s.all() == "INITIATION, PEER_UP 192.0.2.1 65001, UPDATE 192.0.2.1 65001");
  base::Buffer out;
  BmpEncoder e;
  const base::Buffer wire = hex(eor);
  const bgp::Context context;
  bgp::MessageView m;
  m.wire = wire;
  m.type = bgp::MsgType::update;
  m.context = &context;
  m.peer = &p;
  REQUIRE(e.encode(m, out));
  const auto init = format::read_bmp_header(out.data()).length;
  const auto up_length = format::read_bmp_header(out.data() + init).length;
  const auto up = format::parse_bmp_peer_up(out.view().subspan(init + 48, up_length - 48));
  REQUIRE(up);
  CHECK(base::to_hex(up->local_address) == "000000000000000000000000c0000202");
  for (const base::Bytes open : {up->sent, up->received}) {
    const auto o = bgp::parse_open(open.subspan(19));
    REQUIRE(o);
    const auto offer = bgp::parse_offer(open.subspan(19));
    REQUIRE(offer);
    CHECK(bgp::check_open(*o, *offer).has_value());
    CHECK(offer->as4);
  }
}

TEST_CASE("bmp: a made-up Peer Up speaks of the path ids that follow, and is told again when there are more") {
  Station s;
  const bgp::PeerInfo p = archived();
  bgp::Context ids;
  ids.add_path.add(bgp::ipv4_unicast);
  const std::string route = marker + "002002 0009 00000007 20 0a000001 0000";
  s.give({eor, R, &p});
  s.give({route, R, &p, ids});
  s.give({route, R, &p, ids});
  CHECK(s.all() ==
        "INITIATION, PEER_UP 192.0.2.1 65001, UPDATE 192.0.2.1 65001, PEER_UP 192.0.2.1 65001, UPDATE 192.0.2.1 65001, "
        "UPDATE 192.0.2.1 65001");
  CHECK(s.contexts.back().add_path.has(bgp::ipv4_unicast));
  CHECK(s.last.find(R"("unreach":["#7#10.0.0.1/32"])") != std::string::npos);
  // A family that a made-up OPEN does not name unasked.
  const bgp::Family targets{bgp::Afi::ipv4, bgp::Safi::route_target};
  ids.add_path.add(targets);
  s.give({marker + "002602 0000 000f 800f0c 000184 00000007 20 00000016", R, &p, ids});
  CHECK(s.contexts.back().add_path.has(targets));
  CHECK(s.last.find(R"("targets":[{"asn":22,"id":7}])") != std::string::npos);
}

TEST_CASE("bmp: path ids of families that no made-up OPEN has room for do not bring Peer Up after Peer Up") {
  Station s;
  const bgp::PeerInfo p = archived();
  const auto ups = [&] { return std::ranges::count(s.seen, "PEER_UP 192.0.2.1 65001"); };
  const auto give = [&](unsigned afi) {
    char digits[5];
    std::snprintf(digits, sizeof digits, "%04x", afi);
    bgp::Context ids;
    ids.add_path.add({static_cast<bgp::Afi>(afi), static_cast<bgp::Safi>(200)});
    CHECK(s.give({marker + "002302 0000 000c 800f09 " + digits + "c8 00000007 08 0a", R, &p, ids}));
  };
  // Downwards: each new one stands in front of those before it.
  for (int round = 0; round < 2; ++round)
    for (unsigned i = 500; i-- > 0;) give(1000 + i);
  CHECK(ups() < 60);
  const auto before = ups();
  bgp::Context ids;
  ids.add_path.add(bgp::ipv4_unicast);
  s.give({marker + "002002 0009 00000007 20 0a000001 0000", R, &p, ids});
  CHECK(ups() == before + 1);
  CHECK(s.contexts.back().add_path.has(bgp::ipv4_unicast));
}

TEST_CASE("bmp: path ids that the one true OPEN of a Peer Up does not offer are asked for once") {
  Station s;
  const bgp::PeerInfo p = archived();
  bgp::Context ids;
  ids.add_path.add(bgp::ipv4_unicast);
  s.give({open_right, R, &p});
  for (int i = 0; i < 5; ++i) s.give({marker + "002002 0009 00000007 20 0a000001 0000", R, &p, ids});
  CHECK(std::ranges::count(s.seen, "PEER_UP 192.0.2.1 65001") == 1);
  CHECK(s.last.find(R"("unreach":["10.0.0.1/32"])") != std::string::npos);
}

TEST_CASE("bmp: an UPDATE is written as the Peer Up says, not as it came") {
  Station s;
  const bgp::PeerInfo p = archived();
  bgp::Context ids;
  ids.add_path.add(bgp::ipv4_unicast);
  s.give({open_left, L, &p});
  s.give({open_right, R, &p});
  s.give({marker + "002002 0009 00000007 20 0a000001 0000", R, &p, ids});
  CHECK(s.last.find(R"("unreach":["10.0.0.1/32"])") != std::string::npos);
}

TEST_CASE("bmp: the A flag is that of the message (RFC 7854 4.2)") {
  Station s;
  const bgp::PeerInfo p = archived();
  bgp::Context two;
  two.as4 = false;
  s.give({eor, R, &p, two});
  CHECK_FALSE(s.contexts.back().as4);
  s.give({eor, R, &p});
  CHECK(s.contexts.back().as4);
}

TEST_CASE("bmp: the peer may come as tags") {
  Station s;
  s.give(
      {eor, R, nullptr, {}, {{"PEER_IP", "2001:db8::1"}, {"PEER_AS", "65001"}, {"PEER_RD", "18446744073709551615"}}});
  CHECK(s.all() == "INITIATION, PEER_UP 2001:db8::1 65001, UPDATE 2001:db8::1 65001");
  CHECK(s.last.find(R"("PEER_RD":"18446744073709551615")") != std::string::npos);
}

TEST_CASE("bmp: changes of state are Peer Up and Peer Down (RFC 6396 4.4.1)") {
  Station s;
  const bgp::PeerInfo p = archived();
  base::Buffer up, down;
  bgp::append_state_change(up, {bgp::PeerState::open_confirm, bgp::PeerState::established});
  bgp::append_state_change(down, {bgp::PeerState::established, bgp::PeerState::idle});
  CHECK(s.give({base::to_hex(up), R, &p}));
  CHECK(s.give({base::to_hex(down), R, &p}));
  CHECK_FALSE(s.give({base::to_hex(down), R, &p}));
  CHECK(s.all() == "INITIATION, PEER_UP 192.0.2.1 65001, PEER_DOWN 192.0.2.1 65001");
  CHECK(s.last.find(R"("reason":"LOCAL_CLOSED","event":0)") != std::string::npos);
}

TEST_CASE("bmp: another file begins with Initiation and Peer Up") {
  Station s;
  const bgp::PeerInfo p = archived();
  s.give({open_left, L, &p});
  s.give({open_right, R, &p});
  s.give({eor, R, &p});
  s.seen.clear();
  s.encoder.begin_stream();
  s.give({eor, R, &p});
  CHECK(s.all() == "INITIATION, PEER_UP 192.0.2.1 65001, UPDATE 192.0.2.1 65001");
}

TEST_CASE("bmp: KEEPALIVE, ROUTE-REFRESH and other types have no place") {
  Station s;
  const bgp::PeerInfo p = archived();
  CHECK_FALSE(s.give({keepalive, R, &p}));
  CHECK_FALSE(s.give({marker + "001705 00010001", R, &p}));
  CHECK_FALSE(s.give({marker + "001309", R, &p}));
}
