#include "net/http_pipe.hh"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/socket.hh"

namespace net {

base::Result<std::unique_ptr<HttpPipe>> HttpPipe::open(Loop& loop, const std::string& url, HttpOptions options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno(public_url(url) + ": cannot make a pipe");
  constexpr int roomy = 1 << 20;
  ::fcntl(ends[1], F_SETPIPE_SZ, roomy);
  return std::unique_ptr<HttpPipe>(new HttpPipe(loop, url, options, Fd(ends[0]), Fd(ends[1])));
}

HttpPipe::HttpPipe(Loop& loop, const std::string& url, HttpOptions options, Fd reader, Fd writer)
    : reader_(std::move(reader)),
      writer_(std::move(writer)),
      poll_(loop, writer_.get(), [this](int) { on_writable(); }),
      fetch_(loop, url, options, *this) {}

// Gives what the pipe has no room for.
base::Bytes HttpPipe::write(base::Bytes data) {
  while (!data.empty()) {
    const ssize_t n = ::write(writer_.get(), data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    // Its reader has gone, and knows why.
    if (n < 0) return {};
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return data;
}

bool HttpPipe::on_body(base::Bytes data) {
  if (!rest_.empty()) return false;
  rest_.append(write(data));
  if (!rest_.empty()) poll_.watch(Poll::writable);
  return true;
}

void HttpPipe::on_writable() {
  rest_.consume(rest_.size() - write(rest_).size());
  if (!rest_.empty()) return;
  poll_.watch(Poll::none);
  if (ended_)
    writer_.reset();
  else
    fetch_.resume();
}

void HttpPipe::on_end(std::string_view error) {
  ended_ = true;
  error_ = error;
  if (rest_.empty()) writer_.reset();
}

}  // namespace net
