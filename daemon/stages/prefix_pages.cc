#include "stages/prefix_pages.hh"

#include <algorithm>
#include <utility>

namespace stages {

void PrefixPages::insert(std::uint32_t address, std::uint8_t length, bgp::Asn origin) {
  auto& block = blocks_[address >> 24];
  if (!block) block = std::make_unique<Block>();
  Page& page = (*block)[address >> 16 & 0xff];
  if (page.place == 0)
    page = take(0);
  else if (page.doublings() < most_doublings && (lines_[page.first()].more + 1) * 8 > page.lines() * ways * 7)
    enlarge(page);
  place(page, node_of(address, length), origin);
  ++lines_[page.first()].more;
  ++size_;
}

void PrefixPages::place(Page page, std::uint16_t node, bgp::Asn origin) noexcept {
  Line* const lines = &lines_[page.first()];
  std::uint32_t i = home(node, page);
  while (matches(lines[i], none) == 0) i = (i + 1) & (page.lines() - 1);
  const std::size_t way = first_of(matches(lines[i], none));
  lines[i].node[way] = node;
  lines[i].origin[way] = origin;
}

bool PrefixPages::erase(std::uint32_t address, std::uint8_t length) noexcept {
  auto [line, hole] = locate(address, length);
  if (line == nullptr) return false;
  const Page page = page_of(address);
  const std::uint32_t mask = page.lines() - 1;
  Line* const lines = &lines_[page.first()];
  auto gap = static_cast<std::uint32_t>(line - lines);
  // Whoever passed by this line because it was full must still be found: the next one behind it that may stand here
  // moves in, and so on with the place that leaves.
  bool was_full = matches(lines[gap], none) == 0;
  for (std::uint32_t i = (gap + 1) & mask; was_full && i != gap; i = (i + 1) & mask) {
    Line& b = lines[i];
    const bool full = matches(b, none) == 0;
    for (std::size_t way = 0; way < ways; ++way) {
      if (b.node[way] == none || ((i - home(b.node[way], page)) & mask) < ((i - gap) & mask)) continue;
      lines[gap].node[hole] = b.node[way];
      lines[gap].origin[hole] = b.origin[way];
      gap = i;
      hole = way;
      break;
    }
    was_full = full;
  }
  lines[gap].node[hole] = none;
  --lines[0].more;
  --size_;
  return true;
}

// A page keeps its size when prefixes go: it is soon filled again.
void PrefixPages::enlarge(Page& page) {
  const Page larger = take(page.doublings() + 1);
  for (const Line& line : lines_of(page))
    for (std::size_t way = 0; way < ways; ++way)
      if (line.node[way] != none) place(larger, line.node[way], line.origin[way]);
  lines_[larger.first()].more = lines_[page.first()].more;
  give_back(std::exchange(page, larger));
}

PrefixPages::Page PrefixPages::take(std::uint32_t doublings) {
  std::uint32_t first = free_[doublings];
  const std::uint32_t lines = 1u << doublings;
  if (first != 0) {
    free_[doublings] = lines_[first].more;
  } else {
    if (used_ + lines > capacity_) {
      const std::uint32_t capacity = std::max(capacity_ * 2, 64u);
      auto* const fresh = static_cast<Line*>(detail::allocate_table(capacity * sizeof(Line)));
      if (lines_) std::copy_n(lines_.get(), used_, fresh);
      lines_.reset(fresh);
      capacity_ = capacity;
    }
    first = used_;
    used_ += lines;
  }
  std::uninitialized_fill_n(&lines_[first], lines, Line{});
  return {first << 3 | doublings};
}

void PrefixPages::give_back(Page page) noexcept {
  lines_[page.first()].more = std::exchange(free_[page.doublings()], page.first());
}

}  // namespace stages
