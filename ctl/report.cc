#include "ctl/report.hh"

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/table.hh"

namespace ctl {

namespace {
Cell state_cell(const Json& object) {
  const std::string state = text_of(object, "state");
  return {state, state_tint(state)};
}

std::string messages_of(const Json& session, std::string_view direction) {
  for (const Json& line : list_of(session, "lines"))
    if (text_of(line, "direction") == direction) return text_of(line, "messages");
  return {};
}

// What one counter of all lines, or of all stages, adds up to; empty when nobody has it.
std::string sum_of_lines(const Json& session, std::string_view counter) {
  double sum = 0;
  for (const Json& line : list_of(session, "lines")) sum += number_of(line, counter).value_or(0);
  return list_of(session, "lines").empty() ? "" : std::to_string(static_cast<std::uint64_t>(sum));
}
std::string sum_of_stages(const Json& session, std::string_view counter) {
  double sum = 0;
  bool counted = false;
  for (const Json& stage : list_of(session, "stages"))
    if (const auto n = number_of(member_of(stage, "counters"), counter)) sum += *n, counted = true;
  return counted ? std::to_string(static_cast<std::uint64_t>(sum)) : "";
}

std::string joined(std::string a, const std::string& separator, const std::string& b) {
  if (a.empty() || b.empty()) return a + b;
  return a + separator + b;
}

// A stage that cannot do its work now matters more than why the session ended last.
Cell error_cell(const Json& session, base::Nanos now) {
  for (const Json& stage : list_of(session, "stages"))
    if (text_of(stage, "state") == "failed")
      return {joined(text_of(stage, "name") + " failed", ": ", text_of(stage, "text")), Tint::bad};
  return {last_error_text(session, now), recovered(session) ? Tint::dim : Tint::none};
}

void session_row(Table& table, const Json& pipeline, const Json& session, base::Nanos now) {
  std::string name = text_of(pipeline, "name");
  if (const std::string peer = text_of(session, "peer"); !peer.empty())
    name += "/" + peer;
  else if (list_of(pipeline, "sessions").size() > 1)
    name += "/" + text_of(session, "id");
  table.row({name, state_cell(session), seconds_of(session, "uptime"), leg_text(session, "left"),
             leg_text(session, "right"), messages_of(session, "R"), messages_of(session, "L"),
             sum_of_stages(session, "rejected"), sum_of_lines(session, "malformed"), sum_of_stages(session, "bypassed"),
             text_of(session, "restarts"), error_cell(session, now)});
}

std::string daemon_line(const Json& daemon, const Style& style, base::Nanos now) {
  const auto part = [&](std::string_view before, const std::string& value) {
    return value.empty() ? std::string() : ", " + std::string(before) + value;
  };
  std::string line = "bgpiped " + text_of(daemon, "version") + part("pid ", text_of(daemon, "pid")) +
                     part("up ", seconds_of(daemon, "uptime")) + part("workers ", text_of(daemon, "workers")) +
                     part("", text_of(daemon, "config"));
  std::string out = base::printable(line) + "\n";
  const Json& reload = member_of(daemon, "last_reload");
  if (reload.is_object() && !flag_of(reload, "ok")) {
    const std::string age = age_of(reload, "at", now);
    out += style.paint(Tint::bad,
                       base::printable(joined("the last reload was refused", " ", age.empty() ? "" : age + " ago") +
                                       ": " + text_of(reload, "error"))) +
           "\n";
  }
  return out;
}
}  // namespace

std::string leg_text(const Json& session, std::string_view side) {
  for (const Json& leg : list_of(session, "legs")) {
    if (text_of(leg, "side") != side) continue;
    const std::string remote = text_of(leg, "remote"), asn = text_of(leg, "asn"), state = text_of(leg, "state");
    std::string out = remote.empty() ? joined(text_of(leg, "stage"), " ", text_of(leg, "local")) : remote;
    if (!asn.empty() && asn != "0") out += " AS" + asn;
    if (state != text_of(session, "state")) out = joined(out, " ", state.empty() ? "" : "(" + state + ")");
    return out;
  }
  return {};
}

namespace {
std::string leg_stage(const Json& session, const std::string& side) {
  for (const Json& leg : list_of(session, "legs"))
    if (text_of(leg, "side") == side) return text_of(leg, "stage");
  return {};
}
}  // namespace

bool recovered(const Json& session) {
  const std::string state = text_of(session, "state");
  return state == "established" || state == "running";
}

std::string last_error_text(const Json& session, base::Nanos now) {
  const Json& error = member_of(session, "last_error");
  const std::string retry = seconds_of(session, "retry_in");
  std::string out;
  if (error.is_object()) {
    std::string text = text_of(error, "text"), where = text_of(error, "leg");
    const std::string peer = text_of(error, "peer"), age = age_of(error, "at", now);
    // The leg says it already.
    if (const std::string stage = leg_stage(session, where) + ": "; text.starts_with(stage))
      text.erase(0, stage.size());
    if (!peer.empty() && text.find(peer) == std::string::npos) where = joined(where, " ", peer);
    out = text.starts_with(where) ? text : joined(where, ": ", text);
    if (age.empty()) return out;
    if (recovered(session)) return "recovered, " + age + " ago: " + out;
    if (retry.empty()) out += " (" + age + " ago)";
  }
  return joined(out, "; ", retry.empty() ? "" : "retry in " + retry);
}

std::string status_text(const Json& result, const Style& style, base::Nanos now) {
  Table table({{"PIPELINE"},
               {"STATE"},
               {"UPTIME", true},
               {"LEFT"},
               {"RIGHT"},
               {"MSGS-R", true},
               {"MSGS-L", true},
               {"REJECTED", true},
               {"MALFORMED", true},
               {"BYPASSED", true},
               {"RESTARTS", true},
               {"LAST-ERROR"}});
  for (const Json& pipeline : list_of(result, "pipelines")) {
    // A pipeline that cannot run at all has no session worth a line.
    const bool broken = !text_of(pipeline, "error").empty();
    if (!broken)
      for (const Json& session : list_of(pipeline, "sessions")) session_row(table, pipeline, session, now);
    if (broken || list_of(pipeline, "sessions").empty())
      table.row({text_of(pipeline, "name"), state_cell(pipeline), "", "", "", "", "", "", "", "", "",
                 text_of(pipeline, "error")});
  }
  const std::string head = daemon_line(member_of(result, "daemon"), style, now);
  return table.empty() ? head + "no pipelines\n" : head + table.text(style);
}

std::string list_text(const Json& result, const Style& style) {
  Table table({{"PIPELINE"}, {"STATE"}, {"SESSIONS", true}, {"STAGES", true}});
  for (const Json& p : list_of(result, "pipelines"))
    table.row({text_of(p, "name"), state_cell(p), text_of(p, "sessions"), text_of(p, "stages")});
  return table.text(style);
}

std::string acted_text(const Json& result, const Style& style) {
  Table table({{"PIPELINE"}, {"STATE"}});
  for (const Json& p : list_of(result, "pipelines")) table.row({text_of(p, "name"), state_cell(p)});
  return table.text(style);
}

std::string plan_text(const Json& result, const Style& style) {
  Table table({{"ACTION"}, {"PIPELINE"}, {"WHY"}});
  std::map<std::string, int> counts;
  for (const Json& change : list_of(result, "plan")) {
    const std::string action = text_of(change, "action");
    const Tint tint = action == "unchanged"                      ? Tint::dim
                      : action == "added" || action == "updated" ? Tint::good
                                                                 : Tint::busy;
    ++counts[action];
    table.row({{action, tint}, text_of(change, "pipeline"), text_of(change, "why")});
  }
  std::string summary;
  for (const char* action : {"added", "updated", "restarted", "removed", "unchanged"})
    if (counts[action] != 0) summary = joined(summary, ", ", std::to_string(counts[action]) + " " + action);
  if (flag_of(result, "dry_run"))
    summary = joined("dry run, nothing was changed", ": ", summary);
  else if (!flag_of(result, "changed"))
    summary = joined("nothing to change", ": ", summary);
  return (table.empty() ? "" : table.text(style)) + summary + "\n";
}

std::string warnings_text(const Json& result) {
  std::string out;
  for (const Json& w : list_of(result, "warnings"))
    if (w.is_string()) out += "warning: " + base::printable(w.get<std::string>()) + "\n";
  return out;
}

std::string problems_text(const Json& result) {
  std::string out;
  for (const Json& problem : list_of(result, "problems")) {
    std::string place = text_of(problem, "file");
    for (const char* part : {"line", "column"})
      if (number_of(problem, part).value_or(0) > 0) place += ":" + text_of(problem, part);
    out += printable_lines(joined(place, ": ", text_of(problem, "text"))) + "\n";
  }
  return out;
}

std::string event_text(const Json& event, const Style& style) {
  std::string where = text_of(event, "pipeline");
  if (!where.empty()) where = joined(where, "/", text_of(event, "session"));
  std::string stage = text_of(event, "stage"), text = text_of(event, "text");
  std::string detail;
  for (const char* name : {"peer", "direction"}) detail = joined(detail, " ", text_of(event, name));
  const Tint tint = flag_of(event, "problem") ? Tint::bad : Tint::good;
  const auto add = [](std::string& line, const std::string& part) { line = joined(line, "  ", part); };
  std::string line = style.paint(Tint::dim, base::printable(text_of(event, "time")));
  add(line, base::printable(where));
  add(line, style.paint(tint, base::printable(text_of(event, "name"))));
  add(line, base::printable(detail));
  add(line, base::printable(joined(stage, ": ", text)));
  return line + "\n";
}

namespace {
void describe_fields(std::string& out, const Json& method, const char* name, const char* title, const Style& style) {
  Table table({{"NAME"}, {"TYPE"}, {"NEEDED"}, {"MEANING"}});
  for (const Json& f : list_of(method, name)) {
    std::string help = text_of(f, "help"), choices;
    for (const Json& c : list_of(f, "choices"))
      if (c.is_string()) choices = joined(choices, ", ", c.get<std::string>());
    if (!choices.empty()) help += ": " + choices;
    table.row({text_of(f, "name"), text_of(f, "type"), flag_of(f, "required") ? "yes" : "no", help});
  }
  if (!table.empty()) out += "\n" + std::string(title) + "\n" + table.text(style, "  ");
}
}  // namespace

std::string describe_text(const Json& result, const std::string& method, const Style& style) {
  Table table({{"METHOD"}, {"ACCESS"}, {"WHAT IT DOES"}});
  for (const Json& m : list_of(result, "methods")) {
    const std::string name = text_of(m, "name");
    if (name == method) {
      std::string out = base::printable(name + ": " + text_of(m, "help") + " (" + text_of(m, "access") + ")") + "\n";
      describe_fields(out, m, "params", "parameters", style);
      describe_fields(out, m, "result", "result", style);
      describe_fields(out, m, "record", "each record", style);
      return out;
    }
    table.row({name, text_of(m, "access"), text_of(m, "help") + (flag_of(m, "streams") ? " (stream)" : "")});
  }
  return method.empty() ? table.text(style) : "";
}

}  // namespace ctl
