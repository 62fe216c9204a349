#include "ctl/args.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "base/text.hh"

namespace ctl {

using Kind = OptionSpec::Kind;

std::string Args::text(std::string_view option, std::string_view otherwise) const {
  const auto found = values.find(option);
  return found == values.end() ? std::string(otherwise) : found->second;
}

std::optional<base::Nanos> Args::duration(std::string_view option) const {
  const auto found = values.find(option);
  return found == values.end() ? std::nullopt : base::parse_duration(found->second);
}

std::optional<std::int64_t> Args::count(std::string_view option) const {
  const auto found = values.find(option);
  return found == values.end() ? std::nullopt : base::parse_int(found->second);
}

namespace {
const OptionSpec* option_called(std::span<const OptionSpec> options, std::string_view argument) {
  const auto same = [&](const OptionSpec& o) {
    return argument == "--" + std::string(o.name) || (o.letter != 0 && argument == std::string("-") + o.letter);
  };
  const auto found = std::ranges::find_if(options, same);
  return found == options.end() ? nullptr : &*found;
}

// The first word that is neither an option nor a common option's value.
std::vector<std::string>::iterator find_verb_word(std::vector<std::string>& arguments) {
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (!at->starts_with('-')) return at;
    const OptionSpec* o = option_called(common_options(), *at);
    if (o != nullptr && o->kind != Kind::flag && std::next(at) != arguments.end()) ++at;
  }
  return arguments.end();
}

std::string check_value(const OptionSpec& o, const std::string& value) {
  if (o.kind == Kind::count && base::parse_int(value).value_or(-1) < 0) return "must be a number, 0 or more";
  if (o.kind == Kind::duration && base::parse_duration(value).value_or(0) <= 0)
    return "must be a time as 500ms, 2s or 1m";
  if (!o.choices.empty() && std::ranges::find(o.choices, value) == o.choices.end()) {
    std::string text = "must be one of";
    for (const auto c : o.choices) text.append(" ").append(c);
    return text;
  }
  return {};
}

void add_options(CLI::App& app, std::span<const OptionSpec> options, Args& args) {
  for (const OptionSpec& o : options) {
    const std::string names = (o.letter != 0 ? std::string("-") + o.letter + "," : "") + "--" + std::string(o.name);
    const auto keep = [&args, name = std::string(o.name)](const std::string& v) { args.values[name] = v; };
    if (o.kind == Kind::flag)
      app.add_flag_callback(names, [keep] { keep(""); });
    else
      app.add_option_function<std::string>(names, keep)->check([&o](const std::string& v) {
        return check_value(o, v);
      });
  }
}

// An option that may stand alone gets its value here, so that it never takes the next word.
void complete_bare(std::vector<std::string>& arguments, std::span<const OptionSpec> options) {
  for (std::string& a : arguments) {
    if (a == "--") return;
    const OptionSpec* o = option_called(options, a);
    if (o != nullptr && !o->bare.empty()) a = "--" + std::string(o->name) + "=" + std::string(o->bare);
  }
}

std::string check_words(const Verb& verb, const std::vector<std::string>& words) {
  const auto needed = std::ranges::count_if(verb.arguments, &Argument::required);
  if (static_cast<std::ptrdiff_t>(words.size()) < needed)
    return std::string(verb.name) + " needs " + std::string(verb.arguments[words.size()].name) + ": " +
           std::string(verb.arguments[words.size()].help);
  if (words.size() > verb.arguments.size())
    return std::string(verb.name) + " does not take " + base::printable(words[verb.arguments.size()]);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Argument& a = verb.arguments[i];
    if (a.choices.empty() || std::ranges::find(a.choices, words[i]) != a.choices.end()) continue;
    return std::string(a.name) + ": must be " + std::string(a.help);
  }
  return {};
}
}  // namespace

std::expected<Args, std::string> parse_args(std::vector<std::string> arguments) {
  Args args;
  if (const auto word = find_verb_word(arguments); word != arguments.end()) {
    const auto verb = find_verb(*word);
    if (!verb) return std::unexpected(verb.error());
    args.verb = *verb;
    arguments.erase(word);
    complete_bare(arguments, args.verb->options);
  }
  CLI::App app;
  app.set_help_flag();
  add_options(app, common_options(), args);
  if (args.verb != nullptr) {
    add_options(app, args.verb->options, args);
    app.add_option("words", args.words);
  } else {
    app.add_flag_callback("-v,-V,--version", [&args] { args.values["version"] = ""; });
  }
  try {
    std::ranges::reverse(arguments);
    app.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return std::unexpected(std::string(e.what()));
  }
  if (args.verb != nullptr && !args.has("help"))
    if (std::string problem = check_words(*args.verb, args.words); !problem.empty()) return std::unexpected(problem);
  return args;
}

}  // namespace ctl
