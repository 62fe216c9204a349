#include "rpc/schema.hh"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "rpc/codec.hh"

using namespace rpc;
using nlohmann::json;

namespace {
std::string problem(std::string_view method, const json& params) {
  const auto r = check_params(*find_method(method), params);
  return r ? "" : r.error().text;
}

std::string_view bare(std::string_view type) {
  if (type.ends_with('?')) type.remove_suffix(1);
  if (type.ends_with("[]") || type.ends_with("{}")) type.remove_suffix(2);
  return type;
}

void check_types(std::span<const Field> fields) {
  static const std::set<std::string_view> scalars = {"string", "integer", "number", "boolean",
                                                     "time",   "seconds", "any"};
  for (const Field& f : fields) {
    INFO(f.name);
    CHECK((scalars.contains(bare(f.type)) || find_shape(bare(f.type)) != nullptr));
    CHECK_FALSE(f.help.empty());
    CHECK_FALSE(f.help.ends_with('.'));
  }
}
}  // namespace

TEST_CASE("method table: names are noun.verb and unique, all types are known") {
  std::set<std::string_view> names;
  for (const Method& m : methods()) {
    INFO(m.name);
    CHECK(names.insert(m.name).second);
    CHECK(m.name.find('.') != std::string_view::npos);
    CHECK_FALSE(m.help.ends_with('.'));
    CHECK_FALSE(m.result.empty());
    check_types(m.params);
    check_types(m.result);
    check_types(m.record);
  }
  for (const Shape& s : shapes()) check_types(s.fields);
}

TEST_CASE("method table: what changes something needs admin") {
  for (const auto* name : {"pipeline.start", "pipeline.stop", "pipeline.restart", "config.reload", "daemon.log_level"})
    CHECK(find_method(name)->access == Access::admin);
  for (const auto* name : {"rpc.describe", "daemon.status", "pipeline.show", "events.subscribe"})
    CHECK(find_method(name)->access == Access::read);
}

TEST_CASE("parameters: missing, unknown and mistyped ones are named") {
  CHECK(problem("pipeline.show", {{"name", "a"}}) == "");
  CHECK(problem("pipeline.show", json::object()) == "name: missing");
  CHECK(problem("pipeline.show", {{"name", nullptr}}) == "name: missing");
  CHECK(problem("pipeline.show", {{"name", 5}}) == "name: must be a string");
  CHECK(problem("pipeline.stop", {{"name", "a"}, {"raeson", "x"}}) == "raeson: unknown, did you mean reason?");
  CHECK(problem("config.reload", {{"dry_run", 1}}) == "dry_run: must be true or false");
  CHECK(problem("config.reload", {{"dry_run", nullptr}}) == "");
  CHECK(problem("daemon.log_level", {{"level", "loud"}}) ==
        "level: must be one of trace, debug, info, warn, error, off");
  CHECK(problem("events.subscribe", {{"names", {"EOR", 4}}}) == "names[1]: must be a string");
  CHECK(problem("events.subscribe", {{"names", "EOR"}}) == "names: must be a list");
  CHECK(problem("events.subscribe", {{"since", 1.5}}) == "since: must be an integer");
}

TEST_CASE("results: nested objects are checked to the last member") {
  const Method& list = *find_method("pipeline.list");
  json good = {{"pipelines", {{{"name", "a"}, {"state", "established"}, {"sessions", 1}, {"stages", 3}}}}};
  CHECK(check_result(list, good).has_value());
  good["pipelines"][0]["state"] = "fine";
  CHECK(check_result(list, good).error().text.starts_with("pipelines[0].state: must be one of starting"));
  good["pipelines"][0].erase("state");
  CHECK(check_result(list, good).error().text == "pipelines[0].state: missing");
  CHECK(check_result(list, {{"pipelines", nullptr}}).error().text == "pipelines: must be a list");
}

TEST_CASE("rpc.describe keeps its own promise") {
  const json all = describe();
  const auto ok = check_result(*find_method("rpc.describe"), all);
  CHECK((ok ? "" : ok.error().text) == "");
  CHECK(all["methods"].size() == methods().size());
}

TEST_CASE("rpc.describe: the JSON Schema has every reference it uses") {
  const json all = describe();
  const json& defs = all["schema"]["$defs"];
  CHECK(defs["config.reload.params"]["properties"]["dry_run"]["type"] == "boolean");
  CHECK(defs["Session"]["properties"]["last_error"]["anyOf"][0]["$ref"] == "#/$defs/LastError");
  CHECK(defs["Line"]["properties"]["direction"]["enum"] == json{"R", "L"});
  const std::string text = json_text(defs);
  for (std::size_t at = text.find("#/$defs/"); at != std::string::npos; at = text.find("#/$defs/", at + 1)) {
    const std::string name = text.substr(at + 8, text.find('"', at) - at - 8);
    CHECK(defs.contains(name));
  }
}
