#include "stages/bucket_table.hh"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <random>
#include <utility>

namespace stages {

namespace detail {

HashSeed HashSeed::random() {
  std::random_device device;
  const auto word = [&device] { return std::uint64_t{device()} << 32 | device(); };
  // An even factor would let the lowest bits of an address go unseen.
  return {word(), word() | 1};
}

void* allocate_table(std::size_t bytes) {
  constexpr std::size_t huge_page = std::size_t{2} << 20, line = 64;
  const bool huge = bytes >= huge_page;
  const std::size_t alignment = huge ? huge_page : line;
  void* p = std::aligned_alloc(alignment, (bytes + alignment - 1) & ~(alignment - 1));
  if (p == nullptr) throw std::bad_alloc();
  if (huge) (void)::madvise(p, bytes, MADV_HUGEPAGE);
  return p;
}

}  // namespace detail

namespace {
constexpr std::array<std::uint32_t, 8> nobody = {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                                                 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
}

BucketTable::Bucket BucketTable::empty_{nobody, {}};

void BucketTable::insert(std::uint32_t address, bgp::Asn origin, const detail::HashSeed& seed) {
  const std::size_t room = memory_ ? (mask_ + 1) * ways : 0;
  if ((size_ + 1) * 4 > room * 3) grow(seed);
  place(address, origin, seed);
  ++size_;
}

void BucketTable::place(std::uint32_t address, bgp::Asn origin, const detail::HashSeed& seed) noexcept {
  std::size_t i = home(address, seed);
  while (matches(buckets_[i], none) == 0) i = (i + 1) & mask_;
  const auto j = static_cast<std::size_t>(std::countr_zero(matches(buckets_[i], none)));
  buckets_[i].address[j] = address;
  buckets_[i].origin[j] = origin;
}

void BucketTable::erase(bgp::Asn* origin, const detail::HashSeed& seed) noexcept {
  const auto distance = static_cast<std::size_t>(reinterpret_cast<char*>(origin) - reinterpret_cast<char*>(buckets_));
  std::size_t gap = distance / sizeof(Bucket);
  auto hole = static_cast<std::size_t>(origin - buckets_[gap].origin.data());
  --size_;
  // Whoever passed by this bucket because it was full must still be found: the next one behind it that may stand here
  // moves in, and so on with the place that leaves.
  bool was_full = matches(buckets_[gap], none) == 0;
  for (std::size_t i = (gap + 1) & mask_; was_full && i != gap; i = (i + 1) & mask_) {
    Bucket& b = buckets_[i];
    const bool full = matches(b, none) == 0;
    for (std::size_t j = 0; j < ways; ++j) {
      if (b.address[j] == none || ((i - home(b.address[j], seed)) & mask_) < ((i - gap) & mask_)) continue;
      buckets_[gap].address[hole] = b.address[j];
      buckets_[gap].origin[hole] = b.origin[j];
      gap = i;
      hole = j;
      break;
    }
    was_full = full;
  }
  buckets_[gap].address[hole] = none;
}

void BucketTable::clear() noexcept {
  buckets_ = &empty_;
  memory_.reset();
  mask_ = size_ = 0;
}

void BucketTable::grow(const detail::HashSeed& seed) {
  const std::size_t buckets = memory_ ? (mask_ + 1) * 2 : 1;
  auto* const fresh = static_cast<Bucket*>(detail::allocate_table(buckets * sizeof(Bucket)));
  std::fill_n(fresh, buckets, empty_);
  const std::unique_ptr<Bucket, detail::FreePages> old =
      std::exchange(memory_, std::unique_ptr<Bucket, detail::FreePages>(fresh));
  const std::size_t slots = old ? mask_ + 1 : 0;
  buckets_ = fresh;
  mask_ = buckets - 1;
  for (std::size_t i = 0; i < slots; ++i)
    for (std::size_t j = 0; j < ways; ++j)
      if (old.get()[i].address[j] != none) place(old.get()[i].address[j], old.get()[i].origin[j], seed);
}

}  // namespace stages
