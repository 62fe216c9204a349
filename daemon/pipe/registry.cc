#include "pipe/registry.hh"

namespace pipeline {

const StageKind* Registry::find(std::string_view name) const {
  for (const StageKind* k : kinds_)
    if (k->name == name) return k;
  return nullptr;
}

std::vector<std::string_view> Registry::names() const {
  std::vector<std::string_view> out;
  for (const StageKind* k : kinds_) out.push_back(k->name);
  return out;
}

}  // namespace pipeline
