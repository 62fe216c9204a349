#include "conf/options.hh"

#include <doctest/doctest.h>

#include "../../support/option_faults.hh"
#include "sample.hh"

using namespace conf;

namespace {

const Option& sample(std::string_view name) {
  const Option* o = find_option(sample_table, name);
  REQUIRE(o != nullptr);
  return *o;
}

std::string error_of(std::string_view name, std::string_view text) {
  Sample s;
  const auto v = parse_value(sample(name), text);
  if (!v) return v.error().text;
  const auto r = assign(sample(name), &s, *v);
  return r ? "" : r.error().text;
}

}  // namespace

TEST_CASE("options: every type reads its own text") {
  Sample s;
  const auto put = [&](std::string_view name, std::string_view text) {
    const auto v = parse_value(sample(name), text);
    REQUIRE(v.has_value());
    REQUIRE(assign(sample(name), &s, *v).has_value());
  };
  put("ipv4", "yes");
  put("ipv6", "False");
  put("session", "0x10");
  put("rate", "2.5");
  put("timeout", "-1s");
  put("address", "192.0.2.1");
  put("command", "a,\"b,c\",\"d\"\"e\",");
  put("md5", "key");
  put("bind", "::1");
  CHECK(s.ipv4);
  CHECK_FALSE(s.ipv6);
  CHECK(s.session == 16);
  CHECK(s.rate == 2.5);
  CHECK(s.timeout.nanos == -base::second);
  CHECK(s.command == std::vector<std::string>{"a", "b,c", "d\"e", ""});
  CHECK(s.md5.value == "key");
  CHECK(s.bind == "::1");
}

TEST_CASE("options: an error says what would be right") {
  CHECK(error_of("ipv4", "maybe") == "\"maybe\" is neither true nor false");
  CHECK(error_of("session", "12a") == "\"12a\" is not an integer");
  CHECK(error_of("session", "-1") == "must be at least 0, not -1");
  CHECK(error_of("rate", "nan") == "\"nan\" is not a number");
  CHECK(error_of("rate", "1001") == "must be between 0 and 1000, not 1001");
  CHECK(error_of("timeout", "10") == "\"10\" has no unit; a duration is written like 10s or 1h30m");
  CHECK(error_of("timeout", "soon") == "\"soon\" is not a duration, such as 10s or 1h30m");
  CHECK(error_of("every", "2d") == "must be between 0 and 1d, not 2d");
  CHECK(error_of("format", "jsno") == "\"jsno\" is not one of auto, json, raw, mrt; did you mean \"json\"?");
  CHECK(error_of("address", "nowhere").starts_with("\"nowhere\" is not an address"));
  CHECK(error_of("command", "\"a").starts_with("a quote is not closed"));
  CHECK(error_of("command", "\"a\"b").starts_with("a closing quote"));
}

TEST_CASE("options: the range of an integer is never wider than its member") {
  CHECK(error_of("port", "65536") == "must be between 1 and 65535, not 65536");
  CHECK(error_of("port", "0") == "must be between 1 and 65535, not 0");
}

TEST_CASE("options: a value of another type is refused, not converted") {
  Sample s;
  CHECK_FALSE(assign(sample("session"), &s, Value{true}));
  CHECK_FALSE(assign(sample("address"), &s, Value{std::int64_t{1}}));
  CHECK_FALSE(assign(sample("ipv4"), &s, Value{}));
  CHECK(assign(sample("rate"), &s, Value{std::int64_t{3}}));
  CHECK(assign(sample("command"), &s, Value{std::string("a,b")}));
  CHECK(s.command == std::vector<std::string>{"a,b"});
}

TEST_CASE("options: value_text is what parse_value reads") {
  for (const std::vector<std::string>& list :
       {std::vector<std::string>{}, {""}, {"", ""}, {"a", ""}, {"a,b", "c\"d", "\""}, {"plain", "x y"}}) {
    const auto back = parse_value(sample("command"), value_text(list));
    REQUIRE(back.has_value());
    CHECK(*back == Value{list});
  }
  for (const double d : {0.1, 1e300, -2.0, 1.0 / 3})
    CHECK(parse_value(sample("rate"), value_text(d)).value() == Value{d});
  CHECK(value_text(Secret{"hunter2", ""}) == "***");
  CHECK(value_text(Secret{"hunter2", "${env:KEY}"}) == "${env:KEY}");
  CHECK(value_text({}).empty());
}

TEST_CASE("options: differences name what a reload has to change") {
  Sample a, b;
  CHECK(differences(sample_table, &a, &b).empty());
  b.session = 5;
  b.md5 = {"key", "${env:KEY}"};
  b.hold = 90;
  auto differing = differences(sample_table, &a, &b);
  REQUIRE(differing.size() == 3);
  CHECK(differing[0]->name == "session");
  CHECK(differing[0]->cost == Cost::live);
  CHECK(differing[1]->cost == Cost::session);
  a = b;
  a.md5.origin = "${file:/etc/key}";
  CHECK(differences(sample_table, &a, &b).empty());
}

TEST_CASE("options: a table is checked for clashes before anyone meets them") {
  const OptionTable good[] = {sample_table, common_table};
  CHECK(option_faults(good).empty());
  static constexpr Option bad[] = {option<&Common::name>("Name", "A name.", {.letter = 'h'}),
                                   option<&Common::name>("name", "")};
  const OptionTable both[] = {common_table, bad};
  CHECK(option_faults(both).size() == 5);
}
