#include "pipe/session.hh"

#include <doctest/doctest.h>
#include <malloc.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::State;
using pipeline::Verdict;

namespace {
Script on_update(std::function<Verdict(ScriptedStage&, pipeline::Message&)> call) {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = std::move(call);
  return s;
}
}  // namespace

TEST_CASE("proxy: messages that nobody edits leave as the bytes they came in as, whichever way they are cut") {
  SessionBench b(resolved(proxy()));
  b.establish();
  std::string stream;
  for (int i = 0; i < 300; ++i)
    stream += announce({"10.0.0.0/8", "192.0.2.0/24"}) + keepalive() + withdraw({"10.0.0.0/8"}) +
              message(bgp::MsgType::route_refresh, std::string("\0\1\0\1", 4)) +
              message(static_cast<bgp::MsgType>(77), "unknown") + update({}, {}, {});
  for (std::size_t at = 0; at < stream.size(); at += 997) b.left.send(std::string_view(stream).substr(at, 997));
  b.right.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size() && b.left.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.left.received == stream);
}

TEST_CASE("a stage that looks at messages and a tap change no bytes") {
  std::size_t seen = 0;
  SessionBench b(resolved(proxy({stage(observer_kind, "LR", on_update([&](ScriptedStage&, pipeline::Message& m) {
                                         seen += m.update_sound();
                                         m.set_tag("seen", "yes");
                                         return Verdict::pass;
                                       }))})));
  b.establish();
  b.session->add_tap(9, Direction::right,
                     [](const bgp::MessageView& m, base::Buffer& out) { out.append(std::to_string(m.seq) + "\n"); });
  const std::string stream = announce({"10.0.0.0/8"}) + withdraw({"10.0.0.0/8"}) + keepalive();
  b.left.send(stream);
  b.right.send(stream);
  CHECK(b.until([&] { return b.right.received.size() == stream.size() && b.left.received.size() == stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.left.received == stream);
  CHECK(seen == 4);
  CHECK(b.host.tap == "3\n4\n5\n");
  b.session->remove_tap(9);
  b.left.send(keepalive());
  b.settle();
  CHECK(b.host.tap == "3\n4\n5\n");
}

TEST_CASE("any number of taps together is told a bounded share, and what they missed is counted") {
  SessionBench b(resolved(proxy()));
  b.establish();
  for (std::uint64_t id = 1; id <= 200; ++id)
    b.session->add_tap(id, Direction::none,
                       [](const bgp::MessageView&, base::Buffer& out) { out.append(std::string(40'000, 'x')); });
  std::string stream;
  for (int i = 0; i < 20; ++i) stream += announce({"10.0.0.0/8"});
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received == stream; }));
  CHECK(b.host.tap.size() >= std::size_t{4} << 20);
  CHECK(b.host.tap.size() < std::size_t{16} << 20);
}

TEST_CASE("established once both lines passed an OPEN and a KEEPALIVE") {
  SessionBench b(resolved(proxy()));
  b.session->start();
  CHECK(b.state() == State::starting);
  b.connect_left();
  CHECK(b.state() == State::connecting);
  b.connect_right();
  CHECK(b.state() == State::opening);
  b.left.send(open() + keepalive());
  b.settle();
  CHECK(b.state() == State::opening);
  b.right.send(open({.asn = 65002}));
  b.settle();
  CHECK(b.state() == State::opening);
  b.right.send(keepalive());
  CHECK(b.until([&] { return b.session->established(); }));
  CHECK(b.host.count("ESTABLISHED") == 1);
}

TEST_CASE("an accepted connection is not read before the other leg is up, and what it said is delivered then") {
  SessionBench b(resolved(proxy()));
  b.session->start();
  b.connect_left();
  b.left.send(open());
  b.settle();
  CHECK(b.session->status().legs[0].messages_in == 0);
  b.connect_right();
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  CHECK(b.right.received == open());
}

TEST_CASE("legs live and die together: what was read is delivered, then both connections close and both start anew") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}));
  b.left.finish();
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.end == "fin");
  CHECK(b.right.received == announce({"10.0.0.0/8"}));
  const auto* down = b.host.find("DOWN");
  REQUIRE(down != nullptr);
  const auto status = b.session->status();
  REQUIRE(status.last_failure);
  CHECK(status.last_failure->leg == "left");
  CHECK(status.last_failure->state == "established");
  CHECK(b.until([&] { return b.state() == State::starting; }));
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("a NOTIFICATION that passes is shown with its code and text, and named as the reason") {
  SessionBench b(resolved(proxy()));
  b.establish();
  base::Buffer n;
  bgp::append_cease(n, bgp::notify::cease_subcode::shutdown, "maintenance");
  b.left.send(n.text());
  b.left.finish();
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.received == n.text());
  const auto s = b.session->status();
  REQUIRE(s.last_failure);
  REQUIRE(s.last_failure->notification);
  CHECK(s.last_failure->notification->code == 6);
  CHECK(s.last_failure->notification->subcode == 2);
  CHECK(s.last_failure->notification->text == "maintenance");
  CHECK_FALSE(s.last_failure->notification->sent);
  CHECK(b.host.count("NOTIFICATION") == 1);
}

TEST_CASE("drop: the message goes no further; taken: neither, and it is not counted as dropped") {
  auto p = resolved(proxy({stage(observer_kind, "R", on_update([](ScriptedStage&, pipeline::Message& m) {
                                   const std::string what = said(base::as_text(m.wire()));
                                   return what.contains("10.")   ? Verdict::drop
                                          : what.contains("11.") ? Verdict::taken
                                                                 : Verdict::pass;
                                 }))}));
  SessionBench b(p);
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}) + announce({"12.0.0.0/8"}));
  b.settle();
  CHECK(b.right.received == announce({"12.0.0.0/8"}));
  CHECK(b.session->status().lines[0].dropped == 1);
}

TEST_CASE(
    "inject: during a message the injected one comes behind it, in the order asked, and passes the later stages only") {
  std::string later;
  auto p = resolved(proxy({stage(script_kind, "R", on_update([](ScriptedStage& s, pipeline::Message&) {
                                   s.inject(Direction::right, announce({"20.0.0.0/8"}));
                                   s.inject(Direction::right, announce({"21.0.0.0/8"}));
                                   return Verdict::pass;
                                 })),
                           stage(observer_kind, "R", on_update([&](ScriptedStage&, pipeline::Message& m) {
                                   later += said(base::as_text(m.wire())) + " " + std::to_string(m.seq()) + "; ";
                                   return Verdict::pass;
                                 }))}));
  SessionBench b(p);
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}));
  b.settle();
  CHECK(later == "+10.0.0.0/8 3; +20.0.0.0/8 4; +21.0.0.0/8 5; +11.0.0.0/8 6; +20.0.0.0/8 7; +21.0.0.0/8 8; ");
  CHECK(b.right.received == announce({"10.0.0.0/8"}) + announce({"20.0.0.0/8"}) + announce({"21.0.0.0/8"}) +
                                announce({"11.0.0.0/8"}) + announce({"20.0.0.0/8"}) + announce({"21.0.0.0/8"}));
}

TEST_CASE("inject: new says where a message enters") {
  for (const auto& [place, expected] : std::vector<std::pair<std::string, std::string>>{
           {"next", "z"}, {"here", "z"}, {"first", "xz"}, {"last", ""}, {"x", "z"}, {"z", ""}}) {
    std::string seen;
    const auto note = [&](char c) {
      return on_update([&seen, c](ScriptedStage&, pipeline::Message&) {
        seen += c;
        return Verdict::pass;
      });
    };
    ScriptedStage* source = nullptr;
    Script s;
    s.interest = 0;
    s.ready = [&](ScriptedStage& self) { source = &self; };
    auto p = proxy({stage(observer_kind, "LR", note('x'), "x"), stage(script_kind, "LR", s, "y"),
                    stage(observer_kind, "LR", note('z'), "z")});
    p->stages[2].common.inject = place;
    SessionBench b(resolved(p));
    b.establish();
    source->inject(Direction::right, announce({"10.0.0.0/8"}));
    b.settle();
    CHECK_MESSAGE(seen == expected, place);
    CHECK(b.right.received == announce({"10.0.0.0/8"}));
  }
}

TEST_CASE("inject: to the left a message passes the stages to the left") {
  std::string seen;
  const auto note = [&](char c) {
    return on_update([&seen, c](ScriptedStage&, pipeline::Message&) {
      seen += c;
      return Verdict::pass;
    });
  };
  ScriptedStage* source = nullptr;
  Script s;
  s.interest = 0;
  s.ready = [&](ScriptedStage& self) { source = &self; };
  SessionBench b(resolved(proxy({stage(observer_kind, "LR", note('w'), "w"), stage(observer_kind, "LR", note('x'), "x"),
                                 stage(script_kind, "LR", s, "y"), stage(observer_kind, "LR", note('z'), "z")})));
  b.establish();
  source->inject(Direction::left, announce({"10.0.0.0/8"}));
  b.settle();
  CHECK(seen == "xw");
  CHECK(b.left.received == announce({"10.0.0.0/8"}));
}

TEST_CASE("inject: a stage that answers an event with a message does not upset what was asked for besides") {
  ScriptedStage* self = nullptr;
  Script s;
  s.interest = 0;
  s.ready = [&](ScriptedStage& me) { self = &me; };
  s.event = [&](const pipeline::Event& e) {
    if (e.name == "ESTABLISHED") {
      self->inject(Direction::right, announce({"10.0.0.0/8"}));
      self->of().emit(self, "FIRST", "");
    }
    if (e.name == "script/FIRST") self->inject(Direction::right, announce({"11.0.0.0/8"}));
  };
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.left.send(open() + keepalive());
  b.right.send(open({.asn = 65002}) + keepalive());
  b.settle();
  CHECK(b.session->established());
  CHECK(b.right.received == open() + keepalive() + announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}));
}

TEST_CASE("inject: however many ways to encode the messages have, the session keeps none of them") {
  ScriptedStage* source = nullptr;
  std::size_t told = 0;
  Script s;
  s.interest = 0;
  s.ready = [&](ScriptedStage& self) { source = &self; };
  SessionBench b(
      resolved(proxy({stage(script_kind, "R", s), stage(observer_kind, "R", on_update([&](auto&, pipeline::Message& m) {
                                                          told += m.context().add_path.list().size();
                                                          return Verdict::pass;
                                                        }))})));
  b.establish();
  const auto context = [](int i) {
    bgp::Context c;
    for (int k = 0; k < 400; ++k) c.add_path.add({static_cast<bgp::Afi>(1000 + k), static_cast<bgp::Safi>(200)});
    c.add_path.add({static_cast<bgp::Afi>(20000 + i), static_cast<bgp::Safi>(100)});
    return c;
  };
  constexpr std::size_t many = 2000;
  const std::string wire = announce({"10.0.0.0/8"});
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < many; ++i) {
    const bgp::Context c = context(static_cast<int>(i));
    bgp::MessageView v{.type = bgp::MsgType::update, .wire = base::as_bytes(wire)};
    v.context = &c;
    pipeline::Session::Run run(*b.session);
    b.session->inject(*source, Direction::right, v);
    CHECK(*b.session->intern(c) == c);
  }
  CHECK(mallinfo2().uordblks < before + (std::size_t{1} << 20));
  b.settle();
  CHECK(told == many * 401);
  CHECK(b.right.of_type(bgp::MsgType::update).size() == many);
}

TEST_CASE("an UPDATE that comes before ESTABLISHED is held, not written and not lost") {
  SessionBench b(resolved(proxy()));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.left.send(open() + keepalive() + announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}));
  b.settle();
  CHECK(b.right.received == open() + keepalive());
  b.right.send(open({.asn = 65002}) + keepalive());
  CHECK(b.until([&] { return b.right.messages().size() == 4; }));
  CHECK(b.right.received == open() + keepalive() + announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}));
}

TEST_CASE(
    "kill: the message that caused it and all behind it stay, what was gathered before it is written, then Cease") {
  auto p = proxy({stage(observer_kind, "R", on_update([](ScriptedStage& s, pipeline::Message& m) {
                          if (said(base::as_text(m.wire())).contains("11."))
                            s.of().emit(&s, "session", "too many", &m, true, "count",
                                        bgp::notify::cease_subcode::max_prefixes);
                          return Verdict::pass;
                        }))});
  SUBCASE("by its name") { p->kill.push_back({.event = "observer/session"}); }
  SUBCASE("by its older name") { p->kill.push_back({.event = "observer/count"}); }
  SessionBench b(resolved(p));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}) + announce({"12.0.0.0/8"}));
  CHECK(b.until([&] { return !b.right.end.empty() && !b.left.end.empty(); }));
  REQUIRE(b.right.messages().size() == 2);
  CHECK(b.right.messages()[0] == announce({"10.0.0.0/8"}));
  CHECK(b.right.notified() == "6/1");
  CHECK(b.left.notified() == "6/1");
  CHECK(b.state() == State::failed);
  CHECK(b.host.ended_calls == std::vector<bool>{true});
  REQUIRE(b.session->status().last_failure);
  CHECK(b.session->status().last_failure->text.contains("too many"));
}

TEST_CASE("kill: what a stage asked to inject before it is still carried out, nothing after") {
  auto p = proxy({stage(script_kind, "R", on_update([](ScriptedStage& s, pipeline::Message& m) {
                          s.inject(Direction::right, announce({"20.0.0.0/8"}));
                          s.of().emit(&s, "END", "", &m);
                          s.inject(Direction::right, announce({"21.0.0.0/8"}));
                          return Verdict::pass;
                        }))});
  p->kill.push_back({.event = "script/END"});
  SessionBench b(resolved(p));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  REQUIRE(b.right.messages().size() == 2);
  CHECK(b.right.messages()[0] == announce({"20.0.0.0/8"}));
  CHECK(b.right.notified() == "6/2");
}

TEST_CASE("kill with a hold-down: nobody gets in before it is over, then the session comes back by itself") {
  auto p = proxy({stage(observer_kind, "R", on_update([](ScriptedStage& s, pipeline::Message& m) {
                          s.of().emit(&s, "END", "", &m);
                          return Verdict::pass;
                        }))});
  p->kill.push_back({.event = "observer/END", .retry = 150 * base::millisecond});
  SessionBench b(resolved(p));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.state() == State::backoff; }));
  const base::Nanos down = b.loop.now();
  b.connect_left();
  CHECK(b.until([&] { return b.left.end == "fin" || !b.left.end.empty(); }));
  CHECK(b.state() == State::backoff);
  CHECK(b.until([&] { return b.state() == State::starting; }));
  CHECK(b.loop.now() - down >= 140 * base::millisecond);
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("events of messages over 50 in a second are counted, not told; what happens to the session is always told") {
  SUBCASE("a stage's") {
    SessionBench b(resolved(proxy({stage(observer_kind, "R", on_update([](ScriptedStage& s, pipeline::Message& m) {
                                           s.of().emit(&s, "MUCH", "", &m);
                                           return Verdict::pass;
                                         }))})));
    b.establish();
    for (int i = 0; i < 200; ++i) b.left.send(announce({"10.0.0.0/8"}));
    b.left.finish();
    CHECK(b.until([&] { return !b.right.end.empty(); }));
    CHECK(b.right.messages().size() == 200);
    CHECK(b.host.count("observer/MUCH") <= 100);
    CHECK(b.host.count("DOWN") == 1);
    CHECK(b.session->status().events_suppressed >= 100);
  }
  SUBCASE("those of messages that break a rule") {
    SessionBench b(resolved(proxy({stage(observer_kind, "R", on_update([](ScriptedStage& s, pipeline::Message& m) {
                                           s.of().parse_problem(m, "broken");
                                           return Verdict::pass;
                                         }))})));
    b.establish();
    for (int i = 0; i < 200; ++i) b.left.send(announce({"10.0.0.0/8"}));
    b.left.finish();
    CHECK(b.until([&] { return !b.right.end.empty(); }));
    CHECK(b.host.count("PARSE") <= 100);
    CHECK(b.host.count("DOWN") == 1);
  }
}

TEST_CASE("an event that kills counts even when it is one of too many") {
  int n = 0;
  auto p = proxy({stage(observer_kind, "R", on_update([&](ScriptedStage& s, pipeline::Message& m) {
                          s.of().emit(&s, ++n == 150 ? "LAST" : "MUCH", "", &m);
                          return Verdict::pass;
                        }))});
  p->kill.push_back({.event = "observer/LAST"});
  SessionBench b(resolved(p));
  b.establish();
  for (int i = 0; i < 200; ++i) b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.state() == State::failed; }));
  CHECK(n == 150);
}

TEST_CASE("End-of-RIB is told once for each family and line") {
  SessionBench b(resolved(proxy()));
  b.establish();
  const std::string v4 = update({}, {}, {}), v6 = update({}, mp_unreach(bgp::ipv6_unicast, {}), {});
  b.left.send(v4 + v4 + v6);
  b.right.send(v4);
  b.settle();
  CHECK(b.host.count("EOR") == 3);
  CHECK(b.right.received == v4 + v4 + v6);
}

TEST_CASE("wait: a stage begins when its event comes, in each attempt anew") {
  Script s;
  auto p = proxy({stage(script_kind, "R", s)});
  p->stages[1].common.wait = {"ESTABLISHED"};
  SessionBench b(resolved(p));
  b.session->start();
  b.settle();
  CHECK(*s.log == "made ");
  b.raise();
  b.settle();
  CHECK(s.log->contains("begin "));
  s.log->clear();
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::starting; }));
  CHECK_FALSE(s.log->contains("begin"));
  b.raise();
  b.settle();
  CHECK(s.log->contains("begin"));
}

TEST_CASE("wait: before a stage has begun, messages pass it by") {
  std::size_t seen = 0;
  auto p = proxy({stage(observer_kind, "LR", on_update([&](ScriptedStage&, pipeline::Message&) {
                          ++seen;
                          return Verdict::drop;
                        }))});
  p->stages[1].common.wait = {"EOR"};
  SessionBench b(resolved(p));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}) + update({}, {}, {}) + announce({"11.0.0.0/8"}));
  b.settle();
  CHECK(seen == 1);
  CHECK(b.right.received == announce({"10.0.0.0/8"}) + update({}, {}, {}));
}

TEST_CASE("KEEPALIVE is shown to stages but no stage can keep it after ESTABLISHED") {
  std::size_t seen = 0;
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::keepalive);
  bool keep = false;
  s.message = [&](ScriptedStage&, pipeline::Message&) {
    ++seen;
    return keep ? Verdict::taken : Verdict::pass;
  };
  SessionBench b(resolved(proxy({stage(observer_kind, "LR", s)})));
  b.establish();
  keep = true;
  b.left.send(keepalive());
  b.settle();
  CHECK(seen == 3);
  CHECK(b.right.received == keepalive());
}

TEST_CASE("back-pressure: a leg that takes nothing stops its own source only, and all arrives when it takes again") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.right.read(false);
  std::string stream;
  const std::string one = update({}, basic(), std::string(4000, '\0'));
  for (int i = 0; i < 1000; ++i) stream += one;
  b.left.send(stream);
  b.settle(100 * base::millisecond);
  const auto status = b.session->status();
  CHECK(status.lines[0].held);
  CHECK_FALSE(status.lines[1].held);
  CHECK(status.legs[1].pending < (1u << 20));
  CHECK(b.left.pending() > 0);
  // The other line goes on.
  b.right.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.left.received.empty(); }));
  b.right.read(true);
  CHECK(b.until([&] { return b.right.received.size() == stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK_FALSE(b.session->status().lines[0].held);
}

TEST_CASE("back-pressure: a blocked line pauses the sources that would write to it, and no others") {
  Script before, behind, other;
  SessionBench b(resolved(proxy({stage(script_kind, "R", before, "before"), stage(observer_kind, "R", {}, "wall"),
                                 stage(script_kind, "R", behind, "behind"), stage(script_kind, "L", other, "other")})));
  b.establish();
  for (const auto* s : {&before, &behind, &other}) s->log->clear();
  const int wall = 0;
  b.session->block(Direction::right, &wall);  // as a leg does: behind all
  CHECK(before.log->ends_with("pause "));
  CHECK(behind.log->ends_with("pause "));
  CHECK_FALSE(other.log->contains("pause"));
  CHECK(b.session->blocked(Direction::right));
  b.session->unblock(Direction::right, &wall);
  CHECK(before.log->ends_with("resume "));
  CHECK_FALSE(b.session->blocked(Direction::right));
}

TEST_CASE("a held line: the session keeps the silent leg alive itself, a third of the hold time after the last word") {
  SessionBench b(resolved(proxy()));
  b.establish({.hold = 1}, {.asn = 65002, .hold = 1});
  const int wall = 0;
  b.session->block(Direction::right, &wall);
  net::Timer tick(b.loop, [&] { b.session->tick(); });
  tick.start(50 * base::millisecond, 50 * base::millisecond);
  CHECK(b.until([&] { return b.right.received == keepalive() + keepalive(); }));
  CHECK(b.session->established());
}
