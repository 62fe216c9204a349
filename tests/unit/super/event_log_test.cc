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
  CHECK(l.lines.back() == "limit/long: 490 more times in 1m");
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

TEST_CASE("log of events: each separate failure is told, in the same words or not, however long after the last") {
  Log l;
  for (const int seconds : {0, 13, 300, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60}) {
    l.now += seconds * base::second;
    l.take("exec/FAILED", "exited with status 1");
  }
  CHECK(l.lines == std::vector<std::string>(13, "exec/FAILED: exited with status 1"));
  CHECK_FALSE(l.log.flush(l.now + EventLog::window));
  CHECK(l.lines.size() == 13);
}

TEST_CASE("log of events: what is held back is summed up within a minute, though nothing else happens") {
  Log l;
  l.now += 7 * base::second;
  for (int i = 0; i < EventLog::burst + 12; ++i) {
    l.take("exec/FAILED", "exited with status 1");
    l.now += base::second;
  }
  CHECK(l.lines.size() == EventLog::burst);
  const auto wait = l.log.flush(l.now);
  REQUIRE(wait == EventLog::window - (EventLog::burst + 12) * base::second);
  CHECK_FALSE(l.log.flush(l.now + *wait));
  CHECK(l.lines.size() == EventLog::burst + 1);
  CHECK(l.lines.back() == "exec/FAILED: exited with status 1: 12 more times in 1m");
}

TEST_CASE("log of events: the next thing to sum up is the one due first; at the end all is told") {
  Log l;
  for (int i = 0; i <= EventLog::burst; ++i) l.take("write/FAILED", "no space left on device");
  l.now += 30 * base::second;
  for (int i = 0; i <= EventLog::burst; ++i) l.take("exec/FAILED", "exited with status 1");
  CHECK(l.log.flush(l.now) == 30 * base::second);
  l.now += 30 * base::second;
  CHECK(l.log.flush(l.now) == 30 * base::second);
  CHECK(l.lines.back() == "write/FAILED: no space left on device: 1 more time in 1m");
  l.log.tell_all(l.now);
  CHECK(l.lines.back() == "exec/FAILED: exited with status 1: 1 more time in 30s");
}
