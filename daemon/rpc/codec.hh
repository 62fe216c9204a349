// JSON-RPC 2.0 as text: one object per line in both directions. Both ends of the control socket use it. Nothing throws;
// what is read is bounded in length and depth. Any thread.
//
//   -> {"jsonrpc":"2.0","id":1,"method":"pipeline.show","params":{"name":"ams-ix"}}
//   <- {"id":1,"jsonrpc":"2.0","result":{"pipeline":{…}}}
//   <- {"error":{"code":-32001,"data":{"remedy":"…"},"message":"…"},"id":1,"jsonrpc":"2.0"}
// A record of a subscription is a notification; besides it come "lagged" when records were lost before it, and
// "closed":
//   <- {"jsonrpc":"2.0","method":"subscription.record","params":{"subscription":3,"event":{…}}}
//   <- {"jsonrpc":"2.0","method":"subscription.record","params":{"subscription":3,"lagged":17}}
//   <- {"jsonrpc":"2.0","method":"subscription.record","params":{"subscription":3,"closed":"why"}}
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace rpc {

// Bytes of one request without its line feed.
inline constexpr std::size_t max_request = 64 * 1024;
// Objects and lists inside each other.
inline constexpr int max_depth = 32;
inline constexpr std::string_view record_method = "subscription.record";

// JSON-RPC 2.0 section 5.1, then ours.
enum class Code : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  failed = -32000,     // the daemon tried and could not
  not_found = -32001,  // no pipeline of that name
  denied = -32002,     // this caller may not
  busy = -32003,       // a bound is reached; later may work
};

struct Error {
  Code code;
  std::string message;
  std::string remedy;  // what would be right, or empty
};

// A sound request. Its parameters are an object, whatever was sent; a handler reads them after check_params.
class Request {
 public:
  Request(std::string id, std::string method, nlohmann::json params);
  Request(Request&&) noexcept;
  Request& operator=(Request&&) noexcept;
  ~Request();

  // JSON text of the id; empty for a notification, which is not answered.
  const std::string& id() const { return id_; }
  const std::string& method() const { return method_; }
  const nlohmann::json& params() const { return *params_; }
  // A parameter of that type, or nothing when it is absent or null.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  bool flag(std::string_view name) const;

 private:
  std::string id_, method_;
  std::unique_ptr<nlohmann::json> params_;
};

struct Refused {
  std::string id;  // JSON text, "null" when it could not be read
  Error error;
};
std::expected<Request, Refused> parse_request(std::string_view line);

// Any JSON text, bounded in depth; nothing if it is not JSON.
std::optional<nlohmann::json> parse_json(std::string_view text, int depth = max_depth);
// One line without line feed; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json&);

// Each returns one whole line with its line feed.
std::string request_line(std::int64_t id, std::string_view method, const nlohmann::json& params);
std::string result_line(std::string_view id, const nlohmann::json& result);
// result: an object as text, spliced in without being parsed.
std::string result_text_line(std::string_view id, std::string_view result);
std::string error_line(std::string_view id, const Error&);
// members: an object as text, spliced in without being parsed.
std::string record_line(std::uint64_t subscription, std::string_view members);
std::string lagged_line(std::uint64_t subscription, std::uint64_t records);
std::string closed_line(std::uint64_t subscription, std::string_view why);

}  // namespace rpc
