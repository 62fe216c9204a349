// A pipeline as written, from YAML or from a command line: what the supervisor runs and compares at reload. Immutable
// once resolved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/problem.hh"
#include "pipe/errors.hh"
#include "pipe/stage.hh"

namespace pipeline {

// Options that stand beside every stage's own.
struct CommonOptions {
  std::string name;
  std::string direction;          // "L", "R", "LR" or empty: by place
  std::vector<std::string> wait;  // events that start the stage
  std::string inject;             // `new`: next, first, last or a stage's identity
};
conf::OptionTable common_options();

// Where an end of a pipeline is closed when the attempt ends.
enum class EndMode : std::uint8_t { cease, close, abort };
std::optional<EndMode> parse_end_mode(std::string_view);

struct StageSpec {
  const StageKind* kind{};
  CommonOptions common;
  std::shared_ptr<void> options;  // of kind->make_options()
  conf::Mark mark;
  bool automatic = false;  // -i and -o: behind all others in both directions

  // Filled by resolve():
  std::string identity;
  bool left = false, right = false;            // directions of the stage
  bool sees_left = false, sees_right = false;  // lines whose messages it sees

  template <class T>
  const T& as() const {
    return *static_cast<const T*>(options.get());
  }
};

struct RestartOptions {
  // always: also when all its sources have come to their end.
  std::string policy = "on-failure";  // always, on-failure, never
  conf::Duration min_delay{base::second}, max_delay{60 * base::second}, reset_after{60 * base::second};
  double jitter = 0.25;  // a share of the delay added at random
};
conf::OptionTable restart_options();

struct KillRule {
  std::string event;
  std::optional<base::Nanos> retry;  // hold-down; nothing: stays down until an operator starts it
  conf::Mark mark = {};
};

struct PipelineOptions {
  std::string stop = "cease";     // at an operator's stop
  std::string shutdown = "auto";  // at the daemon's end: cease with a speaker, else close
  conf::Duration max_stall{};     // 0: a third of the smaller hold time, at least 10 s
};
conf::OptionTable pipeline_options();

struct PipelineSpec {
  std::string name;
  RestartOptions restart;
  PipelineOptions options;
  ErrorOptions errors;
  std::vector<KillRule> kill;
  std::vector<StageSpec> stages;
  conf::Mark mark;
  // Filled by resolve(): above 1, each peer that calls has a session of its own.
  std::size_t max_sessions = 1;

  bool serves_many() const { return max_sessions > 1; }
  // The stages as written: automatic ones come behind them.
  std::span<const StageSpec> own_stages() const;
  bool has_kind(std::string_view kind) const;
  // Stage with this identity, or null.
  const StageSpec* find(std::string_view identity) const;
};

class Registry;
// Gives identities and directions, and checks what concerns several stages. Adds to problems; true if there were none.
// With a registry, an event that only stages of other pipelines raise is no error but a warning.
bool resolve(PipelineSpec&, conf::Problems&, const Registry* registry = nullptr);

}  // namespace pipeline
