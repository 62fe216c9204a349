#include "stages/limit.hh"

#include <doctest/doctest.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::State;
using stages::LimitOptions;

namespace {
pipeline::StageSpec limit(LimitOptions o, const std::string& direction = "R") {
  pipeline::StageSpec s{.kind = &stages::limit_kind, .options = std::make_shared<LimitOptions>(std::move(o))};
  s.common.direction = direction;
  return s;
}
const bgp::Family v4_multicast{bgp::Afi::ipv4, bgp::Safi::multicast};

// Both ends of a session with a limit in between; what goes in on the left, and what it says on the right.
struct Bench : SessionBench {
  explicit Bench(LimitOptions o, const std::string& direction = "R", const std::string& errors = "")
      : SessionBench(specification(std::move(o), direction, errors)) {}
  static std::shared_ptr<pipeline::PipelineSpec> specification(LimitOptions o, const std::string& direction,
                                                               const std::string& errors) {
    auto p = proxy({limit(std::move(o), direction)});
    p->errors.action = errors;
    return resolved(std::move(p));
  }
  std::string through(const std::string& wire) {
    right.received.clear();
    left.send(wire + keepalive());
    REQUIRE(until([&] { return !right.of_type(bgp::MsgType::keepalive).empty() || state() != State::established; }));
    std::string out;
    for (const auto& m : right.of_type(bgp::MsgType::update)) out += (out.empty() ? "" : " | ") + said(m, context);
    return out;
  }
  std::uint64_t counter(const std::string& name) {
    const auto now = session->status();
    for (const auto& s : now.stages)
      for (const auto& [k, v] : s.counters)
        if (s.kind == "limit" && k == name) return v;
    return ~std::uint64_t{0};
  }
  std::string says() {
    const auto now = session->status();
    for (const auto& s : now.stages)
      if (s.kind == "limit") return s.text;
    return "none";
  }
  bgp::Context context;
};
std::string v6(Prefixes list, std::string_view more = {}) {
  return update({}, mp_reach(bgp::ipv6_unicast, routes(list)) + basic() + std::string(more), {});
}
}  // namespace

TEST_CASE("limit: a message in which nothing is rejected leaves as the same bytes") {
  Bench b({.ipv4 = true, .ipv6 = true, .session = 100});
  b.establish();
  const std::string both = update(routes({"10.9.0.0/16"}),
                                  mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + basic() +
                                      mp_unreach(bgp::ipv6_unicast, routes({"2001:db9::/32"})),
                                  routes({"10.0.0.0/8"}));
  CHECK(b.through(both) == "-10.9.0.0/16 -2001:db9::/32 +10.0.0.0/8 +2001:db8::/32");
  CHECK(b.right.messages()[0] == both);
  CHECK(b.counter("prefixes") == 2);
}

TEST_CASE("limit: a rejected announcement the router never had is taken out, and tells its event") {
  Bench b({.max_length = 24});
  b.establish();
  CHECK(b.through(announce({"10.0.0.0/25", "10.1.0.0/24", "10.2.0.0/26"})) == "+10.1.0.0/24");
  CHECK(b.host.count("limit/long") == 2);
  CHECK(b.through(announce({"10.0.0.0/25"})).empty());
  CHECK(b.right.received == keepalive());
}

TEST_CASE("limit: the five events, session under its older name too") {
  Bench b({.min_length = 8, .max_length = 24, .session = 3, .origin = 2, .block = 1});
  b.establish();
  (void)b.through(announce({"0.0.0.0/0"}) + announce({"10.0.0.0/25"}) + announce({"10.0.0.0/24", "10.0.1.0/24"}) +
                  announce({"11.0.0.0/24"}) + announce({"12.0.0.0/24"}) + announce({"13.0.0.0/24"}, 7) +
                  announce({"14.0.0.0/24"}, 8));
  for (const char* name : {"limit/short", "limit/long", "limit/block", "limit/origin", "limit/session"})
    CHECK_MESSAGE(b.host.count(name) == 1, name);
  CHECK(b.host.find("limit/session")->alias == "limit/count");
}

TEST_CASE("limit: an event says which limit was reached, and what became of the route") {
  Bench b({.min_length = 8, .max_length = 24, .session = 3, .origin = 2, .block = 1});
  b.establish();
  const auto text = [&](const std::string& name) {
    const auto* const e = b.host.find("limit/" + name);
    return e != nullptr ? e->text : "none";
  };
  (void)b.through(announce({"0.0.0.0/0"}) + announce({"10.0.0.0/25"}) + announce({"10.0.0.0/24", "10.0.1.0/24"}) +
                  announce({"11.0.0.0/24"}) + announce({"12.0.0.0/24"}) + announce({"13.0.0.0/24"}, 7) +
                  announce({"14.0.0.0/24"}, 8));
  CHECK(text("short") == "0.0.0.0/0 from AS65001: shorter than 8, not passed on");
  CHECK(text("long") == "10.0.0.0/25 from AS65001: longer than 24, not passed on");
  CHECK(text("block") == "10.0.1.0/24 from AS65001: over 1 in its block, not passed on");
  CHECK(text("origin") == "12.0.0.0/24 from AS65001: over 2 of its origin, not passed on");
  CHECK(text("session") == "14.0.0.0/24 from AS8: over 3 in the session, not passed on");
  Bench moved({.origin = 1});
  moved.establish();
  (void)moved.through(announce({"10.0.0.0/8"}, 1) + announce({"11.0.0.0/8"}, 2) + announce({"11.0.0.0/8"}, 1));
  REQUIRE(moved.host.find("limit/origin") != nullptr);
  CHECK(moved.host.find("limit/origin")->text == "11.0.0.0/8 from AS1: over 1 of its origin, withdrawn");
}

TEST_CASE("limit: a rejected announcement of a route the router has becomes its withdrawal") {
  Bench b({.origin = 1});
  b.establish();
  CHECK(b.through(announce({"10.0.0.0/8"}, 1)) == "+10.0.0.0/8");
  CHECK(b.through(announce({"11.0.0.0/8"}, 2)) == "+11.0.0.0/8");
  // It would move to an AS that has its share.
  CHECK(b.through(announce({"11.0.0.0/8"}, 1)) == "-11.0.0.0/8");
  CHECK(b.counter("prefixes") == 1);
  bgp::UpdateIndex u;
  const auto all = b.right.of_type(bgp::MsgType::update);
  REQUIRE(u.parse(body_of(all[0])));
  CHECK(u.attributes().empty());
  // Beside one that stays.
  CHECK(b.through(announce({"11.0.0.0/8"}, 2)) == "+11.0.0.0/8");
}

TEST_CASE("limit: the withdrawal has the path id of the announcement (RFC 7911)") {
  Bench b({.ipv4 = true, .ipv6 = true, .origin = 2});
  OpenText sends, receives{.asn = 65002};
  sends.more = {{bgp::CapCode::add_path, "00010103 00020103"}};
  sends.more[0].second = "0001010300020103";
  receives.more = {{bgp::CapCode::add_path, "0001010300020103"}};
  b.establish(sends, receives);
  b.context.add_path.add(bgp::ipv4_unicast);
  b.context.add_path.add(bgp::ipv6_unicast);
  (void)b.through(update({}, basic(1), routes({"10.0.0.0/8", "10.0.0.0/8"}, 7)));
  (void)b.through(update({}, basic(2), routes({"11.0.0.0/8"}, 9)));
  CHECK(b.through(update({}, basic(1), routes({"11.0.0.0/8"}, 9))) == "-11.0.0.0/8#9");
  (void)b.through(update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"}, 5)) + basic(3), {}));
  CHECK(b.through(update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"}, 5)) + basic(1), {})) ==
        "-2001:db8::/32#5");
}

TEST_CASE("limit: withdrawals in a message whose announcements are rejected still pass") {
  Bench b({.ipv4 = true, .ipv6 = true, .max_length = 24});
  b.establish();
  CHECK(b.through(update(routes({"10.0.0.0/8"}), basic(), routes({"10.0.0.0/25"}))) == "-10.0.0.0/8");
  CHECK(b.through(update({},
                         mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/64"})) + basic() +
                             mp_unreach(bgp::ipv6_unicast, routes({"2001:d00::/24"})),
                         {})) == "-2001:d00::/24");
  CHECK(b.through(update({},
                         mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/64"})) + basic() +
                             mp_unreach(v4_multicast, routes({"10.0.0.0/8"})),
                         {})) == "-10.0.0.0/8");
}

TEST_CASE("limit: what is rejected in one list leaves the other as it is") {
  Bench b({.ipv4 = true, .ipv6 = true, .max_length = 24});
  b.establish();
  const std::string reach = mp_reach(bgp::ipv6_unicast, routes({"2001:d00::/24", "2001:db8::/48"}));
  CHECK(b.through(update({}, reach + basic(), routes({"10.0.0.0/25"}))) == "+2001:d00::/24");
  CHECK(b.through(update({}, reach + basic(), routes({"10.0.0.0/8"}))) == "+10.0.0.0/8 +2001:d00::/24");
  CHECK(b.through(update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/48"})) + basic(),
                         routes({"10.0.0.0/8"}))) == "+10.0.0.0/8");
  bgp::UpdateIndex u;
  const auto all = b.right.of_type(bgp::MsgType::update);
  REQUIRE(u.parse(body_of(all[0])));
  CHECK_FALSE(u.has(bgp::AttrCode::mp_reach));
}

TEST_CASE("limit: withdrawals of rejected routes join those of the same family, and travel apart from another's") {
  Bench b({.ipv4 = true, .ipv6 = true, .origin = 1, .withdraw = "always"});
  b.establish();
  (void)b.through(announce({"10.0.0.0/8"}, 1));
  const std::string reach = mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + basic(1);
  CHECK(b.through(update({}, reach + mp_unreach(bgp::ipv6_unicast, routes({"2001:db9::/32"})), {})) ==
        "-2001:db9::/32 -2001:db8::/32");
  CHECK(b.through(update({}, reach + mp_unreach(v4_multicast, routes({"11.0.0.0/8"})), {})) ==
        "-11.0.0.0/8 | -2001:db8::/32");
  // Beside an empty one the withdrawals have their family all the same.
  CHECK(b.through(update({}, reach + mp_unreach(bgp::ipv6_unicast, {}), {})) == "-2001:db8::/32");
  CHECK(b.through(update({}, reach + mp_unreach(v4_multicast, {}), {})) == "-2001:db8::/32");
  CHECK(b.through(update({}, reach, {})) == "-2001:db8::/32");
}

TEST_CASE("limit: of an UPDATE of which nothing is left no End-of-RIB is made (RFC 4724 2)") {
  Bench b({.ipv6 = true, .max_length = 24, .withdraw = "never"});
  b.establish();
  const std::string reach = mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + basic();
  CHECK(b.through(update({}, reach + mp_unreach(bgp::ipv6_unicast, {}), {})).empty());
  CHECK(b.host.count("EOR") == 0);
}

TEST_CASE("limit: withdraw never, and where the line ends at no router, only take out") {
  Bench b({.origin = 1, .withdraw = "never"});
  b.establish();
  (void)b.through(announce({"10.0.0.0/8"}, 1) + announce({"11.0.0.0/8"}, 2));
  CHECK(b.through(announce({"11.0.0.0/8"}, 1)).empty());
  CHECK(b.counter("prefixes") == 1);

  std::string seen;
  Script s;
  s.message = [&](ScriptedStage&, pipeline::Message& m) {
    if (m.type() == bgp::MsgType::update) seen += said(base::as_text(m.wire())) + ";";
    return pipeline::Verdict::pass;
  };
  ScriptedStage* source = nullptr;
  Script from;
  from.ready = [&](ScriptedStage& self) { source = &self; };
  SessionBench files(
      resolved(pipeline_of({stage(script_kind, "R", from), limit({.origin = 1}), stage(observer_kind, "R", s)})));
  files.session->start();
  for (const auto& wire : {announce({"10.0.0.0/8"}, 1), announce({"11.0.0.0/8"}, 2), announce({"11.0.0.0/8"}, 1)})
    source->inject(Direction::right, wire);
  CHECK(seen == "+10.0.0.0/8;+11.0.0.0/8;");
}

TEST_CASE("limit: without a named family counts are of both, and lengths are IPv4's") {
  Bench b({.max_length = 24, .session = 2});
  b.establish();
  CHECK(b.through(announce({"10.0.0.0/25"})).empty());
  CHECK(b.through(v6({"2001:db8::/64"}) + announce({"10.0.0.0/8"}) + v6({"2001:db9::/32"}) +
                  announce({"11.0.0.0/8"})) == "+2001:db8::/64 | +10.0.0.0/8");
}

TEST_CASE("limit: a family that is not named beside a named one passes unjudged") {
  Bench b({.max_length = 24});
  b.establish();
  CHECK(b.through(v6({"2001:db8::/64"})) == "+2001:db8::/64");
  CHECK(b.through(announce({"10.0.0.0/25"})).empty());
  Bench six({.ipv6 = true, .max_length = 24});
  six.establish();
  CHECK(six.through(v6({"2001:db8::/64"})).empty());
  CHECK(six.through(announce({"10.0.0.0/25"})) == "+10.0.0.0/25");
  Bench many({.ipv4 = true, .multicast = true, .session = 1});
  many.establish();
  CHECK(many.through(update({}, mp_reach(v4_multicast, routes({"10.0.0.0/8"})) + basic(), {})) == "+10.0.0.0/8");
  CHECK(many.through(announce({"10.0.0.0/8"})).empty());
}

TEST_CASE("limit: messages that announce routes of families it does not judge are counted") {
  Bench b({.session = 100});
  b.establish();
  const auto labelled = [](bgp::AttrCode code) {
    const std::string family = hex("000104"), list = hex("18 000011");
    return code == bgp::AttrCode::mp_reach
               ? attribute(code, family + hex("04 c0000201 00") + list, bgp::attr_flag::optional) + basic()
               : attribute(code, family + list, bgp::attr_flag::optional);
  };
  (void)b.through(update({}, labelled(bgp::AttrCode::mp_reach), {}));
  (void)b.through(update({}, mp_reach(v4_multicast, routes({"10.0.0.0/8"})) + basic(), routes({"11.0.0.0/8"})));
  CHECK(b.counter("other_families") == 2);
  CHECK(b.counter("prefixes") == 1);
  // What is withdrawn, and what is judged, is none of them.
  (void)b.through(update({}, labelled(bgp::AttrCode::mp_unreach), {}) + v6({"2001:db8::/32"}));
  CHECK(b.counter("other_families") == 2);
  Bench six({.ipv6 = true, .multicast = true, .session = 100});
  six.establish();
  (void)six.through(announce({"10.0.0.0/8"}) + v6({"2001:db8::/32"}));
  CHECK(six.counter("other_families") == 1);
}

TEST_CASE("limit: both families share the limit of the session") {
  Bench b({.ipv4 = true, .ipv6 = true, .session = 2});
  b.establish();
  CHECK(b.through(announce({"10.0.0.0/8"}) + v6({"2001:db8::/32"}) + announce({"11.0.0.0/8"}) +
                  v6({"2001:db9::/32"})) == "+10.0.0.0/8 | +2001:db8::/32");
}

TEST_CASE("limit: routes whose attributes cannot be read are rejected, and what is withdrawn passes (RFC 7606 4)") {
  // With repair, the default, they never come here malformed.
  Bench b({.ipv4 = true, .ipv6 = true, .session = 100}, "R", "relay");
  b.establish();
  (void)b.through(announce({"10.0.0.0/8"}) + v6({"2001:db8::/32"}));
  const std::string broken = hex("4005ff00");  // runs past the end
  CHECK(b.through(update(routes({"12.0.0.0/8"}), basic() + broken, routes({"10.0.0.0/8"}))) ==
        "-12.0.0.0/8 -10.0.0.0/8");
  // What stands in the attributes in front of the broken one counts too.
  CHECK(b.through(update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + broken, {})) == "-2001:db8::/32");
  CHECK(b.through(update({},
                         mp_unreach(bgp::ipv6_unicast, routes({"2001:db9::/32"})) +
                             mp_reach(bgp::ipv6_unicast, routes({"2001:dba::/32"})) + broken,
                         {})) == "-2001:db9::/32 -2001:dba::/32");
  CHECK(b.through(update({},
                         mp_unreach(v4_multicast, routes({"11.0.0.0/8"})) +
                             mp_reach(bgp::ipv6_unicast, routes({"2001:dba::/32"})) + broken,
                         {})) == "-11.0.0.0/8 | -2001:dba::/32");
  CHECK(b.counter("prefixes") == 0);
  CHECK(b.counter("unjudged") == 4);
  CHECK(b.host.count("PARSE") == 4);
  CHECK(b.session->established());
}

TEST_CASE("limit: malformed announcements come to it as withdrawals, and are counted as such (RFC 7606 2)") {
  Bench b({.ipv4 = true, .ipv6 = true, .session = 100});
  b.establish();
  (void)b.through(announce({"10.0.0.0/8", "11.0.0.0/8"}) + v6({"2001:db8::/32"}));
  std::string bad = basic();
  bad[3] = 9;
  CHECK(b.through(update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + bad, routes({"10.0.0.0/8"}))) ==
        "-10.0.0.0/8 | -2001:db8::/32");
  CHECK(b.counter("prefixes") == 1);
  CHECK(b.counter("unjudged") == 0);
  CHECK(b.session->established());
}

TEST_CASE("limit: routes that cannot even be found end the session (RFC 7606 5.3)") {
  std::string bad;
  SUBCASE("a prefix too long") { bad = update({}, basic(), hex("210a000000 00")); }
  SUBCASE("a withdrawn prefix that runs past the end") { bad = update(hex("180a00"), {}, {}); }
  SUBCASE("lengths that contradict each other") { bad = message(bgp::MsgType::update, hex("ffff0000")); }
  SUBCASE("MP_REACH too short") {
    bad = update({}, attribute(bgp::AttrCode::mp_reach, hex("0002"), bgp::attr_flag::optional) + basic(), {});
  }
  SUBCASE("MP_UNREACH too short") {
    bad = update({}, attribute(bgp::AttrCode::mp_unreach, hex("0002"), bgp::attr_flag::optional), {});
  }
  SUBCASE("MP_REACH twice") {
    bad = update({},
                 mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) +
                     mp_reach(bgp::ipv6_unicast, routes({"2001:db9::/32"})) + basic(),
                 {});
  }
  SUBCASE("MP_UNREACH twice") {
    bad = update({}, mp_unreach(bgp::ipv6_unicast, routes({"2001:db8::/32"})) + mp_unreach(bgp::ipv6_unicast, {}), {});
  }
  Bench b({.ipv4 = true, .ipv6 = true});
  b.establish();
  b.left.send(bad);
  CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  CHECK(b.right.of_type(bgp::MsgType::update).empty());
  CHECK(b.left.notified().starts_with("3/"));
}

TEST_CASE("limit: an MP attribute that is malformed opens no way for the routes beside it, also with `errors: relay`") {
  const std::string too_long = routes({"192.0.2.1/32"});
  SUBCASE("a next hop of 5 bytes: each list is judged") {
    Bench b({.ipv4 = true, .ipv6 = true, .max_length = 24}, "R", "relay");
    b.establish();
    const std::string odd =
        attribute(bgp::AttrCode::mp_reach, hex("0002 01 05 2001000001 00 3020010db80001"), bgp::attr_flag::optional);
    CHECK(b.through(update({}, basic() + odd, too_long)).empty());
    CHECK(b.counter("rejected") == 2);
    CHECK(b.session->established());
  }
  SUBCASE("one that cannot be read ends the session") {
    std::string bad;
    SUBCASE("MP_UNREACH beside NLRI") { bad = update({}, basic() + hex("800f020001"), too_long); }
    SUBCASE("MP_REACH beside NLRI") { bad = update({}, basic() + hex("800e03000201"), too_long); }
    SUBCASE("MP_UNREACH beside MP_REACH") {
      bad = update({}, mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/64"})) + basic() + hex("800f020001"), {});
    }
    SUBCASE("MP_REACH twice") {
      const std::string reach = mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/64"}));
      bad = update({}, reach + reach + basic(), {});
    }
    Bench b({.ipv4 = true, .ipv6 = true, .max_length = 24}, "R", "relay");
    b.establish();
    b.left.send(bad);
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK(b.right.of_type(bgp::MsgType::update).empty());
  }
}

TEST_CASE("limit: in an archive a message with routes that cannot be found is dropped, and the next record goes on") {
  std::vector<std::string> seen;
  Script source, sink;
  source.ready = [](ScriptedStage& s) {
    s.of().defer([&s] {
      s.inject(Direction::right, update({}, basic() + hex("800f020001"), routes({"192.0.2.1/32"})));
      s.inject(Direction::right, announce({"10.0.0.0/8"}));
    });
  };
  sink.message = [&seen](ScriptedStage&, pipeline::Message& m) {
    seen.emplace_back(base::as_text(m.wire()));
    return pipeline::Verdict::pass;
  };
  auto p = pipeline_of({stage(source_kind, "R", std::move(source)), limit({.max_length = 24}),
                        stage(observer_kind, "R", std::move(sink))});
  p->errors.action = "relay";
  SessionBench b(resolved(std::move(p)));
  b.session->start();
  CHECK(b.until([&] { return !seen.empty(); }));
  CHECK(seen == std::vector{announce({"10.0.0.0/8"})});
}

TEST_CASE("limit: whether it alone looks at UPDATEs or others do too, it judges and counts the same") {
  Bench b({.ipv4 = true, .max_length = 24, .session = 4, .origin = 3});
  std::size_t seen = 0;
  bool alone = true;
  SUBCASE("alone") {}
  SUBCASE("beside an observer") {
    alone = false;
    Script s;
    s.message = [&seen](ScriptedStage&, pipeline::Message& m) {
      seen += m.type() == bgp::MsgType::update;
      return pipeline::Verdict::pass;
    };
    b.session.emplace(b.loop, b.host,
                      resolved(proxy({limit({.ipv4 = true, .max_length = 24, .session = 4, .origin = 3}),
                                      stage(observer_kind, "R", std::move(s))})),
                      1u, 0u);
  }
  b.establish();
  CHECK(b.through(announce({"10.0.0.0/16", "10.1.0.0/24", "11.0.0.0/8"}, 1)) ==
        "+10.0.0.0/16 +10.1.0.0/24 +11.0.0.0/8");
  CHECK(b.counter("admitted") == 3);
  // What it knows passes again; of a message with something to reject the rest is counted once.
  CHECK(b.through(announce({"10.1.0.0/24", "10.0.0.0/16"}, 1)) == "+10.1.0.0/24 +10.0.0.0/16");
  CHECK(b.through(announce({"10.0.0.0/16", "12.0.0.0/16", "10.2.0.0/25"}, 2)) == "+10.0.0.0/16 +12.0.0.0/16");
  CHECK(b.through(announce({"13.0.0.0/16", "10.1.0.0/24"}, 2)) == "+10.1.0.0/24");
  CHECK(b.counter("admitted") == 8);
  CHECK(b.counter("rejected") == 2);
  CHECK(b.counter("prefixes") == 4);
  CHECK(b.counter("origins") == 2);
  CHECK(b.through(update(routes({"10.0.0.0/16", "11.0.0.0/8"}), basic(3), routes({"10.0.0.0/16", "14.0.0.0/9"}))) ==
        "-10.0.0.0/16 -11.0.0.0/8 +10.0.0.0/16 +14.0.0.0/9");
  CHECK(b.through(update(routes({"10.1.0.0/24", "14.0.0.0/9"}), {}, {})) == "-10.1.0.0/24 -14.0.0.0/9");
  CHECK(b.counter("prefixes") == 2);
  CHECK(b.counter("origins") == 2);
  const auto line = b.session->status().lines[0];
  CHECK(line.updates == 6);
  CHECK(line.malformed == 0);
  CHECK(seen == (alone ? 0 : 6));
}

TEST_CASE("limit: the other line is not touched") {
  Bench b({.max_length = 8});
  b.establish();
  b.right.send(announce({"10.0.0.0/25"}));
  CHECK(b.until([&] { return b.left.received == announce({"10.0.0.0/25"}); }));
}

TEST_CASE("limit: each direction is counted by itself: what a router withdraws makes no room for the one opposite") {
  Bench b({.session = 2}, "LR");
  b.establish();
  const auto from_the_right = [&](const std::string& wire) {
    b.left.received.clear();
    b.right.send(wire + keepalive());
    REQUIRE(b.until([&] { return !b.left.of_type(bgp::MsgType::keepalive).empty(); }));
    std::string out;
    for (const auto& m : b.left.of_type(bgp::MsgType::update)) out += said(m, b.context);
    return out;
  };
  CHECK(b.through(announce({"10.0.0.0/8", "11.0.0.0/8"})) == "+10.0.0.0/8 +11.0.0.0/8");
  SUBCASE("by an UPDATE that passes as it is") {
    (void)from_the_right(update(routes({"10.0.0.0/8", "11.0.0.0/8"}), {}, {}));
  }
  SUBCASE("by one with other families") {
    (void)from_the_right(
        update(routes({"10.0.0.0/8", "11.0.0.0/8"}), mp_unreach(bgp::ipv6_unicast, routes({"2001:db8::/32"})), {}));
  }
  CHECK(b.through(announce({"12.0.0.0/8", "13.0.0.0/8"})).empty());
  CHECK(b.counter("prefixes") == 2);
  // The other one has as much room, and what it has is no route of this router.
  CHECK(from_the_right(announce({"12.0.0.0/8", "13.0.0.0/8"})) == "+12.0.0.0/8 +13.0.0.0/8");
  CHECK(from_the_right(announce({"10.0.0.0/8"})).empty());
  CHECK(b.counter("prefixes") == 4);
  CHECK(b.says() == "prefixes: L 2, R 2");
  // All of it outlives a reload that makes the stage anew.
  b.session->apply(resolved(proxy({limit({.session = 2}, "R")})));
  CHECK(b.counter("prefixes") == 2);
  CHECK(b.through(announce({"12.0.0.0/8"})).empty());
  CHECK(b.through(announce({"10.0.0.0/8"})) == "+10.0.0.0/8");
}

TEST_CASE("limit: each session starts from nothing") {
  Bench b({.session = 1});
  b.establish();
  (void)b.through(announce({"10.0.0.0/8"}));
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::starting; }));
  b.raise();
  CHECK(b.through(announce({"11.0.0.0/8"})) == "+11.0.0.0/8");
}

TEST_CASE("limit: a changed limit holds at once, with the counts there are") {
  Bench b({.session = 100});
  b.establish();
  (void)b.through(announce({"10.0.0.0/16", "10.1.0.0/16", "11.0.0.0/16"}));
  b.session->apply(resolved(proxy({limit({.session = 3, .block = 1, .block_length = 8})})));
  CHECK(b.through(announce({"12.0.0.0/16"})).empty());
  CHECK(b.through(announce({"10.0.0.0/16"})) == "+10.0.0.0/16");
  CHECK(b.counter("blocks") == 2);
  CHECK(b.host.count("DOWN") == 0);
}

TEST_CASE(
    "limit: --check warns of counts per origin or block without one of the session, which is bounded all the same") {
  const auto advice = [](LimitOptions o) {
    return stages::limit_kind.advise != nullptr ? stages::limit_kind.advise(&o) : std::string();
  };
  CHECK(advice({.origin = 5}).contains("4194304"));
  CHECK(advice({.block = 5}).contains("session"));
  CHECK(advice({.session = 9, .origin = 5, .block = 5}).empty());
  CHECK(advice({.max_length = 24}).empty());
}

TEST_CASE("limit: says which family it does not judge") {
  const auto says = [](LimitOptions o) {
    Bench b(std::move(o));
    b.establish();
    return b.says();
  };
  CHECK(says({.session = 1}).empty());
  CHECK(says({.max_length = 24, .session = 1}) == "IPv6 of any length passes");
  CHECK(says({.max_length = 24}) == "IPv6 passes unjudged");
  CHECK(says({.ipv4 = true, .session = 1}) == "IPv6 passes unjudged");
  CHECK(says({.ipv6 = true}) == "IPv4 passes unjudged");
  CHECK(says({.ipv4 = true, .ipv6 = true}).empty());
}

TEST_CASE(
    "limit: where it counts from the middle of a session, a rejected route is withdrawn even if it never saw it") {
  SUBCASE("put in by a reload") {
    Bench b({});
    b.session.emplace(b.loop, b.host, resolved(proxy()), 1u, 0u);
    b.establish();
    CHECK(b.through(announce({"10.0.0.0/25"})) == "+10.0.0.0/25");
    b.session->apply(resolved(proxy({limit({.max_length = 24})})));
    CHECK(b.through(announce({"10.0.0.0/25"})) == "-10.0.0.0/25");
  }
  SUBCASE("a family more by a reload") {
    Bench b({.ipv4 = true, .max_length = 24});
    b.establish();
    CHECK(b.through(v6({"2001:db8::/64"})) == "+2001:db8::/64");
    b.session->apply(resolved(proxy({limit({.ipv4 = true, .ipv6 = true, .max_length = 24})})));
    CHECK(b.through(v6({"2001:db8::/64"})) == "-2001:db8::/64");
  }
  SUBCASE("a line more by a reload: the counts stay, but are not whole") {
    Bench b({.session = 1}, "L");
    b.establish();
    CHECK(b.through(announce({"10.0.0.0/8"})) == "+10.0.0.0/8");
    b.right.send(announce({"20.0.0.0/8"}));
    CHECK(b.until([&] { return !b.left.received.empty(); }));
    b.session->apply(resolved(proxy({limit({.session = 1}, "LR")})));
    CHECK(b.counter("prefixes") == 1);
    CHECK(b.through(announce({"11.0.0.0/8"})) == "+11.0.0.0/8");
    CHECK(b.through(announce({"10.0.0.0/8"})) == "-10.0.0.0/8");
    b.left.received.clear();
    b.right.send(announce({"21.0.0.0/8"}) + keepalive());
    CHECK(b.until([&] { return !b.left.received.empty(); }));
    CHECK(b.left.received == keepalive());
  }
}

TEST_CASE(
    "limit: the attack of Kirin is stopped by one line: the session ends at the first prefix too many, and none of "
    "them passes") {
  auto p = proxy({limit({.ipv4 = true, .ipv6 = true, .session = 1000})});
  p->kill.push_back({.event = "limit/session"});
  SessionBench b(resolved(p));
  b.establish();
  std::string stream;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    base::Buffer list;
    std::uint8_t a[16] = {0x20, 1, 0xd, 0xb8, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    bgp::append_nlri(list, {base::Address::from(a), 48}, {});
    stream += update({}, mp_reach(bgp::ipv6_unicast, list.text()) + basic(), {});
  }
  b.left.send(stream);
  CHECK(b.until([&] { return !b.right.end.empty() && !b.left.end.empty(); }));
  CHECK(b.right.of_type(bgp::MsgType::update).size() == 1000);
  CHECK(b.right.notified() == "6/1");
  CHECK(b.left.notified() == "6/1");
  CHECK(b.state() == State::failed);
}
