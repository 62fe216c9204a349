#include "net/file_repair.hh"

#include <sys/stat.h>
#include <unistd.h>

namespace net {

namespace {

constexpr std::size_t piece = std::size_t{256} * 1024;
constexpr off_t largest = off_t{64} * 1024 * 1024;

// Only whether the data is sound matters here, and whether there is any.
bool discard(Inflater& inflater, base::Bytes in, bool* some = nullptr) {
  base::Buffer out;
  for (bool last = false; !last;) {
    last = in.empty();
    do {
      out.clear();
      if (!inflater.feed(in, out, piece)) return false;
      if (some != nullptr) *some |= !out.empty();
    } while (out.size() == piece);
  }
  return true;
}

}  // namespace

bool end_archive(int fd, Codec codec) {
  struct stat info{};
  if (codec == Codec::none) return true;
  if (::fstat(fd, &info) != 0 || info.st_size > largest) return false;
  const auto inflater = Inflater::make(codec);
  if (!inflater) return false;
  base::Buffer in;
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(fd, in.reserve(piece), piece, at);
    if (n < 0) return false;
    if (n == 0) break;
    if (!discard(**inflater, {in.data(), static_cast<std::size_t>(n)})) return false;
    at += n;
  }
  if ((*inflater)->at_end()) return true;
  const base::Buffer closing = (*inflater)->closing();
  bool some = false;
  if (!discard(**inflater, closing, &some) || some || !(*inflater)->at_end()) return false;
  return ::pwrite(fd, closing.data(), closing.size(), info.st_size) == static_cast<ssize_t>(closing.size());
}

}  // namespace net
