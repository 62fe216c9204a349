#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/report.hh"
#include "ctl/table.hh"

namespace ctl {

namespace {
Cell state_cell(const Json& object) {
  const std::string state = text_of(object, "state");
  return {state, state_tint(state)};
}

std::string notification_text(const Json& n) {
  if (!n.is_object()) return {};
  std::string out = flag_of(n, "sent") ? "sent " : "received ";
  out += text_of(n, "code") + "/" + text_of(n, "subcode") + " " + text_of(n, "name");
  const std::string text = text_of(n, "text");
  return text.empty() ? out : out + " \"" + text + "\"";
}

std::string legs_text(const Json& session, const Style& style) {
  Table table({{"LEG"},
               {"STAGE"},
               {"STATE"},
               {"LOCAL"},
               {"REMOTE"},
               {"AS", true},
               {"BGP-ID"},
               {"HOLD", true},
               {"MSGS-IN", true},
               {"MSGS-OUT", true},
               {"BYTES-IN", true},
               {"BYTES-OUT", true},
               {"PENDING", true},
               {"NOTIFICATION"}});
  for (const Json& leg : list_of(session, "legs"))
    table.row({text_of(leg, "side"), text_of(leg, "stage"), state_cell(leg), text_of(leg, "local"),
               text_of(leg, "remote"), text_of(leg, "asn"), text_of(leg, "bgp_id"), text_of(leg, "hold_time"),
               text_of(leg, "messages_in"), text_of(leg, "messages_out"), text_of(leg, "bytes_in"),
               text_of(leg, "bytes_out"), text_of(leg, "pending"), notification_text(member_of(leg, "notification"))});
  return table.empty() ? "" : "\n" + table.text(style, "  ");
}

std::string lines_text(const Json& session, const Style& style) {
  Table table({{"LINE"},
               {"MESSAGES", true},
               {"BYTES", true},
               {"UPDATES", true},
               {"DROPPED", true},
               {"INJECTED", true},
               {"MALFORMED", true},
               {"REPAIRED", true},
               {"UNWANTED", true},
               {"HELD"}});
  for (const Json& line : list_of(session, "lines"))
    table.row({text_of(line, "direction"), text_of(line, "messages"), text_of(line, "bytes"), text_of(line, "updates"),
               text_of(line, "dropped"), text_of(line, "injected"), text_of(line, "malformed"),
               text_of(line, "repaired"), text_of(line, "unwanted"), flag_of(line, "held") ? "yes" : "no"});
  return table.empty() ? "" : "\n" + table.text(style, "  ");
}

std::string counters_text(const Json& stage) {
  std::string out;
  const Json& counters = member_of(stage, "counters");
  if (!counters.is_object()) return out;
  for (const auto& c : counters.items()) out += (out.empty() ? "" : ", ") + c.key() + " " + text_of(counters, c.key());
  return out;
}

std::string stages_text(const Json& session, const Style& style) {
  Table table({{"STAGE"}, {"KIND"}, {"STATE"}, {"COUNTERS"}, {"SAYS"}});
  for (const Json& stage : list_of(session, "stages"))
    table.row({text_of(stage, "name"), text_of(stage, "kind"), state_cell(stage), counters_text(stage),
               text_of(stage, "text")});
  return table.empty() ? "" : "\n" + table.text(style, "  ");
}

std::string session_text(const Json& session, const Style& style, base::Nanos now) {
  const std::string state = text_of(session, "state"), up = seconds_of(session, "uptime");
  const std::string age = up.empty() ? age_of(session, "since", now) : up;
  const std::string peer = text_of(session, "peer");
  std::string out = "\nsession " + base::printable(text_of(session, "id")) +
                    (peer.empty() ? "" : " of " + base::printable(peer)) + ": " +
                    style.paint(state_tint(state), base::printable(state)) + (age.empty() ? "" : " for " + age) +
                    ", worker " + base::printable(text_of(session, "worker")) + ", restarts " +
                    base::printable(text_of(session, "restarts")) + "\n";
  const Json& error = member_of(session, "last_error");
  if (const std::string text = last_error_text(session, now); !text.empty()) {
    const std::string in = text_of(error, "state");
    out += "  last error" + (in.empty() ? "" : " in state " + base::printable(in)) + ": " +
           style.paint(recovered(session) ? Tint::dim : Tint::bad, base::printable(text)) + "\n";
  }
  if (number_of(session, "events_suppressed").value_or(0) > 0)
    out += "  events that came too fast to be told: " + base::printable(text_of(session, "events_suppressed")) + "\n";
  return out + legs_text(session, style) + lines_text(session, style) + stages_text(session, style);
}
}  // namespace

std::string show_text(const Json& result, const Style& style, base::Nanos now) {
  const Json& p = member_of(result, "pipeline");
  const std::string state = text_of(p, "state"), since = text_of(p, "since"), age = age_of(p, "since", now);
  std::string out = base::printable(text_of(p, "name")) + ": " + style.paint(state_tint(state), base::printable(state));
  if (!since.empty()) out += " since " + base::printable(since) + (age.empty() ? "" : " (" + age + ")");
  out += ", stages " + base::printable(text_of(p, "stages")) + "\n";
  if (const std::string error = text_of(p, "error"); !error.empty())
    out += style.paint(Tint::bad, base::printable(error)) + "\n";
  for (const Json& session : list_of(p, "sessions")) out += session_text(session, style, now);
  return out;
}

}  // namespace ctl
