// One file fetched over HTTP or HTTPS, on a loop: time-outs, redirects, retries, and what was cut off goes on where it
// stopped (RFC 9110 14.2). Proxies are taken from the environment, as curl does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/result.hh"
#include "net/loop.hh"

namespace net {

struct HttpOptions {
  base::Nanos timeout = 30 * base::second;  // to connect, and the longest silence while data is wanted
  std::uint32_t retries = 5;                // in a row without progress, of a server that can be reached
  std::uint64_t progress = 64 << 10;      // bytes that are some: who sends a byte for each try must not go on for ever
  std::uint32_t first_retries = 2;        // before it was reached; where it refuses connections: none
  base::Nanos first_wait = base::second;  // before a retry; each is twice as long as the one before
  base::Nanos longest_wait = 60 * base::second;
};

// It begins with "http://" or "https://".
bool is_url(std::string_view text);
// For texts: without user and password.
std::string public_url(const std::string& url);

class HttpFetch {
 public:
  class Handler {
   public:
    // Takes all of it, or none and gives false: after resume() it comes again. Must not destroy the fetch.
    virtual bool on_body(base::Bytes data) = 0;
    // The last call; it may destroy the fetch. An empty text: all of it was given. Else why not, with the URL and the
    // status: "https://example.net/updates.gz: 404 Not Found".
    virtual void on_end(std::string_view error) = 0;

   protected:
    ~Handler() = default;
  };

  // Begins at once; the handler is called from the loop.
  HttpFetch(Loop& loop, const std::string& url, HttpOptions options, Handler& handler);
  ~HttpFetch();
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  void resume();
  // Bytes that on_body took.
  std::uint64_t received() const;

 private:
  struct Transfer;
  std::unique_ptr<Transfer> transfer_;
};

}  // namespace net
