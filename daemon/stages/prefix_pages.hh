// IPv4 unicast prefixes of 16 to 24 bits, each with the origin AS that announced it: nearly all of a full table. Those
// inside one /16 share a page, so that the neighbours that an UPDATE announces together are found in the same few cache
// lines. Nothing is hashed: whatever a peer announces, a look-up stays within one page, of 64 lines at most, and all
// pages together within 512 MiB.
#pragma once

#include <array>
#include <bit>
#include <memory>
#include <span>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bytes.hh"
#include "bgp/types.hh"
#include "stages/table_memory.hh"

namespace stages {

class PrefixPages {
 public:
  static constexpr std::uint8_t shortest = 16, longest = 24;
  static bool holds(std::uint8_t length) noexcept { return length >= shortest && length <= longest; }

  // Asks memory for what pass_known() will need of a list of IPv4 NLRI without path ids, up to the first prefix that is
  // for others, and takes that from its front; worth it some hundred nanoseconds ahead.
  void prefetch(base::Bytes& list) const noexcept {
    for (Entry e; read(list, e); list = list.subspan(e.size)) {
      const Page page = page_of(e.address);
      if (page.place == 0) continue;
      __builtin_prefetch(&lines_[page.first() + home(node_of(e.address, e.length), page)]);
    }
  }
  // Takes from the front of such a list what stands already, with this origin, up to the first other prefix; gives the
  // number of prefixes.
  std::size_t pass_known(base::Bytes& list, bgp::Asn origin) const noexcept {
    std::size_t passed = 0;
    for (Entry e; read(list, e); list = list.subspan(e.size), ++passed) {
      const Place at = locate(e.address, e.length);
      if (at.line == nullptr || at.line->origin[at.way] != origin) break;
    }
    return passed;
  }
  // The origin, or null; valid until the next change. Here as below length is one that holds() says, and the bits of
  // the address behind it do not matter.
  bgp::Asn* find(std::uint32_t address, std::uint8_t length) noexcept {
    const Place at = locate(address, length);
    return at.line != nullptr ? &at.line->origin[at.way] : nullptr;
  }
  // The prefix must be absent. Throws std::bad_alloc.
  void insert(std::uint32_t address, std::uint8_t length, bgp::Asn origin);
  // False if it is absent.
  bool erase(std::uint32_t address, std::uint8_t length) noexcept;
  void clear() noexcept { *this = {}; }
  std::size_t size() const noexcept { return size_; }

  template <class F>
  void each(F f) const {
    for (std::uint32_t front = 0; front < 0x10000; ++front)
      for (const Line& line : lines_of(page_of(front << 16)))
        for (std::size_t way = 0; way < ways; ++way)
          if (const std::uint32_t node = line.node[way]; node != none) {
            const auto length = static_cast<std::uint8_t>(shortest - 1 + std::bit_width(node));
            f(front << 16 | (node << (32 - length) & 0xffff), length, line.origin[way]);
          }
  }

 private:
  static constexpr std::size_t ways = 10;
  static constexpr std::uint16_t none = 0;
  // Open addressing by lines: an entry stands in the first line from its home on that had room, so a look-up ends at a
  // match or at a line with a free place. An erased entry's place is filled from behind, so that no markers stay.
  struct alignas(64) Line {
    std::array<std::uint16_t, ways> node{};
    std::array<bgp::Asn, ways> origin{};
    std::uint32_t more = 0;  // in the first of a page its prefixes; in the first of a free one the next free one
  };
  // Where its first of 2^doublings lines is; 0 is a page without prefixes, which has none.
  struct Page {
    std::uint32_t place = 0;
    std::uint32_t first() const noexcept { return place >> 3; }
    std::uint32_t doublings() const noexcept { return place & 7; }
    std::uint32_t lines() const noexcept { return 1u << doublings(); }
  };
  static constexpr std::uint32_t most_doublings = 6;  // 640 places for the 511 prefixes there are
  struct Entry {
    std::uint32_t address;
    std::uint8_t length, size;
  };
  struct Place {
    Line* line = nullptr;
    std::size_t way = 0;
  };

  // The first of a list, if it is one for pages. Four bytes are read however many it has: one of three at the very end
  // is left to others.
  static bool read(base::Bytes list, Entry& e) noexcept {
    if (list.size() < 4 || !holds(list[0])) return false;
    e = {base::load<std::uint32_t>(list.data()) << 8, list[0], static_cast<std::uint8_t>(list[0] > 16 ? 4 : 3)};
    return true;
  }
  // A number for a prefix inside its /16: a one and the bits behind the first 16.
  static std::uint16_t node_of(std::uint32_t address, std::uint8_t length) noexcept {
    return static_cast<std::uint16_t>((0x10000 | (address & 0xffff)) >> (32 - length));
  }
  // Neighbours have the same.
  static std::uint32_t home(std::uint16_t node, Page page) noexcept { return node >> 3 & (page.lines() - 1); }
  static unsigned matches(const Line& line, std::uint16_t node) noexcept {
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi16(static_cast<short>(node));
    const auto* const eight = reinterpret_cast<const __m128i*>(&line);
    const __m128i low = _mm_cmpeq_epi16(_mm_load_si128(eight), wanted);
    const __m128i high = _mm_cmpeq_epi16(_mm_load_si128(eight + 1), wanted);
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) & ((1u << ways) - 1);
#else
    unsigned found = 0;
    for (std::size_t i = 0; i < ways; ++i) found |= static_cast<unsigned>(line.node[i] == node) << i;
    return found;
#endif
  }
  static std::size_t first_of(unsigned found) noexcept { return static_cast<std::size_t>(std::countr_zero(found)); }

  Page page_of(std::uint32_t address) const noexcept {
    const Block* const block = blocks_[address >> 24].get();
    return block != nullptr ? (*block)[address >> 16 & 0xff] : Page{};
  }
  Place locate(std::uint32_t address, std::uint8_t length) const noexcept {
    const Page page = page_of(address);
    if (page.place == 0) return {};
    const std::uint16_t node = node_of(address, length);
    Line* const lines = &lines_[page.first()];
    for (std::uint32_t i = home(node, page);; i = (i + 1) & (page.lines() - 1)) {
      if (const unsigned found = matches(lines[i], node)) return {&lines[i], first_of(found)};
      if (matches(lines[i], none) != 0) return {};
    }
  }
  std::span<const Line> lines_of(Page page) const noexcept {
    return page.place != 0 ? std::span(&lines_[page.first()], page.lines()) : std::span<const Line>();
  }
  Page take(std::uint32_t doublings);
  void give_back(Page page) noexcept;
  void place(Page page, std::uint16_t node, bgp::Asn origin) noexcept;
  void enlarge(Page& page);

  using Block = std::array<Page, 256>;
  std::array<std::unique_ptr<Block>, 256> blocks_;  // by the first byte, pages by the second
  std::unique_ptr<Line[], detail::FreePages> lines_;
  std::uint32_t used_ = 1, capacity_ = 0;                 // of lines_, whose first one nobody uses
  std::array<std::uint32_t, most_doublings + 1> free_{};  // pages of each size, or 0
  std::size_t size_ = 0;
};

}  // namespace stages
