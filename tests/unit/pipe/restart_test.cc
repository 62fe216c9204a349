#include <doctest/doctest.h>

#include "pipe/session.hh"
#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::EndMode;
using pipeline::Side;
using pipeline::State;

namespace {
constexpr std::uint8_t by_operator = bgp::notify::cease_subcode::shutdown;

// How long the session waits after this many failures in a row: at least and at most, as the clock ran on while it was
// asked.
struct Wait {
  base::Nanos least, most;
  bool is(base::Nanos expected) const { return least <= expected && expected <= most; }
};
std::vector<Wait> waits(SessionBench& b, int times) {
  std::vector<Wait> out;
  for (int i = 0; i < times; ++i) {
    const base::Nanos before = b.loop.now();
    b.session->dial_failed(Side::right, "refused");
    REQUIRE(b.state() == State::backoff);
    const base::Nanos retry = *b.session->status().retry_at;
    out.push_back({retry - b.loop.now(), retry - before});
    REQUIRE(b.until([&] { return b.state() == State::starting; }));
  }
  return out;
}
}  // namespace

TEST_CASE("back-off: the wait doubles from min-delay to max-delay") {
  auto p = proxy();
  SessionBench b(resolved(p));
  b.session->start();
  const auto all = waits(b, 5);
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(all[i].is(std::vector<base::Nanos>{5, 10, 20, 40, 40}[i] * base::millisecond));
  CHECK(b.session->status().restarts == 5);
}

TEST_CASE("back-off: jitter adds at most its share") {
  auto p = proxy();
  p->restart.jitter = 1;
  p->restart.max_delay = {5 * base::millisecond};
  SessionBench b(resolved(p));
  b.session->start();
  for (const auto& w : waits(b, 8)) {
    CHECK(w.most >= 5 * base::millisecond);
    CHECK(w.least <= 10 * base::millisecond);
  }
}

TEST_CASE("back-off: a session that lived for reset-after begins again at min-delay") {
  auto p = proxy();
  p->restart.reset_after = {0};
  SessionBench b(resolved(p));
  b.session->start();
  (void)waits(b, 3);
  b.raise();
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::backoff; }));
  CHECK(*b.session->status().retry_at - b.loop.now() <= 5 * base::millisecond);
}

TEST_CASE("back-off: an accepted connection ends it at once") {
  auto p = proxy();
  p->restart.min_delay = p->restart.max_delay = {3600 * base::second};
  SessionBench b(resolved(p));
  b.session->start();
  b.session->dial_failed(Side::right, "refused");
  CHECK(b.state() == State::backoff);
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("a dial that is tried again in the same attempt: status says why and when") {
  SessionBench b(resolved(proxy()));
  b.session->start();
  b.connect_left();
  b.session->dial_later(Side::right, "refused", 4 * base::second);
  const auto s = b.session->status();
  CHECK(s.state == State::connecting);
  CHECK(s.restarts == 0);
  REQUIRE(s.last_failure);
  CHECK(s.last_failure->leg == "right");
  CHECK(s.last_failure->text == "refused");
  REQUIRE(s.retry_at);
  CHECK(*s.retry_at - b.loop.now() > 3 * base::second);
  CHECK(b.host.count("b/RETRY") == 1);
  b.session->dialling();
  CHECK_FALSE(b.session->status().retry_at);
}

TEST_CASE("never: the first failure is the last, and the supervisor is told") {
  auto p = proxy();
  p->restart.policy = "never";
  SessionBench b(resolved(p));
  b.session->start();
  b.session->dial_failed(Side::right, "refused");
  CHECK(b.state() == State::failed);
  CHECK(b.host.ended_calls == std::vector<bool>{true});
  b.connect_left();
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  b.session->start();
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("a stage that cannot be prepared fails the session, which tries again") {
  int tries = 0;
  Script s;
  s.prepare = [&]() -> base::Result<> { return ++tries < 3 ? base::fail("no such file") : base::Result<>{}; };
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.session->start();
  CHECK(b.state() == State::backoff);
  CHECK(b.session->status().last_failure->text == "script: no such file");
  CHECK(b.until([&] { return b.state() == State::starting; }));
  CHECK(tries == 3);
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("a stage that fails to begin ends the attempt, not the session") {
  int tries = 0;
  Script s;
  s.begin = [&]() -> base::Result<> { return ++tries < 2 ? base::fail("not now") : base::Result<>{}; };
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.session->start();
  CHECK(b.state() == State::backoff);
  CHECK(b.until([&] { return b.state() == State::starting; }));
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("stop: Cease with subcode and text to both legs, in a proxy too") {
  SessionBench b(resolved(proxy()));
  b.establish();
  bool done = false;
  b.session->stop(EndMode::cease, by_operator, "maintenance until 06:00", [&] { done = true; });
  CHECK(done);
  CHECK(b.state() == State::stopped);
  CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  base::Buffer expected;
  bgp::append_cease(expected, by_operator, "maintenance until 06:00");
  CHECK(b.left.received == expected.text());
  CHECK(b.right.received == expected.text());
}

TEST_CASE("stop: a hard reset where both OPENs on a leg have the N bit (RFC 8538 3)") {
  SessionBench b(resolved(proxy()));
  OpenText l, r{.asn = 65002};
  l.more = {{bgp::CapCode::graceful_restart, "4078"}};
  SUBCASE("both have it") {
    r.more = {{bgp::CapCode::graceful_restart, "4078"}};
    b.establish(l, r);
    b.session->stop(EndMode::cease, by_operator, "", [] {});
    CHECK(b.until([&] { return !b.left.end.empty(); }));
    CHECK(b.left.notified() == "6/9");
    CHECK(body_of(b.left.messages().back())[3] == by_operator);
  }
  SUBCASE("one has it") {
    b.establish(l, r);
    b.session->stop(EndMode::cease, by_operator, "", [] {});
    CHECK(b.until([&] { return !b.left.end.empty(); }));
    CHECK(b.left.notified() == "6/2");
  }
}

TEST_CASE("stop: no NOTIFICATION to a leg that has seen no OPEN") {
  SessionBench b(resolved(proxy()));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.left.send(open());
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  b.session->stop(EndMode::cease, by_operator, "", [] {});
  CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  CHECK(b.left.received.empty());
  CHECK(b.right.notified() == "6/2");
}

TEST_CASE("stop: close is a FIN alone, abort a reset, both behind what was gathered") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.session->stop(EndMode::close, by_operator, "ignored", [] {});
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.end == "fin");
  CHECK(b.left.received.empty());
}

TEST_CASE("stop: the stages finish one after the other, and done is called when the last one is") {
  std::function<void()> first_done;
  Script first, second;
  first.finish = [&](std::function<void()> done) { first_done = std::move(done); };
  SessionBench b(resolved(proxy({stage(script_kind, "R", first, "x"), stage(script_kind, "R", second, "y")})));
  b.establish();
  int done = 0;
  b.session->stop(EndMode::cease, by_operator, "", [&] { ++done; });
  CHECK(b.state() == State::stopping);
  CHECK_FALSE(second.log->contains("finish"));
  REQUIRE(first_done);
  SUBCASE("once") {
    first_done();
    CHECK(done == 1);
    CHECK(b.state() == State::stopped);
    CHECK(second.log->contains("finish gone"));
  }
  SUBCASE("asked a second time meanwhile: no stage finishes twice, both are told") {
    int again = 0;
    b.session->stop(EndMode::close, by_operator, "", [&] { ++again; });
    const std::string& log = *first.log;
    CHECK(log.find("finish") == log.rfind("finish"));
    CHECK(again == 0);
    first_done();
    CHECK(done == 1);
    CHECK(again == 1);
    CHECK(b.state() == State::stopped);
  }
  SUBCASE("started meanwhile: it comes back when all have finished") {
    b.session->start();
    CHECK(b.state() == State::stopping);
    first_done();
    CHECK(done == 1);
    CHECK(b.state() == State::starting);
    first.finish = nullptr;
  }
  SUBCASE("started and stopped meanwhile: it stays down") {
    b.session->start();
    b.session->stop(EndMode::cease, by_operator, "", [&] { ++done; });
    first_done();
    CHECK(done == 2);
    CHECK(b.state() == State::stopped);
  }
  SUBCASE("restarted and stopped meanwhile: it stays down") {
    b.session->restart(EndMode::cease, by_operator, "");
    b.session->stop(EndMode::cease, by_operator, "", [&] { ++done; });
    first_done();
    CHECK(done == 2);
    CHECK(b.state() == State::stopped);
  }
  SUBCASE("changed meanwhile: those that finish go on, and the next life has the new stages") {
    Script other;
    b.session->apply(resolved(proxy({stage(script_kind, "R", other, "z")})));
    first_done();
    CHECK(done == 1);
    CHECK(b.state() == State::stopped);
    CHECK(second.log->contains("finish gone"));
    b.session->start();
    b.raise();
    CHECK(other.log->contains("begin"));
  }
}

TEST_CASE("stop: again when stopped is done at once; start brings it back") {
  SessionBench b(resolved(proxy()));
  b.establish();
  int done = 0;
  b.session->stop(EndMode::cease, by_operator, "", [&] { ++done; });
  b.session->stop(EndMode::cease, by_operator, "", [&] { ++done; });
  CHECK(done == 2);
  CHECK(b.state() == State::stopped);
  b.session->start();
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("stop: what fails behind it changes nothing, and no connection gets in") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.session->stop(EndMode::cease, by_operator, "", [] {});
  b.session->fail("too late");
  b.connect_left();
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.state() == State::stopped);
}

TEST_CASE("start: of a session that is up touches nothing") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.session->start();
  CHECK(b.session->established());
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.right.received == announce({"10.0.0.0/8"}); }));
}

TEST_CASE("restart: both legs are told, and the session starts anew without a wait") {
  SessionBench b(resolved(proxy()));
  b.establish();
  b.session->restart(EndMode::cease, bgp::notify::cease_subcode::reset, "new policy");
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/4");
  CHECK(b.state() == State::starting);
  b.raise();
  CHECK(b.session->established());
  CHECK(b.session->status().restarts == 1);
}

TEST_CASE("restart: a stage that speaks as soon as it begins is heard in each life") {
  int begun = 0;
  Script s;
  s.ready = [&](ScriptedStage& self) {
    ++begun;
    self.inject(Direction::right, announce({"10.0.0.0/8"}));
  };
  std::size_t seen = 0;
  Script o;
  o.message = [&](ScriptedStage&, pipeline::Message&) {
    ++seen;
    return pipeline::Verdict::pass;
  };
  SessionBench b(resolved(pipeline_of({stage(script_kind, "R", s), stage(observer_kind, "R", o)})));
  b.session->start();
  b.session->restart(EndMode::close, 0, "");
  b.session->restart(EndMode::close, 0, "");
  CHECK(begun == 3);
  CHECK(b.state() == State::running);
}

TEST_CASE("batch: when all sources have ended the stages finish and the supervisor is told, without failure") {
  ScriptedStage *one = nullptr, *two = nullptr;
  Script a, c, o;
  a.ready = [&](ScriptedStage& s) { one = &s; };
  c.ready = [&](ScriptedStage& s) { two = &s; };
  SessionBench b(resolved(
      pipeline_of({stage(source_kind, "R", a, "x"), stage(source_kind, "R", c, "y"), stage(observer_kind, "R", o)})));
  b.session->start();
  CHECK(b.state() == State::running);
  b.session->source_ended(*one);
  CHECK(b.host.ended_calls.empty());
  b.session->source_ended(*two);
  CHECK(b.host.ended_calls == std::vector<bool>{false});
  CHECK(b.state() == State::stopped);
  CHECK(o.log->contains("finish"));
}

TEST_CASE("batch: policy always begins anew when all is read; on-failure does when not all was delivered") {
  ScriptedStage* source = nullptr;
  int begun = 0;
  bool fails = false;
  Script a, o;
  a.ready = [&](ScriptedStage& s) {
    source = &s;
    ++begun;
  };
  o.finish = [&](std::function<void()> done) {
    if (fails) source->of().fail("no space left");
    done();
  };
  auto p = pipeline_of({stage(source_kind, "R", a, "x"), stage(observer_kind, "R", o)});
  SUBCASE("always") { p->restart.policy = "always"; }
  SUBCASE("on-failure, with one") {
    p->restart.policy = "on-failure";
    fails = true;
  }
  SUBCASE("never") { p->restart.policy = "never"; }
  const bool again = p->restart.policy != "never";
  SessionBench b(resolved(p));
  b.session->start();
  b.session->source_ended(*source);
  CHECK(b.state() == (again ? State::backoff : State::stopped));
  CHECK(b.host.ended_calls.empty() == again);
  if (!again) return;
  CHECK(b.until([&] { return begun == 2; }));
  CHECK(b.session->status().restarts == 1);
}

TEST_CASE("batch: what a stage has to say while it finishes still passes the later ones, and a failure then is told") {
  ScriptedStage *source = nullptr, *late = nullptr;
  std::string seen;
  Script a, l, o;
  a.ready = [&](ScriptedStage& s) { source = &s; };
  l.ready = [&](ScriptedStage& s) { late = &s; };
  bool fails = false;
  l.finish = [&](std::function<void()> done) {
    late->inject(Direction::right, announce({"10.0.0.0/8"}));
    if (fails) late->of().fail("no space left", late);
    done();
  };
  o.message = [&](ScriptedStage&, pipeline::Message& m) {
    seen += said(base::as_text(m.wire()));
    return pipeline::Verdict::pass;
  };
  SUBCASE("well") {}
  SUBCASE("badly") { fails = true; }
  auto p =
      pipeline_of({stage(source_kind, "R", a, "x"), stage(script_kind, "R", l, "y"), stage(observer_kind, "R", o)});
  p->restart.policy = "never";
  SessionBench b(resolved(p));
  b.session->start();
  b.session->source_ended(*source);
  CHECK(seen == "+10.0.0.0/8");
  CHECK(b.host.ended_calls == std::vector<bool>{fails});
  CHECK(b.state() == State::stopped);
}
