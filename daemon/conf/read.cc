#include "conf/read.hh"

#include <algorithm>
#include <vector>

#include "base/text.hh"

namespace conf {

namespace {

struct Place {
  const Option* option = nullptr;
  void* object = nullptr;
};

Place find(std::span<const Binding> bindings, std::string_view name) {
  for (const Binding& b : bindings)
    if (const Option* o = find_option(b.table, name)) return {o, b.object};
  return {};
}

Place find_argument(std::span<const Binding> bindings) {
  for (const Binding& b : bindings)
    if (const Option* o = argument_option(b.table)) return {o, b.object};
  return {};
}

std::string wrong(const Option& o, std::string_view text) {
  return "\"" + std::string(o.name) + "\": " + std::string(text);
}

bool only_reference(std::string_view text) { return text.starts_with("${") && text.find('}') == text.size() - 1; }

base::Result<Secret> read_secret(const Resolved& text) {
  if (text.value == hidden_origin)
    return base::fail("\"***\" is what is shown in place of a secret; give ${credential:NAME} or ${file:PATH}");
  return Secret{text.value, text.origin};
}

base::Result<Value> read_scalar(const Node& node, const Option& o, const Scope& scope) {
  auto text = interpolate(node.text(), scope, o.time_pattern);
  if (!text) return std::unexpected(text.error());
  if (o.type == Type::secret) return read_secret(*text);
  if (text->credential)
    return base::fail("a credential would be shown here; it may stand only where a secret is asked for");
  if (o.type == Type::list) return std::vector<std::string>{text->value};
  return parse_value(o, text->value);
}

base::Result<Value> read_list(const Node& node, const Option& o, const Scope& scope) {
  std::vector<std::string> list;
  for (const Node& item : node.items()) {
    if (!item.is_scalar()) return base::fail("each element must be one text, not " + std::string(item.kind_name()));
    auto value = read_scalar(item, o, scope);
    if (!value) return value;
    list.push_back(std::move(std::get<std::vector<std::string>>(*value).front()));
  }
  return list;
}

base::Result<Value> read_node(const Node& node, const Option& o, const Scope& scope) {
  if (node.is_scalar()) return read_scalar(node, o, scope);
  if (node.is_sequence() && o.type == Type::list) return read_list(node, o, scope);
  static constexpr std::string_view wanted[] = {"true or false", "an integer", "a number", "a duration",
                                                "text",          "a list",     "a secret"};
  return base::fail(std::string(wanted[static_cast<std::size_t>(o.type)]) + " is needed, not " +
                    std::string(node.kind_name()));
}

void unknown_key(const Node::Entry& entry, std::span<const Binding> bindings,
                 std::span<const std::string_view> other_keys, Problems& problems) {
  std::vector<std::string_view> names(other_keys.begin(), other_keys.end());
  for (const Binding& b : bindings)
    for (const Option& o : b.table) names.push_back(o.name);
  std::string text = "unknown option \"" + entry.key.substr(0, 80) + "\"";
  if (const auto near = base::nearest(entry.key, names)) {
    const Option* const meant = find(bindings, *near).option;
    if (meant != nullptr && meant->type == Type::secret) problems.hide(entry.value.mark());
    text += "; did you mean \"" + std::string(*near) + "\"?";
  } else if (names.empty()) {
    text += "; there are no options here";
  } else {
    std::ranges::sort(names);
    text += "; there are";
    for (const std::string_view name : names) text.append(name == names.front() ? " " : ", ").append(name);
  }
  problems.add(entry.mark, std::move(text));
}

bool read_mapping(const Node& node, std::span<const Binding> bindings, const Scope& scope, Problems& problems,
                  std::span<const std::string_view> other_keys) {
  bool good = true;
  for (const Node::Entry& entry : node.entries()) {
    if (std::ranges::find(other_keys, entry.key) != other_keys.end()) continue;
    const auto [option, object] = find(bindings, entry.key);
    if (option == nullptr) unknown_key(entry, bindings, other_keys, problems);
    good &= option != nullptr && read_value(entry.value, *option, object, scope, problems);
  }
  return good;
}

bool read_argument(const Node& node, std::span<const Binding> bindings, const Scope& scope, Problems& problems) {
  const auto [option, object] = find_argument(bindings);
  if (option != nullptr) return read_value(node, *option, object, scope, problems);
  problems.add(node.mark(), "a mapping of options is needed, not " + std::string(node.kind_name()));
  return false;
}

bool check_required(const Node& node, std::span<const Binding> bindings, Problems& problems) {
  const Option* const argument = node.is_scalar() || node.is_sequence() ? find_argument(bindings).option : nullptr;
  bool good = true;
  for (const Binding& b : bindings)
    for (const Option& o : b.table) {
      if (!o.required || &o == argument || node.find(o.name) != nullptr) continue;
      problems.add(node.mark(), "\"" + std::string(o.name) + "\" is missing: " + std::string(o.help));
      good = false;
    }
  return good;
}

}  // namespace

bool read_value(const Node& node, const Option& o, void* object, const Scope& scope, Problems& problems) {
  if (o.type == Type::secret && !only_reference(node.text())) problems.hide(node.mark());
  const auto value = read_node(node, o, scope);
  const base::Result<> stored = value ? assign(o, object, *value) : std::unexpected(value.error());
  if (!stored) problems.add(node.mark(), wrong(o, stored.error().text));
  return stored.has_value();
}

bool read_options(const Node& node, std::span<const Binding> bindings, const Scope& scope, Problems& problems,
                  std::span<const std::string_view> other_keys) {
  bool good = true;
  if (node.is_mapping()) good = read_mapping(node, bindings, scope, problems, other_keys);
  if (node.is_scalar() || node.is_sequence()) good = read_argument(node, bindings, scope, problems);
  return check_required(node, bindings, problems) && good;
}

bool read_parameters(const Node& node, const Scope& scope, Problems& problems,
                     std::map<std::string, Resolved, std::less<>>& parameters) {
  if (!node.is_mapping() && !node.is_null()) {
    problems.add(node.mark(), "a mapping from parameters to values is needed, not " + std::string(node.kind_name()));
    return false;
  }
  bool good = true;
  const auto refuse = [&](const Mark& mark, std::string text) {
    problems.add(mark, std::move(text));
    good = false;
  };
  for (const Node::Entry& entry : node.entries()) {
    if (!is_parameter_name(entry.key)) {
      refuse(entry.mark, "a parameter is named in lower-case letters, digits and \"-\"");
    } else if (!entry.value.is_scalar()) {
      refuse(entry.mark, "a parameter has one value, not " + std::string(entry.value.kind_name()));
    } else if (auto value = interpolate(entry.value.text(), scope); !value) {
      refuse(entry.value.mark(), value.error().text);
    } else {
      parameters.insert_or_assign(entry.key, *std::move(value));
    }
  }
  return good;
}

bool read_options(const Node& node, OptionTable table, void* object, Problems& problems,
                  std::span<const std::string_view> other_keys) {
  const Binding binding{table, object};
  return read_options(node, {&binding, 1}, {}, problems, other_keys);
}

}  // namespace conf
