#include "conf/schema.hh"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sample.hh"

using namespace conf;
using nlohmann::json;

namespace {

json sample_schema(std::string_view other_keys = {}) {
  static const Sample defaults;
  static const Common common;
  const Described both[] = {{sample_table, &defaults}, {common_table, &common}};
  return json::parse(option_schema(both, other_keys));
}

}  // namespace

TEST_CASE("schema: a mapping, the argument alone, or nothing") {
  const json schema = sample_schema();
  REQUIRE(schema["anyOf"].size() == 3);
  CHECK(schema["anyOf"][0]["type"] == "object");
  CHECK(schema["anyOf"][0]["additionalProperties"] == false);
  CHECK(schema["anyOf"][1]["type"] == json({"string", "number", "boolean"}));
  CHECK(schema["anyOf"][2]["type"] == "null");
}

TEST_CASE("schema: types, ranges, choices and defaults of the table") {
  const json schema = sample_schema();
  const json& options = schema["anyOf"][0]["properties"];
  CHECK(options.size() == std::size(sample_table) + std::size(common_table));
  CHECK(options["port"]["anyOf"][0] == json({{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}}));
  CHECK(options["port"]["default"] == 179);
  CHECK(options["format"]["anyOf"][0]["enum"] == json({"auto", "json", "raw", "mrt"}));
  CHECK(options["timeout"]["default"] == "15s");
  CHECK(options["session"]["description"] == "most prefixes in the session (0 or nothing: no limit)");
  CHECK(options["session"]["x-reload"] == "live");
  CHECK(options["md5"]["writeOnly"] == true);
  CHECK_FALSE(options["md5"].contains("default"));
  CHECK(options["command"]["anyOf"][1]["type"] == "array");
}

TEST_CASE("schema: what is required, and the keys of others") {
  struct Read {
    std::string path;
  };
  static constexpr Option table[] = {option<&Read::path>("path", "file", {.argument = true, .required = true})};
  const Read read;
  const Described one{table, &read};
  const json schema = json::parse(option_schema({&one, 1}, R"({"stages": {"type": "array"}})"));
  REQUIRE(schema["anyOf"].size() == 2);
  CHECK(schema["anyOf"][0]["required"] == json::array({"path"}));
  CHECK(schema["anyOf"][0]["properties"]["stages"]["type"] == "array");
}
