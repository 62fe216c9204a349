#include "cli/arguments.hh"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "base/ip.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "conf/flags.hh"
#include "conf/interpolate.hh"
#include "pipe/known_events.hh"

namespace cli {

namespace {

constexpr auto levels = [] {
  std::array<std::string_view, std::size(base::log::level_names) + 1> names;
  *std::ranges::copy(base::log::level_names, names.begin()).out = "disabled";
  return names;
}();

constexpr conf::Option global_table[] = {
    conf::option<&GlobalOptions::version>("version", "print the version and quit", {.letter = 'v', .also = 'V'}),
    conf::option<&GlobalOptions::explain>("explain", "print the pipeline as it would run and quit", {.letter = 'n'}),
    conf::option<&GlobalOptions::yaml>("yaml", "print the pipeline as YAML for bgpiped and quit"),
    conf::option<&GlobalOptions::log>("log", "least level logged", {.letter = 'l', .choices = levels}),
    conf::option<&GlobalOptions::events>(
        "events", "events logged, with * as wildcard; what fails is always logged",
        {.letter = 'e', .value_name = "EVENTS", .absent = "PARSE,ESTABLISHED,EOR; without a leg PARSE"}),
    conf::option<&GlobalOptions::kill>("kill", "end the session on one of these events",
                                       {.letter = 'k', .value_name = "EVENTS"}),
    conf::option<&GlobalOptions::errors>(
        "errors", "what becomes of malformed UPDATEs (RFC 7606)",
        {.choices = pipeline::error_actions, .absent = "repair where a filter stands in the direction, else relay"}),
    conf::option<&GlobalOptions::discard_attributes>("discard-attributes", "attributes discarded whatever they hold",
                                                     {.value_name = "ATTRIBUTES", .check = pipeline::are_attributes}),
    conf::option<&GlobalOptions::withdraw_attributes>("withdraw-attributes",
                                                      "attributes whose routes are withdrawn whatever they hold",
                                                      {.value_name = "ATTRIBUTES", .check = pipeline::are_attributes}),
    conf::option<&GlobalOptions::from_stdin>(
        "stdin", "read messages from standard input; JSON, if they look like no other form", {.letter = 'i'}),
    conf::option<&GlobalOptions::to_stdout>(
        "stdout", "write messages that passed all stages to standard output as JSON", {.letter = 'o'}),
    conf::option<&GlobalOptions::stdin_wait>("stdin-wait", "like --stdin, but wait for ESTABLISHED", {.letter = 'I'}),
    conf::option<&GlobalOptions::short_asn>("short-asn", "--short-asn for all stages that read messages",
                                            {.letter = '2'}),
    conf::option<&GlobalOptions::guess_asn>("guess-asn", "--guess-asn for all stages that read messages",
                                            {.letter = 'g'}),
    conf::option<&GlobalOptions::caps>("caps",
                                       "--caps for all stages that read messages; @FILE: what stands in the file",
                                       {.value_name = "JSON|@FILE"}),
    conf::option<&GlobalOptions::stdout_wait>("stdout-wait", "like --stdout, but wait for EOR", {.letter = 'O'}),
};

constexpr conf::Option stage_flags[] = {
    conf::option<&StageFlags::left>("left", "work in the L direction", {.letter = 'L'}),
    conf::option<&StageFlags::right>("right", "work in the R direction", {.letter = 'R'}),
    conf::option<&StageFlags::args>("args", "take all words up to -- as arguments", {.letter = 'A'}),
};

bool is_url(const std::string& word) { return word.starts_with("http://") || word.starts_with("https://"); }

bool is_file(const std::string& path) {
  struct stat s{};
  return ::stat(path.c_str(), &s) == 0 && !S_ISDIR(s.st_mode);
}

const conf::Option* argument_of(const pipeline::StageKind& kind) {
  const auto at = std::ranges::find(kind.options, true, &conf::Option::argument);
  return at == kind.options.end() ? nullptr : &*at;
}

class Parser {
 public:
  Parser(std::span<const std::string> words, const pipeline::Registry& registry) : words_(words), registry_(registry) {}

  base::Result<CommandLine> run() {
    const conf::Binding global{global_table, &out_.global};
    const auto flags = conf::parse_flags(words_, {&global, 1});
    if (!flags) return base::fail(flags.error().text);
    if (flags->help) {
      out_.help = program_help(registry_);
      return std::move(out_);
    }
    if (out_.global.version) return std::move(out_);
    words_ = words_.subspan(flags->consumed);
    if (auto ok = read_caps(); !ok) return std::unexpected(ok.error());
    spec_ = std::make_shared<pipeline::PipelineSpec>();
    spec_->name = "bgpipe";
    spec_->restart.policy = "never";
    while (!words_.empty()) {
      if (words_.front() == "--") {
        words_ = words_.subspan(1);
        continue;
      }
      if (auto ok = stage(); !ok) return base::fail(ok.error().text);
      if (!out_.help.empty() || out_.global.version) return std::move(out_);
    }
    return finish();
  }

 private:
  base::Result<> read_caps() {
    std::string& caps = out_.global.caps;
    if (!caps.starts_with('@')) return {};
    std::ifstream file(caps.substr(1));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return base::fail("--caps: " + caps.substr(1) + " cannot be read");
    caps = std::move(text);
    return {};
  }

  // What the flags of the program say of every stage; its own flags come later and win.
  base::Result<> globals(pipeline::StageSpec& s) {
    const GlobalOptions& g = out_.global;
    const auto give = [&](std::string_view name, std::string_view value) -> base::Result<> {
      const auto at = std::ranges::find(s.kind->options, name, &conf::Option::name);
      return at == s.kind->options.end() ? base::Result<>{} : conf::assign_text(*at, s.options.get(), value);
    };
    if (g.short_asn) (void)give("short-asn", "true");
    if (g.guess_asn) (void)give("guess-asn", "true");
    if (g.caps.empty()) return {};
    auto ok = give("caps", g.caps);
    return ok ? ok : base::fail("--caps: " + ok.error().text);
  }

  base::Result<> stage() {
    std::string name;
    if (words_.front().starts_with('@')) {
      name = words_.front();
      words_ = words_.subspan(1);
      if (words_.empty() || words_.front() == "--") return base::fail(name + " names a stage, but none follows");
    }
    const std::string word = words_.front();
    if (word == "help" || word == "version") {
      if (word == "help" && words_.size() > 1 && registry_.find(words_[1]) != nullptr)
        out_.help = stage_help(*registry_.find(words_[1]));
      else if (word == "help")
        out_.help = program_help(registry_);
      else
        out_.global.version = true;
      return {};
    }
    const pipeline::StageKind* kind = registry_.find(word);
    const bool implied = kind == nullptr;
    if (implied) kind = implied_by(word);
    if (kind == nullptr) {
      // No stage has such a name.
      if (word.find_first_of("/.") != std::string::npos && !word.starts_with('-'))
        return base::fail("there is no file '" + base::printable(word) + "', and no stage of that name");
      const auto names = registry_.names();
      const auto near = base::nearest(word, names);
      return base::fail("there is no stage '" + base::printable(word) + "'" +
                        (near ? ": did you mean '" + std::string(*near) + "'?" : ": 'bgpipe -h' names them"));
    }
    if (!implied) words_ = words_.subspan(1);
    pipeline::StageSpec s{.kind = kind, .options = kind->make_options()};
    s.common.name = name;
    if (auto ok = globals(s); !ok) return ok;
    if (auto ok = options(s, implied); !ok) return base::fail(std::string(kind->name) + ": " + ok.error().text);
    spec_->stages.push_back(std::move(s));
    return {};
  }

  // A bare address, port, file or URL stands for connect, listen or read.
  const pipeline::StageKind* implied_by(const std::string& word) const {
    if (word.starts_with(':') && base::Endpoint::parse(word, 0)) return registry_.find("listen");
    if (word == "localhost" || word.starts_with("localhost:")) return registry_.find("connect");
    if (base::Endpoint::parse(word, 179)) return registry_.find("connect");
    if (word == "-" || is_url(word) || is_file(word)) return registry_.find("read");
    return nullptr;
  }

  base::Result<> options(pipeline::StageSpec& s, bool implied) {
    StageFlags flags;
    if (!implied) {
      const conf::Binding bindings[] = {
          {s.kind->options, s.options.get()}, {pipeline::common_options(), &s.common}, {stage_flags, &flags}};
      const auto parsed = conf::parse_flags(words_, bindings);
      if (!parsed) return base::fail(parsed.error().text);
      if (parsed->help) {
        out_.help = stage_help(*s.kind);
        return {};
      }
      words_ = words_.subspan(parsed->consumed);
      given_ = parsed->given;
    }
    if (flags.left || flags.right) s.common.direction = flags.left ? flags.right ? "LR" : "L" : "R";
    if (auto ok = argument(s, flags.args); !ok) return ok;
    return {};
  }

  base::Result<> argument(pipeline::StageSpec& s, bool all) {
    const conf::Option* option = argument_of(*s.kind);
    const bool already = option != nullptr && std::ranges::find(given_, option) != given_.end();
    given_.clear();
    const bool here = !words_.empty() && words_.front() != "--";
    if (option == nullptr || already) return {};
    if (!here && option->required) return base::fail("needs an argument: " + std::string(option->name));
    if (option->type == conf::Type::list) {
      std::vector<std::string> values;
      while (!words_.empty() && words_.front() != "--" && (values.empty() || all)) {
        values.push_back(words_.front());
        words_ = words_.subspan(1);
      }
      return conf::assign(*option, s.options.get(), values);
    }
    // A word that is a stage itself starts the next one, where the argument may be missing.
    if (!here || (!option->required && (registry_.find(words_.front()) != nullptr || words_.front().starts_with('@'))))
      return {};
    if (auto ok = conf::assign_text(*option, s.options.get(), words_.front()); !ok)
      return base::fail(std::string(option->name) + ": " + ok.error().text);
    words_ = words_.subspan(1);
    return {};
  }

  base::Result<> automatic(std::string_view kind_name, const std::string& inject, std::vector<std::string> wait) {
    const pipeline::StageKind* kind = registry_.find(kind_name);
    pipeline::StageSpec s{.kind = kind, .options = kind->make_options(), .automatic = true};
    if (auto ok = globals(s); !ok) return ok;
    s.common.direction = "LR";
    s.common.inject = inject;
    s.common.wait = std::move(wait);
    spec_->stages.push_back(std::move(s));
    return {};
  }

  base::Result<CommandLine> finish() {
    GlobalOptions& g = out_.global;
    if (spec_->stages.empty() && !g.from_stdin && !g.stdin_wait)
      return base::fail("no stages: 'bgpipe -h' shows how to name them");
    const bool has_stdin = spec_->has_kind("stdin"), has_stdout = spec_->has_kind("stdout");
    if ((g.from_stdin || g.stdin_wait) && has_stdin) return base::fail("--stdin beside a stdin stage: choose one");
    if ((g.to_stdout || g.stdout_wait) && has_stdout) return base::fail("--stdout beside a stdout stage: choose one");
    // A single stage, archives alone, or standard input would have nobody to show their messages to.
    const auto is_source = [](const pipeline::StageSpec& s) { return s.kind->producer && s.kind->ends; };
    const bool alone = !has_stdin && !has_stdout &&
                       ((spec_->stages.size() == 1 && spec_->stages.front().kind->producer) ||
                        std::ranges::all_of(spec_->stages, is_source));
    // Each alone works to the left, being last (give_directions); so do several, or the last would differ from the
    // others.
    if (alone)
      for (auto& s : spec_->stages)
        if (is_source(s) && s.common.direction.empty()) s.common.direction = "L";
    if (g.from_stdin || g.stdin_wait) {
      std::vector<std::string> wait;
      if (g.stdin_wait) wait = {"ESTABLISHED"};
      if (auto ok = automatic("stdin", "first", std::move(wait)); !ok) return base::fail(ok.error().text);
    }
    if (g.to_stdout || g.stdout_wait || alone) {
      std::vector<std::string> wait;
      if (g.stdout_wait) wait = {"EOR"};
      if (auto ok = automatic("stdout", "", std::move(wait)); !ok) return base::fail(ok.error().text);
    }
    // In an archive they say what the archive says.
    const bool has_legs = std::ranges::any_of(spec_->stages, [](const auto& s) { return s.kind->leg; });
    if (g.events.empty())
      g.events = has_legs ? std::vector<std::string>{"PARSE", "ESTABLISHED", "EOR"} : std::vector<std::string>{"PARSE"};
    spec_->errors.action = g.errors;
    spec_->errors.discard_attributes = g.discard_attributes;
    spec_->errors.withdraw_attributes = g.withdraw_attributes;
    for (const std::string& e : g.kill) spec_->kill.push_back({.event = e, .retry = std::nullopt});
    conf::Problems problems;
    if (!pipeline::resolve(*spec_, problems, &registry_)) {
      std::string text;
      for (const auto& p : problems.all())
        if (!p.warning) text += (text.empty() ? "" : "\n") + p.text;
      return base::fail(text);
    }
    for (const auto& p : problems.all()) out_.warnings.push_back(p.text);
    std::vector<pipeline::Event> known = pipeline::known_events(registry_);
    std::ranges::move(pipeline::known_events(*spec_), std::back_inserter(known));
    for (const std::string& e : g.events)
      if (auto ok = pipeline::check_event(e, known); !ok) return base::fail("--events: " + ok.error().text);
    if (g.yaml) open_secrets();
    out_.pipeline = spec_;
    return std::move(out_);
  }

  // A key that stands on this command line is no secret from who reads the YAML made of it.
  void open_secrets() {
    for (pipeline::StageSpec& s : spec_->stages)
      for (const conf::Option& o : s.kind->options) {
        if (o.type != conf::Type::secret) continue;
        auto secret = std::get<conf::Secret>(o.get(s.options.get()));
        if (secret.value.empty() || !secret.origin.empty()) continue;
        secret.origin = conf::escape_references(secret.value);
        (void)o.set(s.options.get(), secret);
      }
  }

  std::span<const std::string> words_;
  const pipeline::Registry& registry_;
  CommandLine out_;
  std::shared_ptr<pipeline::PipelineSpec> spec_;
  std::vector<const conf::Option*> given_;
};

}  // namespace

conf::OptionTable global_options() { return global_table; }

base::Result<CommandLine> parse_arguments(std::span<const std::string> words, const pipeline::Registry& registry) {
  return Parser(words, registry).run();
}

conf::OptionTable stage_flag_options() { return stage_flags; }

}  // namespace cli
