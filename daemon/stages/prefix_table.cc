#include "stages/prefix_table.hh"

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <random>

namespace stages {

namespace detail {

void* allocate_table(std::size_t bytes) {
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  const bool huge = bytes >= 2 * huge_page;
  void* p = huge ? std::aligned_alloc(huge_page, (bytes + huge_page - 1) & ~(huge_page - 1)) : std::calloc(1, bytes);
  if (p == nullptr) throw std::bad_alloc();
  if (huge) {
    (void)::madvise(p, bytes, MADV_HUGEPAGE);
    std::memset(p, 0, bytes);
  }
  return p;
}

}  // namespace detail

PrefixTable::PrefixTable() : seed_(std::random_device{}() * 0x9e3779b97f4a7c15u | 1), v4_(seed_), other_(seed_) {}

PrefixKey PrefixTable::widen(const detail::KeyV4& k) noexcept {
  PrefixKey out;
  std::memcpy(out.bits.data(), &k.bits, sizeof k.bits);
  out.path_id = k.path_id;
  out.length = k.length;
  out.family = k.family;
  return out;
}

void PrefixTable::prefetch(const PrefixKey& key) const noexcept {
  key.is_v4() ? v4_.prefetch(narrow(key)) : other_.prefetch(key);
}

bgp::Asn* PrefixTable::find(const PrefixKey& key) noexcept {
  if (key.is_v4()) {
    auto* e = v4_.find(narrow(key));
    return e != nullptr ? &e->origin : nullptr;
  }
  auto* e = other_.find(key);
  return e != nullptr ? &e->origin : nullptr;
}

void PrefixTable::insert(const PrefixKey& key, bgp::Asn origin) {
  key.is_v4() ? v4_.insert(narrow(key), origin) : other_.insert(key, origin);
}

bool PrefixTable::erase(const PrefixKey& key) noexcept {
  const auto from = [](auto& table, const auto& k) {
    auto* e = table.find(k);
    if (e == nullptr) return false;
    table.erase(e);
    return true;
  };
  return key.is_v4() ? from(v4_, narrow(key)) : from(other_, key);
}

void PrefixTable::clear() {
  v4_.clear();
  other_.clear();
}

}  // namespace stages
