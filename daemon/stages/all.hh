// All kinds of stages this program has.
#pragma once

#include "pipe/registry.hh"

namespace stages {

void add_all(pipeline::Registry& registry);

}  // namespace stages
