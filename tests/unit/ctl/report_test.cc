#include "ctl/report.hh"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "rpc/schema.hh"
#include "support/fake_daemon.hh"

using namespace ctl;
using support::canned_now;

namespace {
constexpr std::string_view golden_status = R"(bgpiped 0.1.0, pid 4711, up 3d04h, workers 2, /etc/bgpiped/bgpiped.yaml
the last reload was refused 5m00s ago: bgpiped.yaml:3:5: unknown key stagse
PIPELINE  STATE        UPTIME  LEFT                              RIGHT                  MSGS-R  MSGS-L  REJECTED  MALFORMED  BYPASSED  RESTARTS  LAST-ERROR
edge      established   3h04m  192.0.2.1:33001 AS65001           10.0.0.1:179 AS65002  1000123      42         3          2         -         2  recovered, 3h05m ago: left 192.0.2.1:33001: hold timer expired
twin/1    established     59s  192.0.2.1:33001 AS65001           10.0.0.1:179 AS65002  1000123      42         3          2         -         0  -
twin/2    backoff           -  listen 192.0.2.254:179 (waiting)  10.0.0.1:179          1000123      42         3          2         -        17  right: connect to 10.0.0.1:179: connection refused; retry in 12s
broken    failed            -  -                                 -                           -       -         -          -         -         -  read: no such file
)";

constexpr std::string_view golden_show = R"(twin: backoff since 2026-05-28T20:26:37.000Z (3s), stages 2

session 1: established for 59s, worker 0, restarts 0

  LEG    STAGE    STATE        LOCAL            REMOTE              AS  BGP-ID  HOLD  MSGS-IN  MSGS-OUT   BYTES-IN  BYTES-OUT  PENDING  NOTIFICATION
  left   listen   established  192.0.2.254:179  192.0.2.1:33001  65001  -         90  1000123        42  108000000        800        0  -
  right  connect  established  192.0.2.254:179  10.0.0.1:179     65002  -         90  1000123        42  108000000        800        0  -

  LINE  MESSAGES      BYTES  UPDATES  DROPPED  INJECTED  MALFORMED  REPAIRED  UNWANTED  HELD
  R      1000123  108013284  1000121        3         0          1         1         0  no
  L           42       4536       40        3         0          1         1         0  no

  STAGE  KIND   STATE    COUNTERS                 SAYS
  limit  limit  running  prefixes 12, rejected 3  over \x1b[31mnothing

session 2: backoff for 3s, worker 0, restarts 17
  last error in state connecting: right: connect to 10.0.0.1:179: connection refused; retry in 12s

  LEG    STAGE    STATE    LOCAL            REMOTE        AS  BGP-ID  HOLD  MSGS-IN  MSGS-OUT   BYTES-IN  BYTES-OUT  PENDING  NOTIFICATION
  left   listen   waiting  192.0.2.254:179  -              -  -         90  1000123        42  108000000        800        0  -
  right  connect  backoff  192.0.2.254:179  10.0.0.1:179   -  -         90  1000123        42  108000000        800        0  received 6/2 Cease/Administrative Shutdown "back at 9"

  LINE  MESSAGES      BYTES  UPDATES  DROPPED  INJECTED  MALFORMED  REPAIRED  UNWANTED  HELD
  R      1000123  108013284  1000121        3         0          1         1         0  no
  L           42       4536       40        3         0          1         1         0  no

  STAGE  KIND   STATE    COUNTERS                 SAYS
  limit  limit  running  prefixes 12, rejected 3  over \x1b[31mnothing
)";
}  // namespace

TEST_CASE("status: one line for each session, who, how long, what went wrong and when it is tried again") {
  const Json status = support::canned_status();
  const auto sound = rpc::check_result(*rpc::find_method("daemon.status"), status);
  CHECK((sound ? "" : sound.error().text) == "");
  CHECK(status_text(status, {}, canned_now) == golden_status);
}

TEST_CASE("status: a stage that cannot do its work now stands before an error that is over") {
  Json status = support::canned_status();
  status["pipelines"][0]["sessions"][0]["stages"].push_back({{"name", "exec"},
                                                             {"kind", "exec"},
                                                             {"state", "failed"},
                                                             {"text", "was killed by signal 9"},
                                                             {"counters", {{"bypassed", 12}}}});
  CHECK(status_text(status, {}, canned_now).contains("  12         2  exec failed: was killed by signal 9\n"));
}

TEST_CASE("show: everything about one pipeline") {
  const Json twin = {{"pipeline", support::canned_status()["pipelines"][1]}};
  CHECK(show_text(twin, {}, canned_now) == golden_show);
}

TEST_CASE("reload: the plan, one line for each pipeline, and a summary") {
  CHECK(plan_text(support::canned_plan(false), {}) ==
        "ACTION     PIPELINE  WHY\n"
        "updated    edge      limit: session 100 -> 200\n"
        "unchanged  twin      -\n"
        "added      new       -\n"
        "1 added, 1 updated, 1 unchanged\n");
  CHECK(plan_text(support::canned_plan(true), {})
            .ends_with("dry run, nothing was changed: 1 added, 1 updated, 1 unchanged\n"));
}

TEST_CASE("reload: problems stand with file, line and column; what is unknown is left out") {
  const Json refused = {{"problems",
                         {{{"file", "a.yaml"}, {"line", 3}, {"column", 5}, {"text", "unknown key\n  stagse:\n  ^"}},
                          {{"file", "b.yaml"}, {"line", 0}, {"column", 0}, {"text", "cannot be \x1b read"}}}}};
  CHECK(problems_text(refused) == "a.yaml:3:5: unknown key\n  stagse:\n  ^\nb.yaml: cannot be \\x1b read\n");
}

TEST_CASE("event: one line, whatever the daemon put into it") {
  const Json event = {{"time", "2026-01-02T03:04:05.678Z"},
                      {"pipeline", "edge"},
                      {"session", 1},
                      {"stage", "limit"},
                      {"name", "limit/session"},
                      {"peer", "192.0.2.1"},
                      {"direction", "R"},
                      {"text", "a\nb"}};
  CHECK(event_text(event, {}) == "2026-01-02T03:04:05.678Z  edge/1  limit/session  192.0.2.1 R  limit: a\\x0ab\n");
  CHECK(event_text(Json::object(), {}) == "\n");
  CHECK(event_text(Json("x"), {}) == "\n");
}

TEST_CASE("reports of answers that miss everything are empty, not wrong") {
  for (const Json& odd : {Json(), Json::array(), Json::object(), Json{{"pipelines", 5}},
                          Json{{"pipelines", {1, nullptr, {{"sessions", {1}}}}}}}) {
    CHECK_FALSE(status_text(odd, {}, canned_now).empty());
    CHECK_FALSE(list_text(odd, {}).empty());
    CHECK_FALSE(show_text(odd, {}, canned_now).empty());
    CHECK_FALSE(plan_text(odd, {}).empty());
    CHECK(problems_text(odd).empty());
    CHECK_FALSE(describe_text(odd, "", {}).empty());
  }
}

TEST_CASE("describe: the whole table, one method, or nothing") {
  const Json all = rpc::describe();
  CHECK(describe_text(all, "", {}).find("pipeline.stop        admin   stop pipelines") != std::string::npos);
  const std::string one = describe_text(all, "pipeline.stop", {});
  CHECK(one.starts_with("pipeline.stop: stop pipelines and keep them stopped (admin)\n\nparameters\n"));
  CHECK(one.find("reason  string  no") != std::string::npos);
  CHECK(describe_text(all, "pipeline.fly", {}).empty());
}
