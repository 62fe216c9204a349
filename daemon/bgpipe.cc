// bgpipe: one pipeline from the command line, in the foreground.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <set>

#include "base/log.hh"
#include "base/version.hh"
#include "cli/arguments.hh"
#include "net/signals.hh"
#include "stages/all.hh"
#include "stages/write.hh"
#include "super/supervisor.hh"

namespace {

constexpr int exit_usage = 2;
constexpr base::Nanos shutdown_bound = 5 * base::second;

int run(std::shared_ptr<const pipeline::PipelineSpec> spec, const cli::GlobalOptions& options) {
  net::Loop loop;
  auto config = std::make_shared<super::Config>();
  config->log.events = options.events;
  for (const char* always : {"DOWN", "FAILED", "*/FAILED", "*/RETRY", "*/RESUMED"})
    config->log.events.emplace_back(always);
  config->pipelines.push_back(std::move(spec));

  super::Supervisor supervisor(loop, 1);
  int status = 0;
  bool ending = false;
  // Without a reader of its output it is of no use; a session between routers would go on.
  std::set<std::string> outputs;
  for (const auto& s : config->pipelines.front()->stages)
    if (s.kind == &stages::stdout_kind || (s.kind == &stages::write_kind && s.as<stages::WriteOptions>().path == "-"))
      outputs.insert(s.identity);
  const auto end = [&] {
    if (std::exchange(ending, true)) return;
    supervisor.shutdown(shutdown_bound, [&] { loop.stop(); });
  };
  supervisor.on_ended = [&](const std::string&, bool failed) {
    if (failed) status = 1;
    end();
  };
  supervisor.on_event([&](const pipeline::Event& e) {
    if (!outputs.contains(e.stage)) return;
    const bool failed = e.name.ends_with("/FAILED");
    if (failed) status = 1;
    if (failed || e.name.ends_with("/CLOSED")) end();
  });
  net::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) {
    if (ending) loop.stop();
    end();
  });
  supervisor.start(config);
  loop.run();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  pipeline::Registry registry;
  stages::add_all(registry);
  auto line = cli::parse_arguments(words, registry);
  if (!line) {
    std::cerr << "bgpipe: " << line.error().text << '\n';
    return exit_usage;
  }
  for (const std::string& text : line->warnings) std::cerr << "bgpipe: " << text << '\n';
  if (line->global.version) {
    std::cout << "bgpipe " << base::version << '\n';
    return 0;
  }
  if (!line->help.empty()) {
    std::cout << line->help;
    return 0;
  }
  if (line->global.yaml) {
    // A command line ends with its session; the daemon connects again, unless all it does is to read to an end.
    pipeline::PipelineSpec spec = *line->pipeline;
    if (std::ranges::any_of(spec.stages, [](const auto& s) { return s.kind->leg; })) spec.restart = {};
    std::cout << "pipelines:\n" << super::dump_pipeline(spec, 2);
    return 0;
  }
  if (line->global.explain) {
    std::cout << cli::explain(*line->pipeline);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  base::log::Level level = base::log::Level::info;
  base::log::parse_level(line->global.log, level);
  base::log::start(level);
  return run(line->pipeline, line->global);
}
