#include "net/file_source.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/socket.hh"

namespace net {

namespace {
constexpr std::size_t packed_size = std::size_t{256} << 10;
}  // namespace

base::Result<FileSource> FileSource::open(const std::string& path, std::optional<Codec> codec) {
  if (path == "-") return duplicate(0, "standard input", codec);
  // Without O_NONBLOCK a FIFO would not open until someone writes to it.
  FileSource source(Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)), path, codec);
  if (auto ok = source.check(); !ok) return std::unexpected(std::move(ok.error()));
  return source;
}

base::Result<FileSource> FileSource::duplicate(int fd, std::string name, std::optional<Codec> codec) {
  FileSource source(Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)), std::move(name), codec);
  if (auto ok = source.check(); !ok) return std::unexpected(std::move(ok.error()));
  return source;
}

FileSource::FileSource(Fd fd, std::string name, std::optional<Codec> codec)
    : fd_(std::move(fd)), name_(std::move(name)), codec_(codec) {}

base::Result<> FileSource::check() {
  if (!fd_) return failed(error_text(errno));
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return failed(error_text(errno));
  if (S_ISDIR(info.st_mode)) return failed(error_text(EISDIR));
  // epoll and poll know nothing of plain files: they are always ready.
  pollable_ = !S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode);
  if (!pollable_) ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return codec_ ? choose(codec_) : base::Result<>();
}

std::unexpected<base::Error> FileSource::failed(const std::string& what) const {
  return base::fail(name_ + ": " + what);
}

base::Result<> FileSource::choose(std::optional<Codec> codec) {
  if (!codec && !at_eof_) return {};
  codec_ = codec.value_or(Codec::none);
  auto made = Inflater::make(*codec_);
  if (!made) return failed(made.error().text);
  inflater_ = std::move(*made);
  return {};
}

base::Result<FileSource::Got> FileSource::fill(base::Buffer& out, std::size_t room, int stop) {
  const std::size_t start = out.size(), limit = start + room;
  for (;;) {
    // Without input an inflater waits for all that its threads still decode.
    if (!left_.empty())
      if (auto ok = inflate(left_, out, limit - out.size()); !ok) return std::unexpected(std::move(ok.error()));
    if (out.size() == limit) return Got::data;
    // What is here is wanted now: somebody may be typing it.
    const bool dry = at_eof_ || (pollable_ && !ready(stop, 0));
    if (dry) {
      base::Bytes nothing;
      if (auto ok = inflate(nothing, out, limit - out.size()); !ok) return std::unexpected(std::move(ok.error()));
      if (out.size() != start) return Got::data;
    }
    if (at_eof_) {
      const auto whole = inflater_->finish();
      cut_ = !whole;
      return whole ? base::Result<Got>(Got::end) : failed(whole.error().text);
    }
    if (dry && !ready(stop, -1)) return Got::stopped;
    if (auto ok = read_into(out, limit - out.size()); !ok) return std::unexpected(std::move(ok.error()));
  }
}

base::Result<> FileSource::inflate(base::Bytes& in, base::Buffer& out, std::size_t room) {
  if (!inflater_) return {};
  if (auto ok = inflater_->feed(in, out, room); !ok) return failed(ok.error().text);
  return {};
}

// Readable, at its end, or broken; false: not within the time-out (ms), or told to stop.
bool FileSource::ready(int stop, int timeout) const {
  std::array<pollfd, 2> fds{{{fd_.get(), POLLIN, 0}, {stop, POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), timeout) < 0 && errno == EINTR) {
  }
  return fds[1].revents == 0 && fds[0].revents != 0;
}

base::Result<> FileSource::read_into(base::Buffer& out, std::size_t room) {
  // Uncompressed data goes straight to where it is wanted.
  const bool direct = inflater_ && codec_ == Codec::none;
  if (inflater_) packed_.clear();
  base::Buffer& target = direct ? out : packed_;
  const std::size_t size = direct ? room : packed_size;
  const ssize_t n = ::read(fd_.get(), target.reserve(size), size);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (n < 0) return failed(error_text(errno));
  target.commit(static_cast<std::size_t>(n));
  at_eof_ = n == 0;
  if (!direct) left_ = packed_;
  return inflater_ ? base::Result<>() : choose(codec_by_magic(packed_));
}

}  // namespace net
