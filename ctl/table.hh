// Text in columns: upper-case header, words to the left, numbers to the right, two spaces between.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/output.hh"

namespace ctl {

struct Column {
  std::string_view title;
  bool right = false;
};

struct Cell {
  Cell(std::string t, Tint c = Tint::none) : text(std::move(t)), tint(c) {}
  Cell(const char* t) : text(t) {}
  std::string text;
  Tint tint = Tint::none;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns; empty ones show as "-". Control characters are made visible.
  void row(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }
  // Each line ends in a line feed; no blanks at the ends of lines.
  std::string text(const Style& style, std::string_view indent = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ctl
