// Cuts what a program says for people into lines, bounded in length and in number, so that it can go to a log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"

namespace net {

class LineCutter {
 public:
  static constexpr std::size_t longest = 4096;  // what is longer is cut there
  static constexpr std::size_t most = 100;      // lines in a second; the rest are counted

  // Appends the lines of `data` without their ends. Returns the bytes used; the rest, always shorter than the longest
  // line, is to come again with more behind it.
  std::size_t cut(base::Bytes data, base::Nanos now, std::vector<std::string>& lines);
  // At the end: the unfinished line, and how many were left out.
  void end(base::Bytes rest, base::Nanos now, std::vector<std::string>& lines);

 private:
  void add(std::string_view line, base::Nanos now, std::vector<std::string>& lines);
  void tell_dropped(std::vector<std::string>& lines);

  base::Nanos second_began_ = 0;
  std::size_t in_second_ = 0;
  std::uint64_t dropped_ = 0;
  bool skipping_ = false;  // the rest of a line that was cut
};

}  // namespace net
