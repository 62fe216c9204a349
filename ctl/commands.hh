// What the verbs do. Each takes what it needs from the context, prints, and returns the exit code.
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "ctl/args.hh"
#include "ctl/output.hh"
#include "rpc/client.hh"

namespace ctl {

// sysexits of our own: design of systemctl for the last two.
enum Exit : int { ok = 0, failed = 1, usage = 2, not_running = 3, no_such_thing = 4 };

// One run of the program: the arguments and, once asked for, the connection.
class Context {
 public:
  explicit Context(Args args);
  const Args& args() const { return args_; }
  const Style& style() const { return style_; }
  bool json() const { return args_.has("json"); }
  const std::string& socket() const { return socket_; }

  // Connects at first need, and again after the connection was lost.
  std::expected<nlohmann::json, rpc::Failure> call(std::string_view method, const nlohmann::json& params);
  std::expected<std::optional<nlohmann::json>, rpc::Failure> next_record();
  // The line of that record as the daemon wrote it.
  const std::string& record_text() const;

 private:
  Args args_;
  Style style_;
  std::string socket_;
  std::optional<rpc::Client> client_;
};

// Says on standard error what went wrong.
int explain(const rpc::Failure& failure);
// One line, or indented on a terminal.
std::string json_out(const nlohmann::json& value, const Style& style);

int run_status(Context&);
int run_list(Context&);
int run_show(Context&);
int run_errors(Context&);
int run_tail(Context&);
int run_reload(Context&);
int run_check(Context&);
int run_config(Context&);
int run_act(Context&);
int run_log_level(Context&);
int run_describe(Context&);
int run_completion(Context&);
int run_help(Context&);
int run_version(Context&);

}  // namespace ctl
