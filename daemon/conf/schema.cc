#include "conf/schema.hh"

#include <nlohmann/json.hpp>

namespace conf {

namespace {

using Json = nlohmann::ordered_json;

// What any scalar may be instead: a text with a reference in it, whose value only the daemon sees.
Json reference() { return {{"type", "string"}, {"pattern", "\\$\\{"}}; }

Json texts(std::span<const std::string_view> choices) {
  Json out = Json::array();
  for (const std::string_view c : choices) out.push_back(std::string(c));
  return out;
}

Json text_schema(const Option& o) {
  if (!o.choices.empty()) return {{"anyOf", {Json{{"enum", texts(o.choices)}}, reference()}}};
  // A plain 12 is text too where text is asked for.
  return {{"type", {"string", "number", "boolean"}}};
}

Json number_schema(const Option& o, const char* type) {
  Json out = {{"type", type}};
  if (o.min != INT64_MIN) out["minimum"] = o.min;
  if (o.max != INT64_MAX) out["maximum"] = o.max;
  return {{"anyOf", {out, reference()}}};
}

Json type_schema(const Option& o) {
  switch (o.type) {
    case Type::flag: {
      const Json words = {{"enum", {"true", "false", "yes", "no", "on", "off"}}};
      return {{"anyOf", {Json{{"type", "boolean"}}, words, reference()}}};
    }
    case Type::integer: return number_schema(o, "integer");
    case Type::number: return number_schema(o, "number");
    case Type::duration: {
      const Json text = {{"type", "string"},
                         {"pattern", "^[+-]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(d|h|m|s|ms|us|ns))+)$"}};
      return {{"anyOf", {text, Json{{"const", 0}}, reference()}}};
    }
    case Type::text: return text_schema(o);
    case Type::list: {
      const Json element = text_schema(o);
      return {{"anyOf", {element, Json{{"type", "array"}, {"items", element}}}}};
    }
    case Type::secret: return {{"type", {"string", "number"}}, {"writeOnly", true}};
  }
  return true;
}

Json default_json(const Value& v) {
  if (const auto* flag = std::get_if<bool>(&v)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&v)) return *integer;
  if (const auto* number = std::get_if<double>(&v)) return *number;
  if (const auto* list = std::get_if<std::vector<std::string>>(&v)) return *list;
  if (std::holds_alternative<Secret>(v)) return nullptr;
  const std::string text = value_text(v);
  return text.empty() ? Json(nullptr) : Json(text);
}

Json option_json(const Option& o, const void* defaults) {
  Json out = type_schema(o);
  std::string description(o.help);
  if (!o.absent.empty()) description.append(" (0 or nothing: ").append(o.absent).append(")");
  out["description"] = description;
  if (Json value = default_json(o.get(defaults)); !value.is_null() && !o.required) out["default"] = std::move(value);
  static constexpr const char* costs[] = {"live", "stage", "session"};
  out["x-reload"] = costs[static_cast<std::size_t>(o.cost)];
  return out;
}

const Option* argument_of(std::span<const Described> all) {
  for (const Described& d : all)
    if (const Option* o = argument_option(d.table)) return o;
  return nullptr;
}

}  // namespace

std::string option_schema(std::span<const Described> all, std::string_view other_keys) {
  Json properties = Json::object(), required = Json::array();
  const Option* const argument = argument_of(all);
  bool others_required = false;
  for (const Described& d : all)
    for (const Option& o : d.table) {
      properties[std::string(o.name)] = option_json(o, d.defaults);
      if (!o.required) continue;
      required.push_back(std::string(o.name));
      others_required |= &o != argument;
    }
  const Json others = Json::parse(other_keys, nullptr, false);
  if (others.is_object()) properties.update(others);
  Json object = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) object["required"] = required;
  Json forms = Json::array({object});
  if (argument != nullptr && !others_required) forms.push_back(type_schema(*argument));
  if (required.empty()) forms.push_back({{"type", "null"}});
  const Json out = forms.size() == 1 ? object : Json{{"anyOf", std::move(forms)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace conf
