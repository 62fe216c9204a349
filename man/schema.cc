#include "man/schema.hh"

#include <nlohmann/json.hpp>

#include "conf/schema.hh"
#include "pipe/spec.hh"
#include "super/config.hh"

namespace man {

namespace {

using Json = nlohmann::ordered_json;

template <class Options>
Json section(conf::OptionTable table, const Json& other_keys = Json::object()) {
  const Options defaults;
  const conf::Described one{table, &defaults};
  return Json::parse(conf::option_schema({&one, 1}, other_keys.dump()));
}

// A stage is its name alone, or a mapping with that one key.
Json stage_schema(const pipeline::Registry& registry) {
  const pipeline::CommonOptions common;
  Json names = Json::array(), kinds = Json::object();
  for (const auto* kind : registry.all()) {
    const auto defaults = kind->make_options();
    const conf::Described both[] = {{kind->options, defaults.get()}, {pipeline::common_options(), &common}};
    Json one = Json::parse(conf::option_schema(both));
    one["description"] = std::string(kind->help);
    names.push_back(std::string(kind->name));
    kinds[std::string(kind->name)] = std::move(one);
  }
  return {{"anyOf",
           {Json{{"enum", std::move(names)}}, Json{{"type", "object"},
                                                   {"properties", std::move(kinds)},
                                                   {"additionalProperties", false},
                                                   {"minProperties", 1},
                                                   {"maxProperties", 1}}}}};
}

Json kill_schema() {
  const Json retry = {{"type", "string"},
                      {"description", "how long the pipeline stays down, or never: until it is started by hand"}};
  const Json rule = {{"type", "object"}, {"properties", {{"retry", retry}}}, {"additionalProperties", false}};
  return {{"type", "object"}, {"additionalProperties", {{"anyOf", {rule, retry, Json{{"type", "null"}}}}}}};
}

Json map_of(Json value) { return {{"type", {"object", "null"}}, {"additionalProperties", std::move(value)}}; }

Json pipeline_schema(const Json& more) {
  Json keys = {{"restart", section<pipeline::RestartOptions>(pipeline::restart_options())},
               {"errors", section<pipeline::ErrorOptions>(pipeline::error_options())},
               {"kill", kill_schema()},
               {"stages", {{"type", "array"}, {"items", {{"$ref", "#/$defs/stage"}}}}}};
  keys.update(more);
  return section<pipeline::PipelineOptions>(pipeline::pipeline_options(), keys);
}

}  // namespace

std::string configuration_schema(const pipeline::Registry& registry) {
  const Json scalar = {{"type", {"string", "number", "boolean"}}};
  const Json from_template = {{"use", {{"type", "string"}, {"description", "name of a template"}}},
                              {"with", map_of(scalar)}};
  const Json of_template = {{"defaults", map_of(scalar)}};
  const Json text = {{"type", "string"}};
  const Json keys = {
      {"control", section<super::ControlOptions>(super::control_options())},
      {"log", section<super::LogOptions>(super::log_options())},
      {"include", {{"anyOf", {text, Json{{"type", "array"}, {"items", text}}}}}},
      {"templates", map_of(pipeline_schema(of_template))},
      {"pipelines", map_of(pipeline_schema(from_template))},
  };
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "bgpiped.yaml"}};
  out.update(section<super::DaemonOptions>(super::daemon_options(), keys));
  out["$defs"] = {{"stage", stage_schema(registry)}};
  return out.dump(2);
}

}  // namespace man
