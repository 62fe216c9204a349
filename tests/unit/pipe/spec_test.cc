#include "pipe/spec.hh"

#include <doctest/doctest.h>

#include "support/option_faults.hh"
#include "support/test_stages.hh"

using namespace support;

namespace {
struct Tried {
  bool ok = false;
  std::string text;
  std::size_t warnings = 0;
};
Tried tried(pipeline::PipelineSpec& p) {
  conf::Problems problems;
  const bool ok = pipeline::resolve(p, problems);
  return {ok, problems.text(), problems.all().size() - problems.errors()};
}
// "L", "R", "LR": directions of the stage; behind a slash the lines whose messages it sees.
std::string way(const pipeline::StageSpec& s) {
  const auto text = [](bool l, bool r) { return std::string(l ? "L" : "") + (r ? "R" : ""); };
  return text(s.left, s.right) + "/" + text(s.sees_left, s.sees_right);
}
std::string ways(std::vector<pipeline::StageSpec> stages) {
  const auto p = resolved(pipeline_of(std::move(stages)));
  std::string out;
  for (const auto& s : p->stages) out += (out.empty() ? "" : " ") + way(s);
  return out;
}
}  // namespace

TEST_CASE("identity: a stage's name, else its kind and its number among the unnamed of that kind") {
  auto p = proxy({stage(observer_kind), stage(observer_kind, "", {}, "own"), stage(observer_kind), stage(script_kind)});
  const auto t = tried(*p);
  CHECK(t.ok);
  std::vector<std::string> names;
  for (const auto& s : p->stages) names.push_back(s.identity);
  CHECK(names == std::vector<std::string>{"a", "observer", "own", "observer.2", "script", "b"});
  CHECK(p->find("observer.2") == &p->stages[3]);
  CHECK(p->find("observer.3") == nullptr);
}

TEST_CASE("identity: a name that stands for two stages is an error, also when one of them is unnamed") {
  auto p = proxy({stage(observer_kind, "", {}, "x"), stage(script_kind, "", {}, "x")});
  CHECK(tried(*p).text.contains("a second stage named 'x'"));
  auto q = proxy({stage(observer_kind), stage(script_kind, "", {}, "observer")});
  CHECK_FALSE(tried(*q).ok);
}

TEST_CASE(
    "direction: the last stage works to the left if it produces, the first if it does not, all others to the right") {
  CHECK(ways({stage(end_kind, "", {}, "a"), stage(script_kind), stage(observer_kind), stage(end_kind, "", {}, "b")}) ==
        "R/ R/R R/R L/");
  CHECK(ways({stage(observer_kind), stage(end_kind)}) == "L/L L/");
  CHECK(ways({stage(source_kind), stage(observer_kind)}) == "R/R R/R");
}

TEST_CASE("direction: a single stage works to the left, whatever it is") {
  CHECK(ways({stage(source_kind)}) == "L/L");
  CHECK(ways({stage(observer_kind)}) == "L/L");
}

TEST_CASE("direction: what captures inwards sees R as the last stage and L as the first, whatever its direction") {
  CHECK(ways({stage(end_kind), stage(observer_kind, "LR")}) == "R/ LR/R");
  CHECK(ways({stage(observer_kind, "LR"), stage(end_kind)}) == "LR/L L/");
  CHECK(ways({stage(end_kind, "", {}, "a"), stage(observer_kind, "LR"), stage(end_kind, "", {}, "b")}) ==
        "R/ LR/LR L/");
}

TEST_CASE("direction: an automatic stage is not the last one, and sees both lines") {
  auto out = stage(observer_kind, "LR");
  out.automatic = true;
  CHECK(ways({stage(source_kind), stage(end_kind), out}) == "R/R L/ LR/LR");
}

TEST_CASE("direction: a speaker sees the line opposite to the one it speaks into") {
  CHECK(ways({stage(answers_kind), stage(end_kind)}) == "R/L L/");
  CHECK(ways({stage(end_kind), stage(answers_kind)}) == "R/ L/R");
}

TEST_CASE("direction: both are for stages that can") {
  auto p = pipeline_of({stage(answers_kind, "LR"), stage(end_kind)});
  CHECK(tried(*p).text.contains("answers works in one direction: give L or R"));
}

TEST_CASE("a leg stands at an end of the pipeline; an automatic stage behind it does not matter") {
  auto p = pipeline_of({stage(source_kind), stage(end_kind), stage(observer_kind)});
  CHECK(tried(*p).text.contains("end is an end of the pipeline: put it first or last"));
  auto out = stage(observer_kind, "LR");
  out.automatic = true;
  auto q = pipeline_of({stage(source_kind), stage(end_kind), out});
  CHECK(tried(*q).ok);
}

TEST_CASE("new: a place that is not there is an error") {
  for (const char* place : {"next", "here", "first", "last", "b", ""}) {
    auto p = proxy({stage(script_kind)});
    p->stages[1].common.inject = place;
    CHECK_MESSAGE(tried(*p).ok, place);
  }
  auto p = proxy({stage(script_kind)});
  p->stages[1].common.inject = "nowhere";
  CHECK(tried(*p).text.contains("new: no stage is named 'nowhere'"));
}

TEST_CASE("a pipeline without stages and a kill rule without event are errors") {
  auto p = pipeline_of({});
  CHECK(tried(*p).text.contains("has no stages"));
  auto q = proxy();
  q->kill.push_back({});
  CHECK_FALSE(tried(*q).ok);
}

TEST_CASE("events: a kill rule or a wait for what nobody here raises is an error that says what was meant") {
  const auto killed_by = [](const std::string& event) {
    auto p = proxy({stage(script_kind)});
    p->kill.push_back({.event = event});
    return tried(*p);
  };
  for (const char* known : {"script/session", "script/count", "script/*", "*", "ESTABLISHED", "*/END"})
    CHECK_MESSAGE(killed_by(known).ok, known);
  CHECK(killed_by("script/sesion").text.contains("did you mean 'script/session'?"));
  CHECK(killed_by("limit/session").text.contains("kill: pipeline test: no event 'limit/session' can come here"));
  CHECK(killed_by("ESTABLISED").text.contains("did you mean 'ESTABLISHED'?"));
  for (const char* unknown : {"script", "script/READY", "limit*/*", "what"}) CHECK_FALSE(killed_by(unknown).ok);

  auto p = proxy({stage(script_kind)});
  p->stages[1].common.wait = {"EOR", "ESTABLISEHD"};
  CHECK(tried(*p).text.contains(
      "script: wait: pipeline test: no event 'ESTABLISEHD' can come here: did you mean 'ESTABLISHED'?"));
}

TEST_CASE("tables of a pipeline are sound") {
  const conf::OptionTable whole[] = {pipeline::pipeline_options()};
  const conf::OptionTable restart[] = {pipeline::restart_options()};
  const conf::OptionTable common[] = {pipeline::common_options()};
  CHECK(option_faults(whole).empty());
  CHECK(option_faults(restart).empty());
  CHECK(option_faults(common).empty());
}
