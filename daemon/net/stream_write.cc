// The writing half of Stream.
#include "net/stream.hh"

#include <sys/socket.h>
#include <sys/uio.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "net/socket.hh"

namespace net {

namespace {
constexpr std::size_t small_output = 4096;
}  // namespace

// Bytes the kernel took; negative: failed, and noted.
long Stream::send(const iovec* pieces, std::size_t count) {
  for (;;) {
    ssize_t n = 0;
    if (socket_) {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = count;
      n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    } else {
      n = ::writev(fd_.get(), pieces, static_cast<int>(count));
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (n < 0) {
      write_failed(errno);
      return -1;
    }
    if (n > 0) last_progress_ = loop_.now();
    return n;
  }
}

void Stream::write(std::span<const base::Bytes> pieces) {
  if (!fd_ || write_over_) return;
  std::array<iovec, IOV_MAX> vectors;
  bool taken = pending() == 0;
  if (taken) last_progress_ = loop_.now();
  while (taken && !pieces.empty()) {
    const std::size_t count = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i)
      vectors[i] = {const_cast<std::uint8_t*>(pieces[i].data()), pieces[i].size()};
    const long n = send(vectors.data(), count);
    if (n < 0) return;
    // What is left of this lot begins inside one of its pieces.
    auto sent = static_cast<std::size_t>(n);
    for (std::size_t i = 0; i < count; ++i, pieces = pieces.subspan(1)) {
      const base::Bytes piece = pieces.front();
      if (sent < piece.size()) {
        hold(piece.subspan(sent));
        taken = false;
        pieces = pieces.subspan(1);
        break;
      }
      sent -= piece.size();
    }
  }
  for (const base::Bytes piece : pieces) hold(piece);
  if (pending() != 0) watch(false);
}

// Into buffers of the pool, but a few bytes for a peer that is stuck into few bytes of memory.
void Stream::hold(base::Bytes bytes) {
  while (!bytes.empty()) {
    if (out_.empty() || out_.back().size() == out_.back().capacity()) {
      if (bytes.size() <= small_output) {
        out_.emplace_back().reserve(small_output);
      } else {
        out_.push_back(loop_.read_buffers().borrow());
      }
    }
    base::Buffer& last = out_.back();
    const std::size_t n = std::min(bytes.size(), last.capacity() - last.size());
    last.append(bytes.first(n));
    bytes = bytes.subspan(n);
    pending_ += n;
  }
}

void Stream::flush() {
  std::array<iovec, 64> vectors;
  const std::size_t count = std::min(out_.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i == 0 ? out_sent_ : 0;
    vectors[i] = {out_[i].data() + from, out_[i].size() - from};
  }
  const long n = send(vectors.data(), count);
  if (n < 0) return;
  sent(static_cast<std::size_t>(n));
  if (pending_ != 0) return;
  const uv_poll_t* const alive = poll_.get();
  if (write_over_) finish_writing();
  if (alive->data != nullptr) handler_->on_writable();
}

// Gives back the buffers of which all has been sent.
void Stream::sent(std::size_t n) noexcept {
  pending_ -= n;
  n += out_sent_;
  std::size_t gone = 0;
  for (; gone < out_.size() && n >= out_[gone].size(); ++gone) {
    n -= out_[gone].size();
    loop_.read_buffers().give_back(std::move(out_[gone]));
  }
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(gone));
  out_sent_ = n;
}

void Stream::drop_output() noexcept { sent(pending_); }

void Stream::shutdown() {
  if (!fd_ || std::exchange(write_over_, true)) return;
  if (pending() == 0) finish_writing();
}

void Stream::finish_writing() {
  if (socket_)
    ::shutdown(fd_.get(), SHUT_WR);
  else
    close();
}

// Noted only: the caller of write() is in the midst of something. What was received before is read first.
void Stream::write_failed(int error_number) {
  failure_ = EndReason{EndReason::Kind::reset, error_text(error_number)};
  write_over_ = true;
  drop_output();
  later_.schedule();
}

}  // namespace net
