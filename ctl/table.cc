#include "ctl/table.hh"

#include <algorithm>
#include <utility>

#include "base/text.hh"

namespace ctl {

namespace {
// Columns on the screen, one for each code point.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void put(std::string& out, const Style& style, const Cell& cell, std::size_t wide, bool right, bool last) {
  const std::string fill(wide - std::min(wide, width(cell.text)), ' ');
  if (right) out += fill;
  out += style.paint(cell.tint, cell.text);
  if (!right && !last) out += fill;
}
}  // namespace

void Table::row(std::vector<Cell> cells) {
  for (Cell& c : cells) c.text = c.text.empty() ? "-" : base::printable(c.text);
  rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style, std::string_view indent) const {
  std::vector<std::size_t> wide;
  for (const Column& c : columns_) wide.push_back(width(c.title));
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i) wide[i] = std::max(wide[i], width(cells[i].text));

  std::string out;
  const auto line = [&](auto&& cell) {
    out += indent;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i != 0) out += "  ";
      put(out, style, cell(i), wide[i], columns_[i].right, i + 1 == columns_.size());
    }
    out += '\n';
  };
  line([&](std::size_t i) { return Cell(std::string(columns_[i].title), Tint::head); });
  for (const auto& cells : rows_) line([&](std::size_t i) { return cells[i]; });
  return out;
}

}  // namespace ctl
