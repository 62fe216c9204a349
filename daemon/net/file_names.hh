// Names of archives: never overwritten, complete when they appear, with suffixes that keep their extensions.
#pragma once

#include <string>

#include "base/result.hh"

namespace net {

// The n-th alternative to a path: "a/updates.20260222.1530.mrt.gz" gives "a/updates.20260222.1530_0001.mrt.gz". By
// bytes it sorts behind the path, and before a path with a later time in the place of this one.
std::string alternative(const std::string& path, unsigned n);
// Makes the directories that `path` lies in, with mode 0755 less the umask; what it makes stands in the log.
base::Result<> make_directories(const std::string& path);
// Renames to `path`, or to its first alternative that does not exist; gives the name taken.
base::Result<std::string> rename_free(const std::string& from, const std::string& path);
// Makes a rename in the directory of `path` last through a power cut, as far as the file system can.
void sync_directory(const std::string& path);

}  // namespace net
