// The kinds of stages this program knows. Filled once at start by stages::add_all, read everywhere.
#pragma once

#include <string_view>
#include <vector>

#include "pipe/stage.hh"

namespace pipeline {

class Registry {
 public:
  void add(const StageKind& kind) { kinds_.push_back(&kind); }
  const StageKind* find(std::string_view name) const;
  const std::vector<const StageKind*>& all() const { return kinds_; }
  std::vector<std::string_view> names() const;

 private:
  std::vector<const StageKind*> kinds_;
};

}  // namespace pipeline
