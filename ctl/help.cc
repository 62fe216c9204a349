#include "ctl/help.hh"

#include <utility>
#include <vector>

#include "rpc/methods.hh"

namespace ctl {

using Kind = OptionSpec::Kind;

std::string_view program_version() { return BGPIPED_VERSION; }

namespace {
using Rows = std::vector<std::pair<std::string, std::string>>;

std::string rows_text(const Rows& rows) {
  std::size_t wide = 0;
  for (const auto& [name, help] : rows) wide = std::max(wide, name.size());
  std::string out;
  for (const auto& [name, help] : rows)
    out.append("  ").append(name).append(wide - name.size() + 2, ' ').append(help).append("\n");
  return out;
}

std::string option_text(const OptionSpec& o) {
  std::string out = o.letter != 0 ? std::string("-") + o.letter + ", --" : "    --";
  out += o.name;
  if (o.kind == Kind::flag) return out;
  const std::string value(o.value_name);
  return out + (o.bare.empty() ? " " + value : "[=" + value + "]");
}

Rows option_rows(std::span<const OptionSpec> options) {
  Rows rows;
  for (const OptionSpec& o : options) rows.emplace_back(option_text(o), o.help);
  return rows;
}

std::string synopsis(const Verb& verb) {
  std::string out(verb.name);
  for (const Argument& a : verb.arguments)
    out += a.required ? " " + std::string(a.name) : " [" + std::string(a.name) + "]";
  return out;
}

std::string methods_line(const Verb& verb) {
  const rpc::Method* m = rpc::find_method(verb.method);
  if (m == nullptr) return {};
  return "\nIt calls " + std::string(m->name) + ", which needs " + std::string(rpc::access_name(m->access)) +
         " access.\n";
}
}  // namespace

std::string general_help() {
  Rows rows;
  for (const Verb& v : verbs()) rows.emplace_back(synopsis(v), v.help);
  return "bgpipectl [OPTIONS] COMMAND …: ask and steer a running bgpiped\n\nCommands (an unambiguous beginning will "
         "do):\n" +
         rows_text(rows) + "\nOptions of all commands:\n" + rows_text(option_rows(common_options())) +
         "\nExit codes: 0 ok, 1 error, 2 usage, 3 bgpiped is not running, 4 no such pipeline or method.\n"
         "bgpipectl COMMAND --help says more about one of them.\n";
}

std::string verb_help(const Verb& verb) {
  std::string out = "bgpipectl " + synopsis(verb) + ": " + std::string(verb.help) + "\n";
  Rows rows;
  for (const Argument& a : verb.arguments) rows.emplace_back(a.name, a.help);
  if (!rows.empty()) out += "\n" + rows_text(rows);
  out += "\nOptions:\n";
  rows = option_rows(verb.options);
  for (auto& row : option_rows(common_options())) rows.push_back(std::move(row));
  return out + rows_text(rows) + methods_line(verb);
}

}  // namespace ctl
