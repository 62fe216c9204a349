#include "super/supervisor.hh"

#include <doctest/doctest.h>

#include <deque>

#include "net/dial.hh"
#include "support/configuration.hh"
#include "support/session_bench.hh"

using namespace support;
using pipeline::State;

namespace {
std::uint16_t free_port() {
  net::Fd fd = *net::tcp_socket(base::IpFamily::v4);
  REQUIRE(net::bind_to(fd.get(), {base::Address::v4(0x7f000001), 0}, base::IpFamily::v4));
  return net::local_endpoint(fd.get()).port;
}

// A supervisor with two workers, and what it tells.
struct Bench {
  net::Loop loop;
  std::optional<super::Supervisor> supervisor;
  std::vector<pipeline::Event> events;
  std::vector<std::string> ended;
  FarEnd left, right;
  bool keep_all = false;  // each dialled connection has a far end of its own
  std::deque<FarEnd> all_right;
  std::unique_ptr<net::ListenerSet> listeners;
  std::unique_ptr<net::Dial> dial;
  std::uint16_t port = free_port(), far_port = free_port();

  explicit Bench(unsigned workers = 2) : supervisor(std::in_place, loop, workers) {
    supervisor->on_event([this](const pipeline::Event& e) { events.push_back(e); });
    supervisor->on_ended = [this](const std::string& name, bool failed) {
      ended.push_back(name + (failed ? " failed" : ""));
    };
    listeners = std::make_unique<net::ListenerSet>(loop);
    REQUIRE(listeners->add({.endpoint = {base::Address::v4(0x7f000001), far_port}}, [this](net::Accepted a) {
      FarEnd& to = keep_all ? all_right.emplace_back() : right;
      to.take(loop, std::move(a.fd));
    }));
  }
  ~Bench() {
    supervisor.reset();
    left = {};
    right = {};
    all_right.clear();
  }
  bool until(const std::function<bool()>& c) { return turn_until(loop, c); }
  State state(const std::string& name) const {
    const auto p = supervisor->status(name);
    return p ? p->state : State::stopped;
  }
  pipeline::SessionStatus session(const std::string& name) const { return supervisor->status(name)->sessions.at(0); }
  void call() {
    bool done = false;
    dial = std::make_unique<net::Dial>(loop, net::DialOptions{.host = "127.0.0.1", .port = port},
                                       [&](base::Result<net::Fd> fd) {
                                         REQUIRE(fd);
                                         left.take(loop, std::move(*fd));
                                         done = true;
                                       });
    REQUIRE(until([&] { return done; }));
  }
  std::string proxy(const std::string& middle = "", const std::string& name = "p") const {
    return "  " + name +
           ": { restart: { min-delay: 10ms, max-delay: 10ms, jitter: 0 }, stages: [ { listen: '127.0.0.1:" +
           std::to_string(port) + "' }, " + middle + "{ connect: '127.0.0.1:" + std::to_string(far_port) + "' } ] }\n";
  }
  void establish(const std::string& name = "p") {
    right.received.clear();
    call();
    left.send(open() + keepalive());
    REQUIRE(until([&] { return right.of_type(bgp::MsgType::keepalive).size() == 1; }));
    right.send(open({.asn = 65002}) + keepalive());
    REQUIRE(until([&] { return state(name) == State::established; }));
  }
};
std::string pipelines(const std::string& text) { return "pipelines:\n" + text; }
}  // namespace

TEST_CASE("supervisor: a pipeline is started, serves its peer, and is stopped and started again by name") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy())));
  CHECK(b.until([&] { return b.state("p") == State::waiting; }));
  b.establish();
  const auto s = b.session("p");
  CHECK(s.legs.size() == 2);
  CHECK(s.legs[0].remote.starts_with("127.0.0.1:"));
  CHECK(b.supervisor->stop_pipeline("p", "enough"));
  CHECK(b.until([&] { return b.state("p") == State::stopped && !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/2");
  CHECK(b.supervisor->start_pipeline("p"));
  CHECK(b.until([&] { return b.state("p") == State::waiting; }));
  b.establish();
  CHECK(b.supervisor->restart_pipeline("p", ""));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/4");
  b.establish();
  CHECK_FALSE(b.supervisor->start_pipeline("q"));
  CHECK_FALSE(b.supervisor->stop_pipeline("q", ""));
  CHECK_FALSE(b.supervisor->restart_pipeline("q", ""));
  CHECK_FALSE(b.supervisor->status("q"));
}

TEST_CASE("supervisor: starting what runs changes nothing") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy())));
  b.establish();
  CHECK(b.supervisor->start_pipeline("p"));
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.right.of_type(bgp::MsgType::update).empty(); }));
  CHECK(b.state("p") == State::established);
}

TEST_CASE("reload: what did not change keeps its connections, what changed in place too") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy() + "  gone: { stages: [ { connect: '127.0.0.1:1' } ] }\n")));
  b.establish();
  const auto before = b.session("p");
  const auto entries = b.supervisor->reload(configured(
      pipelines(b.proxy("{ limit: { max-length: 8 } }, ") + "  new: { stages: [ { connect: '127.0.0.1:1' } ] }\n")));
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].action == super::Action::updated);
  CHECK(entries[1].action == super::Action::added);
  CHECK(entries[2].action == super::Action::removed);
  CHECK(b.until([&] { return b.session("p").stages.size() == 3; }));
  CHECK(b.session("p").id == before.id);
  CHECK(b.session("p").established_at == before.established_at);
  CHECK(b.session("p").legs[0].remote == before.legs[0].remote);
  b.right.received.clear();
  b.left.send(announce({"10.0.0.0/8"}) + announce({"10.0.0.0/9"}) + announce({"11.0.0.0/8"}));
  CHECK(b.until([&] { return b.right.of_type(bgp::MsgType::update).size() == 3; }));
  CHECK(said(b.right.of_type(bgp::MsgType::update)[1]) == "-10.0.0.0/9");
  CHECK(b.until([&] { return !b.supervisor->status("gone"); }));
  CHECK(b.supervisor->status().size() == 2);
  CHECK(b.supervisor->status()[1].name == "new");
  CHECK_FALSE(super::changes(b.supervisor->reload(configured(
      pipelines(b.proxy("{ limit: { max-length: 8 } }, ") + "  new: { stages: [ { connect: '127.0.0.1:1' } ] }\n")))));
}

TEST_CASE("reload: what costs the session ends it with a Cease and starts it anew, with the same listening key") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy())));
  b.establish();
  const auto id = b.session("p").id;
  auto yaml = b.proxy();
  yaml.replace(yaml.find("127.0.0.1:" + std::to_string(b.far_port)), 9, "localhost");
  CHECK(b.supervisor->reload(configured(pipelines(yaml)))[0].action == super::Action::restarted);
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/6");
  CHECK(b.session("p").id != id);
  b.establish();
  CHECK(b.supervisor->status().size() == 1);
}

TEST_CASE("reload: a pipeline that is taken out frees its key for another at once") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy("", "old"))));
  b.establish("old");
  b.supervisor->reload(configured(pipelines(b.proxy("", "new"))));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/3");
  b.establish("new");
  CHECK(b.supervisor->status("new")->error.empty());
}

TEST_CASE("supervisor: a place that cannot be listened on fails its own pipeline only, says why, and heals") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy() + "  bad: { stages: [ { listen: '192.0.2.254:1790' } ] }\n")));
  CHECK(b.until([&] { return b.state("bad") == State::failed && b.state("p") == State::waiting; }));
  CHECK(b.supervisor->status("bad")->error.contains("192.0.2.254"));
  b.establish();
}

TEST_CASE("supervisor: a batch that ended is told, and a pipeline that gave up") {
  Bench b;
  b.supervisor->start(
      configured(pipelines("  batch: { stages: [ { read: { path: /dev/null, format: raw } }, { write: { path: "
                           "/dev/null, format: raw } } ] }\n"
                           "  poor: { restart: { policy: never }, stages: [ { read: /does/not/exist }, { write: { "
                           "path: /dev/null, format: raw } } ] }\n")));
  CHECK(b.until([&] { return b.ended.size() == 2; }));
  std::ranges::sort(b.ended);
  CHECK(b.ended == std::vector<std::string>{"batch", "poor failed"});
}

TEST_CASE(
    "supervisor: events have numbers one after the other; recent ones are kept; a sink may leave while it is called") {
  Bench b;
  int calls = 0;
  std::uint64_t id = 0;
  id = b.supervisor->on_event([&](const pipeline::Event&) {
    ++calls;
    b.supervisor->off_event(id);
  });
  b.supervisor->start(configured(pipelines(b.proxy())));
  b.establish();
  CHECK(b.until([&] { return std::ranges::any_of(b.events, [](const auto& e) { return e.name == "ESTABLISHED"; }); }));
  CHECK(calls == 1);
  for (std::size_t i = 0; i < b.events.size(); ++i) CHECK(b.events[i].number == i + 1);
  CHECK(b.supervisor->recent_events().size() == b.events.size());
}

TEST_CASE("shutdown: a proxy closes without a word, a speaker says Cease, and done is called") {
  Bench b;
  bool done = false;
  SUBCASE("proxy") {
    b.supervisor->start(configured(pipelines(b.proxy())));
    b.establish();
    b.supervisor->shutdown(5 * base::second, [&] { done = true; });
    CHECK(b.until([&] { return done && !b.left.end.empty(); }));
    CHECK(b.left.end == "fin");
    CHECK(b.left.notified() == "");
  }
  SUBCASE("speaker") {
    b.supervisor->start(
        configured(pipelines("  p: { stages: [ { speaker: { active: true, asn: 65000 } }, { connect: '127.0.0.1:" +
                             std::to_string(b.far_port) + "' } ] }\n")));
    CHECK(b.until([&] { return !b.right.received.empty(); }));
    b.right.send(open({.asn = 65002}) + keepalive());
    CHECK(b.until([&] { return b.state("p") == State::established; }));
    b.supervisor->shutdown(5 * base::second, [&] { done = true; });
    CHECK(b.until([&] { return done && !b.right.end.empty(); }));
    CHECK(b.right.notified() == "6/2");
  }
  SUBCASE("nothing runs") {
    b.supervisor->start(configured("pipelines: {}"));
    b.supervisor->shutdown(5 * base::second, [&] { done = true; });
    CHECK(b.until([&] { return done; }));
  }
  SUBCASE("while a pipeline is being taken out") {
    b.supervisor->start(configured(pipelines(
        "  slow: { stages: [ { connect: '127.0.0.1:1' }, { exec: [ /bin/sh, -c, \"trap '' TERM; sleep 1\" ] } ] }\n" +
        b.proxy())));
    CHECK(b.until([&] { return b.state("p") == State::waiting; }));
    b.supervisor->reload(configured(pipelines(b.proxy())));
    b.supervisor->shutdown(8 * base::second, [&] { done = true; });
    CHECK(b.until([&] { return done; }));
  }
}

TEST_CASE("shutdown: has a bound, whatever a stage does") {
  Bench b;
  bool done = false;
  b.supervisor->start(configured(pipelines(
      "  p: { stages: [ { read: { path: /dev/null, format: raw } }, { exec: [ /bin/sh, -c, \"sleep 30\" ] } ] }\n")));
  CHECK(b.until([&] { return b.state("p") == State::stopping; }));
  const base::Nanos asked = b.loop.now();
  b.supervisor->shutdown(300 * base::millisecond, [&] { done = true; });
  CHECK(b.until([&] { return done; }));
  CHECK(b.loop.now() - asked < 3 * base::second);
}

TEST_CASE("taps: messages of one pipeline come rendered, also of one that starts later") {
  Bench b;
  std::string text;
  bool attached = false;
  const auto id = b.supervisor->add_tap(
      "p",
      {.only = bgp::Direction::right,
       .encoder = [](const bgp::MessageView& m, base::Buffer& out) { out.append(bgp::name(m.type) + " "); }},
      [&](const std::string& name, std::uint32_t, std::string lines, std::uint64_t) { text += name + ": " + lines; },
      [&] { attached = true; });
  CHECK(b.until([&] { return attached; }));
  b.supervisor->start(configured(pipelines(b.proxy())));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return text.contains("UPDATE"); }));
  CHECK(text.starts_with("p: OPEN"));
  b.supervisor->remove_tap(id);
}

TEST_CASE("reload: a pipeline that an operator stopped stays stopped, whatever changes in it") {
  Bench b;
  b.supervisor->start(configured(pipelines(b.proxy())));
  CHECK(b.until([&] { return b.state("p") == State::waiting; }));
  b.supervisor->stop_pipeline("p", "");
  CHECK(b.until([&] { return b.state("p") == State::stopped; }));
  const auto id = b.session("p").id;
  auto yaml = b.proxy();
  yaml.replace(yaml.find("127.0.0.1:" + std::to_string(b.far_port)), 9, "localhost");
  CHECK(b.supervisor->reload(configured(pipelines(yaml)))[0].action == super::Action::restarted);
  CHECK(b.session("p").id != id);
  CHECK(b.until([&] { return b.state("p") == State::stopped; }));
  CHECK(b.supervisor->start_pipeline("p"));
  CHECK(b.until([&] { return b.state("p") == State::waiting; }));
}

namespace {
// Peers of one pipeline, each with an address of its own.
struct ManyBench : Bench {
  explicit ManyBench(const std::string& more) {
    keep_all = true;
    supervisor->start(
        configured(pipelines("  p: { restart: { min-delay: 10ms, max-delay: 10ms, jitter: 0 }, stages: [ "
                             "{ listen: { address: '127.0.0.1:" +
                             std::to_string(port) + "', peer: 127.0.0.0/8" + more +
                             " } }, { connect: '127.0.0.1:" + std::to_string(far_port) + "' } ] }\n")));
  }
  void call_from(FarEnd& end, const std::string& address) {
    bool done = false;
    net::Dial from(loop, {.host = "127.0.0.1", .port = port, .bind = {*base::Address::parse(address), 0}},
                   [&](base::Result<net::Fd> fd) {
                     REQUIRE(fd);
                     end.take(loop, std::move(*fd));
                     done = true;
                   });
    REQUIRE(until([&] { return done; }));
  }
  std::vector<pipeline::SessionStatus> sessions() const { return supervisor->status("p")->sessions; }
  bool all(State s) const {
    return std::ranges::all_of(sessions(), [s](const auto& x) { return x.state == s; });
  }
};
}  // namespace

TEST_CASE("many peers: each address of the prefix has a session of its own, up to max-sessions") {
  ManyBench b(", max-sessions: 2");
  FarEnd one, two, three;
  CHECK(b.state("p") == State::waiting);
  CHECK(b.sessions().empty());
  b.call_from(one, "127.0.0.2");
  CHECK(b.until([&] { return b.sessions().size() == 1 && b.all(State::opening); }));
  b.call_from(two, "127.0.0.3");
  CHECK(b.until([&] { return b.sessions().size() == 2 && b.all(State::opening); }));
  CHECK(b.sessions()[0].peer == "127.0.0.2");
  CHECK(b.sessions()[1].peer == "127.0.0.3");
  b.call_from(three, "127.0.0.4");
  CHECK(b.until([&] { return !three.end.empty(); }));
  CHECK(b.sessions().size() == 2);
  CHECK(one.end.empty());
  CHECK(two.end.empty());
  // All end with the pipeline, and come again with it.
  CHECK(b.supervisor->stop_pipeline("p", ""));
  CHECK(b.until([&] { return !one.end.empty() && !two.end.empty() && b.all(State::stopped); }));
  CHECK(b.supervisor->start_pipeline("p"));
  b.call_from(one, "127.0.0.2");
  CHECK(b.until([&] { return b.sessions()[0].state == State::opening; }));
  CHECK(b.sessions().size() == 2);
}

TEST_CASE("many peers: who calls again comes to the same session, and what went wrong there can be seen meanwhile") {
  ManyBench b("");
  FarEnd one, two;
  b.call_from(one, "127.0.0.2");
  b.call_from(two, "127.0.0.3");
  CHECK(b.until([&] { return b.sessions().size() == 2 && b.all(State::opening); }));
  const auto id = b.sessions()[0].id;
  one.vanish();
  CHECK(b.until([&] { return b.sessions()[0].last_failure && b.sessions()[0].state == State::waiting; }));
  CHECK(two.end.empty());
  b.call_from(one, "127.0.0.2");
  CHECK(b.until([&] { return b.all(State::opening); }));
  CHECK(b.sessions()[0].id == id);
  CHECK(b.sessions()[0].restarts == 1);
}

TEST_CASE("many peers: a reload ends all sessions of what is gone, and changes all in place") {
  ManyBench b("");
  FarEnd one, two;
  b.call_from(one, "127.0.0.2");
  b.call_from(two, "127.0.0.3");
  CHECK(b.until([&] { return b.sessions().size() == 2 && b.all(State::opening); }));
  b.supervisor->reload(configured(pipelines("  q: { stages: [ { connect: '127.0.0.1:1' } ] }\n")));
  CHECK(b.until([&] { return !one.end.empty() && !two.end.empty(); }));
  CHECK_FALSE(b.supervisor->status("p"));
  bool ended = false;
  b.supervisor->shutdown(5 * base::second, [&] { ended = true; });
  CHECK(b.until([&] { return ended; }));
}

TEST_CASE("shutdown: a peer that is still sending sees our last words and no reset") {
  Bench b;
  b.supervisor->start(
      configured(pipelines("  p: { shutdown: cease, stages: [ { listen: '127.0.0.1:" + std::to_string(b.port) +
                           "' }, { connect: '127.0.0.1:" + std::to_string(b.far_port) + "' } ] }\n")));
  b.establish();
  bool ended = false;
  for (int i = 0; i < 2000; ++i) b.left.send(keepalive());
  b.supervisor->shutdown(5 * base::second, [&] { ended = true; });
  for (int i = 0; i < 2000; ++i) b.left.send(keepalive());
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.end == "fin");
  CHECK(b.left.notified() == "6/2");
  b.left.finish();
  b.right.finish();
  CHECK(b.until([&] { return ended; }));
}
