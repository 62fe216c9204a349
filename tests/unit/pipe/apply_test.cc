#include <doctest/doctest.h>

#include "pipe/session.hh"
#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::State;
using pipeline::Verdict;

namespace {
Script noting(std::string& seen, char c) {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [&seen, c](ScriptedStage&, pipeline::Message&) {
    seen += c;
    return Verdict::pass;
  };
  return s;
}
void pass_one(SessionBench& b) {
  b.right.received.clear();
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.right.received == announce({"10.0.0.0/8"}); }));
}
}  // namespace

TEST_CASE("apply: a change that is live reaches the stage, which stays") {
  Script s;
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.establish();
  s.log->clear();
  s.live = 5;
  b.session->apply(resolved(proxy({stage(script_kind, "R", s)})));
  CHECK(s.log->starts_with("reconfigured "));
  CHECK_FALSE(s.log->contains("made"));
  pass_one(b);
  CHECK(b.session->established());
}

TEST_CASE("apply: equal options touch nothing") {
  Script s;
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.establish();
  s.log->clear();
  b.session->apply(resolved(proxy({stage(script_kind, "R", s)})));
  CHECK(s.log->find_first_not_of("resum ") == std::string::npos);
  pass_one(b);
}

TEST_CASE("apply: a change that costs the stage makes it anew with its state, and both legs stay up") {
  Script s;
  SessionBench b(resolved(proxy({stage(script_kind, "R", s)})));
  b.establish();
  s.log->clear();
  s.value = 5;
  b.session->apply(resolved(proxy({stage(script_kind, "R", s)})));
  CHECK(s.log->starts_with("made restored(kept) "));
  CHECK(s.log->contains("finish"));
  CHECK(s.log->contains("begin"));
  CHECK(s.log->contains("gone"));
  pass_one(b);
  CHECK(b.session->established());
  CHECK(b.host.count("DOWN") == 0);
}

TEST_CASE("apply: stages are added, removed and moved between two messages, and the legs stay up") {
  std::string seen;
  SessionBench b(resolved(proxy({stage(observer_kind, "R", noting(seen, 'x'), "x")})));
  b.establish();
  pass_one(b);
  b.session->apply(resolved(
      proxy({stage(observer_kind, "R", noting(seen, 'w'), "w"), stage(observer_kind, "R", noting(seen, 'x'), "x"),
             stage(observer_kind, "R", noting(seen, 'y'), "y")})));
  pass_one(b);
  b.session->apply(resolved(
      proxy({stage(observer_kind, "R", noting(seen, 'y'), "y"), stage(observer_kind, "R", noting(seen, 'w'), "w")})));
  pass_one(b);
  b.session->apply(resolved(proxy()));
  pass_one(b);
  CHECK(seen == "xwxyyw");
  CHECK(b.session->established());
  CHECK(b.session->status().stages.size() == 2);
}

TEST_CASE("apply: a stage of the same name but another kind is another stage") {
  std::string seen;
  Script gone;
  SessionBench b(resolved(proxy({stage(script_kind, "R", gone, "x")})));
  b.establish();
  b.session->apply(resolved(proxy({stage(observer_kind, "R", noting(seen, 'x'), "x")})));
  CHECK(gone.log->contains("finish"));
  CHECK(gone.log->ends_with("gone "));
  pass_one(b);
  CHECK(seen == "x");
}

TEST_CASE(
    "apply: a stage that leaves is not told that the session ended, and what it still says goes on from its old "
    "place") {
  ScriptedStage* old = nullptr;
  std::function<void()> done;
  Script leaving;
  leaving.interest = 0;
  leaving.ready = [&](ScriptedStage& s) { old = &s; };
  leaving.finish = [&](std::function<void()> d) { done = std::move(d); };
  std::string seen;
  SessionBench b(resolved(
      proxy({stage(observer_kind, "R", noting(seen, 'w'), "w"), stage(script_kind, "R", leaving, "x"),
             stage(observer_kind, "R", noting(seen, 'y'), "y"), stage(observer_kind, "R", noting(seen, 'z'), "z")})));
  b.establish();
  leaving.log->clear();
  b.session->apply(resolved(
      proxy({stage(observer_kind, "R", noting(seen, 'w'), "w"), stage(observer_kind, "R", noting(seen, 'y'), "y"),
             stage(observer_kind, "R", noting(seen, 'z'), "z")})));
  CHECK_FALSE(leaving.log->contains("end "));
  old->inject(Direction::right, announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.right.received == announce({"10.0.0.0/8"}); }));
  CHECK(seen == "yz");
  done();
  CHECK(leaving.log->ends_with("gone "));
}

TEST_CASE("apply: two stages leave at once: what one delivers still passes the other") {
  ScriptedStage* old = nullptr;
  std::string seen;
  Script leaving;
  leaving.interest = 0;
  leaving.ready = [&](ScriptedStage& s) { old = &s; };
  leaving.finish = [&](std::function<void()> done) {
    old->inject(Direction::left, announce({"10.0.0.0/8"}));
    old->inject(Direction::left, announce({"11.0.0.0/8"}));
    done();
  };
  SessionBench b(
      resolved(proxy({stage(observer_kind, "L", noting(seen, 'w'), "w"), stage(script_kind, "L", leaving, "x")})));
  b.establish();
  b.session->apply(resolved(proxy()));
  CHECK(b.until([&] { return b.left.received == announce({"10.0.0.0/8"}) + announce({"11.0.0.0/8"}); }));
  CHECK(seen == "ww");
  CHECK(b.session->established());
}

TEST_CASE("apply: a stage that is still leaving is told when the session ends") {
  Script leaving;
  leaving.finish = [](std::function<void()>) {};
  SessionBench b(resolved(proxy({stage(script_kind, "R", leaving, "x")})));
  b.establish();
  b.session->apply(resolved(proxy()));
  CHECK_FALSE(leaving.log->contains("end "));
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::backoff; }));
  CHECK(leaving.log->contains("end "));
}

TEST_CASE("apply: a stage that held up a line lets it go when it leaves") {
  ScriptedStage* old = nullptr;
  Script wall;
  wall.interest = 0;
  wall.ready = [&](ScriptedStage& s) { old = &s; };
  SessionBench b(resolved(proxy({stage(script_kind, "R", wall, "x")})));
  b.establish();
  b.session->block(Direction::right, old);
  CHECK(b.session->blocked(Direction::right));
  b.session->apply(resolved(proxy()));
  CHECK_FALSE(b.session->blocked(Direction::right));
  pass_one(b);
}

TEST_CASE("apply: a source that joins a held line waits") {
  SessionBench b(resolved(proxy()));
  b.establish();
  const int wall = 0;
  b.session->block(Direction::right, &wall);
  Script s;
  b.session->apply(resolved(proxy({stage(source_kind, "R", s)})));
  CHECK(s.log->contains("begin"));
  CHECK(s.log->ends_with("pause "));
}

TEST_CASE("apply: a new stage that cannot be prepared fails the attempt and is prepared again in the next") {
  int tries = 0;
  SessionBench b(resolved(proxy()));
  b.establish();
  Script s;
  s.prepare = [&]() -> base::Result<> { return ++tries < 3 ? base::fail("no such program") : base::Result<>{}; };
  b.session->apply(resolved(proxy({stage(script_kind, "R", s)})));
  CHECK(b.state() == State::backoff);
  CHECK(b.session->status().last_failure->text.contains("no such program"));
  CHECK(b.until([&] { return b.state() == State::starting; }));
  CHECK(tries == 3);
  b.raise();
  CHECK(b.session->established());
}

TEST_CASE("apply: of a stopped session only says how it starts next") {
  std::string seen;
  SessionBench b(resolved(proxy()));
  b.establish();
  b.session->stop(pipeline::EndMode::close, 0, "", [] {});
  b.session->apply(resolved(proxy({stage(observer_kind, "R", noting(seen, 'x'), "x")})));
  CHECK(b.state() == State::stopped);
  b.session->start();
  b.raise();
  pass_one(b);
  CHECK(seen == "x");
}

TEST_CASE("apply: during back-off the next attempt has the new stages") {
  std::string seen;
  SessionBench b(resolved(proxy()));
  b.establish();
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::backoff; }));
  b.session->apply(resolved(proxy({stage(observer_kind, "R", noting(seen, 'x'), "x")})));
  CHECK(b.until([&] { return b.state() == State::starting; }));
  b.raise();
  pass_one(b);
  CHECK(seen == "x");
}

TEST_CASE("apply: new kill and restart rules hold from the next event on") {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [](ScriptedStage& me, pipeline::Message& m) {
    me.of().emit(&me, "SEEN", "", &m);
    return Verdict::pass;
  };
  SessionBench b(resolved(proxy({stage(observer_kind, "R", s)})));
  b.establish();
  pass_one(b);
  auto p = proxy({stage(observer_kind, "R", s)});
  p->kill.push_back({.event = "observer/SEEN"});
  b.session->apply(resolved(p));
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return b.state() == State::failed; }));
}

namespace {
std::size_t begins(const Script& s) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = s.log->find("begin ", at)) != std::string::npos; ++at) ++n;
  return n;
}
// Raises raiser/GO with each UPDATE.
pipeline::StageSpec raiser() {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [](ScriptedStage& me, pipeline::Message& m) {
    me.of().emit(&me, "GO", "", &m);
    return Verdict::pass;
  };
  return stage(observer_kind, "R", s, "raiser");
}
pipeline::StageSpec waiting(const Script& s, std::vector<std::string> events) {
  auto out = stage(script_kind, "R", s, "waiting");
  out.common.wait = std::move(events);
  return out;
}
}  // namespace

TEST_CASE("apply: a stage that joins waits for the event it names, and begins once") {
  SessionBench b(resolved(proxy({raiser()})));
  b.establish();
  Script s;
  b.session->apply(resolved(proxy({raiser(), waiting(s, {"raiser/GO"})})));
  CHECK(begins(s) == 0);
  pass_one(b);
  CHECK(begins(s) == 1);
  pass_one(b);
  CHECK(begins(s) == 1);
}

TEST_CASE("apply: a stage made anew goes on where the old one had begun, and waits where it had not") {
  Script s;
  SessionBench b(resolved(proxy({raiser(), waiting(s, {"raiser/GO"})})));
  b.establish();
  ++s.value;
  b.session->apply(resolved(proxy({raiser(), waiting(s, {"raiser/GO"})})));
  CHECK(begins(s) == 0);
  pass_one(b);
  CHECK(begins(s) == 1);
  ++s.value;
  b.session->apply(resolved(proxy({raiser(), waiting(s, {"raiser/GO"})})));
  CHECK(begins(s) == 2);
  pass_one(b);
  CHECK(begins(s) == 2);
}

TEST_CASE("apply: a stage that waits for ESTABLISHED begins at once while the session is up") {
  SessionBench b(resolved(proxy()));
  b.establish();
  Script s;
  b.session->apply(resolved(proxy({waiting(s, {"ESTABLISHED"})})));
  CHECK(begins(s) == 1);
}
