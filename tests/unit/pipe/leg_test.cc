#include "pipe/leg.hh"

#include <doctest/doctest.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::Side;
using pipeline::State;
using pipeline::Verdict;

namespace {
const OpenText right_end{.asn = 65002, .id = "192.0.2.2"};
// Looks at UPDATEs and remembers how they are to be read.
std::vector<pipeline::StageSpec> looker(std::vector<bgp::Context>& seen) {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [&seen](ScriptedStage&, pipeline::Message& m) {
    seen.push_back(m.context());
    return Verdict::pass;
  };
  return {stage(observer_kind, "LR", s)};
}
void establish_extended(SessionBench& b) {
  OpenText l = {}, r = right_end;
  l.more = {{bgp::CapCode::extended_message, ""}};
  r.more = {{bgp::CapCode::extended_message, ""}};
  b.establish(l, r);
}
}  // namespace

TEST_CASE("context: AS numbers have 4 bytes where both OPENs say so, before the first UPDATE is shown to a stage") {
  for (const bool left : {true, false})
    for (const bool right : {true, false}) {
      std::vector<bgp::Context> seen;
      SessionBench b(resolved(proxy(looker(seen))));
      b.session->start();
      b.connect_left();
      b.connect_right();
      OpenText other = right_end;
      other.as4 = right;
      b.right.send(open(other) + keepalive());
      CHECK(b.until([&] { return b.left.messages().size() == 2; }));
      // In one write: the OPEN settles what the UPDATE right behind it needs.
      b.left.send(open({.as4 = left}) + keepalive() + update({}, basic(65001, left && right), routes({"10.0.0.0/8"})));
      CHECK(b.until([&] { return b.session->established() && b.right.messages().size() == 3; }));
      REQUIRE(seen.size() == 1);
      CHECK(seen[0].as4 == (left && right));
      CHECK(b.right.messages()[2] == update({}, basic(65001, left && right), routes({"10.0.0.0/8"})));
    }
}

TEST_CASE("context: path ids are there in the direction that both OPENs agreed on only (RFC 7911 4)") {
  std::vector<bgp::Context> seen;
  SessionBench b(resolved(proxy(looker(seen))));
  OpenText sends = {}, receives = right_end;
  sends.more = {{bgp::CapCode::add_path, "00010102"}};
  receives.more = {{bgp::CapCode::add_path, "00010101"}};
  b.establish(sends, receives);
  const std::string with_ids = update({}, basic(), routes({"10.0.0.0/8"}, 7));
  b.left.send(with_ids);
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  b.right.send(announce({"11.0.0.0/8"}));
  CHECK(b.until([&] { return !b.left.received.empty(); }));
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].add_path.has(bgp::ipv4_unicast));
  CHECK_FALSE(seen[1].add_path.has(bgp::ipv4_unicast));
  CHECK(b.right.received == with_ids);
  CHECK(b.left.received == announce({"11.0.0.0/8"}));
}

TEST_CASE("output: a message born inside is written in the context of the leg (RFC 6793 4.2.2)") {
  ScriptedStage* source = nullptr;
  Script s;
  s.interest = 0;
  s.ready = [&](ScriptedStage& self) { source = &self; };
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  OpenText old = right_end;
  old.as4 = false;
  b.establish({}, old);
  source->inject(Direction::right, update({}, basic(4200000000), routes({"10.0.0.0/8"})));
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  bgp::UpdateIndex u;
  const auto all = b.right.messages();
  REQUIRE(u.parse(body_of(all.at(0))));
  CHECK(base::to_hex(*u.value(bgp::AttrCode::as_path)) == "02015ba0");
  CHECK(base::to_hex(*u.value(bgp::AttrCode::as4_path)) == "0201fa56ea00");
}

TEST_CASE("output: an edited message over the size limit of the leg is split, not written as it is (RFC 8654 4)") {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [](ScriptedStage&, pipeline::Message& m) {
    bgp::UpdateEdit edit;
    base::Buffer list;
    for (std::uint32_t i = 0; i < 1500; ++i) bgp::append_nlri(list, {base::Address::v4(0x0a000000 + i * 256), 24}, {});
    edit.set_withdrawn(std::move(list));
    CHECK(m.apply(edit));
    return Verdict::pass;
  };
  SessionBench b(resolved(proxy({stage(observer_kind, "R", s)})));
  b.establish();
  b.left.send(announce({"192.0.2.0/24"}));
  b.settle();
  const auto all = b.right.of_type(bgp::MsgType::update);
  CHECK(all.size() >= 2);
  for (const auto& m : all) CHECK(m.size() <= bgp::max_message);
  CHECK(said(all.back()).ends_with("+192.0.2.0/24"));
}

TEST_CASE("malformed header: NOTIFICATION to the end that sent it, and the session ends (RFC 4271 6.1)") {
  std::string bad, expected, data;
  SUBCASE("no marker") {
    bad = std::string(19, 'x');
    expected = "1/1";
  }
  SUBCASE("too short") {
    bad = keepalive();
    bad[17] = 18;
    expected = "1/2";
    data = "0012";
  }
  SUBCASE("too long") {
    bad = update({}, {}, std::string(5000, '\0'));
    expected = "1/2";
    data = "139f";
  }
  SUBCASE("a KEEPALIVE with a body") {
    bad = message(bgp::MsgType::keepalive, "x");
    expected = "1/2";
    data = "0014";
  }
  SUBCASE("an UPDATE without its lengths") {
    bad = message(bgp::MsgType::update, "xx");
    expected = "1/2";
    data = "0015";
  }
  SessionBench b(resolved(proxy()));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}) + bad + announce({"11.0.0.0/8"}));
  REQUIRE(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  REQUIRE(b.left.notified() == expected);
  CHECK(base::to_hex(body_of(b.left.messages().back()).subspan(2)) == data);
  CHECK(b.right.received == announce({"10.0.0.0/8"}));
  const auto s = b.session->status();
  REQUIRE(s.last_failure);
  CHECK(s.last_failure->leg == "left");
  REQUIRE(s.last_failure->notification);
  CHECK(s.last_failure->notification->sent);
}

TEST_CASE("a length that its type cannot have is an error at the header, before the rest has come") {
  SessionBench b(resolved(proxy()));
  establish_extended(b);
  b.left.send(message(bgp::MsgType::keepalive, std::string(5000, 'x')).substr(0, bgp::header_size));
  REQUIRE(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "1/2");
}

TEST_CASE("extended messages pass where both OPENs allow them (RFC 8654)") {
  SessionBench b(resolved(proxy()));
  establish_extended(b);
  const std::string big = update({}, basic(), std::string(60000, '\0'));
  b.left.send(big);
  CHECK(b.until([&] { return b.right.received.size() == big.size(); }));
  CHECK(b.right.received == big);
}

TEST_CASE("hold timer: a leg that says nothing whole ends the session, with NOTIFICATION 4/0 to it (RFC 4271 8.2.2)") {
  SessionBench b(resolved(proxy()));
  b.establish({.hold = 1}, {.asn = 65002, .hold = 1});
  std::string trickle;
  SUBCASE("nothing at all") {}
  SUBCASE("a message that never ends") { trickle = update({}, basic(), std::string(3000, '\0')); }
  net::Timer tick(b.loop, [&] {
    b.session->tick();
    if (!trickle.empty() && b.left.end.empty()) b.left.send(std::exchange(trickle, trickle.substr(20)).substr(0, 20));
    if (b.right.end.empty()) b.right.send(keepalive());
  });
  tick.start(100 * base::millisecond, 100 * base::millisecond);
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "4/0");
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.notified() == "");
  CHECK(b.session->status().last_failure->leg == "left");
  CHECK(b.session->status().last_failure->text.contains("hold timer"));
}

TEST_CASE("duplicate: refuse closes the second connection, replace the first, with both legs anew") {
  SessionBench b(resolved(proxy()));
  b.establish();
  auto [near, far] = socket_pair();
  FarEnd second;
  second.take(b.loop, std::move(far));
  SUBCASE("refuse") {
    b.session->leg(Side::left)->set_duplicate_policy("refuse");
    b.session->accept(Side::left, std::move(near));
    CHECK(b.until([&] { return !second.end.empty(); }));
    CHECK(b.session->established());
    CHECK(b.host.count("DUPLICATE") == 1);
  }
  SUBCASE("replace") {
    b.session->leg(Side::left)->set_duplicate_policy("replace");
    b.session->accept(Side::left, std::move(near));
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK(second.end.empty());
    CHECK(b.state() == State::connecting);
    b.connect_right();
    second.send(open());
    CHECK(b.until([&] { return b.right.received == open(); }));
  }
  SUBCASE("probe: the first one speaks, the second is closed") {
    b.session->accept(Side::left, std::move(near));
    b.settle();
    CHECK(second.end.empty());
    b.left.send(keepalive());
    CHECK(b.until([&] { return !second.end.empty(); }));
    CHECK(b.session->established());
  }
}

TEST_CASE("duplicate: a peer whose line is held up here is not silent, and stays") {
  SessionBench b(resolved(proxy()));
  b.establish({.hold = 3}, {.asn = 65002, .hold = 3});
  b.session->block(Direction::right, &b);
  const base::Nanos since = b.loop.now();
  CHECK(b.until([&] { return b.loop.now() - since > 1100 * base::millisecond; }));
  auto [near, far] = socket_pair();
  FarEnd second;
  second.take(b.loop, std::move(far));
  b.session->accept(Side::left, std::move(near));
  CHECK(b.until([&] { return !second.end.empty(); }));
  CHECK(b.session->established());
  CHECK(b.left.end.empty());
  b.session->unblock(Direction::right, &b);
}

TEST_CASE("a peer that calls and fails in a loop ends the back-off some times in a row, no more") {
  auto p = proxy();
  p->restart.min_delay = p->restart.max_delay = {base::second};
  SessionBench b(resolved(p));
  b.session->start();
  int taken = 0;
  for (int i = 0; i < 40; ++i) {
    auto [near, far] = socket_pair();
    b.session->accept(Side::left, std::move(near));
    if (b.state() != State::connecting) continue;
    ++taken;
    b.session->dial_failed(Side::right, "refused");
  }
  CHECK(taken >= 8);
  CHECK(taken <= 13);
  CHECK(b.state() == State::backoff);
}

TEST_CASE(
    "an OPEN that cannot be read ends the session before it is relayed when a filter is in the path, else it is "
    "relayed") {
  static pipeline::StageKind filter = observer_kind;
  filter.in_path = true;
  bool filtered = false;
  SUBCASE("relayed") { filtered = false; }
  SUBCASE("refused") { filtered = true; }
  SessionBench b(resolved(proxy({stage(filtered ? filter : observer_kind, "LR")})));
  b.session->start();
  b.connect_left();
  b.connect_right();
  // An optional parameter that is not capabilities (RFC 5492 4).
  const std::string odd = message(bgp::MsgType::open, hex("04fde9005a c0000201 04 0102 abcd"));
  b.left.send(odd);
  if (filtered) {
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK(b.left.notified() == "2/4");
    CHECK(b.right.received.empty());
    CHECK(b.session->status().last_failure->text.contains("OPEN"));
  } else {
    CHECK(b.until([&] { return b.right.received == odd; }));
  }
}

TEST_CASE("duplicate: the one that takes the place of a dead one is heard, also where a speaker answers it at once") {
  ScriptedStage* speaker = nullptr;
  Script s;
  s.ready = [&](ScriptedStage& self) { speaker = &self; };
  s.event = [&](const pipeline::Event& e) {
    if (e.name == "end/READY") speaker->inject(Direction::left, open({.asn = 65002}));
  };
  SessionBench b(resolved(pipeline_of({stage(end_kind), stage(answers_kind, "L", s)})));
  b.session->start();
  b.connect_left();
  CHECK(b.until([&] { return b.left.received == open({.asn = 65002}); }));
  b.session->leg(Side::left)->set_duplicate_policy("replace");
  auto [near, far] = socket_pair();
  FarEnd second;
  second.take(b.loop, std::move(far));
  b.session->accept(Side::left, std::move(near));
  CHECK(b.until([&] { return second.received == open({.asn = 65002}); }));
}
