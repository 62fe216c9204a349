#include "conf/flags.hh"

#include <doctest/doctest.h>

#include "sample.hh"

using namespace conf;

namespace {

struct Line {
  Sample sample;
  Common common;
  Flags flags;
  std::string error;

  Line(std::initializer_list<std::string> given) {
    const std::vector<std::string> words(given);
    const Binding bindings[] = {{sample_table, &sample}, {common_table, &common}};
    auto r = parse_flags(words, bindings);
    if (r) {
      flags = *r;
    } else {
      error = r.error().text;
    }
  }
};

}  // namespace

TEST_CASE("flags: every way of writing one") {
  CHECK(Line{"-s", "5"}.sample.session == 5);
  CHECK(Line{"-s5"}.sample.session == 5);
  CHECK(Line{"-s=5"}.sample.session == 5);
  CHECK(Line{"--session", "5"}.sample.session == 5);
  CHECK(Line{"--session=0x10"}.sample.session == 16);
  CHECK(Line{"--ipv4"}.sample.ipv4);
  CHECK_FALSE(Line{"--ipv6=false"}.sample.ipv6);
  CHECK_FALSE(Line{"-6=false"}.sample.ipv6);
  const Line all{"-46s7", "--name", "x"};
  CHECK(all.sample.ipv4);
  CHECK(all.sample.session == 7);
  CHECK(all.common.name == "x");
}

TEST_CASE("flags: they end before the first word that is none, and before --") {
  CHECK(Line{"-4", "192.0.2.1", "-6"}.flags.consumed == 1);
  CHECK(Line{"-s", "5", "-", "-4"}.flags.consumed == 2);
  CHECK(Line{"-4", "--", "-6"}.flags.consumed == 1);
  CHECK(Line{""}.flags.consumed == 0);
  CHECK(Line{}.flags.consumed == 0);
  CHECK(Line{"--ipv4", "true"}.flags.consumed == 1);
}

TEST_CASE("flags: a value may look like a flag") {
  CHECK(Line{"--timeout", "-1s"}.sample.timeout.nanos == -base::second);
  CHECK(Line{"--if", "-x"}.sample.filters == std::vector<std::string>{"-x"});
  CHECK(Line{"--name", "--"}.common.name == "--");
}

TEST_CASE("flags: a duration needs its unit") {
  CHECK(Line{"--timeout", "-1"}.error.starts_with("--timeout: \"-1\" has no unit"));
  CHECK(Line{"-t0"}.sample.timeout.nanos == 0);
}

TEST_CASE("flags: lists are gathered and replace the default; commas split where they may") {
  CHECK(Line{"--command", "a,b", "--command=\"c,d\""}.sample.command == std::vector<std::string>{"a", "b", "c,d"});
  CHECK(Line{"-I", "a,b", "-I", "c"}.sample.filters == std::vector<std::string>{"a,b", "c"});
  CHECK(Line{"--command="}.sample.command.empty());
  struct Events {
    std::vector<std::string> kinds{"PARSE", "EOR"};
  };
  static constexpr Option table[] = {option<&Events::kinds>("events", "which to show", {.letter = 'e'})};
  Events events;
  const Binding one{table, &events};
  const std::vector<std::string> words{"-e", "OPEN", "-e", "STOP"};
  REQUIRE(parse_flags(words, {&one, 1}));
  CHECK(events.kinds == std::vector<std::string>{"OPEN", "STOP"});
}

TEST_CASE("flags: the last of several values counts, and what was given is told once") {
  const Line line{"-s1", "-4", "-s2"};
  CHECK(line.sample.session == 2);
  REQUIRE(line.flags.given.size() == 2);
  CHECK(line.flags.given[0]->name == "session");
}

TEST_CASE("flags: errors name the flag and what would be right") {
  CHECK(Line{"--sesion", "5"}.error == "unknown flag --sesion; did you mean --session?");
  CHECK(Line{"-z"}.error == "unknown flag -z; -h lists them all");
  CHECK(Line{"-4z"}.error == "unknown flag -z; -h lists them all");
  CHECK(Line{"--session"}.error == "--session needs a value: most prefixes in the session");
  CHECK(Line{"-s"}.error == "-s needs a value: most prefixes in the session");
  CHECK(Line{"-s", "x"}.error == "-s: \"x\" is not an integer");
  CHECK(Line{"--ipv4=x"}.error == "--ipv4: \"x\" is neither true nor false");
  CHECK(Line{"--address", "x"}.error.starts_with("--address: \"x\" is not an address"));
  CHECK(Line{"--\x1b[1m"}.error == "unknown flag --\\x1b[1m; -h lists them all");
  CHECK(Line{"-\x1b"}.error == "unknown flag -\\x1b; -h lists them all");
}

TEST_CASE("flags: help ends the reading") {
  CHECK(Line{"-4", "-h", "--nonsense"}.flags.help);
  CHECK(Line{"--help"}.flags.help);
  CHECK(Line{"-4h"}.sample.ipv4);
}

TEST_CASE("flags: references mean nothing on a command line") { CHECK(Line{"--name", "${x}"}.common.name == "${x}"); }
