#include "super/plan.hh"

#include <doctest/doctest.h>

#include "support/configuration.hh"

using namespace support;
using super::Action;

namespace {
std::string proxy(const std::string& middle, const std::string& more = "",
                  const std::string& left = "{ listen: ':1790' }") {
  return "pipelines:\n  p:\n" + more + "    stages: [ " + left + ", " + middle + (middle.empty() ? "" : ", ") +
         "{ connect: 192.0.2.1 } ]\n";
}
super::PlanEntry change(const std::string& from, const std::string& to) {
  return super::compare(*first_of(from), *first_of(to));
}
}  // namespace

TEST_CASE("plan: the same written otherwise is no change") {
  CHECK(change(proxy("{ limit: { session: 5, direction: R } }"), proxy("{ limit: { direction: R, session: 0x5 } }"))
            .action == Action::unchanged);
  CHECK(
      change(proxy(""),
             "pipelines: { p: { stages: [ { listen: { address: ':1790' } }, { connect: { address: 192.0.2.1 } } ] } }")
          .action == Action::unchanged);
}

TEST_CASE("plan: what a change costs is what its option says, and why is told") {
  const auto live = change(proxy("{ limit: { session: 5 } }"), proxy("{ limit: { session: 6 } }"));
  CHECK(live.action == Action::updated);
  // Whoever lowers a limit must know that it does nothing about what has passed.
  CHECK(live.why.starts_with("limit: session 5 -> 6; routes that came before are not judged again"));
  CHECK(change(proxy("{ exec: cat }"), proxy("{ exec: tac }")).action == Action::updated);
  const auto session = change(proxy(""), proxy("", "", "{ listen: ':1791' }"));
  CHECK(session.action == Action::restarted);
  CHECK(session.why.contains("listen: address :1790 -> :1791"));
  const auto both = change(proxy("{ limit: { session: 5 } }"),
                           proxy("{ limit: { session: 6 } }", "", "{ listen: { address: ':1790', ttl: 3 } }"));
  CHECK(both.action == Action::restarted);
  CHECK_FALSE(both.why.contains("not judged again"));
  CHECK(both.why.contains("session 5 -> 6"));
  CHECK(both.why.contains("ttl"));
}

TEST_CASE("plan: secrets are compared, and never shown") {
  const auto p = change(proxy("", "", "{ listen: { address: ':1790', md5: one } }"),
                        proxy("", "", "{ listen: { address: ':1790', md5: two } }"));
  CHECK(p.action == Action::restarted);
  CHECK_FALSE(p.why.contains("one"));
  CHECK_FALSE(p.why.contains("two"));
}

TEST_CASE("plan: stages added, removed, moved and turned are changes in place; ends and speakers are not") {
  CHECK(change(proxy(""), proxy("limit")).why == "stage limit added");
  CHECK(change(proxy(""), proxy("limit")).action == Action::updated);
  CHECK(change(proxy("limit"), proxy("")).action == Action::updated);
  CHECK(change(proxy("limit, { exec: cat }"), proxy("{ exec: cat }, limit")).why == "stages stand in another order");
  CHECK(change(proxy("{ limit: { direction: L } }"), proxy("{ limit: { direction: R } }")).action == Action::updated);
  CHECK(change(proxy("{ limit: { name: x } }"), proxy("{ exec: { name: x, command: cat } }")).action ==
        Action::updated);
  CHECK(change(proxy("", "", "{ listen: ':1790' }"), proxy("", "", "speaker")).action == Action::restarted);
  CHECK(change(proxy("", "", "{ listen: { address: ':1790', name: a } }"),
               proxy("", "", "{ listen: { address: ':1790', name: b } }"))
            .action == Action::restarted);
  CHECK(change("pipelines: { p: { stages: [ { connect: 192.0.2.1 }, speaker ] } }",
               "pipelines: { p: { stages: [ speaker, { connect: 192.0.2.1 } ] } }")
            .action == Action::restarted);
}

TEST_CASE("plan: rules for restart and kill, and the pipeline's own options, cost nothing") {
  CHECK(change(proxy(""), proxy("", "    restart: { min-delay: 9s }\n")).why == "restart: min-delay 1s -> 9s");
  CHECK(change(proxy(""), proxy("", "    kill: { EOR: never }\n")).action == Action::updated);
  CHECK(change(proxy("", "    kill: { EOR: 1s }\n"), proxy("", "    kill: { EOR: never }\n")).action ==
        Action::updated);
  CHECK(change(proxy(""), proxy("", "    stop: close\n")).action == Action::updated);
}

TEST_CASE("plan: what is read at the start only is told when it differs") {
  const auto one = configured("workers: 2\ncontrol: { socket: /a }\npipelines: {}\n");
  const auto two = configured("workers: 3\ncontrol: { socket: /b }\nlog: { level: warn }\npipelines: {}\n");
  CHECK(super::needs_restart(*one, *one).empty());
  CHECK(super::needs_restart(*one, *two) ==
        std::vector<std::string>{"workers 2 -> 3: takes effect when the daemon is restarted",
                                 "control: socket /a -> /b: takes effect when the daemon is restarted"});
}

TEST_CASE("plan: what becomes of malformed UPDATEs changes in place") {
  const auto entry = change(proxy(""), proxy("", "    errors: repair\n"));
  CHECK(entry.action == Action::updated);
  CHECK(entry.why == "errors: action nothing -> repair");
}

TEST_CASE("plan: pipelines in the order of the new file, what is gone last") {
  const auto a =
      configured("pipelines: { x: { stages: [ stdout ] }, y: { stages: [ stdout ] }, z: { stages: [ stdout ] } }");
  const auto b = configured(
      "pipelines: { new: { stages: [ stdout ] }, z: { stages: [ stdout ] }, x: { stages: [ { stdout: { format: raw } } "
      "] } }");
  std::string text;
  for (const auto& e : super::plan(*a, *b)) text += e.pipeline + " " + super::name(e.action) + "; ";
  CHECK(text == "new added; z unchanged; x updated; y removed; ");
  CHECK_FALSE(super::changes(super::plan(*a, *a)));
}
