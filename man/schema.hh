// The JSON Schema of bgpiped.yaml, for editors.
#pragma once

#include <string>

#include "pipe/registry.hh"

namespace man {

std::string configuration_schema(const pipeline::Registry& registry);

}  // namespace man
