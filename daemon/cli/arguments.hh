// The command line of `bgpipe` as a pipeline: bgpipe [FLAGS] [--] STAGE [--] STAGE …, with the grammar and names of the
// Go tool.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hh"
#include "pipe/registry.hh"
#include "pipe/spec.hh"

namespace cli {

struct GlobalOptions {
  bool version = false, explain = false, yaml = false, from_stdin = false, to_stdout = false, stdin_wait = false,
       stdout_wait = false;
  std::string log = "info";
  // For sources that do not tell how their messages are encoded.
  bool short_asn = false, guess_asn = false;
  std::string caps;
  std::vector<std::string> events, kill;
  std::string errors;
  std::vector<std::string> discard_attributes, withdraw_attributes;
};
conf::OptionTable global_options();

// Spellings of common options that only a command line has.
struct StageFlags {
  bool left = false, right = false, args = false;
};
conf::OptionTable stage_flag_options();

struct CommandLine {
  GlobalOptions global;
  std::shared_ptr<pipeline::PipelineSpec> pipeline;  // resolved; null when only help or the version is asked for
  std::vector<std::string> warnings;
  std::string help;  // to be printed, if not empty
};

// The words behind the program's name. An error is a usage error.
base::Result<CommandLine> parse_arguments(std::span<const std::string> words, const pipeline::Registry& registry);

// Help on the program, and on one stage.
std::string program_help(const pipeline::Registry& registry);
std::string stage_help(const pipeline::StageKind& kind);
// What flows where, for --explain.
std::string explain(const pipeline::PipelineSpec& spec);

}  // namespace cli
