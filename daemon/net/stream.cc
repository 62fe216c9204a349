#include "net/stream.hh"

#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "net/socket.hh"

namespace net {

namespace {
// A tail of a few messages comes with nearly every read: its buffer is kept from one to the next.
constexpr std::size_t small_tail = 4096;
constexpr std::size_t least_room = BufferPool::buffer_size / 4;

bool is_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

}  // namespace

std::unique_ptr<Stream> Stream::adopt(Loop& loop, Fd fd, Handler& handler, std::size_t max_tail) {
  return std::unique_ptr<Stream>(new Stream(loop, std::move(fd), handler, max_tail));
}

Stream::Stream(Loop& loop, Fd fd, Handler& handler, std::size_t max_tail)
    : loop_(loop),
      handler_(&handler),
      fd_(std::move(fd)),
      later_(loop, [this] { on_later(); }),
      max_tail_(max_tail),
      last_progress_(loop.now()),
      socket_(is_socket(fd_.get())) {
  auto* const h = new uv_poll_t;
  if (const int e = uv_poll_init(loop.raw(), h, fd_.get()); e == 0) {
    poll_.reset(h);
    h->data = this;
  } else {
    delete h;
    failure_ = EndReason{EndReason::Kind::error, uv_strerror(e)};
    read_over_ = write_over_ = true;
    later_.schedule();
  }
}

Stream::~Stream() { close(); }

void Stream::read_start() {
  if (reading_ || read_over_ || !fd_) return;
  reading_ = true;
  if (unseen_ || failure_) later_.schedule();
  watch(false);
}

// The watching goes on until the descriptor is next found readable: a pause that ends within the turn costs nothing.
void Stream::read_stop() { reading_ = false; }

// Asks the kernel for what is of interest; libuv takes two system calls for each change. exact: no longer for what is
// not.
void Stream::watch(bool exact) {
  if (!poll_) return;
  const int wanted = (reading_ && !read_over_ ? static_cast<int>(UV_READABLE) : 0) |
                     (pending() != 0 ? static_cast<int>(UV_WRITABLE) : 0);
  if (wanted == watched_ || (!exact && (wanted & ~watched_) == 0)) return;
  watched_ = wanted;
  uv_poll_start(poll_.get(), wanted, [](uv_poll_t* h, int status, int events) {
    if (h->data != nullptr) static_cast<Stream*>(h->data)->on_event(status, events);
  });
}

void Stream::on_event(int status, int events) {
  const uv_poll_t* const alive = poll_.get();
  if (status < 0) {
    // An error on the descriptor, and libuv watches it no longer: the calls themselves say which error.
    watched_ = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  if ((events & UV_WRITABLE) != 0 && pending() != 0) flush();
  if (alive->data != nullptr && (events & UV_READABLE) != 0 && reading_) read_burst();
  if (alive->data != nullptr) watch(true);
}

void Stream::on_later() {
  if (reading_ && !read_over_) {
    const uv_poll_t* const alive = poll_.get();
    read_burst();
    if (alive->data != nullptr) watch(false);
  } else if (failure_) {
    end(std::move(*failure_));
  }
}

// Reads until the kernel has no more, the budget is used, or the handler stops it.
void Stream::read_burst() {
  Loop& loop = loop_;
  const uv_poll_t* const alive = poll_.get();
  base::Buffer in = loop.read_buffers().borrow();
  in.append(tail_);
  tail_.clear();
  std::size_t budget = turn_budget;
  bool go_on = !std::exchange(unseen_, false) || offer(in);
  while (go_on) go_on = read_once(in, budget);
  if (alive->data == nullptr) {
    loop.read_buffers().give_back(std::move(in));
    return;
  }
  keep_tail(std::move(in));
  if (read_over_ && failure_) {
    end(std::move(*failure_));
  } else if (read_over_) {
    reading_ = false;
    handler_->on_end({EndReason::Kind::fin, {}});
  } else if (failure_) {
    later_.schedule();
  }
}

// One read and one call of the handler. False: enough for this turn, or over, or the stream is gone.
bool Stream::read_once(base::Buffer& in, std::size_t& budget) {
  if (in.capacity() - in.size() < least_room) in.reserve(BufferPool::buffer_size / 2);
  const std::size_t room = in.capacity() - in.size();
  const ssize_t n = ::read(fd_.get(), in.data() + in.size(), room);
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    // After a failed write this was the last there is to read.
    read_over_ = failure_.has_value();
    return false;
  }
  if (n <= 0) {
    read_over_ = true;
    if (n < 0 && !failure_) failure_ = EndReason{EndReason::Kind::reset, error_text(errno)};
    return false;
  }
  const auto got = static_cast<std::size_t>(n);
  in.commit(got);
  if (!offer(in)) return false;
  budget -= std::min(budget, got);
  // A short read found the kernel's buffer empty, but for the end of the stream.
  return budget != 0 && (got == room || failure_);
}

// Hands the bytes to the handler and keeps what it leaves. False: no more reading now.
bool Stream::offer(base::Buffer& in) {
  const uv_poll_t* const alive = poll_.get();
  const std::size_t used = handler_->on_read(in);
  if (alive->data == nullptr) return false;
  in.consume(std::min(used, in.size()));
  if (!reading_) {
    unseen_ = !in.empty();
    return false;
  }
  if (in.size() > max_tail_) {
    failure_ =
        EndReason{EndReason::Kind::error, "more than " + std::to_string(max_tail_) + " bytes without an end of record"};
    read_over_ = true;
    return false;
  }
  return true;
}

void Stream::keep_tail(base::Buffer&& in) {
  if (in.size() > small_tail || tail_.capacity() > small_tail) tail_ = base::Buffer();
  tail_.append(in);
  loop_.read_buffers().give_back(std::move(in));
}

// The last thing a caller does here: the handler may destroy the stream.
void Stream::end(EndReason reason) {
  failure_.reset();
  reading_ = false;
  read_over_ = write_over_ = true;
  drop_output();
  later_.cancel();
  watch(true);
  handler_->on_end(std::move(reason));
}

void Stream::detach() noexcept {
  later_.cancel();
  poll_.reset();
  drop_output();
  reading_ = false;
  read_over_ = write_over_ = true;
}

void Stream::close() {
  detach();
  fd_.reset();
}

void Stream::abort() {
  const linger at_once{1, 0};
  if (fd_) setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

Fd Stream::release() {
  detach();
  return std::move(fd_);
}

}  // namespace net
