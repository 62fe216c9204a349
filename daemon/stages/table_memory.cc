#include "stages/table_memory.hh"

#include <sys/mman.h>

#include <new>
#include <random>

namespace stages::detail {

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

}  // namespace stages::detail
