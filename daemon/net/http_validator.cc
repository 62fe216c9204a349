#include "net/http_validator.hh"

#include <charconv>

namespace net {

namespace {

constexpr struct {
  long status;
  std::string_view reason;
  bool passing = false;
} statuses[] = {{204, "No Content"},
                {304, "Not Modified"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {407, "Proxy Authentication Required"},
                {408, "Request Timeout", true},
                {410, "Gone"},
                {416, "Range Not Satisfiable"},
                {425, "Too Early", true},
                {429, "Too Many Requests", true},
                {451, "Unavailable For Legal Reasons"},
                {500, "Internal Server Error", true},
                {502, "Bad Gateway", true},
                {503, "Service Unavailable", true},
                {504, "Gateway Timeout", true}};

bool take_number(std::string_view& text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string_view HttpVersion::validator() const {
  if (!etag.empty() && !etag.starts_with("W/")) return etag;
  return last_modified;
}

bool HttpVersion::same(const HttpVersion& other) const {
  if (size && other.size && size != other.size) return false;
  if (!etag.empty() && !other.etag.empty() && etag != other.etag) return false;
  if (!last_modified.empty() && !other.last_modified.empty() && last_modified != other.last_modified) return false;
  return !validator().empty() && validator() == other.validator();
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  ContentRange range;
  std::uint64_t last = 0, size = 0;
  if (!take(text, "bytes ")) return std::nullopt;
  if (!take(text, "*") &&
      (!take_number(text, range.first) || !take(text, "-") || !take_number(text, last) || last < range.first))
    return std::nullopt;
  if (!take(text, "/")) return std::nullopt;
  if (take(text, "*")) return text.empty() ? std::optional(range) : std::nullopt;
  if (!take_number(text, size) || !text.empty()) return std::nullopt;
  range.size = size;
  return range;
}

std::string status_text(long status) {
  std::string text = std::to_string(status);
  for (const auto& s : statuses)
    if (s.status == status) text.append(" ").append(s.reason);
  return text;
}

bool is_passing(long status) {
  for (const auto& s : statuses)
    if (s.status == status) return s.passing;
  return false;
}

}  // namespace net
