// What every row of the registry needs: options and stages made without naming their types again.
#pragma once

#include <memory>

#include "pipe/spec.hh"
#include "pipe/stage.hh"

namespace stages {

template <class T>
std::shared_ptr<void> make_options() {
  return std::make_shared<T>();
}

template <class T>
std::unique_ptr<pipeline::Stage> make_stage(pipeline::Session& session, const pipeline::StageSpec& spec) {
  return std::make_unique<T>(session, spec);
}

}  // namespace stages
