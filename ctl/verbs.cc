#include "ctl/verbs.hh"

#include <algorithm>
#include <vector>

#include "base/text.hh"
#include "ctl/commands.hh"

namespace ctl {

namespace {
using Kind = OptionSpec::Kind;

constexpr std::string_view shells[] = {"bash", "zsh"};
constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::string_view formats[] = {"json"};
constexpr std::string_view colours[] = {"auto", "always", "never"};

constexpr OptionSpec common[] = {
    {.name = "socket",
     .letter = 's',
     .kind = Kind::text,
     .value_name = "PATH",
     .help = "control socket; default $BGPIPED_SOCKET or /run/bgpiped/control.sock",
     .completes = Completes::file},
    {.name = "json", .letter = 'j', .help = "print JSON, one object a line"},
    {.name = "timeout",
     .kind = Kind::duration,
     .value_name = "TIME",
     .help = "wait so long for an answer; default 10s, for reload 2m"},
    {.name = "color",
     .kind = Kind::text,
     .value_name = "WHEN",
     .help = "auto, always or never",
     .completes = Completes::choices,
     .choices = colours},
    {.name = "help", .letter = 'h', .help = "show this help"},
};

constexpr OptionSpec watch[] = {
    {.name = "watch",
     .letter = 'w',
     .kind = Kind::duration,
     .value_name = "TIME",
     .help = "show it again every 2s, or TIME",
     .bare = "2s"},
};
constexpr OptionSpec list_options[] = {
    watch[0],
    {.name = "names", .help = "only the names"},
};
constexpr OptionSpec tail_options[] = {
    {.name = "events", .help = "events; what is shown when nothing is asked for"},
    {.name = "messages", .help = "BGP messages as the sessions send them"},
    {.name = "format",
     .kind = Kind::text,
     .value_name = "FORMAT",
     .help = "how messages are written: json",
     .completes = Completes::choices,
     .choices = formats},
    {.name = "count", .letter = 'n', .kind = Kind::count, .value_name = "N", .help = "end after N records"},
    {.name = "since",
     .kind = Kind::count,
     .value_name = "SEQ",
     .help = "begin with the events kept after number SEQ; 0 for all"},
};
constexpr OptionSpec errors_options[] = {
    {.name = "session", .kind = Kind::text, .value_name = "ID", .help = "only of the session with this id"},
};
constexpr OptionSpec reason[] = {
    {.name = "reason",
     .letter = 'r',
     .kind = Kind::text,
     .value_name = "TEXT",
     .help = "told to the peers (RFC 9003) and to the log"},
};
constexpr OptionSpec dry_run[] = {
    {.name = "dry-run", .letter = 'n', .help = "show what would change, change nothing"},
};

constexpr Argument one_pipeline[] = {{"NAME", "a pipeline", true, Completes::pipeline}};
constexpr Argument pipelines[] = {{"NAME", "a pipeline; * and ? match several", true, Completes::pipeline}};
constexpr Argument any_pipeline[] = {
    {"NAME", "only this pipeline; for events * and ? match several", false, Completes::pipeline}};
constexpr Argument file[] = {{"FILE",
                              "a configuration; default the one the daemon runs with, else /etc/bgpiped/bgpiped.yaml",
                              false, Completes::file}};
constexpr Argument method[] = {{"METHOD", "one method with its parameters and result", false, Completes::method}};
constexpr Argument level[] = {{"LEVEL", "trace, debug, info, warn, error or off", true, Completes::choices, levels}};
constexpr Argument shell[] = {{"SHELL", "bash or zsh", true, Completes::choices, shells}};
constexpr Argument topic[] = {{"COMMAND", "a command", false}};

constexpr Verb table[] = {
    {"status", "daemon.status", "all sessions, one line each", {}, watch, run_status},
    {"list", "pipeline.list", "all pipelines, one line each", {}, list_options, run_list},
    {"show", "pipeline.show", "everything about one pipeline", one_pipeline, watch, run_show},
    {"errors", "pipeline.errors", "the last malformed UPDATEs of one pipeline, with their bytes", one_pipeline,
     errors_options, run_errors},
    {"tail", "events.subscribe", "events, or messages, as they come", any_pipeline, tail_options, run_tail},
    {"reload", "config.reload", "read the configuration again and apply what changed", {}, dry_run, run_reload},
    {"check", "", "check a configuration, by default the daemon's own, without changing anything", file, {}, run_check},
    {"config", "config.show", "the running configuration, without secrets", {}, {}, run_config},
    {"start", "pipeline.start", "start stopped or failed pipelines", pipelines, {}, run_act},
    {"stop", "pipeline.stop", "stop pipelines and keep them stopped", pipelines, reason, run_act},
    {"restart", "pipeline.restart", "end the sessions of pipelines and start them anew", pipelines, reason, run_act},
    {"log-level", "daemon.log_level", "change how much the daemon logs", level, {}, run_log_level},
    {"describe", "rpc.describe", "the methods of the control API", method, {}, run_describe},
    {"completion", "", "print a completion script for a shell", shell, {}, run_completion},
    {"help", "", "show help for a command", topic, {}, run_help},
    {"version", "daemon.info", "versions of bgpipectl and of the daemon", {}, {}, run_version},
};
}  // namespace

std::span<const Verb> verbs() { return table; }
std::span<const OptionSpec> common_options() { return common; }

std::expected<const Verb*, std::string> find_verb(std::string_view word) {
  std::vector<const Verb*> matches;
  std::vector<std::string_view> names;
  for (const Verb& v : table) {
    if (v.name == word) return &v;
    if (v.name.starts_with(word)) matches.push_back(&v);
    names.push_back(v.name);
  }
  if (matches.size() == 1) return matches.front();
  std::string text = "there is no command " + base::printable(word);
  if (matches.empty()) {
    if (const auto near = base::nearest(word, names)) text += ", did you mean " + std::string(*near) + "?";
  } else {
    text = base::printable(word) + " may be";
    for (const Verb* v : matches) text.append(v == matches.front() ? " " : ", ").append(v->name);
  }
  return std::unexpected(text);
}

}  // namespace ctl
