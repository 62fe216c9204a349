#include "stages/prefix_table.hh"

namespace stages {

void PrefixTable::insert(const PrefixKey& key, bgp::Asn origin) {
  key.is_plain() ? pages_.insert(key.address(), key.length, origin) : other_.insert(key, origin);
}

bool PrefixTable::erase(const PrefixKey& key) noexcept {
  if (key.is_plain()) return pages_.erase(key.address(), key.length);
  auto* const e = other_.find(key);
  if (e == nullptr) return false;
  other_.erase(e);
  return true;
}

void PrefixTable::clear() {
  pages_.clear();
  other_.clear();
}

}  // namespace stages
