#include "conf/help.hh"

#include <algorithm>

#include "cli/arguments.hh"

namespace cli {

namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

}  // namespace

std::string program_help(const pipeline::Registry& registry) {
  const GlobalOptions defaults;
  std::string out =
      "Usage: bgpipe [FLAGS] [--] STAGE [--] STAGE ...\n\n"
      "Runs one BGP pipeline in the foreground: messages flow through the stages from left\n"
      "to right and from right to left. An address stands for connect, :PORT for listen, a\n"
      "file, URL or - for read.\n\nFlags:\n" +
      conf::option_help(global_options(), &defaults) + "\nStages:\n";
  for (const auto* k : registry.all()) out += "  " + padded(k->name, 10) + " " + std::string(k->help) + "\n";
  out +=
      "\n'bgpipe STAGE -h' shows the options of a stage.\n\nExamples:\n"
      "  bgpipe -o speaker 127.0.0.1                    a quick session, dumped to JSON\n"
      "  bgpipe -- listen :179 -- connect --md5 KEY 192.0.2.1   a proxy that adds TCP-MD5\n"
      "  bgpipe updates.mrt.gz                          an archive as JSON lines\n";
  return out;
}

std::string stage_help(const pipeline::StageKind& kind) {
  const auto defaults = kind.make_options();
  const pipeline::CommonOptions common;
  const StageFlags flags;
  std::string usage = "Usage: bgpipe ... [@NAME] " + std::string(kind.name) + " [OPTIONS]";
  for (const auto& o : kind.options)
    if (o.argument) usage += (o.required ? " " : " [") + conf::value_name(o) + (o.required ? "" : "]");
  std::string out =
      usage + "\n\n" + std::string(kind.help) + "\n\nOptions:\n" + conf::option_help(kind.options, defaults.get());
  const conf::Described both[] = {{stage_flag_options(), &flags}, {pipeline::common_options(), &common}};
  out += "\nCommon options:\n" + conf::option_help(both);
  if (!kind.events.empty()) {
    out += "\nEvents:\n";
    for (const auto& e : kind.events)
      out += "  " + padded(std::string(kind.name) + "/" + std::string(e.name), 20) + " " + std::string(e.help) + "\n";
  }
  return out;
}

std::string explain(const pipeline::PipelineSpec& spec) {
  std::string out;
  for (const bool to_right : {true, false}) {
    out += to_right ? "Messages flowing left to right (R):\n" : "Messages flowing right to left (L):\n";
    std::vector<const pipeline::StageSpec*> stages;
    for (const auto& s : spec.own_stages()) stages.push_back(&s);
    if (!to_right) std::ranges::reverse(stages);
    for (const auto& s : spec.stages)
      if (s.automatic) stages.push_back(&s);
    for (const auto* s : stages) {
      std::string what;
      const bool injects = s->kind->producer && (to_right ? s->right : s->left);
      const bool sees = to_right ? s->sees_right : s->sees_left;
      const bool writes = s->kind->leg && (to_right ? s->left : s->right);
      if (sees) what = "sees messages";
      if (injects) what += (what.empty() ? "" : ", ") + std::string("puts messages in");
      if (writes) what = "sends what arrives to its peer";
      out += "  " + padded(s->identity, 12) + " " + (what.empty() ? "-" : what) + "\n";
    }
  }
  return out;
}

}  // namespace cli
