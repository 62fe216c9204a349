#include "conf/options.hh"

#include <charconv>
#include <cmath>

#include "base/text.hh"

namespace conf {

namespace {

std::string quoted(std::string_view text) { return '"' + base::printable(text.substr(0, 80)) + '"'; }

base::Result<> check_range(const Option& o, const Value& v) {
  const bool low = std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) < o.min
                   : std::holds_alternative<Duration>(v)   ? std::get<Duration>(v).nanos < o.min
                   : std::holds_alternative<double>(v)     ? std::get<double>(v) < static_cast<double>(o.min)
                                                           : false;
  const bool high = std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) > o.max
                    : std::holds_alternative<Duration>(v)   ? std::get<Duration>(v).nanos > o.max
                    : std::holds_alternative<double>(v)     ? std::get<double>(v) > static_cast<double>(o.max)
                                                            : false;
  if (!low && !high) return {};
  const auto bound = [&](std::int64_t b) {
    return o.type == Type::duration ? base::duration_text(b) : std::to_string(b);
  };
  if (o.min != INT64_MIN && o.max != INT64_MAX)
    return base::fail("must be between " + bound(o.min) + " and " + bound(o.max) + ", not " + value_text(v));
  return base::fail((low ? "must be at least " + bound(o.min) : "must be at most " + bound(o.max)) + ", not " +
                    value_text(v));
}

base::Result<> check_choice(const Option& o, std::string_view text) {
  if (o.choices.empty() || std::ranges::find(o.choices, text) != o.choices.end()) return {};
  std::string all;
  for (const std::string_view c : o.choices) all.append(all.empty() ? "" : ", ").append(c);
  const auto near = base::nearest(text, o.choices);
  return base::fail(quoted(text) + " is not one of " + all +
                    (near ? "; did you mean \"" + std::string(*near) + "\"?" : ""));
}

base::Result<> check_choices(const Option& o, const Value& v) {
  if (const auto* text = std::get_if<std::string>(&v)) return check_choice(o, *text);
  if (const auto* list = std::get_if<std::vector<std::string>>(&v))
    for (const std::string& text : *list)
      if (auto r = check_choice(o, text); !r) return r;
  return {};
}

std::optional<bool> parse_flag(std::string_view text) {
  const std::string word = base::lower(text);
  for (const std::string_view yes : {"true", "yes", "on", "1", "t"})
    if (word == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "0", "f"})
    if (word == no) return false;
  return std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  double v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(v)) return std::nullopt;
  return v;
}

base::Result<std::vector<std::string>> parse_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string part;
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      for (;;) {
        const auto close = text.find('"');
        if (close == std::string_view::npos) return base::fail("a quote is not closed in the list");
        part += text.substr(0, close);
        text.remove_prefix(close + 1);
        if (!text.starts_with('"')) break;
        part += '"';
        text.remove_prefix(1);
      }
      if (!text.empty() && !text.starts_with(',')) return base::fail("a closing quote must be followed by a comma");
    } else {
      part = text.substr(0, text.find(','));
      text.remove_prefix(part.size());
    }
    parts.push_back(std::move(part));
    if (text == ",") parts.emplace_back();
    if (!text.empty()) text.remove_prefix(1);
  }
  return parts;
}

std::string list_text(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += ',';
    if (!part.empty() && part.find_first_of(",\"") == std::string::npos) {
      out += part;
      continue;
    }
    out += '"';
    for (const char c : part) out.append(c == '"' ? "\"\"" : std::string(1, c));
    out += '"';
  }
  return out;
}

bool holds(const Value& v, Type type) {
  switch (type) {
    case Type::flag: return std::holds_alternative<bool>(v);
    case Type::integer: return std::holds_alternative<std::int64_t>(v);
    case Type::number: return std::holds_alternative<double>(v);
    case Type::duration: return std::holds_alternative<Duration>(v);
    case Type::text: return std::holds_alternative<std::string>(v);
    case Type::list: return std::holds_alternative<std::vector<std::string>>(v);
    case Type::secret: return std::holds_alternative<Secret>(v);
  }
  return false;
}

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

}  // namespace

base::Result<> assign(const Option& o, void* object, const Value& given) {
  Value value = given;
  if (o.type == Type::number && std::holds_alternative<std::int64_t>(value))
    value = static_cast<double>(std::get<std::int64_t>(value));
  if (o.type == Type::list && std::holds_alternative<std::string>(value))
    value = std::vector<std::string>{std::get<std::string>(value)};
  if (!holds(value, o.type)) return base::fail("a value of another type is needed");
  if (auto r = check_choices(o, value); !r) return r;
  if (auto r = check_range(o, value); !r) return r;
  if (o.check != nullptr)
    if (auto r = o.check(value); !r) return r;
  return o.set(object, value);
}

base::Result<Value> parse_value(const Option& o, std::string_view text) {
  switch (o.type) {
    case Type::flag:
      if (const auto v = parse_flag(text)) return *v;
      return base::fail(quoted(text) + " is neither true nor false");
    case Type::integer:
      if (const auto v = base::parse_int(text)) return *v;
      return base::fail(quoted(text) + " is not an integer");
    case Type::number:
      if (const auto v = parse_number(text)) return *v;
      return base::fail(quoted(text) + " is not a number");
    case Type::duration:
      if (const auto v = base::parse_duration(text)) return Duration{*v};
      if (parse_number(text)) return base::fail(quoted(text) + " has no unit; a duration is written like 10s or 1h30m");
      return base::fail(quoted(text) + " is not a duration, such as 10s or 1h30m");
    case Type::text: return std::string(text);
    case Type::list:
      if (o.commas) return parse_list(text);
      return std::vector<std::string>{std::string(text)};
    case Type::secret: return Secret{std::string(text), {}};
  }
  return base::fail("an option without a type");
}

std::string value_text(const Value& value) {
  return std::visit(Overload{
                        [](std::monostate) { return std::string(); },
                        [](bool v) { return std::string(v ? "true" : "false"); },
                        [](std::int64_t v) { return std::to_string(v); },
                        [](double v) {
                          char text[64];
                          return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
                        },
                        [](Duration v) { return base::duration_text(v.nanos); },
                        [](const std::string& v) { return v; },
                        [](const std::vector<std::string>& v) { return list_text(v); },
                        [](const Secret& v) { return v.origin.empty() ? std::string("***") : v.origin; },
                    },
                    value);
}

const Option* find_option(OptionTable table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &Option::name);
  return at == table.end() ? nullptr : &*at;
}

const Option* argument_option(OptionTable table) {
  const auto at = std::ranges::find(table, true, &Option::argument);
  return at == table.end() ? nullptr : &*at;
}

std::vector<const Option*> differences(OptionTable table, const void* a, const void* b) {
  std::vector<const Option*> differing;
  for (const Option& o : table) {
    const Value left = o.get(a), right = o.get(b);
    const auto *l = std::get_if<Secret>(&left), *r = std::get_if<Secret>(&right);
    if (l != nullptr && r != nullptr ? l->value != r->value : left != right) differing.push_back(&o);
  }
  return differing;
}

}  // namespace conf
