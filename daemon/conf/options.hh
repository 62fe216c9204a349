// Option tables: each option of a stage or section is said once, beside the struct it fills. From the table come the
// YAML reader, the command-line flags, help, manual, schema, dump and the reload plan. Tables are constant data, any
// thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace conf {

enum class Type : std::uint8_t { flag, integer, number, duration, text, list, secret };

// What a changed value costs at reload: applied in place, the stage made anew, or the session started anew.
enum class Cost : std::uint8_t { live, stage, session };

// A string that never appears in dumps, status or logs; only where it came from does.
struct Secret {
  std::string value;
  std::string origin;  // "${credential:bgp-left}", or empty when it stood in the open
  bool operator==(const Secret&) const = default;
};

struct Duration {
  base::Nanos nanos = 0;
  auto operator<=>(const Duration&) const = default;
};

using Value =
    std::variant<std::monostate, bool, std::int64_t, double, Duration, std::string, std::vector<std::string>, Secret>;

struct Option {
  std::string_view name;
  Type type{};
  std::string_view help;  // one line, lower case, no full stop
  char letter = 0;        // short flag
  char also = 0;          // another one for the same
  Cost cost = Cost::stage;
  std::int64_t min = INT64_MIN, max = INT64_MAX;   // integers as they are, durations in nanoseconds
  std::span<const std::string_view> choices = {};  // allowed texts, if not empty
  std::string_view value_name = {};                // in help: "N", "DURATION"; made from the type when empty
  bool argument = false;  // may stand without its name: `connect: 192.0.2.1`, `bgpipe connect 192.0.2.1`
  bool required = false;
  bool time_pattern = false;  // ${…} belongs to the stage
  // Stores a value of this type into the object, or reads it back. Set fails on a value the type cannot hold.
  base::Result<> (*set)(void* object, const Value&) = nullptr;
  Value (*get)(const void* object) = nullptr;
  // Beyond type, range and choices: an address must parse, …; null when there is nothing more to check. The error says
  // what would be right; the value of a secret must not stand in it.
  base::Result<> (*check)(const Value&) = nullptr;
  bool commas = true;            // a list on the command line is split at commas, besides being repeatable
  std::string_view absent = {};  // in help: what the default 0 or nothing means, such as "no limit"
};

using OptionTable = std::span<const Option>;

// A table with the object its setters fill; the caller owns both. Several stand side by side where one mapping or
// command line takes them all (a stage's own options and those common to all stages). Names and letters must not clash.
struct Binding {
  OptionTable table;
  void* object = nullptr;
};

namespace detail {
template <class T>
inline constexpr bool always_false = false;
template <class T>
consteval Type type_of() {
  if constexpr (std::is_same_v<T, bool>)
    return Type::flag;
  else if constexpr (std::is_same_v<T, Duration>)
    return Type::duration;
  else if constexpr (std::is_same_v<T, Secret>)
    return Type::secret;
  else if constexpr (std::is_same_v<T, std::string>)
    return Type::text;
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return Type::list;
  else if constexpr (std::is_floating_point_v<T>)
    return Type::number;
  else if constexpr (std::is_integral_v<T>)
    return Type::integer;
  else
    static_assert(always_false<T>, "no option type for this member");
}
template <class T>
struct MemberOf;
template <class S, class M>
struct MemberOf<M S::*> {
  using Struct = S;
  using Member = M;
};
template <class T>
struct Plain {
  using type = T;
};
template <class T>
struct Plain<std::optional<T>> {
  using type = T;
};
template <class T>
constexpr std::int64_t least(std::int64_t bound) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return std::in_range<std::int64_t>(std::numeric_limits<T>::min())
               ? std::max(bound, static_cast<std::int64_t>(std::numeric_limits<T>::min()))
               : bound;
  return bound;
}
template <class T>
constexpr std::int64_t most(std::int64_t bound) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return std::in_range<std::int64_t>(std::numeric_limits<T>::max())
               ? std::min(bound, static_cast<std::int64_t>(std::numeric_limits<T>::max()))
               : bound;
  return bound;
}
template <class T>
using Stored = std::conditional_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, std::int64_t,
                                  std::conditional_t<std::is_floating_point_v<T>, double, T>>;
}  // namespace detail

// Binds an option to a member of its struct: option<&LimitOptions::session>("session", "most prefixes …", {.letter =
// 's'}). Members: bool, integers, double, Duration, std::string, std::vector<std::string>, Secret, or std::optional of
// these (absent until set). The range of an integer is never wider than its member.
struct Extra {
  char letter = 0, also = 0;
  Cost cost = Cost::stage;
  std::int64_t min = INT64_MIN, max = INT64_MAX;
  std::span<const std::string_view> choices = {};
  std::string_view value_name = {};
  bool argument = false, required = false, time_pattern = false;
  base::Result<> (*check)(const Value&) = nullptr;
  bool commas = true;
  std::string_view absent = {};
};
template <auto Member>
constexpr Option option(std::string_view name, std::string_view help, Extra e = {}) {
  using Of = detail::MemberOf<decltype(Member)>;
  using T = typename detail::Plain<typename Of::Member>::type;
  return Option{.name = name,
                .type = detail::type_of<T>(),
                .help = help,
                .letter = e.letter,
                .also = e.also,
                .cost = e.cost,
                .min = detail::least<T>(e.min),
                .max = detail::most<T>(e.max),
                .choices = e.choices,
                .value_name = e.value_name,
                .argument = e.argument,
                .required = e.required,
                .time_pattern = e.time_pattern,
                .set = [](void* object, const Value& v) -> base::Result<> {
                  const auto* held = std::get_if<detail::Stored<T>>(&v);
                  if (held == nullptr) return base::fail("a value of another type is needed");
                  static_cast<typename Of::Struct*>(object)->*Member = static_cast<T>(*held);
                  return {};
                },
                .get = [](const void* object) -> Value {
                  const auto& m = static_cast<const typename Of::Struct*>(object)->*Member;
                  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(m)>, std::optional<T>>) {
                    if (!m) return std::monostate{};
                    return static_cast<detail::Stored<T>>(*m);
                  } else {
                    return static_cast<detail::Stored<T>>(m);
                  }
                },
                .check = e.check,
                .commas = e.commas,
                .absent = e.absent};
}

// Checks type, choices, range and the option's own rule, then sets; the error says what would be right, without the
// option's name. An integer does for a number, one text for a list.
base::Result<> assign(const Option&, void* object, const Value&);
// Reads a scalar as the option's type: from a YAML scalar or a command-line argument. Lists split at commas, where a
// part may stand in double quotes ("" is one quote inside them). Range and choices are left to assign.
base::Result<Value> parse_value(const Option&, std::string_view text);
// The text parse_value reads back; a secret gives its origin or "***", an absent value nothing.
std::string value_text(const Value&);

// The option of that name, or null.
const Option* find_option(OptionTable, std::string_view name);
// The option that may stand without its name, or null.
const Option* argument_option(OptionTable);
// Options whose values differ between two objects of the table's struct. Secrets are compared by value, wherever each
// came from.
std::vector<const Option*> differences(OptionTable, const void* a, const void* b);

}  // namespace conf
