// bgpiped: the daemon. Reads its configuration, runs the pipelines, answers on the control socket, until SIGTERM.
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "api/control.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "base/version.hh"
#include "net/signals.hh"
#include "stages/all.hh"
#include "super/notify.hh"
#include "super/supervisor.hh"

namespace {

constexpr int exit_error = 1, exit_config = 78;  // sysexits.h EX_CONFIG
constexpr base::Nanos shutdown_bound = 10 * base::second;

// Each session needs two descriptors and more; the soft limit of 1024 is for programs that use select.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

unsigned worker_count(std::int64_t asked) {
  if (asked > 0) return static_cast<unsigned>(asked);
  return std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
}

base::Result<> open_control(rpc::Server& server, const super::ControlOptions& o) {
  const auto mode = base::parse_int("0o" + (o.mode.starts_with("0o") ? o.mode.substr(2) : o.mode));
  if (!mode || *mode < 0 || *mode > 0777)
    return base::fail("control: mode: '" + o.mode + "' is not one: give octal digits, such as 0660");
  if (auto ok = server.listen({.path = o.socket, .mode = static_cast<mode_t>(*mode), .group = o.group}); !ok) return ok;
  if (o.read_only_socket.empty()) return {};
  return server.listen({.path = o.read_only_socket, .mode = 0666, .group = {}, .access = rpc::Access::read});
}

std::string pipelines_of(const super::Config& c) {
  return std::to_string(c.pipelines.size()) + (c.pipelines.size() == 1 ? " pipeline" : " pipelines");
}

// Whoever asks for it may stand in another folder.
std::string from_anywhere(const std::string& path) {
  std::error_code problem;
  const auto whole = std::filesystem::absolute(path, problem);
  return problem ? path : whole.lexically_normal().string();
}

class Daemon {
 public:
  Daemon(std::shared_ptr<const super::Config> config, const pipeline::Registry& registry)
      : config_(std::move(config)),
        supervisor_(loop_, worker_count(config_->daemon.workers)),
        server_(loop_),
        control_(server_, supervisor_, registry, loop_, from_anywhere(config_->path)),
        signals_(loop_, {SIGTERM, SIGINT, SIGHUP}, [this](int s) { signal(s); }),
        watchdog_(loop_, [] { super::notify_alive(); }) {}

  int run() {
    if (auto ok = open_control(server_, config_->control); !ok) {
      base::log::error("", ok.error().text);
      return exit_error;
    }
    supervisor_.start(config_);
    if (const base::Nanos interval = super::watchdog_interval(); interval > 0) watchdog_.start(0, interval / 2);
    const std::string ready = pipelines_of(*config_);
    super::notify_ready(ready);
    base::log::info("", std::string("bgpiped ") + base::version + " runs " + ready + " on " +
                            std::to_string(supervisor_.workers()) + " workers");
    loop_.run();
    base::log::info("", "ended");
    return 0;
  }

 private:
  void signal(int number) {
    if (number == SIGHUP) {
      if (!ending_) control_.reload(false);
      return;
    }
    if (std::exchange(ending_, true)) {
      // Asked twice: at once.
      loop_.stop();
      return;
    }
    super::notify_stopping();
    base::log::info("", "ending the sessions");
    server_.farewell("the daemon ends");
    supervisor_.shutdown(shutdown_bound, [this] { loop_.stop(); });
  }

  net::Loop loop_;
  std::shared_ptr<const super::Config> config_;
  super::Supervisor supervisor_;
  rpc::Server server_;
  api::Control control_;
  net::Signals signals_;
  net::Timer watchdog_;
  bool ending_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"bgpiped: BGP pipelines as a service"};
  std::string path = "/etc/bgpiped/bgpiped.yaml";
  bool check = false, version = false, dump = false;
  app.add_option("-c,--config", path, "configuration file")->capture_default_str();
  app.add_flag("-t,--check", check, "check the configuration and quit; 78 if it is wrong");
  app.add_flag("--dump-config", dump, "print the configuration as it was understood, without secrets, and quit");
  app.add_flag("-v,-V,--version", version, "print the version and quit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (version) {
    std::cout << "bgpiped " << base::version << '\n';
    return 0;
  }

  std::signal(SIGPIPE, SIG_IGN);
  pipeline::Registry registry;
  stages::add_all(registry);
  auto loaded = super::load_config(path, registry, check || dump ? super::Purpose::check : super::Purpose::run);
  std::cerr << loaded.problems.text();
  if (!loaded.config) return exit_config;
  if (dump) {
    std::cout << super::dump_config(*loaded.config);
    return 0;
  }
  if (check) {
    std::cout << path << ": " << pipelines_of(*loaded.config) << ", sound\n";
    return 0;
  }
  base::log::Level level{};
  if (base::log::parse_level(loaded.config->log.level, level)) base::log::start(level);
  raise_descriptor_limit();
  return Daemon(loaded.config, registry).run();
}
