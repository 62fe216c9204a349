// What is wrong with an option table itself; the tests of every folder with tables ask for nothing.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/options.hh"

// The tables are those that one command line or mapping takes together.
inline std::vector<std::string> option_faults(std::span<const conf::OptionTable> tables) {
  std::vector<std::string> faults;
  std::set<std::string_view> names;
  std::set<char> letters;
  bool argument = false;
  for (const conf::OptionTable table : tables)
    for (const conf::Option& o : table) {
      const auto fault = [&](const char* what) { faults.push_back(std::string(o.name) + ": " + what); };
      if (o.name.empty() || o.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string_view::npos)
        fault("a name is lower-case letters, digits and \"-\"");
      if (!names.insert(o.name).second) fault("stands twice");
      if (o.letter != 0 && !letters.insert(o.letter).second) fault("its letter stands twice");
      if (o.also != 0 && !letters.insert(o.also).second) fault("its other letter stands twice");
      if (o.letter == 'h') fault("-h is help");
      if (o.help.empty() || o.help.ends_with('.')) fault("help is one line without a full stop");
      if (o.min > o.max) fault("an empty range");
      if (o.set == nullptr || o.get == nullptr) fault("is bound to no member");
      if (!o.choices.empty() && o.type != conf::Type::text && o.type != conf::Type::list)
        fault("choices are for texts");
      if (o.time_pattern && o.type != conf::Type::text) fault("a time pattern is a text");
      if (o.argument && argument) fault("a second argument");
      argument |= o.argument;
    }
  return faults;
}
