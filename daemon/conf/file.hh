// Reads a small file whole: configuration, credentials. Blocking, for start and reload only.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hh"

namespace conf {

// The error names neither the path nor what stands in the file: "No such file or directory", "is larger than 64 KiB".
base::Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace conf
