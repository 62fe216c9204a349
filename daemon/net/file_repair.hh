// Ends an archive that was left open.
#pragma once

#include "net/compress.hh"

namespace net {

// Appends what a compressed file lacks at its end, if it stops at a flush point. Reads all of it, so a file beyond
// 64 MiB is left as it is: readable, but reported as truncated. The descriptor is open for both. True: nothing is
// wrong with the file now.
bool end_archive(int fd, Codec codec);

}  // namespace net
