// Makes the manual pages and the JSON Schema from the tables that the programs themselves run on: what is said about an
// option, an event or a control method is said once, in its table.
//
// Usage: generate page FILE.in    the page on standard output: each line @NAME@ is replaced by a part made here
//        generate schema          the JSON Schema of bgpiped.yaml
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "base/text.hh"
#include "cli/arguments.hh"
#include "conf/help.hh"
#include "ctl/verbs.hh"
#include "man/schema.hh"
#include "rpc/methods.hh"
#include "stages/all.hh"
#include "super/config.hh"

namespace {

using conf::Manual;

// Text of a table as mdoc: a backslash or a leading dot must not mean anything.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}
std::string quoted(std::string_view text) { return "\"\\&" + roff(text) + '"'; }

std::string sentence(std::string_view text) {
  return text.empty() ? "" : roff(base::upper(text.substr(0, 1)) + std::string(text.substr(1))) + ".\n";
}

std::string table_of(conf::OptionTable table, const void* defaults, Manual form) {
  const conf::Described one{table, defaults};
  return conf::option_manual({&one, 1}, form);
}

std::string event_list(std::span<const pipeline::EventHelp> events, const std::string& before) {
  std::string out = ".Bl -tag -width Ds -compact\n";
  for (const auto& e : events) out += ".It Cm " + quoted(before + std::string(e.name)) + "\n" + sentence(e.help);
  return out + ".El\n";
}

std::string events_of(const pipeline::StageKind& kind) {
  if (kind.events.empty()) return {};
  return ".Pp\nIts events:\n" + event_list(kind.events, std::string(kind.name) + "/");
}

std::string stages_part(const pipeline::Registry& registry, Manual form) {
  std::string out;
  for (const auto* kind : registry.all()) {
    const auto defaults = kind->make_options();
    out += ".Ss " + std::string(kind->name) + "\n" + sentence(kind->help);
    if (!kind->options.empty()) out += table_of(kind->options, defaults.get(), form);
    out += events_of(*kind);
  }
  return out;
}

std::string common_part(Manual form) {
  const pipeline::CommonOptions common;
  const cli::StageFlags flags;
  std::vector<conf::Described> all;
  if (form == Manual::flags) all.push_back({cli::stage_flag_options(), &flags});
  all.push_back({pipeline::common_options(), &common});
  return conf::option_manual(all, form);
}

template <class Options>
std::string keys_of(conf::OptionTable table) {
  const Options defaults;
  return table_of(table, &defaults, Manual::keys);
}

// The same for sections that belong to no stage: what a change of them costs stands in the text.
template <class Options>
std::string section_keys(conf::OptionTable table) {
  static constexpr std::string_view cost = "A change starts the stage anew.\n";
  std::string out = keys_of<Options>(table);
  for (auto at = out.find(cost); at != std::string::npos; at = out.find(cost)) out.erase(at, cost.size());
  return out;
}

// Options of bgpipectl.
std::string control_options(std::span<const ctl::OptionSpec> options) {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& o : options) {
    out += ".It ";
    if (o.letter != 0) out += "Fl " + quoted({&o.letter, 1}) + " , ";
    out += "Fl " + quoted("-" + std::string(o.name));
    if (o.kind != ctl::OptionSpec::Kind::flag)
      out += o.bare.empty() ? " Ar " + quoted(o.value_name) : " Ns Op = Ns Ar " + quoted(o.value_name);
    out += '\n' + sentence(o.help);
  }
  return out + ".El\n";
}

std::string verbs_part() {
  std::string out;
  for (const auto& v : ctl::verbs()) {
    out += ".Ss " + std::string(v.name) + "\n.Nm Cm " + std::string(v.name);
    if (!v.options.empty()) out += " Oo Ar options Oc";
    for (const auto& a : v.arguments) out += a.required ? " Ar " + quoted(a.name) : " Oo Ar " + quoted(a.name) + " Oc";
    out += "\n.Pp\n" + sentence(v.help);
    for (const auto& a : v.arguments) out += ".Ar " + quoted(a.name) + " :\n" + roff(a.help) + ".\n";
    if (!v.options.empty()) out += control_options(v.options);
    if (const auto* m = rpc::find_method(v.method))
      out += ".Pp\nIt calls\n.Cm " + quoted(m->name) + "\nand needs " + std::string(rpc::access_name(m->access)) +
             " access.\n";
  }
  return out;
}

std::string fields_of(std::string_view title, std::span<const rpc::Field> fields) {
  if (fields.empty()) return {};
  std::string out = std::string(title) + ":\n.Bl -tag -width Ds -compact\n";
  for (const auto& f : fields)
    out += ".It Cm " + quoted(f.name) + " : " + quoted(f.type) + (f.required ? "" : " , optional") + "\n" +
           sentence(f.help);
  return out + ".El\n";
}

std::string methods_part() {
  std::string out;
  for (const auto& m : rpc::methods())
    out += ".Ss " + std::string(m.name) + "\n" + sentence(m.help) + "Needs " + std::string(rpc::access_name(m.access)) +
           " access.\n.Pp\n" + fields_of("Parameters", m.params) + fields_of("Result", m.result) +
           fields_of("Each record of the stream", m.record);
  return out;
}

std::string shapes_part() {
  std::string out;
  for (const auto& s : rpc::shapes())
    out += ".Ss " + std::string(s.name) + "\n" + fields_of(sentence(s.help).substr(0, s.help.size()), s.fields);
  return out;
}

using Parts = std::map<std::string, std::function<std::string()>, std::less<>>;

Parts parts(const pipeline::Registry& registry) {
  return {
      {"@bgpipe-flags@",
       [] { return table_of(cli::global_options(), std::make_unique<cli::GlobalOptions>().get(), Manual::flags); }},
      {"@stage-flags@", [&] { return stages_part(registry, Manual::flags); }},
      {"@session-events@", [] { return event_list(pipeline::session_events(), ""); }},
      {"@common-flags@", [] { return common_part(Manual::flags); }},
      {"@stage-keys@", [&] { return stages_part(registry, Manual::keys); }},
      {"@common-keys@", [] { return common_part(Manual::keys); }},
      {"@daemon-keys@", [] { return section_keys<super::DaemonOptions>(super::daemon_options()); }},
      {"@control-keys@", [] { return section_keys<super::ControlOptions>(super::control_options()); }},
      {"@log-keys@", [] { return section_keys<super::LogOptions>(super::log_options()); }},
      {"@pipeline-keys@", [] { return keys_of<pipeline::PipelineOptions>(pipeline::pipeline_options()); }},
      {"@error-keys@", [] { return keys_of<pipeline::ErrorOptions>(pipeline::error_options()); }},
      {"@restart-keys@", [] { return keys_of<pipeline::RestartOptions>(pipeline::restart_options()); }},
      {"@verbs@", verbs_part},
      {"@verb-options@", [] { return control_options(ctl::common_options()); }},
      {"@methods@", methods_part},
      {"@shapes@", shapes_part},
  };
}

int page(const pipeline::Registry& registry, const char* path) {
  std::ifstream in(path);
  if (!in) {
    std::cerr << path << ": cannot be read\n";
    return 1;
  }
  const Parts known = parts(registry);
  for (std::string line; std::getline(in, line);) {
    if (const auto part = known.find(line); part != known.end()) {
      std::cout << part->second();
    } else if (line.starts_with('@')) {
      std::cerr << path << ": there is no part " << line << '\n';
      return 1;
    } else {
      std::cout << line << '\n';
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  pipeline::Registry registry;
  stages::add_all(registry);
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "page" && argc == 3) return page(registry, argv[2]);
  if (what == "schema" && argc == 2) {
    std::cout << man::configuration_schema(registry) << '\n';
    return 0;
  }
  std::cerr << "usage: generate page FILE.in | generate schema\n";
  return 2;
}
