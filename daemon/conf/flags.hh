// The command line of one stage, or of the program, read by option tables. The grammar is the Go tool's (POSIX/GNU):
//   -x   -xyz   -xVALUE   -x=VALUE   -x VALUE   --long VALUE   --long=VALUE   --boolean   --boolean=false
// Flags end before the first word that is none ("-" is none) and before "--", which is left to the caller. A value may
// begin with "-". The last of several values counts; those of a list are gathered, and take the place of the default.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "base/result.hh"
#include "conf/options.hh"

namespace conf {

struct Flags {
  std::size_t consumed = 0;  // words read
  bool help = false;         // -h or --help was met, unless a table has its own; nothing behind it was read
  std::vector<const Option*> given = {};  // each once, in the order first met
};

// Words are taken as they are: ${…} means nothing here. An error names the flag and what would be right; the objects
// may hold what stood before it.
base::Result<Flags> parse_flags(std::span<const std::string> words, std::span<const Binding>);

// Reads and stores one word as the option's value: for arguments without a flag.
base::Result<> assign_text(const Option&, void* object, std::string_view text);

}  // namespace conf
