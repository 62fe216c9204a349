// Which version of a file a server gave, so that two parts of it are never put together from two versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

struct HttpVersion {
  std::string etag, last_modified;
  std::optional<std::uint64_t> size;  // of all of it

  // For If-Range (RFC 9110 13.1.5): a strong ETag, else the date, else nothing.
  std::string_view validator() const;
  // Certainly the same: they share a validator and do not differ in what else both know.
  bool same(const HttpVersion& other) const;
};

struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> size;
};
// "bytes 100-199/200", "bytes 100-199/*" (RFC 9110 14.4). "bytes */200" (what goes with status 416) has no first: its
// size stands there.
std::optional<ContentRange> parse_content_range(std::string_view text);

// "404 Not Found", or the number alone.
std::string status_text(long status);
// Worth another try: the server may answer otherwise later.
bool is_passing(long status);

}  // namespace net
