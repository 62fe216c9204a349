// A configuration from text, with every stage there is.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "conf/yaml.hh"
#include "stages/all.hh"
#include "super/config.hh"

namespace support {

inline const pipeline::Registry& registry() {
  static const pipeline::Registry all = [] {
    pipeline::Registry r;
    stages::add_all(r);
    return r;
  }();
  return all;
}

inline super::Loaded loaded(std::string_view yaml) {
  const auto node = conf::parse_yaml(yaml, "t.yaml");
  if (node) return super::read_config(*node, "t.yaml", registry());
  super::Loaded out;
  out.problems.add(node.error());
  return out;
}
// It must be sound.
inline std::shared_ptr<const super::Config> configured(std::string_view yaml) {
  auto l = loaded(yaml);
  INFO(l.problems.text());
  REQUIRE(l.config != nullptr);
  return l.config;
}
inline std::shared_ptr<const pipeline::PipelineSpec> first_of(std::string_view yaml) {
  return configured(yaml)->pipelines.at(0);
}
// Its problems as "line:column: text", one a line; empty when it is sound.
inline std::string faults(std::string_view yaml) {
  const auto l = loaded(yaml);
  CHECK((l.config == nullptr) == l.problems.failed());
  std::string out;
  for (const auto& p : l.problems.all()) {
    const std::string head = conf::headline(p);
    out += (out.empty() ? "" : "\n") + (head.starts_with("t.yaml:") ? head.substr(7) : head);
  }
  return out;
}

}  // namespace support
