#include "net/file_sink.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "net/file_names.hh"
#include "net/file_repair.hh"
#include "net/socket.hh"

namespace net {

namespace {
constexpr std::size_t gathered = std::size_t{256} * 1024;  // written at once
constexpr std::size_t direct = std::size_t{64} * 1024;     // worth a write of its own
constexpr std::string_view removed = "it was removed while it was written";
}  // namespace

base::Result<FileSink> FileSink::open(const std::string& path, FileOptions options) {
  const Codec codec = options.codec.value_or(codec_by_name(path));
  if (path == "-") return duplicate(1, "standard output", codec);
  struct stat info{};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return base::fail(path + ": " + error_text(EISDIR));
  const bool plain = !exists || S_ISREG(info.st_mode);
  if (exists && options.create) return base::fail(path + " exists already");
  FileSink sink(!plain ? Kind::descriptor : options.append ? Kind::appended : Kind::archive, path, codec);
  if (auto ok = sink.begin(); !ok) return std::unexpected(std::move(ok.error()));
  return sink;
}

base::Result<FileSink> FileSink::duplicate(int fd, std::string name, Codec codec) {
  FileSink sink(Kind::descriptor, std::move(name), codec);
  sink.fd_ = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!sink.fd_) return sink.failed(error_text(errno));
  if (auto ok = sink.begin(); !ok) return std::unexpected(std::move(ok.error()));
  return sink;
}

base::Result<> FileSink::begin() {
  auto made = Deflater::make(codec_);
  if (!made) return failed(made.error().text);
  deflater_ = std::move(*made);
  if (kind_ == Kind::archive) return open_temporary();
  if (kind_ == Kind::appended) return open_appended();
  // Without O_NONBLOCK a FIFO would not open until someone reads it.
  if (!fd_) fd_ = Fd(::open(name_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd_) return failed(errno == ENXIO ? "nobody reads it" : error_text(errno));
  look_at_descriptor();
  return {};
}

base::Result<> FileSink::open_temporary() {
  if (auto ok = make_directories(name_); !ok) return ok;
  const std::string temporary = name_ + ".tmp";
  constexpr int tries = 8;
  for (int i = 0; i < tries; ++i) {
    fd_ = Fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
    if (!fd_) return failed("cannot make " + temporary + ": " + error_text(errno));
    if (auto ok = lock(); !ok) return ok;
    struct stat mine{}, named{};
    if (::fstat(fd_.get(), &mine) != 0 || !S_ISREG(mine.st_mode)) return failed(temporary + " is no plain file");
    // Its last writer may have renamed it between open and lock.
    if (::lstat(temporary.c_str(), &named) != 0 || named.st_ino != mine.st_ino) continue;
    if (mine.st_size == 0) return {};
    auto kept = rename_free(temporary, name_);
    if (!kept) return failed(kept.error().text);
    left_over_ = std::move(*kept);
    left_over_fd_ = std::move(fd_);
  }
  return failed(temporary + " comes back again and again");
}

base::Result<> FileSink::open_appended() {
  if (auto ok = make_directories(name_); !ok) return ok;
  fd_ = Fd(::open(name_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd_) return failed(error_text(errno));
  if (auto ok = lock(); !ok) return ok;
  std::array<std::uint8_t, 16> first{};
  const ssize_t n = ::pread(fd_.get(), first.data(), first.size(), 0);
  const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
  if (n < 0 || end < 0) return failed(error_text(errno));
  size_ = static_cast<std::uint64_t>(end);
  const Codec is = codec_by_magic(base::Bytes(first).first(static_cast<std::size_t>(n))).value_or(Codec::none);
  if (n != 0 && is != codec_)
    return failed("cannot append: its compression is " + std::string(codec_name(is)) + ", not " +
                  std::string(codec_name(codec_)));
  return {};
}

base::Result<> FileSink::lock() {
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return failed("another writer has it open");
}

// A write must not wait longer than we like, and O_NONBLOCK must not reach others who share this open file, such as the
// shell: pipes and terminals are opened anew. Where that is not allowed, small writes into a ready pipe do not wait.
void FileSink::look_at_descriptor() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return;
  socket_ = S_ISSOCK(info.st_mode);
  pollable_ = socket_ || S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode);
  if (!pollable_ || socket_ || (::fcntl(fd_.get(), F_GETFL) & O_NONBLOCK) != 0) return;
  const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
  Fd own(::open(self.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  small_writes_ = !own;
  if (own) fd_ = std::move(own);
}

std::string FileSink::prepare() {
  // What follows an unended member cannot be read, so an archive is ended before more is appended.
  if (kind_ == Kind::appended && size_ != 0) {
    end_archive(fd_.get(), codec_);
    if (const off_t end = ::lseek(fd_.get(), 0, SEEK_END); end > 0) size_ = static_cast<std::uint64_t>(end);
  }
  if (left_over_fd_) end_archive(left_over_fd_.get(), codec_);
  left_over_fd_.reset();
  return left_over_;
}

base::Result<> FileSink::write(base::Bytes data, std::uint64_t records) {
  if (!failure_.empty()) return failed("an earlier write failed");
  taken_.records += records;
  taken_.bytes += data.size();
  unflushed_ |= !data.empty();
  if (!packed() && out_.empty() && data.size() >= direct) return put(data);
  if (auto ok = deflater_->write(data, out_); !ok) return failed(ok.error().text);
  return out_.size() >= gathered ? write_out() : base::Result<>();
}

base::Result<> FileSink::flush() {
  if (!failure_.empty()) return failed("an earlier write failed");
  return write_out();
}

// Every write ends at a flush point, or a crash would leave more than it has to.
base::Result<> FileSink::write_out() {
  if (auto ok = deflater_->flush(out_); !ok) return failed(ok.error().text);
  auto result = put(out_);
  out_.clear();
  unflushed_ = false;
  return result;
}

// All that was taken and is not in the file yet.
base::Result<> FileSink::put(base::Bytes data) {
  if (is_removed()) return failed(std::string(removed));
  const std::uint64_t whole = size_ + data.size();
  while (!data.empty()) {
    if (pollable_) {
      std::array<pollfd, 2> fds{{{fd_.get(), POLLOUT, 0}, {stop_, POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return failed(error_text(errno));
      if (fds[0].revents == 0 && fds[1].revents != 0) return failed("the reader takes nothing");
    }
    const std::size_t most = small_writes_ ? std::min<std::size_t>(data.size(), PIPE_BUF) : data.size();
    const ssize_t n = socket_ ? ::send(fd_.get(), data.data(), most, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(fd_.get(), data.data(), most);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) {
      const int error = errno;
      reader_gone_ = kind_ == Kind::descriptor && (error == EPIPE || error == ECONNRESET);
      // Half a record is worse than none.
      if (kind_ != Kind::descriptor && ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
      }
      return failed(error_text(error));
    }
    data = data.subspan(static_cast<std::size_t>(n));
  }
  size_ = whole;
  kept_ = taken_;
  return {};
}

bool FileSink::is_removed() const {
  struct stat info{};
  return kind_ == Kind::archive && ::fstat(fd_.get(), &info) == 0 && info.st_nlink == 0;
}

std::unexpected<base::Error> FileSink::failed(const std::string& what) {
  std::string text = name_ + ": " + what;
  if (failure_.empty()) failure_ = text;
  unflushed_ = false;
  return base::fail(std::move(text));
}

base::Result<WrittenFile> FileSink::close() {
  if (failure_.empty()) {
    if (auto last = deflater_->finish(out_); last)
      (void)put(out_);
    else
      (void)failed(last.error().text);
  }
  // A packed file that failed stops at a flush point; ending it takes a few bytes, which even a full disk may have.
  if (!failure_.empty() && kind_ != Kind::descriptor) {
    end_archive(fd_.get(), codec_);
    if (const off_t end = ::lseek(fd_.get(), 0, SEEK_END); end > 0) size_ = static_cast<std::uint64_t>(end);
  }
  const std::string before = failure_;
  auto path = settle();
  fd_.reset();
  if (!path)
    return base::fail(before.empty() || before == path.error().text ? path.error().text
                                                                    : before + "; " + path.error().text);
  return WrittenFile{std::move(*path), size_, name_, kept_, failure_};
}

// Makes it last, and gives an archive its name.
base::Result<std::string> FileSink::settle() {
  const std::string temporary = name_ + ".tmp";
  if (kind_ == Kind::descriptor) return name_;
  // The temporary name may be another's by now.
  if (is_removed()) return size_ == 0 ? base::Result<std::string>() : failed(std::string(removed));
  if (kind_ == Kind::archive && size_ == 0) {
    ::unlink(temporary.c_str());
    return std::string();
  }
  if (::fsync(fd_.get()) != 0) return failed(error_text(errno));
  if (kind_ == Kind::appended) return name_;
  auto path = rename_free(temporary, name_);
  if (path) sync_directory(name_);
  return path;
}

}  // namespace net
