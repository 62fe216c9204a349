#include "rpc/schema.hh"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.hh"

namespace rpc {

using nlohmann::json;

namespace {
struct Type {
  std::string_view name;
  bool list = false, map = false, null = false;
};

Type read_type(std::string_view text) {
  Type t;
  if (text.ends_with('?')) t.null = true, text.remove_suffix(1);
  if (text.ends_with("[]")) t.list = true, text.remove_suffix(2);
  if (text.ends_with("{}")) t.map = true, text.remove_suffix(2);
  t.name = text;
  return t;
}

std::string words(std::span<const std::string_view> choices) {
  std::string out;
  for (const auto c : choices) out.append(out.empty() ? "" : ", ").append(c);
  return out;
}

base::Result<> check_object(std::span<const Field> fields, const json& object, const std::string& where,
                            bool null_is_absent);

base::Result<> check_one(std::string_view type, std::span<const std::string_view> choices, const json& v,
                         const std::string& where) {
  const auto wanted = [&](std::string_view what) { return base::fail(where + ": must be " + std::string(what)); };
  if (type == "any") return {};
  if (type == "string" || type == "time") {
    if (!v.is_string()) return wanted("a string");
    const auto& s = v.get_ref<const std::string&>();
    if (!choices.empty() && std::ranges::find(choices, s) == choices.end()) return wanted("one of " + words(choices));
    return {};
  }
  if (type == "integer") return v.is_number_integer() ? base::Result<>{} : wanted("an integer");
  if (type == "number" || type == "seconds") return v.is_number() ? base::Result<>{} : wanted("a number");
  if (type == "boolean") return v.is_boolean() ? base::Result<>{} : wanted("true or false");
  const Shape* shape = find_shape(type);
  if (shape == nullptr) return base::fail(where + ": the table names no type " + std::string(type));
  return check_object(shape->fields, v, where, false);
}

base::Result<> check_value(const Field& field, const json& v, const std::string& where) {
  const Type type = read_type(field.type);
  if (v.is_null() && type.null) return {};
  if (!type.list && !type.map) return check_one(type.name, field.choices, v, where);
  if (type.list && !v.is_array()) return base::fail(where + ": must be a list");
  if (type.map && !v.is_object()) return base::fail(where + ": must be an object");
  for (const auto& item : v.items()) {
    const std::string place = where + "[" + item.key() + "]";
    if (auto ok = check_one(type.name, field.choices, item.value(), place); !ok) return ok;
  }
  return {};
}

std::string unknown_member(std::span<const Field> fields, const std::string& where, std::string name) {
  if (name.size() > 64) name.resize(64);
  std::vector<std::string_view> names;
  for (const Field& f : fields) names.push_back(f.name);
  std::string text = where + (where.empty() ? "" : ".") + name + ": unknown";
  if (const auto near = base::nearest(name, names))
    text += ", did you mean " + std::string(*near) + "?";
  else if (!names.empty())
    text += "; known: " + words(names);
  return text;
}

base::Result<> check_object(std::span<const Field> fields, const json& object, const std::string& where,
                            bool null_is_absent) {
  if (!object.is_object()) return base::fail((where.empty() ? "it" : where) + ": must be an object");
  for (const auto& item : object.items())
    if (std::ranges::find(fields, item.key(), &Field::name) == fields.end())
      return base::fail(unknown_member(fields, where, item.key()));
  for (const Field& f : fields) {
    const std::string place = where + (where.empty() ? "" : ".") + std::string(f.name);
    const auto found = object.find(f.name);
    if (found == object.end() || (null_is_absent && found->is_null())) {
      if (f.required) return base::fail(place + ": missing");
    } else if (auto ok = check_value(f, *found, place); !ok) {
      return ok;
    }
  }
  return {};
}

json describe_fields(std::span<const Field> fields) {
  json out = json::array();
  for (const Field& f : fields)
    out.push_back(
        {{"name", f.name}, {"type", f.type}, {"help", f.help}, {"required", f.required}, {"choices", f.choices}});
  return out;
}

json schema_of_one(std::string_view type, const Field& f) {
  if (type == "any") return json::object();
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  if (type == "seconds") return {{"type", "number"}};
  if (find_shape(type) != nullptr) return {{"$ref", "#/$defs/" + std::string(type)}};
  json out{{"type", type}};
  if (!f.choices.empty()) out["enum"] = f.choices;
  return out;
}

json schema_of(const Field& f) {
  const Type type = read_type(f.type);
  json out = schema_of_one(type.name, f);
  if (type.list) out = {{"type", "array"}, {"items", std::move(out)}};
  if (type.map) out = {{"type", "object"}, {"additionalProperties", std::move(out)}};
  if (type.null) out = {{"anyOf", json::array({std::move(out), {{"type", "null"}}})}};
  out["description"] = f.help;
  return out;
}

json schema_of_object(std::span<const Field> fields, std::string_view help) {
  json properties = json::object(), required = json::array();
  for (const Field& f : fields) {
    properties[std::string(f.name)] = schema_of(f);
    if (f.required) required.push_back(f.name);
  }
  return {{"type", "object"},
          {"description", help},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json schema() {
  json defs = json::object();
  for (const Shape& s : shapes()) defs[std::string(s.name)] = schema_of_object(s.fields, s.help);
  for (const Method& m : methods()) {
    const std::string name(m.name);
    defs[name + ".params"] = schema_of_object(m.params, m.help);
    defs[name + ".result"] = schema_of_object(m.result, m.help);
    if (m.streams()) defs[name + ".record"] = schema_of_object(m.record, m.help);
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$defs", std::move(defs)}};
}
}  // namespace

base::Result<> check_params(const Method& m, const json& params) { return check_object(m.params, params, "", true); }
base::Result<> check_result(const Method& m, const json& result) { return check_object(m.result, result, "", false); }
base::Result<> check_record(const Method& m, const json& record) { return check_object(m.record, record, "", false); }

json describe() {
  json all = json::array(), types = json::array();
  for (const Method& m : methods())
    all.push_back({{"name", m.name},
                   {"access", access_name(m.access)},
                   {"help", m.help},
                   {"streams", m.streams()},
                   {"params", describe_fields(m.params)},
                   {"result", describe_fields(m.result)},
                   {"record", describe_fields(m.record)}});
  for (const Shape& s : shapes())
    types.push_back({{"name", s.name}, {"help", s.help}, {"fields", describe_fields(s.fields)}});
  return {{"methods", std::move(all)}, {"types", std::move(types)}, {"schema", schema()}};
}

}  // namespace rpc
