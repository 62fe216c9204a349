// The command line as values, read by the verb table.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "ctl/verbs.hh"

namespace ctl {

struct Args {
  const Verb* verb = nullptr;  // null: only --help or --version was given
  std::vector<std::string> words;
  std::map<std::string, std::string, std::less<>> values;  // by option name; a flag's value is empty

  bool has(std::string_view option) const { return values.contains(option); }
  std::string text(std::string_view option, std::string_view otherwise = {}) const;
  // Checked when they were read.
  std::optional<base::Nanos> duration(std::string_view option) const;
  std::optional<std::int64_t> count(std::string_view option) const;
  // The first word, or empty.
  std::string word() const { return words.empty() ? "" : words.front(); }
};

// Without the program's name. The error is for a person.
std::expected<Args, std::string> parse_args(std::vector<std::string> arguments);

}  // namespace ctl
