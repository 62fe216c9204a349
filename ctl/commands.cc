#include "ctl/commands.hh"

#include <unistd.h>

#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/help.hh"
#include "ctl/report.hh"

namespace ctl {

namespace {
using Render = std::function<std::string(const Json&, const Style&, base::Nanos)>;

std::expected<std::string, rpc::Failure> ask(Context& c, std::string_view method, const Json& params,
                                             const Render& render) {
  const auto result = c.call(method, params);
  if (!result) return std::unexpected(result.error());
  return c.json() ? json_out(*result, c.style()) : render(*result, c.style(), base::system_clock().wall());
}

void pause_for(base::Nanos d) {
  timespec left{static_cast<time_t>(d / base::second), static_cast<long>(d % base::second)};
  while (::nanosleep(&left, &left) != 0) {
  }
}

// Over the previous picture, without flicker: each line is cleared behind its end, then all below.
std::string frame(const std::string& text) {
  std::string out = "\033[H";
  for (const auto line : base::split(text, '\n')) out.append(line).append("\033[K\n");
  return out + "\033[J";
}

int watch(Context& c, base::Nanos interval, std::string_view method, const Json& params, const Render& render) {
  const bool picture = c.style().terminal && !c.json();
  for (bool first = true;; first = false) {
    auto text = ask(c, method, params, render);
    if (!text && text.error().kind == rpc::Failure::Kind::not_found) return explain(text.error());
    if (!text && !picture) (void)explain(text.error());
    std::string shown = text ? std::move(*text) : picture ? printable_lines(text.error().text) + "\n" : "";
    if (picture)
      shown = frame(shown);
    else if (!first && !c.json())
      shown.insert(0, 1, '\n');
    if (!write_out(shown)) return Exit::ok;
    pause_for(interval);
  }
}

int show_once_or_watch(Context& c, const Json& params, const Render& render) {
  const std::string_view method = c.args().verb->method;
  if (const auto interval = c.args().duration("watch")) return watch(c, *interval, method, params, render);
  const auto text = ask(c, method, params, render);
  if (!text) return explain(text.error());
  (void)write_out(*text);
  return Exit::ok;
}

std::string names_text(const Json& result) {
  std::string out;
  for (const Json& p : list_of(result, "pipelines")) out += base::printable(text_of(p, "name")) + "\n";
  return out;
}
}  // namespace

int run_status(Context& c) { return show_once_or_watch(c, Json::object(), status_text); }

int run_list(Context& c) {
  const bool names = c.args().has("names");
  return show_once_or_watch(c, Json::object(), [names](const Json& result, const Style& style, base::Nanos) {
    return names ? names_text(result) : list_text(result, style);
  });
}

int run_show(Context& c) { return show_once_or_watch(c, {{"name", c.args().word()}}, show_text); }

int run_errors(Context& c) {
  Json params{{"name", c.args().word()}};
  if (c.args().has("session")) params["session"] = c.args().text("session");
  return show_once_or_watch(c, params, [](const Json& r, const Style& s, base::Nanos) { return errors_text(r, s); });
}

int run_act(Context& c) {
  Json params{{"name", c.args().word()}};
  if (c.args().has("reason")) params["reason"] = c.args().text("reason");
  return show_once_or_watch(c, params, [](const Json& r, const Style& s, base::Nanos) { return acted_text(r, s); });
}

int run_config(Context& c) {
  return show_once_or_watch(c, Json::object(), [](const Json& result, const Style&, base::Nanos) {
    return printable_lines(text_of(result, "yaml"));
  });
}

int run_log_level(Context& c) {
  return show_once_or_watch(c, {{"level", c.args().word()}}, [](const Json& result, const Style&, base::Nanos) {
    return base::printable(text_of(result, "level") + " (was " + text_of(result, "previous") + ")") + "\n";
  });
}

int run_reload(Context& c) {
  const auto result = c.call("config.reload", {{"dry_run", c.args().has("dry-run")}});
  if (!result) return explain(result.error());
  const bool refused = !list_of(*result, "problems").empty();
  if (c.json()) {
    (void)write_out(json_out(*result, c.style()));
  } else if (refused) {
    complain(problems_text(*result) + "the configuration was refused; nothing was changed");
  } else {
    (void)write_out(plan_text(*result, c.style()) + warnings_text(*result));
  }
  return refused ? Exit::failed : Exit::ok;
}

int run_describe(Context& c) {
  const auto result = c.call("rpc.describe", Json::object());
  if (!result) return explain(result.error());
  const std::string text = describe_text(*result, c.args().word(), c.style());
  if (text.empty()) {
    complain("there is no method " + c.args().word());
    return Exit::no_such_thing;
  }
  (void)write_out(c.json() ? json_out(*result, c.style()) : text);
  return Exit::ok;
}

int run_version(Context& c) {
  const auto result = c.call("daemon.info", Json::object());
  Json both{{"bgpipectl", program_version()}, {"bgpiped", nullptr}};
  if (result) both["bgpiped"] = text_of(*result, "version");
  if (c.json()) {
    (void)write_out(json_out(both, c.style()));
    return Exit::ok;
  }
  std::string text = "bgpipectl " + std::string(program_version()) + "\n";
  text += result ? "bgpiped " + base::printable(text_of(*result, "version")) : printable_lines(result.error().text);
  (void)write_out(text + "\n");
  return Exit::ok;
}

int run_help(Context& c) {
  if (c.args().words.empty()) {
    (void)write_out(general_help());
    return Exit::ok;
  }
  const auto verb = find_verb(c.args().word());
  if (!verb) {
    complain(verb.error());
    return Exit::usage;
  }
  (void)write_out(verb_help(**verb));
  return Exit::ok;
}

int run_completion(Context& c) {
  (void)write_out(c.args().word() == "zsh" ? zsh_completion() : bash_completion());
  return Exit::ok;
}

}  // namespace ctl
