#include "rpc/methods.hh"

#include <algorithm>

#include "base/log.hh"

namespace rpc {

namespace {
constexpr std::string_view states[] = {"starting", "waiting",  "connecting", "opening", "established",
                                       "running",  "stopping", "backoff",    "stopped", "failed"};
constexpr std::string_view directions[] = {"R", "L"};
constexpr std::string_view sides[] = {"left", "right"};
constexpr std::string_view accesses[] = {"read", "admin"};
constexpr std::string_view actions[] = {"unchanged", "updated", "restarted", "added", "removed"};
constexpr std::string_view classes[] = {"attribute discard", "treat as withdraw", "session reset"};
constexpr std::string_view formats[] = {"json"};

constexpr Field daemon_fields[] = {
    {"version", "string", "version of the program"},
    {"pid", "integer", "process id"},
    {"started", "time", "when the daemon started"},
    {"uptime", "seconds", "time since then"},
    {"workers", "integer", "threads that run sessions"},
    {"config", "string", "path of the configuration file, from the root"},
    {"events_lost", "integer", "events that came faster than the daemon could tell them"},
    {"last_reload", "Reload?", "the last reload that was asked for"},
};
constexpr Field reload_fields[] = {
    {"at", "time", "when"},
    {"ok", "boolean", "whether the new configuration was taken"},
    {"error", "string?", "why not"},
};
constexpr Field pipeline_fields[] = {
    {"name", "string", "name in the configuration"},
    {"state", "string", "the state of its most troubled session, or of the pipeline itself", true, states},
    {"since", "time", "when it entered that state"},
    {"stages", "integer", "number of stages"},
    {"error", "string?", "why the pipeline as a whole cannot run"},
    {"sessions", "Session[]", "its running instances"},
};
constexpr Field session_fields[] = {
    {"id", "string", "its number, unique in the daemon"},
    {"worker", "integer", "the worker it lives on"},
    {"peer", "string?", "the address it is for, where a pipeline has a session for each peer"},
    {"state", "string", "where it is", true, states},
    {"since", "time", "when it entered that state"},
    {"uptime", "seconds?", "time since it was established, null when it is not"},
    {"restarts", "integer", "starts after the first"},
    {"last_error", "LastError?", "the last failure"},
    {"retry_in", "seconds?", "time until the next try"},
    {"held_down", "boolean", "after a kill: the peer is turned away until the next try"},
    {"legs", "Leg[]", "its transport ends, left first"},
    {"lines", "Line[]", "its two directions"},
    {"stages", "Stage[]", "its stages, left to right"},
    {"events_suppressed", "integer", "events that came too fast to be told"},
};
constexpr Field last_error_fields[] = {
    {"at", "time", "when"},
    {"leg", "string?", "left or right"},
    {"peer", "string?", "address and port of the other end"},
    {"state", "string?", "the state the session was in"},
    {"text", "string", "what went wrong"},
};
constexpr Field leg_fields[] = {
    {"side", "string", "which end of the pipeline", true, sides},
    {"stage", "string", "identity of its stage"},
    {"state", "string", "state of the transport"},
    {"local", "string?", "our address and port"},
    {"remote", "string?", "address and port of the other end"},
    {"asn", "integer?", "AS number in the OPEN received"},
    {"bgp_id", "string?", "BGP identifier in the OPEN received"},
    {"hold_time", "integer?", "hold time agreed on, in seconds"},
    {"messages_in", "integer", "messages received"},
    {"messages_out", "integer", "messages sent"},
    {"bytes_in", "integer", "bytes received"},
    {"bytes_out", "integer", "bytes sent"},
    {"pending", "integer", "bytes waiting to be sent"},
    {"notification", "Notification?", "the last NOTIFICATION of this connection"},
};
constexpr Field notification_fields[] = {
    {"code", "integer", "error code (RFC 4271 4.5)"},
    {"subcode", "integer", "error subcode"},
    {"name", "string", "their name"},
    {"text", "string?", "shutdown communication (RFC 9003)"},
    {"sent", "boolean", "whether we sent it"},
};
constexpr Field line_fields[] = {
    {"direction", "string", "R is left to right", true, directions},
    {"messages", "integer", "messages that passed all stages"},
    {"bytes", "integer", "their bytes"},
    {"updates", "integer", "UPDATE messages among them"},
    {"dropped", "integer", "messages that a stage took out"},
    {"injected", "integer", "messages that a stage put in"},
    {"malformed", "integer", "UPDATEs that were found to be malformed (RFC 7606)"},
    {"repaired", "integer", "those of them that left as something else"},
    {"unwanted", "integer", "sound UPDATEs with an attribute that is to be discarded or withdrawn whatever it holds"},
    {"held", "boolean", "whether a stage holds it up"},
};
constexpr Field malformed_fields[] = {
    {"session", "string", "session it came by"},
    {"time", "time", "when"},
    {"peer", "string?", "address and port of the end that sent it"},
    {"direction", "string", "direction it travelled in", true, directions},
    {"seq", "integer", "its number within the line"},
    {"class", "string", "the gravest class of RFC 7606 among its errors", true, classes},
    {"attribute", "string?", "attribute concerned"},
    {"offset", "integer", "where it is wrong: byte in the message without its header"},
    {"reason", "string", "what is wrong"},
    {"more", "integer", "errors beside this one"},
    {"action", "string", "what was done"},
    {"hex", "string", "the whole message as it came"},
    {"message", "any", "the same as a JSON message"},
};
constexpr Field stage_fields[] = {
    {"name", "string", "identity within the pipeline"},
    {"kind", "string", "what it is"},
    {"state", "string", "how it is"},
    {"text", "string?", "what the stage says about itself"},
    {"counters", "integer{}", "what it counts"},
};
constexpr Field summary_fields[] = {
    {"name", "string", "name in the configuration"},
    {"state", "string", "the state of its most troubled session, or of the pipeline itself", true, states},
    {"sessions", "integer", "number of running instances"},
    {"stages", "integer", "number of stages"},
};
constexpr Field acted_fields[] = {
    {"name", "string", "name in the configuration"},
    {"state", "string", "its state after the call", true, states},
};
constexpr Field plan_fields[] = {
    {"pipeline", "string", "name in the configuration"},
    {"action", "string", "what the reload does with it", true, actions},
    {"why", "string?", "what differs"},
};
constexpr Field problem_fields[] = {
    {"file", "string", "configuration file"},
    {"line", "integer", "line, from 1; 0 when unknown"},
    {"column", "integer", "column, from 1; 0 when unknown"},
    {"text", "string", "what is wrong and what would be right"},
};
constexpr Field event_fields[] = {
    {"seq", "integer", "number of the event, the cursor for since"},
    {"time", "time", "when it happened"},
    {"pipeline", "string?", "pipeline concerned"},
    {"session", "string?", "session concerned"},
    {"stage", "string?", "stage that raised it"},
    {"problem", "boolean", "whether an operator should look at it"},
    {"name", "string", "ESTABLISHED, EOR, PARSE, limit/session, …"},
    {"peer", "string?", "address of the peer concerned"},
    {"direction", "string?", "direction concerned", true, directions},
    {"text", "string?", "for people"},
    {"message", "any", "the BGP message that caused it", false},
};
constexpr Field message_fields[] = {
    {"pipeline", "string", "pipeline it flowed through"},
    {"session", "string", "session it flowed through"},
    {"line", "any", "the message in the format asked for: JSON, or text"},
};
constexpr Field field_fields[] = {
    {"name", "string", "name of the member"},
    {"type", "string",
     "string, integer, number, boolean, time, seconds, any or the name of a type; [] list, {} map, ? or null"},
    {"help", "string", "what it means"},
    {"required", "boolean", "must be given, or is always there"},
    {"choices", "string[]", "the values it can have; empty for any"},
};
constexpr Field method_fields[] = {
    {"name", "string", "name to call"},
    {"access", "string", "who may call it", true, accesses},
    {"help", "string", "what it does"},
    {"streams", "boolean", "whether it opens a subscription"},
    {"params", "Field[]", "its parameters"},
    {"result", "Field[]", "members of its result"},
    {"record", "Field[]", "members of one stream record"},
};
constexpr Field shape_fields[] = {
    {"name", "string", "name of the type"},
    {"help", "string", "what it is"},
    {"fields", "Field[]", "its members"},
};

constexpr Shape shape_table[] = {
    {"Daemon", "the process", daemon_fields},
    {"Reload", "how a reload ended", reload_fields},
    {"Pipeline", "a pipeline with its sessions", pipeline_fields},
    {"Session", "a running instance of a pipeline", session_fields},
    {"LastError", "the last failure of a session", last_error_fields},
    {"Leg", "one transport end of a session", leg_fields},
    {"Notification", "a BGP NOTIFICATION", notification_fields},
    {"Line", "one direction of a session", line_fields},
    {"Stage", "a stage of a session", stage_fields},
    {"Malformed", "an UPDATE that was malformed", malformed_fields},
    {"Summary", "a pipeline in one line", summary_fields},
    {"Acted", "a pipeline after a call changed it", acted_fields},
    {"Change", "what a reload does with one pipeline", plan_fields},
    {"Problem", "a mistake in a configuration", problem_fields},
    {"Event", "something that happened", event_fields},
    {"Message", "a message that flowed through a session", message_fields},
    {"Field", "one member of an object", field_fields},
    {"Method", "one method of this API", method_fields},
    {"Type", "one shape of this API", shape_fields},
};

constexpr Field describe_result[] = {
    {"methods", "Method[]", "the methods"},
    {"types", "Type[]", "the object types they speak of"},
    {"schema", "any",
     "the same as a JSON Schema: $defs has every type and METHOD.params, METHOD.result, METHOD.record"},
};
constexpr Field info_result[] = {
    {"version", "string", "version of the program"},
    {"pid", "integer", "process id"},
    {"started", "time", "when the daemon started"},
    {"config", "string", "path of the configuration file, from the root"},
    {"features", "string[]", "names of what this daemon can do; grows, never changes meaning"},
};
constexpr Field status_result[] = {
    {"daemon", "Daemon", "the process"},
    {"pipelines", "Pipeline[]", "all pipelines, in the order of the configuration"},
};
constexpr Field level_params[] = {{"level", "string", "least level that is logged", true, base::log::level_names}};
constexpr Field level_result[] = {
    {"level", "string", "level from now on", true, base::log::level_names},
    {"previous", "string", "level before", true, base::log::level_names},
};
constexpr Field list_result[] = {{"pipelines", "Summary[]", "all pipelines, in the order of the configuration"}};
constexpr Field show_params[] = {{"name", "string", "name of a pipeline"}};
constexpr Field show_result[] = {{"pipeline", "Pipeline", "the pipeline"}};
constexpr Field errors_params[] = {
    {"name", "string", "name of a pipeline"},
    {"session", "string", "only of the session with this id", false},
};
constexpr Field errors_result[] = {
    {"malformed", "Malformed[]", "the last ones of its sessions, newest first"},
    {"omitted", "integer", "older ones that are kept, but would make the answer larger than 4 MiB"},
};
constexpr Field act_params[] = {
    {"name", "string", "name of a pipeline; * and ? match several"},
    {"reason", "string", "told to the peers (RFC 9003) and to the log", false},
};
constexpr Field start_params[] = {{"name", "string", "name of a pipeline; * and ? match several"}};
constexpr Field act_result[] = {{"pipelines", "Acted[]", "those the name matched"}};
constexpr Field reload_params[] = {{"dry_run", "boolean", "plan only, change nothing", false}};
constexpr Field reload_result[] = {
    {"changed", "boolean", "whether anything was changed"},
    {"dry_run", "boolean", "whether this was a plan only"},
    {"plan", "Change[]", "one line for each pipeline"},
    {"problems", "Problem[]", "why the new configuration was refused; nothing was changed then"},
    {"warnings", "string[]", "what deserves a look, such as a change that takes a restart of the daemon"},
};
constexpr Field config_result[] = {
    {"file", "string", "path of the configuration file"},
    {"yaml", "string", "the running configuration, without secrets"},
};
constexpr Field events_params[] = {
    {"pipeline", "string", "only this pipeline; * and ? match several", false},
    {"names", "string[]", "only these events; * and ? match several", false},
    {"since", "integer", "begin with the events kept after this number; 0 for all that are kept", false},
    {"limit", "integer", "end after so many records", false},
};
constexpr Field messages_params[] = {
    {"pipeline", "string", "only this pipeline", false},
    {"format", "string", "how messages are written; default json", false, formats},
    {"direction", "string", "only this direction", false, directions},
    {"limit", "integer", "end after so many records", false},
};
constexpr Field subscribe_result[] = {{"subscription", "integer", "its number, for subscription.cancel"}};
constexpr Field events_record[] = {{"event", "Event", "the event"}};
constexpr Field messages_record[] = {{"message", "Message", "the message"}};
constexpr Field cancel_params[] = {{"id", "integer", "number of a subscription of this connection"}};
constexpr Field cancel_result[] = {{"cancelled", "boolean", "false when there was none with that number"}};

constexpr Method method_table[] = {
    {"rpc.describe", Access::read, "this table: methods, their parameters and results", {}, describe_result},
    {"daemon.info", Access::read, "version, process and features", {}, info_result},
    {"daemon.status", Access::read, "the daemon and all pipelines with their sessions", {}, status_result},
    {"daemon.log_level", Access::admin, "change how much is logged", level_params, level_result},
    {"pipeline.list", Access::read, "all pipelines, one line each", {}, list_result},
    {"pipeline.show", Access::read, "one pipeline with its sessions", show_params, show_result},
    {"pipeline.errors", Access::read, "the last malformed UPDATEs of one pipeline, with their bytes", errors_params,
     errors_result},
    {"pipeline.start", Access::admin, "start stopped or failed pipelines", start_params, act_result},
    {"pipeline.stop", Access::admin, "stop pipelines and keep them stopped", act_params, act_result},
    {"pipeline.restart", Access::admin, "end the sessions of pipelines and start them anew", act_params, act_result},
    {"config.reload", Access::admin, "read the configuration again and apply what changed", reload_params,
     reload_result},
    {"config.show", Access::read, "the running configuration", {}, config_result},
    {"events.subscribe", Access::read, "a stream of events", events_params, subscribe_result, events_record},
    {"messages.subscribe", Access::read, "a stream of the messages that sessions send", messages_params,
     subscribe_result, messages_record},
    {"subscription.cancel", Access::read, "end a stream of this connection", cancel_params, cancel_result},
};
}  // namespace

std::string_view access_name(Access a) { return accesses[a == Access::admin ? 1 : 0]; }

std::span<const Method> methods() { return method_table; }
std::span<const Shape> shapes() { return shape_table; }

const Method* find_method(std::string_view name) {
  const auto* m = std::ranges::find(method_table, name, &Method::name);
  return m == std::end(method_table) ? nullptr : m;
}

const Shape* find_shape(std::string_view name) {
  const auto* s = std::ranges::find(shape_table, name, &Shape::name);
  return s == std::end(shape_table) ? nullptr : s;
}

}  // namespace rpc
