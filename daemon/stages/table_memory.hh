// Memory of the tables that a peer fills, and the secret with which they hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace stages::detail {

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

}  // namespace stages::detail
