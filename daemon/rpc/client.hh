// The other end of the control socket, for programs that ask one thing after the other: blocking, with a deadline for
// each request. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "net/fd.hh"

namespace rpc {

// Why a request got no result, in words for a person.
struct Failure {
  enum class Kind : unsigned char {
    not_running,  // no socket there, or nobody behind it
    denied,       // the socket's mode does not let us in, or the daemon does not
    timeout,      // no answer in time
    lost,         // the connection ended
    not_found,    // the daemon knows no such thing
    refused       // any other error of the daemon
  };
  Kind kind;
  std::string text;
  std::string remedy = {};  // or empty
};

class Client {
 public:
  // timeout: until the daemon takes the connection.
  static std::expected<Client, Failure> connect(const std::string& path, base::Nanos timeout);

  // The result, or the daemon's error. Stream records that come meanwhile are kept for next_record().
  std::expected<nlohmann::json, Failure> call(std::string_view method, const nlohmann::json& params,
                                              base::Nanos timeout);
  // The next record of any subscription: its "params". Nothing when none came in time; a negative timeout waits for
  // ever.
  std::expected<std::optional<nlohmann::json>, Failure> next_record(base::Nanos timeout);
  // The line that record stood in, as the daemon wrote it: members in their order.
  const std::string& record_text() const { return record_text_; }

  // Bytes of one line from the daemon.
  static constexpr std::size_t max_line = std::size_t{256} << 20;

 private:
  explicit Client(net::Fd fd) : fd_(std::move(fd)) {}
  std::expected<void, Failure> send(std::string_view text, base::Nanos deadline);
  // Empty when the deadline has passed.
  std::expected<std::string, Failure> line(base::Nanos deadline);
  std::expected<bool, Failure> fill(base::Nanos deadline);

  net::Fd fd_;
  std::int64_t last_id_ = 0;
  std::string input_;
  std::size_t used_ = 0, searched_ = 0;
  std::deque<std::string> records_;
  std::string record_text_;
};

}  // namespace rpc
