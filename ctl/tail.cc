#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/commands.hh"
#include "ctl/report.hh"

namespace ctl {

namespace {
Json common_params(const Args& args) {
  Json params = Json::object();
  if (!args.words.empty()) params["pipeline"] = args.word();
  if (const auto n = args.count("count")) params["limit"] = *n;
  return params;
}

std::expected<int, rpc::Failure> subscribe(Context& c) {
  const Args& args = c.args();
  int streams = 0;
  if (args.has("events") || !args.has("messages")) {
    Json params = common_params(args);
    if (const auto since = args.count("since")) params["since"] = *since;
    if (const auto r = c.call("events.subscribe", params); !r) return std::unexpected(r.error());
    ++streams;
  }
  if (args.has("messages")) {
    Json params = common_params(args);
    if (args.has("format")) params["format"] = args.text("format");
    if (const auto r = c.call("messages.subscribe", params); !r) return std::unexpected(r.error());
    ++streams;
  }
  return streams;
}

// Members in the order the daemon wrote them: a message must read as bgpipe prints it.
nlohmann::ordered_json ordered(const std::string& line) {
  auto whole = nlohmann::ordered_json::parse(line, nullptr, false);
  return whole.is_object() && whole.contains("params") ? std::move(whole["params"]) : nlohmann::ordered_json();
}

std::string dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string record_text(const Json& record, const std::string& line, const Style& style) {
  if (record.contains("event")) return event_text(member_of(record, "event"), style);
  const auto whole = ordered(line);
  // A daemon of another version may send records of another kind.
  if (!whole.is_object() || !whole.contains("message") || !whole["message"].is_object())
    return printable_lines(line) + "\n";
  const auto text = whole["message"].value("line", nlohmann::ordered_json());
  return base::printable(base::trim(text.is_string() ? text.get<std::string>() : dump(text))) + "\n";
}
}  // namespace

// Ends when the limit is reached, the reader has gone, or the daemon ends the stream.
int run_tail(Context& c) {
  const auto opened = subscribe(c);
  if (!opened) return explain(opened.error());
  const std::int64_t most = c.args().count("count").value_or(0);
  std::int64_t written = 0;
  for (int open = *opened; open > 0;) {
    const auto record = c.next_record();
    if (!record) return explain(record.error());
    if (!*record) break;
    const Json& r = **record;
    if (r.contains("closed")) {
      --open;
      if (const std::string why = text_of(r, "closed"); why != "limit reached") {
        complain(why);
        return Exit::failed;
      }
      continue;
    }
    if (r.contains("lagged") && !c.json()) {
      complain(text_of(r, "lagged") + " records were lost: this reader is too slow");
      continue;
    }
    if (!write_out(c.json() ? dump(ordered(c.record_text())) + "\n" : record_text(r, c.record_text(), c.style())))
      break;
    // Events and messages count together; each stream alone knows only its own.
    if (++written == most) break;
  }
  return Exit::ok;
}

}  // namespace ctl
