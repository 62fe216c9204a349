#include <doctest/doctest.h>

#include "cli/arguments.hh"
#include "support/configuration.hh"
#include "support/option_faults.hh"

using namespace support;

TEST_CASE("flags of the program and of every stage are sound, beside those all stages share") {
  const conf::OptionTable global[] = {cli::global_options()};
  CHECK(option_faults(global).empty());
  for (const auto* k : registry().all()) {
    const conf::OptionTable tables[] = {k->options, pipeline::common_options(), cli::stage_flag_options()};
    for (const auto& f : option_faults(tables)) FAIL_CHECK(std::string(k->name) << " " << f);
  }
}

TEST_CASE("help: the program's names every stage and flag, a stage's every option and event") {
  const std::string program = cli::program_help(registry());
  for (const auto& o : cli::global_options())
    CHECK_MESSAGE(program.contains("--" + std::string(o.name)), std::string(o.name));
  for (const auto* k : registry().all()) {
    CHECK(program.contains("  " + std::string(k->name) + " "));
    const std::string text = cli::stage_help(*k);
    for (const auto& o : k->options) CHECK_MESSAGE(text.contains(o.help.substr(0, 20)), std::string(o.name));
    for (const auto& o : pipeline::common_options()) CHECK(text.contains("--" + std::string(o.name)));
    for (const auto& e : k->events) CHECK(text.contains(std::string(k->name) + "/" + std::string(e.name)));
  }
}

TEST_CASE("explain: who sees and sends what, in the order a message meets them") {
  const std::vector<std::string> words{"-n", "-o", "speaker", "limit", "-LR", "192.0.2.1"};
  const auto line = cli::parse_arguments(words, registry());
  REQUIRE(line);
  const std::string text = cli::explain(*line->pipeline);
  const auto left = text.find("right to left");
  REQUIRE(left != std::string::npos);
  const std::string_view r = std::string_view(text).substr(0, left), l = std::string_view(text).substr(left);
  CHECK(r.find("speaker") < r.find("limit"));
  CHECK(r.find("limit") < r.find("connect"));
  CHECK(r.contains("sends what arrives to its peer"));
  CHECK(l.find("connect") < l.find("limit"));
  CHECK(l.find("limit") < l.find("speaker"));
  CHECK(l.find("speaker") < l.find("stdout"));
}
