// Option tables made of parts.
#pragma once

#include <array>
#include <cstddef>

#include "conf/options.hh"

namespace stages {

template <std::size_t... N>
constexpr auto join(const std::array<conf::Option, N>&... parts) {
  std::array<conf::Option, (N + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& part) {
    for (const conf::Option& o : part) all[at++] = o;
  };
  (add(parts), ...);
  return all;
}

}  // namespace stages
