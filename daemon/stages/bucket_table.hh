// IPv4 prefixes of one length, each with the origin AS that announced it: the part of PrefixTable that a full table
// fills. With the length known from the table, eight entries fill a cache line, and a look-up is one line of memory and
// no branch that depends on where in it the entry stands.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "bgp/types.hh"

namespace stages {

namespace detail {

struct FreePages {
  void operator()(void* p) const noexcept { std::free(p); }
};
// Aligned to 64 bytes, in huge pages where that pays; its bytes are not set. Throws std::bad_alloc.
void* allocate_table(std::size_t bytes);

// What nobody outside knows: hashing with it, no peer can choose keys that collide.
struct HashSeed {
  std::uint64_t a = 0, b = 0;
  static HashSeed random();
};

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// For maps of the standard library whose keys a peer chooses.
struct SeededHash {
  HashSeed seed = HashSeed::random();
  std::size_t operator()(std::uint64_t key) const noexcept { return mix(key ^ seed.a, seed.b); }
};

}  // namespace detail

// Open addressing by buckets: an entry stands in the first bucket from its home on that had room, so a look-up ends at
// a match or at a bucket with a free place. An erased entry's place is filled from behind, so that no markers stay.
// Addresses are as on the wire, in memory order, with the bits behind the length clear; the length is at most 31, which
// keeps `none` from being one.
class BucketTable {
 public:
  void prefetch(std::uint32_t address, const detail::HashSeed& seed) const noexcept {
    __builtin_prefetch(&buckets_[home(address, seed)]);
  }
  // The origin, or null; valid until the next change.
  bgp::Asn* find(std::uint32_t address, const detail::HashSeed& seed) noexcept {
    for (std::size_t i = home(address, seed);; i = (i + 1) & mask_) {
      Bucket& b = buckets_[i];
      if (const unsigned found = matches(b, address)) return &b.origin[static_cast<unsigned>(std::countr_zero(found))];
      if (matches(b, none) != 0) return nullptr;
    }
  }
  // The address must be absent.
  void insert(std::uint32_t address, bgp::Asn origin, const detail::HashSeed& seed);
  // The origin is what find() gave.
  void erase(bgp::Asn* origin, const detail::HashSeed& seed) noexcept;
  void clear() noexcept;
  std::size_t size() const noexcept { return size_; }

  template <class F>
  void each(F f) const {
    if (size_ == 0) return;
    for (std::size_t i = 0; i <= mask_; ++i)
      for (std::size_t j = 0; j < ways; ++j)
        if (buckets_[i].address[j] != none) f(buckets_[i].address[j], buckets_[i].origin[j]);
  }

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::uint32_t none = 0xffffffff;
  struct alignas(64) Bucket {
    std::array<std::uint32_t, ways> address;
    std::array<bgp::Asn, ways> origin;
  };
  // What a table without entries looks into.
  static Bucket empty_;

  static unsigned matches(const Bucket& b, std::uint32_t address) noexcept {
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(address));
    const auto* const four = reinterpret_cast<const __m128i*>(b.address.data());
    const __m128i low = _mm_cmpeq_epi32(_mm_load_si128(four), wanted);
    const __m128i high = _mm_cmpeq_epi32(_mm_load_si128(four + 1), wanted);
    return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(low))) |
           static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(high))) << 4;
#else
    unsigned found = 0;
    for (std::size_t i = 0; i < ways; ++i) found |= static_cast<unsigned>(b.address[i] == address) << i;
    return found;
#endif
  }
  std::size_t home(std::uint32_t address, const detail::HashSeed& seed) const noexcept {
    return detail::mix(address ^ seed.a, seed.b) & mask_;
  }
  void place(std::uint32_t address, bgp::Asn origin, const detail::HashSeed& seed) noexcept;
  void grow(const detail::HashSeed& seed);

  Bucket* buckets_ = &empty_;
  std::unique_ptr<Bucket, detail::FreePages> memory_;
  std::size_t mask_ = 0, size_ = 0;
};

}  // namespace stages
