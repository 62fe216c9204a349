#include "conf/dump.hh"
#include "super/config.hh"

namespace super {

namespace {

template <class Options>
std::string section(std::string_view key, conf::OptionTable table, const Options& options, int indent) {
  const Options defaults;
  const conf::Dumped d{table, &options, &defaults};
  const std::string body = conf::dump_block({&d, 1}, indent + 2);
  if (body.empty()) return {};
  return std::string(static_cast<std::size_t>(indent), ' ') + std::string(key) + ":\n" + body;
}

std::string stage_line(const pipeline::StageSpec& s) {
  const auto defaults = s.kind->make_options();
  const pipeline::CommonOptions common_defaults;
  const conf::Dumped parts[] = {{s.kind->options, s.options.get(), defaults.get()},
                                {pipeline::common_options(), &s.common, &common_defaults}};
  const std::string value = conf::dump_flow(parts);
  return value == "{}" ? std::string(s.kind->name) : std::string(s.kind->name) + ": " + value;
}

}  // namespace

std::string dump_pipeline(const pipeline::PipelineSpec& p, int indent) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  std::string out = pad + conf::yaml_text(p.name) + ":\n";
  const pipeline::PipelineOptions defaults;
  const conf::Dumped own{pipeline::pipeline_options(), &p.options, &defaults};
  out += conf::dump_block({&own, 1}, indent + 2);
  out += section("restart", pipeline::restart_options(), p.restart, indent + 2);
  const pipeline::ErrorOptions no_errors;
  const conf::Dumped errors{pipeline::error_options(), &p.errors, &no_errors};
  if (const std::string said = conf::dump_flow({&errors, 1}); said != "{}") out += pad + "  errors: " + said + "\n";
  if (!p.kill.empty()) {
    out += pad + "  kill:\n";
    for (const auto& k : p.kill)
      out += pad + "    " + conf::yaml_text(k.event) +
             ": { retry: " + (k.retry ? conf::value_text(conf::Duration{*k.retry}) : "never") + " }\n";
  }
  out += pad + "  stages:\n";
  const bool closed = !p.stages.empty() && p.own_stages().back().kind->leg;
  for (const auto& s : p.stages) {
    // Behind a leg nothing can stand; what a command line adds there has no place in a daemon.
    const bool left_out = s.automatic && closed;
    out += pad + (left_out ? "    # left out: " : "    - ") + stage_line(s) + "\n";
  }
  return out;
}

std::string dump_config(const Config& c) {
  const DaemonOptions defaults;
  const conf::Dumped daemon{daemon_options(), &c.daemon, &defaults};
  std::string out = conf::dump_block({&daemon, 1}, 0);
  out += section("control", control_options(), c.control, 0);
  out += section("log", log_options(), c.log, 0);
  out += c.pipelines.empty() ? "pipelines: {}\n" : "pipelines:\n";
  for (const auto& p : c.pipelines) out += dump_pipeline(*p, 2);
  return out;
}

}  // namespace super
