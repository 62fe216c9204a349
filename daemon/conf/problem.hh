// What is wrong with a configuration, and where. All problems are collected and shown at once, each as
//   file:line:column: what is wrong, and what would be right
// with the source line and a caret under the place.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conf {

// One text that was read; shared by every mark in it, so that a problem can show its line as long as it lives.
struct Source {
  std::string file;
  std::string text;
};

// A place in a source. Line and column (in bytes) count from 1; 0 means the place is the file as a whole. Without a
// source: a value that was not read from a file.
struct Mark {
  std::shared_ptr<const Source> source;
  int line = 0, column = 0;

  std::string_view file() const { return source ? std::string_view(source->file) : std::string_view(); }
};

struct Problem {
  Mark mark;
  std::string text;
  bool warning = false;  // worth saying; does not make the configuration wrong
};

// "file:line:column: text", without an end of line; with what is unknown left out.
std::string headline(const Problem&);
// The headline, the source line and the caret, each ended by "\n". Control characters are made visible and a long line
// is cut to the part around the place. From column hidden_from on (0: none) the line is not shown.
std::string render(const Problem&, int hidden_from = 0);

// Collects problems: the first `limit` are kept, the rest counted, so that a file of rubbish stays readable.
class Problems {
 public:
  static constexpr std::size_t limit = 50;

  void add(Mark mark, std::string text);
  void add(std::span<const Problem> others);
  void warn(Mark mark, std::string text);
  // A secret stands in the open here: its line is shown only up to this column, whatever else is wrong with it.
  void hide(const Mark& mark);

  // True when there is an error; warnings alone are none.
  bool failed() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  std::span<const Problem> all() const { return kept_; }
  // Every problem rendered, in the order of file and line, and how many more there were.
  std::string text() const;

 private:
  void keep(Problem);
  int hidden_from(const Mark& mark) const;

  std::vector<Problem> kept_;
  std::size_t errors_ = 0, dropped_ = 0;
  std::map<std::pair<std::shared_ptr<const Source>, int>, int> hidden_;  // by line: the column
};

}  // namespace conf
