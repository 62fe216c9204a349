#include "super/config.hh"

#include <glob.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.hh"
#include "base/text.hh"
#include "conf/interpolate.hh"
#include "conf/read.hh"
#include "conf/yaml.hh"
#include "net/listen_rules.hh"
#include "pipe/known_events.hh"

namespace super {

namespace {

using conf::Node;
using conf::Problems;

constexpr conf::Option control_table[] = {
    conf::option<&ControlOptions::socket>("socket", "path of the control socket", {.value_name = "PATH"}),
    conf::option<&ControlOptions::group>("group", "group that may administer the daemon", {.value_name = "NAME"}),
    conf::option<&ControlOptions::mode>("mode", "permissions of the control socket, octal", {.value_name = "MODE"}),
    conf::option<&ControlOptions::read_only_socket>(
        "read-only-socket", "path of a second socket that only answers questions", {.value_name = "PATH"}),
};
constexpr conf::Option log_table[] = {
    conf::option<&LogOptions::level>("level", "least level logged", {.choices = base::log::level_names}),
    conf::option<&LogOptions::events>("events", "events logged, with * as wildcard", {.value_name = "EVENTS"}),
};
constexpr conf::Option daemon_table[] = {
    conf::option<&DaemonOptions::workers>("workers", "threads that run sessions (0: one a processor, at most 8)",
                                          {.min = 0, .max = 64}),
};

constexpr std::string_view none_wanted = "if there shall be no pipelines, write 'pipelines: {}'";

constexpr std::string_view top_keys[] = {"control", "log", "include", "templates", "pipelines"};
constexpr std::string_view pipeline_keys[] = {"restart", "errors", "kill", "stages", "use", "with"};
constexpr std::string_view template_keys[] = {"restart", "errors", "kill", "stages", "defaults"};

bool valid_name(std::string_view s) {
  return !s.empty() && s.size() <= 64 && std::ranges::all_of(s, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

class Reader {
 public:
  Reader(const pipeline::Registry& registry, Loaded& out, Purpose purpose)
      : registry_(registry), out_(out), problems_(out.problems), purpose_(purpose) {}

  void read(const Node& root, const std::string& path) {
    auto config = std::make_shared<Config>();
    config->path = path;
    top(root, *config, true);
    if (!told_pipelines_ && !problems_.failed())
      problems_.add(root.mark(), "the key 'pipelines' is missing; " + std::string(none_wanted));
    for (const auto& [name, node] : pipelines_) add_pipeline(name, *node, *config);
    check_listeners(*config);
    if (logged_ != nullptr && !problems_.failed()) check_logged(*config);
    for (const std::string& name : unseen_credentials_)
      problems_.warn({root.mark().source}, "credential '" + base::printable(name) +
                                               "' was not looked at: $CREDENTIALS_DIRECTORY is set by systemd only, "
                                               "from LoadCredential= in the unit file");
    if (!problems_.failed()) out_.config = std::move(config);
  }

 private:
  void top(const Node& root, Config& c, bool main_file) {
    // A full disk, or a template that failed, must not end every session.
    if (root.is_null()) {
      problems_.add(root.mark(), "the file is empty; " + std::string(none_wanted));
      return;
    }
    if (!root.is_mapping()) {
      problems_.add(root.mark(), "the configuration is " + std::string(root.kind_name()) +
                                     ": a mapping with the key 'pipelines' is needed");
      return;
    }
    const conf::Binding daemon{daemon_table, &c.daemon};
    conf::read_options(root, {&daemon, 1}, {}, problems_, top_keys);
    if (const Node* n = root.find("control")) conf::read_options(*n, control_table, &c.control, problems_);
    if (const Node* n = root.find("log")) {
      conf::read_options(*n, log_table, &c.log, problems_);
      if (const Node* events = n->find("events")) logged_ = events;
    }
    if (const Node* n = root.find("templates"); n != nullptr && mapping(*n))
      for (const auto& e : n->entries())
        if (!templates_.emplace(e.key, &e.value).second)
          problems_.add(e.mark, "a second template '" + e.key + "': names must differ");
    const Node* const pipelines = root.find("pipelines");
    if (pipelines != nullptr && pipelines->is_null())
      problems_.add(pipelines->mark(), "nothing stands under 'pipelines'; " + std::string(none_wanted));
    else if (pipelines != nullptr)
      told_pipelines_ = true;
    if (pipelines != nullptr && mapping(*pipelines))
      for (const auto& e : pipelines->entries()) {
        if (!valid_name(e.key))
          problems_.add(e.mark, "'" + base::printable(e.key) +
                                    "' is not a name: letters, digits, '-', '_' and '.' make one, at most 64");
        if (!names_.insert(e.key).second) problems_.add(e.mark, "a second pipeline '" + e.key + "': names must differ");
        pipelines_.emplace_back(e.key, &e.value);
      }
    if (const Node* n = root.find("include")) include(*n, c, main_file);
  }

  bool mapping(const Node& n) {
    if (n.is_mapping()) return true;
    if (!n.is_null())
      problems_.add(n.mark(), std::string(n.kind_name()) + " stands here: a mapping from names is needed");
    return false;
  }

  void include(const Node& n, Config& c, bool main_file) {
    if (!main_file) {
      problems_.add(n.mark(), "include in an included file: name all files in the main one");
      return;
    }
    std::vector<const Node*> patterns;
    if (n.is_scalar()) patterns.push_back(&n);
    for (const Node& item : n.items()) patterns.push_back(&item);
    for (const Node* p : patterns) {
      const std::string& text = p->text();
      const auto slash = c.path.rfind('/');
      const std::string pattern =
          text.starts_with('/') || slash == std::string::npos ? text : c.path.substr(0, slash + 1) + text;
      glob_t found{};
      const int result = ::glob(pattern.c_str(), 0, nullptr, &found);
      if (result != 0 && result != GLOB_NOMATCH) problems_.add(p->mark(), "'" + text + "' cannot be read");
      if (result == GLOB_NOMATCH && text.find_first_of("*?[") == std::string::npos)
        problems_.add(p->mark(), "there is no file '" + pattern + "'");
      else if (result == GLOB_NOMATCH)
        problems_.warn(p->mark(), "no file is named like '" + pattern + "': nothing is included");
      for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
        auto node = conf::load_yaml(found.gl_pathv[i]);
        if (!node) {
          problems_.add(node.error());
          continue;
        }
        included_.push_back(std::make_unique<Node>(std::move(*node)));
        top(*included_.back(), c, false);
      }
      ::globfree(&found);
    }
  }

  // What a template says, then what the pipeline itself says.
  void add_pipeline(const std::string& name, const Node& node, Config& c) {
    const std::size_t before = problems_.errors();
    auto spec = std::make_shared<pipeline::PipelineSpec>();
    spec->name = name;
    spec->mark = node.mark();
    if (!node.is_mapping()) {
      problems_.add(node.mark(), "pipeline " + name + " is " + std::string(node.kind_name()) +
                                     ": a mapping with the key 'stages' is needed");
      return;
    }
    conf::Scope scope;
    if (purpose_ == Purpose::check) scope.unseen_credentials = &unseen_credentials_;
    if (const Node* use = node.find("use")) {
      const Node* t = find_template(*use);
      if (t == nullptr) return;
      if (!parameters(node, *t, scope)) return;
      section(*t, *spec, scope, template_keys);
    } else if (const Node* with = node.find("with")) {
      problems_.add(with->mark(), "'with' without 'use': name the template whose parameters these are");
    }
    if (node.find("use") == nullptr && node.find("stages") == nullptr)
      problems_.add(node.mark(), "pipeline " + name + " has no stages: give 'stages', or 'use' with a template");
    section(node, *spec, scope, pipeline_keys);
    if (problems_.errors() == before) check_parameters(node, scope);
    if (problems_.errors() == before) pipeline::resolve(*spec, problems_, &registry_);
    c.pipelines.push_back(std::move(spec));
  }

  // Also events of stages that no pipeline has now: what is logged is said once for all.
  void check_logged(const Config& c) {
    std::vector<pipeline::Event> known = pipeline::known_events(registry_);
    for (const auto& p : c.pipelines) std::ranges::move(pipeline::known_events(*p), std::back_inserter(known));
    for (std::size_t i = 0; i < c.log.events.size(); ++i)
      if (const auto ok = pipeline::check_event(c.log.events[i], known); !ok)
        problems_.add(logged_->is_sequence() ? logged_->items()[i].mark() : logged_->mark(),
                      "log: events: " + ok.error().text);
  }

  static bool loopback(const base::Address& a) {
    return a.is_v4() ? a.v4_value() >> 24 == 127 : a == *base::Address::parse("::1");
  }

  // Of two pipelines that listen for the same peer at the same place one would never get a connection.
  void check_listeners(const Config& c) {
    std::vector<std::pair<net::ListenSpec, std::string_view>> taken;
    for (const auto& p : c.pipelines)
      for (const pipeline::StageSpec& s : p->stages) {
        if (s.kind->listen == nullptr) continue;
        const auto request = s.kind->listen(s.options.get());
        if (!request) continue;
        if (!request->peer && request->md5.empty() && !loopback(request->endpoint.address))
          problems_.warn(s.mark, "pipeline " + p->name + " takes a session from anyone who reaches " +
                                     request->endpoint.text() + ": name who may call as 'peer', or give 'md5'");
        if (request->endpoint.port == 0) continue;
        net::ListenSpec spec{.endpoint = request->endpoint, .device = request->socket.device, .peer = request->peer};
        const auto same =
            std::ranges::find_if(taken, [&](const auto& t) { return net::listen_rules::same_key(t.first, spec); });
        if (same != taken.end())
          problems_.add(s.mark, "pipeline " + p->name + " listens on " + spec.endpoint.text() + " for " +
                                    net::listen_rules::peer_name(spec) + ", as pipeline " + std::string(same->second) +
                                    " does: give one of them another 'address' or a narrower 'peer'");
        taken.emplace_back(std::move(spec), p->name);
      }
  }

  const Node* find_template(const Node& use) {
    const auto at = templates_.find(use.text());
    if (at != templates_.end()) return mapping(*at->second) ? at->second : nullptr;
    std::vector<std::string_view> names;
    for (const auto& [n, t] : templates_) names.push_back(n);
    const auto near = base::nearest(use.text(), names);
    problems_.add(use.mark(), "there is no template '" + use.text() + "'" +
                                  (near ? ": did you mean '" + std::string(*near) + "'?" : ""));
    return nullptr;
  }

  // What the pipeline says goes before the defaults of the template.
  bool parameters(const Node& node, const Node& t, conf::Scope& scope) {
    bool good = true;
    const conf::Scope about_parameters{.unseen_credentials = scope.unseen_credentials};
    for (const Node* n : {t.find("defaults"), node.find("with")})
      if (n != nullptr && !conf::read_parameters(*n, about_parameters, problems_, scope.parameters)) good = false;
    return good;
  }

  // A misspelt one would leave the default in force.
  void check_parameters(const Node& node, const conf::Scope& scope) {
    const Node* with = node.find("with");
    const Node* use = node.find("use");
    if (with == nullptr || use == nullptr) return;
    std::set<std::string_view> known(scope.used.begin(), scope.used.end());
    if (const Node* defaults = templates_.at(use->text())->find("defaults"))
      for (const auto& e : defaults->entries()) known.insert(e.key);
    for (const auto& e : with->entries()) {
      if (known.contains(e.key)) continue;
      const std::vector<std::string_view> names(known.begin(), known.end());
      const auto near = base::nearest(e.key, names);
      problems_.add(e.mark, "with: template '" + use->text() + "' has no parameter '" + base::printable(e.key) + "'" +
                                (near ? ": did you mean '" + std::string(*near) + "'?" : ""));
    }
  }

  void section(const Node& node, pipeline::PipelineSpec& spec, const conf::Scope& scope,
               std::span<const std::string_view> keys) {
    const conf::Binding own{pipeline::pipeline_options(), &spec.options};
    conf::read_options(node, {&own, 1}, scope, problems_, keys);
    const conf::Binding restart{pipeline::restart_options(), &spec.restart};
    if (const Node* n = node.find("restart")) conf::read_options(*n, {&restart, 1}, scope, problems_);
    const conf::Binding errors{pipeline::error_options(), &spec.errors};
    if (const Node* n = node.find("errors")) conf::read_options(*n, {&errors, 1}, scope, problems_);
    if (const Node* n = node.find("kill"); n != nullptr && mapping(*n)) kill_rules(*n, spec);
    if (const Node* n = node.find("stages")) {
      if (!n->is_sequence()) {
        problems_.add(n->mark(), "stages is " + std::string(n->kind_name()) + ": a list of stages is needed");
        return;
      }
      spec.stages.clear();
      for (const Node& item : n->items()) stage(item, spec, scope);
    }
  }

  void kill_rules(const Node& n, pipeline::PipelineSpec& spec) {
    for (const auto& e : n.entries()) {
      pipeline::KillRule rule{.event = e.key, .retry = 30 * 60 * base::second, .mark = e.mark};
      const Node* retry = e.value.is_mapping() ? e.value.find("retry") : &e.value;
      for (const auto& k : e.value.entries())
        if (k.key != "retry") problems_.add(k.mark, "unknown key '" + k.key + "': retry is the only one");
      if (retry != nullptr && !retry->is_null()) {
        const auto d = base::parse_duration(retry->text());
        if (retry->text() == "never")
          rule.retry.reset();
        else if (d && *d >= 0)
          rule.retry = *d;
        else
          problems_.add(retry->mark(), "retry: '" + retry->text() + "' is not a duration: give 30m, or never");
      }
      // What the pipeline says of an event takes the place of what its template says.
      std::erase_if(spec.kill, [&](const auto& k) { return k.event == rule.event; });
      spec.kill.push_back(std::move(rule));
    }
  }

  void stage(const Node& item, pipeline::PipelineSpec& spec, const conf::Scope& scope) {
    std::string name = item.text();
    const Node nothing;
    const Node* value = &nothing;
    conf::Mark mark = item.mark();
    if (item.is_mapping() && item.entries().size() == 1) {
      name = item.entries()[0].key;
      value = &item.entries()[0].value;
      mark = item.entries()[0].mark;
    } else if (!item.is_scalar()) {
      problems_.add(item.mark(), "a stage is a mapping with one key, its name: for example '- connect: 192.0.2.1'");
      return;
    }
    const pipeline::StageKind* kind = registry_.find(name);
    if (kind == nullptr) {
      const auto names = registry_.names();
      const auto near = base::nearest(name, names);
      problems_.add(mark, "there is no stage '" + base::printable(name) + "'" +
                              (near ? ": did you mean '" + std::string(*near) + "'?" : ""));
      return;
    }
    pipeline::StageSpec s{.kind = kind, .options = kind->make_options(), .mark = mark};
    const conf::Binding bindings[] = {{kind->options, s.options.get()}, {pipeline::common_options(), &s.common}};
    if (value == &nothing)
      conf::read_options(Node::null(mark), bindings, scope, problems_);
    else
      conf::read_options(*value, bindings, scope, problems_);
    spec.stages.push_back(std::move(s));
  }

  const pipeline::Registry& registry_;
  Loaded& out_;
  Problems& problems_;
  const Purpose purpose_;
  std::set<std::string, std::less<>> unseen_credentials_;
  std::map<std::string, const Node*, std::less<>> templates_;
  std::set<std::string> names_;
  bool told_pipelines_ = false;
  const Node* logged_ = nullptr;  // the value of log: events:
  std::vector<std::pair<std::string, const Node*>> pipelines_;
  std::vector<std::unique_ptr<Node>> included_;
};

}  // namespace

conf::OptionTable control_options() { return control_table; }
conf::OptionTable log_options() { return log_table; }
conf::OptionTable daemon_options() { return daemon_table; }

Loaded read_config(const Node& root, const std::string& path, const pipeline::Registry& registry, Purpose purpose) {
  Loaded out;
  Reader(registry, out, purpose).read(root, path);
  return out;
}

Loaded load_config(const std::string& path, const pipeline::Registry& registry, Purpose purpose) {
  const auto root = conf::load_yaml(path);
  if (root) return read_config(*root, path, registry, purpose);
  Loaded out;
  out.problems.add(root.error());
  return out;
}

}  // namespace super
