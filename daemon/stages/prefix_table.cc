#include "stages/prefix_table.hh"

namespace stages {

PrefixTable::PrefixTable() : seed_(detail::HashSeed::random()), other_(seed_) {}

void PrefixTable::insert(const PrefixKey& key, bgp::Asn origin) {
  if (!key.is_plain()) return other_.insert(key, origin);
  plain_[key.length].insert(key.address(), origin, seed_);
  ++plain_size_;
}

bool PrefixTable::erase(const PrefixKey& key) noexcept {
  if (key.is_plain()) {
    BucketTable& table = plain_[key.length];
    bgp::Asn* const origin = table.find(key.address(), seed_);
    if (origin == nullptr) return false;
    table.erase(origin, seed_);
    --plain_size_;
    return true;
  }
  auto* const e = other_.find(key);
  if (e == nullptr) return false;
  other_.erase(e);
  return true;
}

void PrefixTable::clear() {
  for (BucketTable& table : plain_) table.clear();
  plain_size_ = 0;
  other_.clear();
}

}  // namespace stages
