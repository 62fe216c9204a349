#include "stages/exec.hh"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "stages/read.hh"
#include "support/directory.hh"
#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::State;
using stages::ExecOptions;
using stages::ReadOptions;

namespace {
pipeline::StageSpec exec(ExecOptions o, const std::string& direction = "R") {
  pipeline::StageSpec s{.kind = &stages::exec_kind, .options = std::make_shared<ExecOptions>(std::move(o))};
  s.common.direction = direction;
  return s;
}
ExecOptions running(std::vector<std::string> command) {
  ExecOptions o;
  o.command = std::move(command);
  return o;
}
ExecOptions shell(const std::string& script) { return running({"/bin/sh", "-c", script}); }
// Only UPDATEs go through it: OPEN and KEEPALIVE need not wait for a script to start.
ExecOptions updates(ExecOptions o) {
  o.type = {"UPDATE"};
  return o;
}

std::shared_ptr<pipeline::PipelineSpec> impatient(const std::string& script, const std::string& on_failure,
                                                  base::Nanos max_stall) {
  ExecOptions o = updates(shell(script));
  o.on_failure = on_failure;
  auto p = proxy({exec(std::move(o))});
  p->options.max_stall = {max_stall};
  return resolved(std::move(p));
}

std::string numbered(int from, int to) {
  std::string out;
  for (int i = from; i < to; ++i)
    out += announce({"10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24"});
  return out;
}

struct Bench : SessionBench {
  explicit Bench(ExecOptions o, const std::string& direction = "R")
      : SessionBench(resolved(proxy({exec(std::move(o), direction)}))) {}
  pipeline::StageStatus of_exec() {
    const auto now = session->status();
    for (const auto& s : now.stages)
      if (s.kind == "exec") return s;
    return {};
  }
  std::uint64_t counter(const std::string& name) {
    for (const auto& [k, v] : of_exec().counters)
      if (k == name) return v;
    return ~std::uint64_t{0};
  }
  // A reload puts these stages in the place of the script while it has questions: all arrives, in order.
  void exchange(std::vector<pipeline::StageSpec> by) {
    establish();
    left.send(numbered(0, 50));
    CHECK(until([&] { return counter("unanswered") == 50; }));
    session->apply(resolved(proxy(std::move(by))));
    left.send(numbered(50, 60));
    CHECK(until([&] { return right.received.size() >= numbered(0, 60).size(); }));
    CHECK(right.received == numbered(0, 60));
  }
};

}  // namespace

TEST_CASE("exec: all that goes through cat comes out as the bytes it went in as, in order") {
  Bench b(running({"/bin/cat"}));
  b.establish();
  const std::string stream = numbered(0, 3000);
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.counter("unanswered") == 0);
}

TEST_CASE("exec: raw answers are read in the encoding of the leg whose messages the script gets") {
  ExecOptions o = running({"/bin/cat"});
  o.format = "raw";
  Bench b(o);
  const OpenText narrow{.as4 = false};
  b.establish(narrow);
  const std::string of_two_bytes = update({}, basic(65001, false), routes({"10.0.0.0/8"}));
  b.left.send(of_two_bytes);
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  CHECK(b.right.received == of_two_bytes);
}

TEST_CASE("exec: all that a script gets as raw bytes is encoded alike, whoever sent it") {
  const Directory d;
  ReadOptions file;
  file.path = d.file("a.raw", announce({"192.0.2.0/24"}));
  file.format = "raw";
  ExecOptions o = running({"/bin/cat"});
  o.format = "raw";
  pipeline::StageSpec before{.kind = &stages::read_kind, .options = std::make_shared<ReadOptions>(std::move(file))};
  before.common.direction = "R";
  SessionBench b(resolved(proxy({std::move(before), exec(std::move(o))})));
  const OpenText narrow{.as4 = false};
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.left.send(open(narrow) + keepalive());
  b.right.send(open({.asn = 65002, .id = "192.0.2.2"}) + keepalive());
  // The file comes with the session.
  CHECK(b.until([&] { return b.right.messages().size() == 3; }));
  CHECK(b.right.received.ends_with(update({}, basic(65001, false), routes({"192.0.2.0/24"}))));
}

TEST_CASE("exec: what it does not see keeps its place among what it sees") {
  Bench b(updates(running({"/bin/cat"})));
  b.establish();
  const std::string refresh = message(bgp::MsgType::route_refresh, std::string("\0\1\0\1", 4));
  std::string stream;
  for (int i = 0; i < 200; ++i) stream += numbered(i, i + 1) + refresh;
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
}

TEST_CASE(
    "exec: KEEPALIVE and NOTIFICATION never wait for a script that says nothing; what it does not see waits "
    "order-timeout") {
  ExecOptions o = updates(shell("exec sleep 60"));
  o.order_timeout = {300 * base::millisecond};
  Bench b(o);
  b.establish();
  const std::string refresh = message(bgp::MsgType::route_refresh, std::string("\0\1\0\1", 4));
  const base::Nanos asked = b.loop.now();
  b.left.send(numbered(0, 1) + refresh + keepalive());
  CHECK(b.until([&] { return b.right.received == keepalive(); }));
  CHECK(b.loop.now() - asked < 250 * base::millisecond);
  CHECK(b.until([&] { return b.right.received == keepalive() + refresh; }));
  CHECK(b.loop.now() - asked >= 290 * base::millisecond);
  b.left.send(notification(6, 2));
  CHECK(b.until([&] { return b.right.notified() == "6/2"; }));
}

TEST_CASE("exec: loose order does not wait at all") {
  ExecOptions o = updates(shell("exec sleep 60"));
  o.order = "loose";
  Bench b(o);
  b.establish();
  const std::string refresh = message(bgp::MsgType::route_refresh, std::string("\0\1\0\1", 4));
  b.left.send(numbered(0, 1) + refresh);
  CHECK(b.until([&] { return b.right.received == refresh; }));
}

TEST_CASE(
    "exec: bypass: what a dead script had not answered passes the stages behind it, wherever its own messages enter") {
  ExecOptions o = updates(shell("head -n 1 >/dev/null; kill -9 $$"));
  o.on_failure = "bypass";
  int seen = 0;
  Script s;
  s.message = [&](ScriptedStage&, pipeline::Message& m) {
    seen += m.type() == bgp::MsgType::update;
    return pipeline::Verdict::pass;
  };
  auto script = exec(o);
  script.common.inject = "last";
  SessionBench b(resolved(proxy({script, stage(observer_kind, "R", s)})));
  b.establish();
  const std::string stream = numbered(0, 20);
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(seen == 20);
}

TEST_CASE("exec: bypass: a script that is killed loses nothing, and what came behind it stays behind") {
  // Answers some, then dies with more in its hands.
  ExecOptions o = updates(shell("head -n 10; kill -9 $$"));
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  const std::string stream = numbered(0, 500);
  b.left.send(stream.substr(0, stream.size() / 2));
  b.left.send(stream.substr(stream.size() / 2));
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.session->established());
  CHECK(b.host.count("exec/FAILED") >= 1);
}

TEST_CASE("exec: bypass: a script that reads nothing for max-stall has failed, long before its pipe is full") {
  SessionBench b(impatient("exec sleep 60", "bypass", 300 * base::millisecond));
  b.establish();
  const std::string stream = numbered(0, 5);
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  REQUIRE(b.host.find("exec/FAILED") != nullptr);
  CHECK(b.host.find("exec/FAILED")->text.contains("neither reads nor prints"));
  CHECK(b.session->established());
}

TEST_CASE("exec: reset: a script that reads nothing for max-stall takes the session with it") {
  SessionBench b(impatient("exec sleep 60", "reset", 200 * base::millisecond));
  b.establish();
  b.left.send(numbered(0, 5));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.right.received.empty());
  CHECK(b.session->status().last_failure->text.contains("neither reads nor prints"));
}

TEST_CASE("exec: block: a script that reads nothing is waited for, but for max-stall if that is set") {
  for (const bool set : {false, true}) {
    auto p = proxy({exec(updates(shell("exec sleep 60")))});
    if (set) p->options.max_stall = {200 * base::millisecond};
    SessionBench b(resolved(p));
    const OpenText quick{.hold = 3}, other{.asn = 65002, .hold = 3, .id = "192.0.2.2"};
    b.establish(quick, other);
    b.left.send(numbered(0, 5));
    CHECK(b.until([&] { return !b.left.end.empty(); }, 1500 * base::millisecond) == set);
    CHECK(b.host.count("exec/FAILED") == 0);
    if (set) CHECK(b.session->status().last_failure->text.contains("max-stall"));
  }
}

TEST_CASE("exec: bypass: a script that has read all and prints nothing has dropped it") {
  SessionBench b(impatient("while read l; do :; done", "bypass", 100 * base::millisecond));
  b.establish();
  b.left.send(numbered(0, 5));
  b.settle(400 * base::millisecond);
  CHECK(b.host.count("exec/FAILED") == 0);
  CHECK(b.right.received.empty());
}

TEST_CASE("exec: bypass: a script that does not read while it prints does not hang") {
  SessionBench b(
      impatient("IFS= read -r a; IFS= read -r b; for l in 1 2 3 4 5 6 7 8; do sleep 0.1; "
                "printf '%s\\n' \"$a\"; done; echo \"$b\"; exec cat",
                "bypass", 400 * base::millisecond));
  b.establish();
  b.left.send(numbered(0, 5));
  CHECK(b.until([&] { return b.right.received.ends_with(numbered(4, 5)); }));
  CHECK(b.host.count("exec/FAILED") == 0);
}

TEST_CASE("exec: bypass: a program that cannot be started is bypassed, told, and tried again until it can") {
  const Directory d;
  for (const bool copy : {false, true}) {
    const std::string program = d.path + (copy ? "/copy" : "/cut");
    ExecOptions o = updates(running({program}));
    o.on_failure = copy ? "block" : "bypass";
    o.copy = copy;
    Bench b(o);
    b.establish();
    b.left.send(numbered(0, 5));
    CHECK(b.until([&] { return b.right.received == numbered(0, 5); }));
    CHECK(b.until([&] { return b.host.count("exec/FAILED") != 0; }));
    CHECK(b.host.find("exec/FAILED")->text.contains("cannot run " + program));
    std::filesystem::copy_file("/bin/cat", program);
    CHECK(b.until([&] { return b.host.count("exec/STARTED") == 1; }));
    b.left.send(numbered(5, 6));
    CHECK(b.until([&] { return b.counter("answers") == 1; }));
    CHECK(b.session->established());
  }
}

TEST_CASE("exec: a program that cannot be started is tried again after twice as long each time") {
  ExecOptions o = updates(running({"/nowhere/policy"}));
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  CHECK(b.until([&] { return b.host.count("exec/FAILED") != 0; }));
  const base::Nanos first = b.loop.now();
  CHECK(b.until([&] { return b.host.count("exec/FAILED") == 3; }));
  CHECK(b.loop.now() - first >= 590 * base::millisecond);
  CHECK(b.session->established());
}

TEST_CASE("exec: a failure that did not cost the session is its last error, also when the script runs again") {
  const Directory d;
  ExecOptions o = updates(running({d.path + "/late"}));
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  CHECK(b.until([&] { return b.host.count("exec/FAILED") != 0; }));
  std::filesystem::copy_file("/bin/cat", d.path + "/late");
  CHECK(b.until([&] { return b.of_exec().state == "running"; }));
  const auto f = b.session->status().last_failure;
  REQUIRE(f);
  CHECK(f->stage == "exec");
  CHECK(f->text.contains("cannot run"));
  CHECK(f->at > 0);
}

TEST_CASE("exec: block, reset: no session begins while the program cannot be started; it is tried again") {
  for (const char* policy : {"block", "reset"}) {
    ExecOptions o = updates(running({"/nowhere/policy"}));
    o.on_failure = policy;
    Bench b(o);
    b.session->start();
    CHECK(b.until([&] { return b.host.count("FAILED") >= 2; }));
    CHECK(b.host.find("FAILED")->text.contains("cannot run /nowhere/policy"));
    CHECK_FALSE(b.session->established());
  }
}

TEST_CASE("exec: bypass: a script that dies before its first answer does not cost the session") {
  auto o = updates(shell("read line; exit 3"));
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  b.left.send(numbered(0, 5));
  CHECK(b.until([&] { return b.right.received == numbered(0, 5); }));
  CHECK(b.session->established());
  // What passes while there is none is bypassed, too.
  b.left.send(numbered(5, 7) + keepalive());
  CHECK(b.until([&] { return b.right.received.size() >= numbered(0, 7).size(); }));
  CHECK(b.until([&] { return b.counter("bypassed") == 7; }));
}

TEST_CASE("exec: block: a new script is asked what the dead one had not answered, and nothing passes meanwhile") {
  const Directory d;
  // The first life answers nothing, the later ones everything.
  ExecOptions o =
      updates(shell("if mkdir " + d.path + "/first 2>/dev/null; then read line; kill -9 $$; else exec cat; fi"));
  Bench b(o);
  b.establish();
  const std::string stream = numbered(0, 500);
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.counter("restarts") == 1);
  CHECK(b.session->established());
}

TEST_CASE("exec: block: a script that takes nothing holds the line for max-stall at most; a new one begins the next") {
  auto p = proxy({exec(updates(shell("exec sleep 60")))});
  p->options.max_stall = {200 * base::millisecond};
  SessionBench b(resolved(p));
  b.establish();
  b.left.send(numbered(0, 12000));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.right.received.empty());
  CHECK(b.session->status().last_failure->text.contains("max-stall"));
  CHECK(b.until([&] { return b.host.count("exec/STARTED") == 2; }));
}

TEST_CASE("exec: reset: a script that dies takes the session with it, which comes back") {
  ExecOptions o = updates(shell("read line; exit 3"));
  o.on_failure = "reset";
  Bench b(o);
  b.establish();
  b.left.send(numbered(0, 1));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.session->status().last_failure->text.contains("exited with status 3"));
  CHECK(b.until([&] { return b.state() == State::starting; }));
}

TEST_CASE("exec: reset: no message of the next session passes without a script") {
  ExecOptions o = updates(shell("read line; exit 3"));
  o.on_failure = "reset";
  Bench b(o);
  b.establish();
  for (int i = 0; i < 4; ++i) {
    b.left.send(numbered(0, 1));
    CHECK(b.until([&] { return !b.left.end.empty() && b.state() != State::established; }));
    b.raise();
  }
  CHECK(b.counter("restarts") == 4);
  CHECK(b.counter("given") == 4);
  CHECK(b.right.received.empty());
}

TEST_CASE("exec: what the script of a batch never prints is dropped; if it failed, so has the batch") {
  for (const bool fails : {false, true}) {
    ScriptedStage* source = nullptr;
    std::string seen;
    Script from, to;
    from.ready = [&](ScriptedStage& s) { source = &s; };
    to.message = [&](ScriptedStage&, pipeline::Message& m) {
      seen += base::as_text(m.wire());
      return pipeline::Verdict::pass;
    };
    auto p = pipeline_of({stage(source_kind, "R", from),
                          exec(shell(std::string("head -n 1; cat > /dev/null; exit ") + (fails ? "3" : "0"))),
                          stage(observer_kind, "R", to)});
    p->restart.policy = "never";
    SessionBench b(resolved(p));
    b.session->start();
    for (const auto& m : cut(numbered(0, 3))) source->inject(Direction::right, m);
    b.session->source_ended(*source);
    CHECK(b.until([&] { return !b.host.ended_calls.empty(); }));
    CHECK(b.host.ended_calls == std::vector<bool>{fails});
    CHECK(seen == numbered(0, 1));
  }
}

TEST_CASE("exec: a batch whose script died begins anew with another") {
  Directory d;
  ScriptedStage* source = nullptr;
  std::string seen;
  Script from, to;
  from.ready = [&](ScriptedStage& s) { source = &s; };
  to.message = [&](ScriptedStage&, pipeline::Message& m) {
    seen += base::as_text(m.wire());
    return pipeline::Verdict::pass;
  };
  const std::string once = d.path + "/once";
  SessionBench b(resolved(pipeline_of({stage(source_kind, "R", from),
                                       exec(shell("[ -e " + once + " ] && exec cat; touch " + once + "; exit 3")),
                                       stage(observer_kind, "R", to)})));
  b.session->start();
  CHECK(b.until([&] { return b.state() == State::backoff; }));
  CHECK(b.until([&] { return b.state() == State::running; }));
  source->inject(Direction::right, announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return seen == announce({"10.0.0.0/8"}); }));
}

TEST_CASE("exec: a script that prints what cannot be read has failed, and what it prints after that does not count") {
  ExecOptions o = updates(shell("read a; echo \"$a\"; read b; echo garbage; echo \"$b\"; echo \"$b\"; exec sleep 60"));
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  b.left.send(numbered(0, 2));
  CHECK(b.until([&] { return b.right.received == numbered(0, 2); }));
  b.settle(100 * base::millisecond);
  CHECK(b.right.received == numbered(0, 2));
}

TEST_CASE("exec: a script that closes its input or its output and lives on has failed, and nothing is lost to it") {
  ExecOptions o;
  SUBCASE("input") { o = updates(shell("exec sleep 60 <&-")); }
  SUBCASE("output") { o = updates(shell("exec cat >&- 2>&-")); }
  o.on_failure = "bypass";
  Bench b(o);
  b.establish();
  const std::string stream = numbered(0, 300);
  b.left.send(stream.substr(0, stream.size() / 2));
  b.left.send(stream.substr(stream.size() / 2));
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }));
  CHECK(b.right.received == stream);
  CHECK(b.host.find("exec/FAILED") != nullptr);
}

TEST_CASE("exec: at the end of a pipeline it gets all that arrives, and what it prints goes back and answers nothing") {
  const Directory d;
  ExecOptions o =
      updates(shell("read line; echo '[\"L\",0,\"\",\"UPDATE\",{},{}]'; (echo \"$line\"; cat) > " + d.path + "/got"));
  SessionBench b(resolved(pipeline_of({stage(end_kind), exec(o, "")})));
  b.session->start();
  b.connect_left();
  b.left.send(numbered(0, 100));
  CHECK(b.until([&] { return b.session->status().stages[1].counters[0].second == 100; }));
  const auto now = b.session->status();
  for (const auto& [name, value] : now.stages[1].counters)
    if (name == "unanswered") CHECK(value == 0);
  CHECK(b.until([&] {
    std::ifstream in(d.path + "/got");
    return std::count(std::istreambuf_iterator<char>(in), {}, '\n') == 100;
  }));
}

TEST_CASE("exec: answers to an old session are dropped") {
  // Answers everything again and again, a second later than it should.
  ExecOptions o = updates(shell("read a; sleep 0.3; echo \"$a\"; exec cat"));
  Bench b(o);
  b.establish();
  b.left.send(numbered(0, 1));
  b.settle();
  b.left.finish();
  CHECK(b.until([&] { return b.state() == State::starting; }));
  b.raise();
  b.left.send(numbered(1, 2));
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  b.settle(400 * base::millisecond);
  CHECK(b.right.received == numbered(1, 2));
}

TEST_CASE("exec: a copying script changes nothing, whatever becomes of it; what it prints is added") {
  ExecOptions o = updates(shell("read a; echo '[\"R\",0,\"\",\"KEEPALIVE\",null,{}]'; exit 1"));
  o.copy = true;
  Bench b(o);
  b.establish();
  b.left.send(numbered(0, 200));
  CHECK(b.until([&] { return b.host.count("exec/FAILED") == 1; }));
  CHECK(b.until([&] { return b.right.received.size() >= numbered(0, 200).size(); }));
  auto all = b.right.of_type(bgp::MsgType::update);
  std::string joined;
  for (const auto& m : all) joined += m;
  CHECK(joined == numbered(0, 200));
}

TEST_CASE("exec: taken out of a live session it answers what it has, before anything newer passes") {
  Bench b(updates(shell("sleep 0.2; exec cat")));
  b.exchange({});
  CHECK(b.session->established());
}

TEST_CASE("exec: taken out of a live session with a script that never answers, nothing is lost") {
  Bench b(updates(shell("exec sleep 60")));
  b.exchange({});
}

TEST_CASE("exec: exchanged in a live session the new script sees what comes after, and the order stays") {
  Bench b(updates(shell("sleep 0.1; exec cat")));
  b.exchange({exec(updates(running({"/bin/cat"})))});
  CHECK(b.counter("given") == 10);
}

TEST_CASE("exec: the session stops although its script does not listen, has failed, or is being stopped up") {
  bool done = false;
  SUBCASE("does not listen") {
    Bench b(updates(shell("trap '' TERM; while :; do sleep 1; done")));
    b.establish();
    b.session->stop(pipeline::EndMode::cease, 2, "", [&] { done = true; });
    CHECK(b.until([&] { return done; }));
  }
  SUBCASE("has printed what cannot be read") {
    ExecOptions o = updates(shell("echo garbage; exec sleep 60"));
    o.on_failure = "bypass";
    Bench b(o);
    b.establish();
    CHECK(b.until([&] { return b.host.count("exec/FAILED") == 1; }));
    b.session->stop(pipeline::EndMode::cease, 2, "", [&] { done = true; });
    CHECK(b.until([&] { return done; }, 2 * base::second));
  }
}

TEST_CASE("exec: a program that does not exist fails the session, and its name is told") {
  Bench b(running({"/does/not/exist"}));
  b.session->start();
  CHECK(b.state() == State::backoff);
  CHECK(b.session->status().last_failure->text.contains("/does/not/exist"));
}

TEST_CASE("exec: a batch waits for the last answer of its script") {
  ScriptedStage* source = nullptr;
  std::string seen;
  Script from, to;
  from.ready = [&](ScriptedStage& s) { source = &s; };
  to.message = [&](ScriptedStage&, pipeline::Message& m) {
    seen += base::as_text(m.wire());
    return pipeline::Verdict::pass;
  };
  SessionBench b(resolved(
      pipeline_of({stage(source_kind, "R", from), exec(shell("sleep 0.2; exec cat")), stage(observer_kind, "R", to)})));
  b.session->start();
  for (const auto& m : cut(numbered(0, 100))) source->inject(Direction::right, m);
  b.session->source_ended(*source);
  CHECK(b.until([&] { return !b.host.ended_calls.empty(); }));
  CHECK(b.host.ended_calls == std::vector<bool>{false});
  CHECK(seen == numbered(0, 100));
}
