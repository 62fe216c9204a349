// Fills the structs of option tables from a YAML mapping. Everything wrong is reported, not only the first thing; what
// is right is stored even so, thus a result of false means the object must not be used.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "conf/interpolate.hh"
#include "conf/node.hh"
#include "conf/options.hh"
#include "conf/problem.hh"

namespace conf {

// The node is a mapping from option names to values; or nothing, which gives no option; or a scalar or list, which is
// the value of the `argument` option. Values are interpolated as strings and then read as the option's type: "250000"
// does for an integer, and in a list each element is one text. Keys in other_keys are the caller's own and are passed
// over; any other unknown key is an error with the nearest known one. Returns whether nothing was wrong.
bool read_options(const Node&, std::span<const Binding>, const Scope&, Problems&,
                  std::span<const std::string_view> other_keys = {});
bool read_options(const Node&, OptionTable, void* object, Problems&, std::span<const std::string_view> other_keys = {});

// One option from its node.
bool read_value(const Node&, const Option&, void* object, const Scope&, Problems&);

// A mapping such as `with:`: its values are interpolated in the scope and put among the parameters, in place of those
// there.
bool read_parameters(const Node&, const Scope&, Problems&, std::map<std::string, Resolved, std::less<>>& parameters);

}  // namespace conf
