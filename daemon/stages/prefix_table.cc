#include "stages/prefix_table.hh"

#include <bit>
#include <cstring>
#include <random>

namespace stages {

namespace {
constexpr std::size_t least_capacity = 16;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
}  // namespace

PrefixKey PrefixKey::of(const bgp::Nlri& n, bgp::Family family) noexcept {
  std::uint8_t bytes[16] = {};
  const std::size_t whole = n.length / 8;
  std::memcpy(bytes, n.bytes, whole);
  if (n.length % 8 != 0) bytes[whole] = static_cast<std::uint8_t>(n.bytes[whole] & (0xff00u >> n.length % 8));
  PrefixKey k;
  std::memcpy(k.bits.data(), bytes, sizeof bytes);
  k.path_id = n.path_id;
  k.length = n.length;
  k.family = static_cast<std::uint8_t>(static_cast<unsigned>(family.afi) * 16 + static_cast<unsigned>(family.safi));
  return k;
}

PrefixTable::PrefixTable() : seed_(std::random_device{}() * 0x9e3779b97f4a7c15u | 1) { rebuild(least_capacity); }

std::size_t PrefixTable::home(const PrefixKey& k) const noexcept {
  const std::uint64_t tail = std::uint64_t{k.path_id} << 16 | std::uint64_t{k.length} << 8 | k.family;
  return mix(mix(k.bits[0] ^ seed_, 0xa0761d6478bd642fu ^ k.bits[1]) ^ tail, 0xe7037ed1a0b428dbu ^ seed_) & mask_;
}

PrefixTable::Entry* PrefixTable::find(const PrefixKey& key) noexcept {
  for (std::size_t i = home(key);; i = (i + 1) & mask_) {
    Entry& e = entries_[i];
    if (e.key.family == 0) return nullptr;
    if (e.key == key) return &e;
  }
}

void PrefixTable::insert(const PrefixKey& key, bgp::Asn origin) {
  if ((size_ + 1) * 4 > (mask_ + 1) * 3) rebuild((mask_ + 1) * 2);
  std::size_t i = home(key);
  while (entries_[i].key.family != 0) i = (i + 1) & mask_;
  entries_[i] = {key, origin};
  ++size_;
}

// Moves later entries of the run back, so that no markers are left behind.
void PrefixTable::erase(Entry* entry) noexcept {
  auto gap = static_cast<std::size_t>(entry - entries_.get());
  for (std::size_t i = (gap + 1) & mask_; entries_[i].key.family != 0; i = (i + 1) & mask_) {
    if (((i - home(entries_[i].key)) & mask_) < ((i - gap) & mask_)) continue;
    entries_[gap] = entries_[i];
    gap = i;
  }
  entries_[gap] = {};
  --size_;
}

void PrefixTable::clear() {
  size_ = 0;
  rebuild(least_capacity);
}

void PrefixTable::rebuild(std::size_t capacity) {
  const auto old = std::move(entries_);
  const std::size_t slots = old ? mask_ + 1 : 0;
  entries_ = std::make_unique<Entry[]>(capacity);
  mask_ = capacity - 1;
  if (size_ == 0) return;
  size_ = 0;
  for (std::size_t i = 0; i < slots; ++i)
    if (old[i].key.family != 0) insert(old[i].key, old[i].origin);
}

}  // namespace stages
