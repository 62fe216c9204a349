// What bgpipectl can be asked, as data: parsing, help and completion all come from this table.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace ctl {

class Context;

// What completion offers for an argument or an option's value.
enum class Completes : std::uint8_t { nothing, pipeline, file, method, choices };

struct Argument {
  std::string_view name, help;
  bool required = true;
  Completes completes = Completes::nothing;
  std::span<const std::string_view> choices = {};
};

struct OptionSpec {
  enum class Kind : std::uint8_t { flag, text, count, duration };
  std::string_view name;
  char letter = 0;
  Kind kind = Kind::flag;
  std::string_view value_name = {}, help;
  Completes completes = Completes::nothing;
  std::span<const std::string_view> choices = {};
  std::string_view bare = {};  // the value when it is given without one; must be given as --name=VALUE otherwise
};

struct Verb {
  std::string_view name;
  std::string_view method;  // of the control API, or empty
  std::string_view help;    // one line, lower case, no full stop
  std::span<const Argument> arguments;
  std::span<const OptionSpec> options;
  int (*run)(Context&);
};

std::span<const Verb> verbs();
// Options that every verb takes, before or behind it.
std::span<const OptionSpec> common_options();
// By name or unambiguous beginning. The error says what it might have been.
std::expected<const Verb*, std::string> find_verb(std::string_view word);

}  // namespace ctl
