// What an option table says to editors.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conf/help.hh"
#include "conf/options.hh"

namespace conf {

// A JSON Schema (draft 2020-12) of what read_options takes, without "$schema", so that it can be part of a larger one.
// other_keys is a JSON object from name to schema, or empty: keys that stand beside the options.
std::string option_schema(std::span<const Described>, std::string_view other_keys = {});

}  // namespace conf
