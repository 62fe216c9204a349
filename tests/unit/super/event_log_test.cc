#include "super/event_log.hh"

#include <doctest/doctest.h>

#include <vector>

using super::EventLog;

namespace {
struct Log {
  std::vector<std::string> lines;
  EventLog log{[this](bool, const std::string&, const std::string& line) { lines.push_back(line); }};
  base::Nanos now = base::second;
  void take(const std::string& name, const std::string& text, const std::string& pipeline = "p", bool problem = true) {
    pipeline::Event e;
    e.pipeline = pipeline;
    e.name = name;
    e.text = text;
    e.problem = problem;
    log.take(e, now);
  }
};
}  // namespace

TEST_CASE("log of events: a flood of one is cut, counted and told; others are not touched") {
  Log l;
  for (int i = 0; i < 500; ++i) l.take("limit/long", std::to_string(i));
  CHECK(l.lines.size() == EventLog::burst);
  l.take("limit/long", "x", "other");
  l.take("DOWN", "y");
  CHECK(l.lines.size() == EventLog::burst + 2);
  CHECK(l.log.flush(l.now));
  l.now += EventLog::window;
  CHECK_FALSE(l.log.flush(l.now));
  CHECK(l.lines.back() == "limit/long: 490 more in 10s");
  l.take("limit/long", "again");
  CHECK(l.lines.back() == "limit/long: again");
}

TEST_CASE("log of events: why a session ends is told, whatever flood came before") {
  Log l;
  for (int i = 0; i < 500; ++i) l.take("PARSE", std::to_string(i));
  pipeline::Event e;
  e.pipeline = "p";
  e.name = "PARSE";
  e.text = "the session is reset";
  e.problem = e.decisive = true;
  l.log.take(e, l.now);
  CHECK(l.lines.back() == "PARSE: the session is reset");
}

TEST_CASE("log of events: the same failure over and over is told once in a while, with how often") {
  Log l;
  for (int minute = 0; minute <= 10; ++minute) {
    l.take("DOWN", "right: connection refused");
    l.now += 60 * base::second;
  }
  CHECK(l.lines == std::vector<std::string>{"DOWN: right: connection refused",
                                            "DOWN: right: connection refused (as 9 times before)"});
}

TEST_CASE("log of events: a failure with other words, or after the session was up, is told at once") {
  Log l;
  l.take("DOWN", "refused");
  l.take("DOWN", "no route");
  l.take("DOWN", "refused");
  CHECK(l.lines.size() == 3);
  l.take("ESTABLISHED", "", "p", false);
  l.take("DOWN", "refused");
  CHECK(l.lines.size() == 5);
  // No problem, no repetition.
  l.take("ESTABLISHED", "", "p", false);
  CHECK(l.lines.size() == 6);
}
