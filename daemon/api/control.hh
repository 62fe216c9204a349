// The handlers of the control methods, bound to a running supervisor. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pipe/registry.hh"
#include "rpc/server.hh"
#include "super/supervisor.hh"

namespace api {

class Control {
 public:
  // What it is given outlives it.
  Control(rpc::Server& server, super::Supervisor& supervisor, const pipeline::Registry& registry, net::Loop& loop,
          std::string config_path);

  struct Reload {
    bool taken = false;
    std::vector<super::PlanEntry> plan;
    std::vector<std::string> warnings;
    conf::Problems problems;
  };
  // Reads the configuration fresh; all or nothing. Also for SIGHUP.
  Reload reload(bool dry_run);

 private:
  struct LastReload {
    base::Nanos at = 0;
    bool ok = false;
    std::string error;
  };
  void bind_daemon();
  void bind_pipelines();
  void bind_config();
  void bind_streams();
  std::vector<std::string> matching(const std::string& pattern) const;
  using Act = std::function<void(const std::string& name, const std::string& reason)>;
  void act(const rpc::Request& request, rpc::Responder to, const Act& call);

  rpc::Server& server_;
  super::Supervisor& supervisor_;
  const pipeline::Registry& registry_;
  net::Loop& loop_;
  std::string config_path_;
  base::Nanos started_mono_, started_wall_;
  std::optional<LastReload> last_reload_;
};

}  // namespace api
