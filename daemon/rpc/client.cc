#include "rpc/client.hh"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "net/socket.hh"
#include "rpc/codec.hh"

namespace rpc {

using nlohmann::json;

namespace {
constexpr base::Nanos never = std::numeric_limits<base::Nanos>::max();

base::Nanos deadline_in(base::Nanos timeout) { return timeout < 0 ? never : base::system_clock().mono() + timeout; }

std::unexpected<Failure> fail(Failure::Kind kind, std::string text, std::string remedy = {}) {
  return std::unexpected(Failure{kind, std::move(text), std::move(remedy)});
}

// False when the deadline passed first.
bool wait_for(int fd, short events, base::Nanos deadline) {
  for (;;) {
    int wait = -1;
    if (deadline != never) {
      const base::Nanos left = std::max<base::Nanos>(deadline - base::system_clock().mono(), 0);
      wait = static_cast<int>(std::min<base::Nanos>((left + base::millisecond - 1) / base::millisecond, 1'000'000'000));
    }
    pollfd p{fd, events, 0};
    const int n = ::poll(&p, 1, wait);
    if (n > 0) return true;
    if (n == 0 && deadline != never && base::system_clock().mono() >= deadline) return false;
    if (n < 0 && errno != EINTR) return true;  // the call that follows tells
  }
}

Failure no_connection(const std::string& path, int error) {
  const std::string text = path + ": " + net::error_text(error);
  if (error == ENOENT || error == ECONNREFUSED)
    return {Failure::Kind::not_running, "bgpiped is not running (" + text + ")",
            "systemctl start bgpiped, or -s SOCKET"};
  if (error == EACCES || error == EPERM)
    return {Failure::Kind::denied, text, "run as root or as a member of the socket's group"};
  return {Failure::Kind::lost, text};
}

json failure_text(const json& error, const char* name) {
  const auto found = error.find(name);
  return found != error.end() && found->is_string() ? *found : json("");
}

Failure failure_of(const json& error) {
  if (!error.is_object()) return {Failure::Kind::refused, "the daemon sent an error without a message"};
  Failure f{Failure::Kind::refused, failure_text(error, "message").get<std::string>()};
  if (const auto data = error.find("data"); data != error.end() && data->is_object())
    f.remedy = failure_text(*data, "remedy").get<std::string>();
  const auto code = error.find("code");
  if (code == error.end() || !code->is_number_integer()) return f;
  if (*code == std::to_underlying(Code::not_found)) f.kind = Failure::Kind::not_found;
  if (*code == std::to_underlying(Code::denied)) f.kind = Failure::Kind::denied;
  return f;
}
}  // namespace

std::expected<Client, Failure> Client::connect(const std::string& path, base::Nanos timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail(Failure::Kind::lost, path + ": not a socket path of 1 to 107 bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return std::unexpected(no_connection(path, errno));
  // The kernel waits as long as the daemon's backlog is full, but no longer than this.
  const timeval patience{static_cast<time_t>(timeout / base::second),
                         static_cast<suseconds_t>(timeout % base::second / base::microsecond)};
  if (timeout > 0) (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return Client(std::move(fd));
  if (errno == EAGAIN) return fail(Failure::Kind::timeout, "bgpiped does not take the connection (" + path + ")");
  return std::unexpected(no_connection(path, errno));
}

std::expected<void, Failure> Client::send(std::string_view text, base::Nanos deadline) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EAGAIN) {
      if (!wait_for(fd_.get(), POLLOUT, deadline))
        return fail(Failure::Kind::timeout, "bgpiped does not read the request");
    } else if (errno != EINTR) {
      return fail(Failure::Kind::lost, "the connection to bgpiped was lost: " + net::error_text(errno));
    }
  }
  return {};
}

// False when the deadline has passed.
std::expected<bool, Failure> Client::fill(base::Nanos deadline) {
  if (input_.size() - used_ > max_line) return fail(Failure::Kind::lost, "bgpiped sent a line without end");
  for (;;) {
    if (!wait_for(fd_.get(), POLLIN, deadline)) return false;
    char chunk[64 * 1024];
    const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (n > 0) {
      input_.erase(0, std::exchange(used_, 0));
      input_.append(chunk, static_cast<std::size_t>(n));
      return true;
    }
    if (n == 0) return fail(Failure::Kind::lost, "bgpiped closed the connection");
    if (errno != EAGAIN && errno != EINTR)
      return fail(Failure::Kind::lost, "the connection to bgpiped was lost: " + net::error_text(errno));
  }
}

std::expected<std::string, Failure> Client::line(base::Nanos deadline) {
  for (;;) {
    const auto end = input_.find('\n', used_ + searched_);
    if (end != std::string::npos) {
      std::string text = input_.substr(used_, end - used_);
      used_ = end + 1;
      searched_ = 0;
      return text;
    }
    searched_ = input_.size() - used_;
    const auto more = fill(deadline);
    if (!more) return std::unexpected(more.error());
    if (!*more) return std::string();
  }
}

std::expected<json, Failure> Client::call(std::string_view method, const json& params, base::Nanos timeout) {
  const base::Nanos deadline = deadline_in(timeout);
  if (const auto sent = send(request_line(++last_id_, method, params), deadline); !sent)
    return std::unexpected(sent.error());
  for (;;) {
    auto text = line(deadline);
    if (!text) return std::unexpected(text.error());
    if (text->empty())
      return fail(Failure::Kind::timeout, "bgpiped did not answer " + std::string(method) + " in time", "--timeout");
    auto answer = parse_json(*text, 128);
    if (!answer || !answer->is_object())
      return fail(Failure::Kind::lost, "bgpiped sent something that is not JSON-RPC");
    if (answer->contains("method")) {
      records_.push_back(std::move(*text));
      continue;
    }
    // An error without id is about a line that it could not read, or about the connection: ours.
    const auto id = answer->find("id");
    if (id != answer->end() && !id->is_null() && *id != last_id_) continue;
    if (const auto error = answer->find("error"); error != answer->end()) return std::unexpected(failure_of(*error));
    if (const auto result = answer->find("result"); result != answer->end()) return std::move(*result);
    return fail(Failure::Kind::lost, "bgpiped sent an answer without a result");
  }
}

std::expected<std::optional<json>, Failure> Client::next_record(base::Nanos timeout) {
  const base::Nanos deadline = deadline_in(timeout);
  for (;;) {
    std::string text;
    if (!records_.empty()) {
      text = std::move(records_.front());
      records_.pop_front();
    } else {
      auto next = line(deadline);
      if (!next) return std::unexpected(next.error());
      if (next->empty()) return std::nullopt;
      text = std::move(*next);
    }
    auto record = parse_json(text, 128);
    if (!record || !record->is_object())
      return fail(Failure::Kind::lost, "bgpiped sent something that is not JSON-RPC");
    const auto params = record->find("params");
    if (record->contains("method") && params != record->end()) {
      record_text_ = std::move(text);
      return std::move(*params);
    }
  }
}

}  // namespace rpc
