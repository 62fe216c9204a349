// What an option table says to people: help on a terminal and manual pages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conf/options.hh"

namespace conf {

// A table with an object that holds its defaults.
struct Described {
  OptionTable table;
  const void* defaults = nullptr;
};

// Lines such as
//   "  -s, --session N   most prefixes in the session (default 0: no limit)\n"
// aligned over all the tables and wrapped at 80 columns.
std::string option_help(std::span<const Described>);
inline std::string option_help(OptionTable table, const void* defaults) {
  const Described one{table, defaults};
  return option_help({&one, 1});
}

// A tagged list of mdoc(7): as flags for the commands, or as keys for the configuration file, there with what a change
// costs at reload.
enum class Manual : std::uint8_t { flags, keys };
std::string option_manual(std::span<const Described>, Manual);

// How the value is called: "N", "DURATION", "json|raw"; empty for a flag.
std::string value_name(const Option&);

}  // namespace conf
