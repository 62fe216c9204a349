#include <cstdlib>
#include <nlohmann/json.hpp>

#include "ctl/commands.hh"

namespace ctl {

namespace {
constexpr std::string_view default_socket = "/run/bgpiped/control.sock";

std::string socket_path(const Args& args) {
  if (args.has("socket")) return args.text("socket");
  const char* variable = std::getenv("BGPIPED_SOCKET");
  return variable != nullptr && *variable != 0 ? variable : std::string(default_socket);
}
}  // namespace

Context::Context(Args args)
    : args_(std::move(args)), style_(style_for(args_.text("color", "auto"))), socket_(socket_path(args_)) {}

std::expected<nlohmann::json, rpc::Failure> Context::call(std::string_view method, const nlohmann::json& params) {
  // A reload waits for sessions to end in good order.
  const base::Nanos usual = method == "config.reload" ? 120 * base::second : 10 * base::second;
  const base::Nanos timeout = args_.duration("timeout").value_or(usual);
  if (!client_) {
    auto made = rpc::Client::connect(socket_, timeout);
    if (!made) return std::unexpected(made.error());
    client_ = std::move(*made);
  }
  auto result = client_->call(method, params, timeout);
  using Kind = rpc::Failure::Kind;
  if (!result && (result.error().kind == Kind::lost || result.error().kind == Kind::timeout)) client_.reset();
  return result;
}

std::expected<std::optional<nlohmann::json>, rpc::Failure> Context::next_record() {
  return client_ ? client_->next_record(-1) : std::nullopt;
}

const std::string& Context::record_text() const { return client_->record_text(); }

int explain(const rpc::Failure& failure) {
  complain(failure.remedy.empty() ? failure.text : failure.text + "\n  " + failure.remedy);
  if (failure.kind == rpc::Failure::Kind::not_running) return Exit::not_running;
  return failure.kind == rpc::Failure::Kind::not_found ? Exit::no_such_thing : Exit::failed;
}

std::string json_out(const nlohmann::json& value, const Style& style) {
  return value.dump(style.terminal ? 2 : -1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace ctl
