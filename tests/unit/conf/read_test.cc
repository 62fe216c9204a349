#include "conf/read.hh"

#include <doctest/doctest.h>

#include <cstdlib>

#include "conf/yaml.hh"
#include "sample.hh"

using namespace conf;

namespace {

// Reads the text as the options of a stage, its own and the common ones.
struct Reading {
  Sample sample;
  Common common;
  Problems problems;
  bool good = false;

  explicit Reading(std::string_view text, const Scope& scope = {}) {
    const auto node = parse_yaml(text, "t.yaml");
    if (!node) FAIL(headline(node.error().front()));
    const Binding bindings[] = {{sample_table, &sample}, {common_table, &common}};
    good = read_options(*node, bindings, scope, problems);
  }
  std::string first() const { return problems.all().empty() ? "" : headline(problems.all()[0]); }
};

}  // namespace

TEST_CASE("read: a mapping fills the stage's own options and the common ones") {
  const Reading r(
      "{ address: \"[2001:db8::1]:179\", ipv4: yes, session: 250000, rate: 0.5, timeout: 1m, every: 0, format: json,"
      "  command: [a, \"b,c\"], if: \"as_path ~ 1,2\", bind: 10, hold: 90, name: left, direction: LR }");
  CHECK(r.good);
  CHECK(r.sample.ipv4);
  CHECK(r.sample.session == 250000);
  CHECK(r.sample.rate == 0.5);
  CHECK(r.sample.timeout.nanos == 60 * base::second);
  CHECK(r.sample.command == std::vector<std::string>{"a", "b,c"});
  CHECK(r.sample.filters == std::vector<std::string>{"as_path ~ 1,2"});
  CHECK(r.sample.bind == "10");
  CHECK(r.sample.hold == 90);
  CHECK(r.common.name == "left");
}

TEST_CASE("read: a scalar is the argument, nothing is no option, a scalar is a list of one") {
  CHECK(Reading("192.0.2.1").sample.address == "192.0.2.1");
  CHECK(Reading("~").good);
  CHECK(Reading("command: a,b").sample.command == std::vector<std::string>{"a,b"});
  CHECK(Reading("[a]").first() == "t.yaml:1:1: \"address\": text is needed, not a list");
}

TEST_CASE("read: a scalar where no option takes one is an error") {
  Common common;
  Problems problems;
  CHECK_FALSE(read_options(parse_yaml("x", "t.yaml").value(), common_table, &common, problems));
  CHECK(headline(problems.all()[0]) == "t.yaml:1:1: a mapping of options is needed, not a value");
}

TEST_CASE("read: an unknown option names the nearest, of its own, the common and the caller's") {
  CHECK(Reading("sesion: 1").first() == "t.yaml:1:1: unknown option \"sesion\"; did you mean \"session\"?");
  CHECK(Reading("drection: L").first() == "t.yaml:1:1: unknown option \"drection\"; did you mean \"direction\"?");
  CHECK(Reading("zzzzzzzz: L").first().find("; there are address, bind, command,") != std::string::npos);
  Common common;
  Problems problems;
  static constexpr std::string_view others[] = {"stages"};
  CHECK(read_options(parse_yaml("{ stages: [], name: x }", "t").value(), common_table, &common, problems, others));
  CHECK_FALSE(read_options(parse_yaml("stagse: []", "t").value(), common_table, &common, problems, others));
  CHECK(headline(problems.all()[0]).ends_with("did you mean \"stages\"?"));
}

TEST_CASE("read: everything wrong is reported, each at its value") {
  const Reading r("ipv4: 7\nsession: many\nhold: 2\nformat: jsno\naddress: [x]\ncommand: {a: 1}\ntimeout:\n");
  CHECK_FALSE(r.good);
  std::string all;
  for (const Problem& p : r.problems.all()) all += headline(p) + "\n";
  CHECK(all ==
        "t.yaml:1:7: \"ipv4\": \"7\" is neither true nor false\n"
        "t.yaml:2:10: \"session\": \"many\" is not an integer\n"
        "t.yaml:3:7: \"hold\": must be between 3 and 65535, not 2\n"
        "t.yaml:4:9: \"format\": \"jsno\" is not one of auto, json, raw, mrt; did you mean \"json\"?\n"
        "t.yaml:5:10: \"address\": text is needed, not a list\n"
        "t.yaml:6:10: \"command\": a list is needed, not a mapping\n"
        "t.yaml:7:1: \"timeout\": a duration is needed, not nothing\n");
}

TEST_CASE("read: a list holds texts only") {
  CHECK(Reading("command: [a, [b]]").first().ends_with("each element must be one text, not a list"));
  CHECK(Reading("command: []").sample.command.empty());
}

TEST_CASE("read: what is required and missing is said with what it is for") {
  struct Read {
    std::string path, extra;
  };
  static constexpr Option table[] = {option<&Read::path>("path", "file to read", {.argument = true, .required = true}),
                                     option<&Read::extra>("extra", "more", {.required = true})};
  Read read;
  Problems problems;
  CHECK_FALSE(read_options(parse_yaml("{}", "t.yaml").value(), table, &read, problems));
  REQUIRE(problems.all().size() == 2);
  CHECK(headline(problems.all()[0]) == "t.yaml:1:1: \"path\" is missing: file to read");
  Problems one;
  CHECK_FALSE(read_options(parse_yaml("a.mrt", "t.yaml").value(), table, &read, one));
  REQUIRE(one.all().size() == 1);
  CHECK(read.path == "a.mrt");
}

TEST_CASE("read: references are followed before the value is read as its type") {
  Scope scope;
  scope.parameters["max"] = {"250000", {}};
  scope.parameters["left"] = {"a, b: [c]", {}};
  const Reading r(
      "{ session: \"${max}\", name: \"${left}\", command: [\"${left}\", \"$${left}\"], path: \"/x/${2006}\" }", scope);
  CHECK(r.good);
  CHECK(r.sample.session == 250000);
  CHECK(r.common.name == "a, b: [c]");
  CHECK(r.sample.command == std::vector<std::string>{"a, b: [c]", "${left}"});
  CHECK(r.sample.path == "/x/${2006}");
  CHECK(Reading("session: \"${mxa}\"", scope).first().starts_with("t.yaml:1:10: \"session\": there is no parameter"));
}

TEST_CASE("read: a secret keeps where it came from") {
  setenv("CONF_TEST_KEY", "hunter2", 1);
  Reading r("md5: \"${env:CONF_TEST_KEY}\"");
  CHECK(r.sample.md5 == Secret{"hunter2", "${env:CONF_TEST_KEY}"});
  CHECK(Reading("md5: hunter2").sample.md5 == Secret{"hunter2", ""});
  CHECK(Reading("md5: \"***\"").first().find("shown in place of a secret") != std::string::npos);
  unsetenv("CONF_TEST_KEY");
}

TEST_CASE("read: a credential may stand only where it is not shown") {
  Scope scope;
  scope.parameters["key"] = {"hunter2", "${credential:k}", true};
  CHECK(Reading("md5: \"${key}\"", scope).sample.md5.value == "hunter2");
  const Reading r("name: \"${key}\"", scope);
  CHECK(r.first().find("a credential would be shown here") != std::string::npos);
  CHECK(r.problems.text().find("hunter2") == std::string::npos);
}

TEST_CASE("read: no problem shows a secret that stands in the open") {
  for (const char* text : {"{ md5: hunter2, tll: 5 }", "{ tll: 5, md5: hunter2 }", "{ md55: hunter2 }",
                           "md5: [hunter2]", "md5: { a: hunter2 }", "md5: 'hunter2${'"})
    CHECK(Reading(text).problems.text().find("hunter2") == std::string::npos);
  CHECK(Reading("{ md5: hunter2, tll: 5 }").problems.text() ==
        "t.yaml:1:17: unknown option \"tll\"; there are address, bind, command, direction, every, format, hold, if, "
        "ipv4, "
        "ipv6, md5, name, path, port, rate, session, timeout\n  { md5: ***\n         ^\n");
}

TEST_CASE("read: parameters are references followed once, named as ${...} can name them") {
  Scope scope;
  scope.parameters["left"] = {"192.0.2.1", {}};
  std::map<std::string, Resolved, std::less<>> parameters{{"max", {"1", {}}}};
  Problems problems;
  const auto read = [&](std::string_view text) {
    return read_parameters(parse_yaml(text, "t").value(), scope, problems, parameters);
  };
  CHECK(read("{ peer: \"${left}:179\", max: 250000 }"));
  CHECK(read("~"));
  CHECK(parameters["peer"].value == "192.0.2.1:179");
  CHECK(parameters["max"].value == "250000");
  CHECK_FALSE(read("[a]"));
  CHECK_FALSE(read("{ Left: a, b: [c], d: \"${e}\", f: }"));
  CHECK(problems.errors() == 5);
}
