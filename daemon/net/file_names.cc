#include "net/file_names.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/log.hh"
#include "net/compress.hh"
#include "net/fd.hh"
#include "net/socket.hh"

namespace net {

namespace {

constexpr unsigned most_alternatives = 10'000;
constexpr std::size_t digits = 4;

// ".mrt", ".jsonl", but not ".1530" and not ".".
bool is_extension(std::string_view text) {
  constexpr std::size_t longest = 8;
  if (text.size() < 2 || text.size() > longest) return false;
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto sign = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return std::ranges::all_of(text.substr(1), sign) && std::ranges::any_of(text.substr(1), letter);
}

// Where the last extension of a file name begins, else its size.
std::size_t extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot != 0 && is_extension(name.substr(dot)) ? dot : name.size();
}

// Gives 0 or errno; EEXIST when the target exists.
int rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system that cannot refuse a rename can refuse a link.
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

}  // namespace

std::string alternative(const std::string& path, unsigned n) {
  const std::size_t slash = path.rfind('/');
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  const std::string_view name = std::string_view(path).substr(start);
  std::size_t at = extension(name);
  if (codec_by_name(name) != Codec::none) at = extension(name.substr(0, at));
  std::string number = std::to_string(n);
  number.insert(0, digits - std::min(digits, number.size()), '0');
  std::string out = path;
  return out.insert(start + at, "_" + number);
}

base::Result<> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (::mkdir(directory.c_str(), 0755) == 0) {
      base::log::info("", "made the directory " + directory);
      continue;
    }
    if (errno == EEXIST) continue;
    // A directory that exists may lie where nothing can be made.
    struct stat info{};
    const int error = errno;
    if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
      return base::fail("cannot make directory " + directory + ": " + error_text(error));
  }
  return {};
}

base::Result<std::string> rename_free(const std::string& from, const std::string& path) {
  for (unsigned n = 0; n < most_alternatives; ++n) {
    std::string to = n == 0 ? path : alternative(path, n);
    const int error = rename_new(from, to);
    if (error == 0) return to;
    if (error != EEXIST)
      return base::fail("cannot rename " + from + " to " + to.append(": ").append(error_text(error)));
  }
  return base::fail(path + " and its alternatives exist already; the data is in " + from);
}

void sync_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

}  // namespace net
