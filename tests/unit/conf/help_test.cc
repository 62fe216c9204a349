#include "conf/help.hh"

#include <doctest/doctest.h>

#include "base/text.hh"
#include "sample.hh"

using namespace conf;

namespace {
const Sample defaults;
}  // namespace

TEST_CASE("help: flags, values and defaults, aligned") {
  const std::string text = option_help(sample_table, &defaults);
  CHECK(text.find("  -s, --session N                  most prefixes in the session (default 0: no\n"
                  "                                   limit)\n") != std::string::npos);
  CHECK(text.find("  -t, --timeout DURATION           time for one attempt (default 15s)\n") != std::string::npos);
  CHECK(text.find("  -4, --ipv4                       count IPv4 prefixes\n") != std::string::npos);
  CHECK(text.find("      --format auto|json|raw|mrt   how messages are written (default auto)\n") != std::string::npos);
  CHECK(text.find("      --path FILE                  file to write\n") != std::string::npos);
  for (const std::string_view line : base::split(text, '\n')) CHECK(line.size() <= 80);
}

TEST_CASE("help: a long left side stands on a line of its own") {
  struct Long {
    std::string value;
    bool short_one = false;
  };
  static constexpr Option table[] = {
      option<&Long::value>("an-option-with-a-very-long-name", "what it does", {.value_name = "SOMETHING"}),
      option<&Long::short_one>("short", "what this does")};
  const Long nothing;
  CHECK(option_help(table, &nothing) ==
        "      --an-option-with-a-very-long-name SOMETHING\n                what it does\n      --short   what this "
        "does\n");
}

TEST_CASE("help: a secret default is not shown") {
  Sample s;
  s.md5 = {"hunter2", ""};
  CHECK(option_help(sample_table, &s).find("hunter2") == std::string::npos);
}

TEST_CASE("manual: flags and keys of one table") {
  struct One {
    std::int64_t session = 0;
    bool ipv4 = false;
    std::string note;
  };
  static constexpr Option table[] = {
      option<&One::session>("session", "most prefixes in the session",
                            {.letter = 's', .cost = Cost::live, .min = 0, .absent = "no limit"}),
      option<&One::ipv4>("ipv4", "count \\ these, e.g. two. Then 0.5 more. Stop"),
      option<&One::note>("max-note", ".dot")};
  const One one;
  const Described described{table, &one};
  CHECK(option_manual({&described, 1}, Manual::flags) ==
        ".Bl -tag -width Ds\n"
        ".It Fl \"\\&s\" , Fl \"\\&\\-session\" Ar \"\\&N\"\n"
        "Most prefixes in the session.\nAt least 0.\nThe default is 0: no limit.\n"
        ".It Fl \"\\&\\-ipv4\"\nCount \\e these, e.g. two.\nThen 0.5 more.\nStop.\n"
        ".It Fl \"\\&\\-max\\-note\" Ar \"\\&TEXT\"\n\\&.dot.\n"
        ".El\n");
  CHECK(option_manual({&described, 1}, Manual::keys)
            .starts_with(".Bl -tag -width Ds\n"
                         ".It Cm \"\\&session\" : Ar \"\\&N\"\n"
                         "Most prefixes in the session.\nAt least 0.\nThe default is 0: no limit.\n"
                         "Changed in place at reload.\n"
                         ".It Cm \"\\&ipv4\" : Cm true | false\n"));
}
