// Options to YAML that reads back to the same values, for `bgpipe --yaml` and for showing what a running daemon took.
// A secret is written as the reference it came from, or "***", which the reader refuses. Text that is not UTF-8 has no
// form in YAML: its stray bytes come out as the characters of the same number.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conf/options.hh"

namespace conf {

// What to write: the options whose values differ between object and defaults, and those required.
struct Dumped {
  OptionTable table;
  const void* object = nullptr;
  const void* defaults = nullptr;
};

// One line: "{ session: 100, ipv4: true }"; only the value when nothing but the `argument` option differs; "{}" for
// nothing.
std::string dump_flow(std::span<const Dumped>);
// A line "key: value\n" for each, `indent` blanks before it; empty for nothing.
std::string dump_block(std::span<const Dumped>, int indent);

// A scalar that YAML 1.1 and 1.2 read as this text in any place, quoted if need be. References are not escaped.
std::string yaml_text(std::string_view text);
// The value of an option as it stands behind its key: references in texts are escaped.
std::string yaml_value(const Value&);

}  // namespace conf
