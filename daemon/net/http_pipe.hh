// What is fetched from a URL as a pipe, for those who read files. A pipe that is full stops the server.
#pragma once

#include <memory>
#include <string>

#include "base/result.hh"
#include "net/fd.hh"
#include "net/http_fetch.hh"
#include "net/poll.hh"

namespace net {

class HttpPipe final : private HttpFetch::Handler {
 public:
  static base::Result<std::unique_ptr<HttpPipe>> open(Loop& loop, const std::string& url, HttpOptions options);

  // The end to read from; the caller's.
  Fd take_reader() { return std::move(reader_); }
  // Known before the pipe ends: why it ends too soon, else empty.
  const std::string& error() const noexcept { return error_; }

 private:
  HttpPipe(Loop& loop, const std::string& url, HttpOptions options, Fd reader, Fd writer);
  bool on_body(base::Bytes data) override;
  void on_end(std::string_view error) override;
  base::Bytes write(base::Bytes data);
  void on_writable();

  Fd reader_, writer_;
  Poll poll_;
  base::Buffer rest_;  // taken, but the pipe was full
  std::string error_;
  bool ended_ = false;
  HttpFetch fetch_;
};

}  // namespace net
