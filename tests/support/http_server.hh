// A server on loopback that answers as it is told, one connection after the other.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/socket.hh"

class HttpServer {
 public:
  // What is sent, and then closed; `hold` keeps the connection open and silent instead.
  struct Answer {
    std::string bytes;
    bool hold = false;
  };
  using Script = std::function<Answer(std::size_t number, const std::string& request)>;

  explicit HttpServer(Script script) : script_(std::move(script)) {
    // The environment of whoever runs this must not send it elsewhere.
    setenv("no_proxy", "*", 1);
    const auto v4 = base::IpFamily::v4;
    listener_ = net::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(net::bind_to(listener_.get(), {base::Address::v4(0x7f000001), 0}, v4));
    REQUIRE(listen(listener_.get(), 8) == 0);
    port_ = net::local_endpoint(listener_.get()).port;
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    stopping_ = true;
    thread_.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path = "/f") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<std::string> requests() {
    const std::scoped_lock hold(lock_);
    return requests_;
  }
  std::size_t sent() const { return sent_; }

 private:
  void serve() {
    while (!stopping_) {
      if (!wait(listener_.get(), POLLIN)) continue;
      const net::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) answer(fd.get());
    }
  }
  void answer(int fd) {
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      char buffer[4096];
      if (!wait(fd, POLLIN)) {
        if (stopping_) return;
        continue;
      }
      const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      request.append(buffer, static_cast<std::size_t>(n));
    }
    std::size_t number = 0;
    {
      const std::scoped_lock hold(lock_);
      number = requests_.size();
      requests_.push_back(request);
    }
    const Answer a = script_(number, request);
    for (std::string_view left = a.bytes; !left.empty() && !stopping_;) {
      if (!wait(fd, POLLOUT)) continue;
      const ssize_t n = send(fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (n < 0) return;
      left.remove_prefix(static_cast<std::size_t>(n));
      sent_ += static_cast<std::size_t>(n);
    }
    // Until the other side has gone.
    while (a.hold && !stopping_ && !wait(fd, POLLIN)) {
    }
  }
  static bool wait(int fd, short events) {
    pollfd p{fd, events, 0};
    return poll(&p, 1, 20) > 0;
  }

  Script script_;
  net::Fd listener_;
  std::uint16_t port_ = 0;
  std::mutex lock_;
  std::vector<std::string> requests_;
  std::atomic<std::size_t> sent_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// A header block; `extra` lines end with \r\n.
inline std::string http_head(const std::string& status, std::size_t length, const std::string& extra = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) + "\r\nConnection: close\r\n" + extra +
         "\r\n";
}
