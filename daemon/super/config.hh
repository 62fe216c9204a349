// The daemon's configuration as one immutable value: read fresh each time, either whole and sound or not at all.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "conf/node.hh"
#include "conf/problem.hh"
#include "pipe/registry.hh"
#include "pipe/spec.hh"

namespace super {

struct ControlOptions {
  std::string socket = "/run/bgpiped/control.sock", group, mode = "0660", read_only_socket;
};
struct LogOptions {
  std::string level = "info";
  std::vector<std::string> events{"ESTABLISHED", "DOWN",       "NOTIFICATION", "FAILED",  "DUPLICATE", "EOR",
                                  "PARSE",       "SUPPRESSED", "*/FAILED",     "*/RETRY", "*/RESUMED", "limit*/*"};
};
struct DaemonOptions {
  std::int64_t workers = 0;  // 0: one for each processor, at most 8
};
conf::OptionTable control_options();
conf::OptionTable log_options();
conf::OptionTable daemon_options();

struct Config {
  std::string path;
  DaemonOptions daemon;
  ControlOptions control;
  LogOptions log;
  std::vector<std::shared_ptr<const pipeline::PipelineSpec>> pipelines;  // in the order written
};

// Problems hold warnings too when the configuration is sound.
struct Loaded {
  std::shared_ptr<const Config> config;  // null when there are errors
  conf::Problems problems;
};
// check: nothing will run, so that outside the unit the credentials that systemd would give are warned of, not needed.
enum class Purpose : std::uint8_t { run, check };
Loaded load_config(const std::string& path, const pipeline::Registry& registry, Purpose purpose = Purpose::run);
Loaded read_config(const conf::Node& root, const std::string& path, const pipeline::Registry& registry,
                   Purpose purpose = Purpose::run);

// The configuration as YAML, secrets by their origin: reads back to the same.
std::string dump_config(const Config& config);
std::string dump_pipeline(const pipeline::PipelineSpec& spec, int indent);

}  // namespace super
