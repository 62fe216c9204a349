#include "support/fake_daemon.hh"

#include <nlohmann/json.hpp>

#include "base/text.hh"

namespace support {

using nlohmann::json;
using rpc::Code;
using rpc::Request;
using rpc::Responder;

namespace {
std::string ago(std::int64_t seconds) { return base::time_text(canned_now - seconds * base::second) + "Z"; }

json leg(const char* side, const char* stage, const char* state, json remote, json asn) {
  return {{"side", side},
          {"stage", stage},
          {"state", state},
          {"local", "192.0.2.254:179"},
          {"remote", std::move(remote)},
          {"asn", std::move(asn)},
          {"bgp_id", nullptr},
          {"hold_time", 90},
          {"messages_in", 1000123},
          {"messages_out", 42},
          {"bytes_in", 108000000},
          {"bytes_out", 800},
          {"pending", 0},
          {"notification", nullptr}};
}

json line(const char* direction, int messages) {
  return {{"direction", direction}, {"messages", messages}, {"bytes", messages * 108}, {"updates", messages - 2},
          {"dropped", 3},           {"injected", 0},        {"malformed", 1},          {"repaired", 1},
          {"unwanted", 0},          {"held", false}};
}

json limit_stage() {
  return {{"name", "limit"},
          {"kind", "limit"},
          {"state", "running"},
          {"text", "over \x1b[31mnothing"},
          {"counters", {{"prefixes", 12}, {"rejected", 3}}}};
}

json session(int id, const char* state) {
  return {{"id", std::to_string(id)},
          {"worker", 0},
          {"peer", nullptr},
          {"held_down", false},
          {"state", state},
          {"since", ago(11'045)},
          {"uptime", nullptr},
          {"restarts", 0},
          {"last_error", nullptr},
          {"retry_in", nullptr},
          {"legs", json::array({leg("left", "listen", state, "192.0.2.1:33001", 65001),
                                leg("right", "connect", state, "10.0.0.1:179", 65002)})},
          {"lines", json::array({line("R", 1000123), line("L", 42)})},
          {"stages", json::array({limit_stage()})},
          {"events_suppressed", 0}};
}

json edge() {
  json s = session(1, "established");
  s["uptime"] = 11'045.5;
  s["restarts"] = 2;
  s["last_error"] = {{"at", ago(11'100)},
                     {"leg", "left"},
                     {"peer", "192.0.2.1:33001"},
                     {"state", "opening"},
                     {"text", "hold timer expired"}};
  return {{"name", "edge"}, {"state", "established"}, {"since", ago(11'045)},
          {"stages", 3},    {"error", nullptr},       {"sessions", {s}}};
}

json twin() {
  json up = session(1, "established"), down = session(2, "backoff");
  up["uptime"] = 59;
  down["since"] = ago(3);
  down["restarts"] = 17;
  down["retry_in"] = 12.4;
  down["last_error"] = {{"at", ago(3)},
                        {"leg", "right"},
                        {"peer", "10.0.0.1:179"},
                        {"state", "connecting"},
                        {"text", "connect: connect to 10.0.0.1:179: connection refused"}};
  down["legs"][0]["remote"] = nullptr;
  down["legs"][0]["asn"] = nullptr;
  down["legs"][0]["state"] = "waiting";
  down["legs"][1]["asn"] = nullptr;
  down["legs"][1]["notification"] = {
      {"code", 6}, {"subcode", 2}, {"name", "Cease/Administrative Shutdown"}, {"text", "back at 9"}, {"sent", false}};
  return {{"name", "twin"}, {"state", "backoff"}, {"since", ago(3)},
          {"stages", 2},    {"error", nullptr},   {"sessions", {up, down}}};
}

json broken() {
  return {{"name", "broken"},
          {"state", "failed"},
          {"since", ago(60)},
          {"stages", 1},
          {"error", "read: no such file"},
          {"sessions", json::array()}};
}

const json* find(const json& pipelines, const std::string& name) {
  for (const json& p : pipelines)
    if (p["name"] == name) return &p;
  return nullptr;
}

rpc::Error no_such_pipeline(const std::string& name) {
  return {Code::not_found, "there is no pipeline " + name, "bgpipectl list"};
}

json event(int seq) {
  return {{"seq", seq},
          {"time", ago(10 - seq)},
          {"pipeline", "edge"},
          {"session", "1"},
          {"stage", "limit"},
          {"problem", seq == 2},
          {"name", seq == 2 ? "limit/session" : "ESTABLISHED"},
          {"peer", "192.0.2.1"},
          {"direction", "R"},
          {"text", "prefixes: 101"}};
}

void act(const Request& q, Responder r, const char* state) {
  json acted = json::array();
  const std::string name = *q.text("name");
  const json all = canned_status()["pipelines"];
  for (const json& p : all)
    if (base::glob(name, p["name"].get<std::string>())) acted.push_back({{"name", p["name"]}, {"state", state}});
  if (acted.empty()) return r.error(no_such_pipeline(name));
  r.result({{"pipelines", std::move(acted)}});
}

void show(const Request& q, Responder r) {
  const json all = canned_status()["pipelines"];
  const json* p = find(all, *q.text("name"));
  if (p == nullptr) return r.error(no_such_pipeline(*q.text("name")));
  r.result({{"pipeline", *p}});
}

void list(const Request&, Responder r) {
  json out = json::array();
  const json all = canned_status()["pipelines"];
  for (const json& p : all)
    out.push_back(
        {{"name", p["name"]}, {"state", p["state"]}, {"sessions", p["sessions"].size()}, {"stages", p["stages"]}});
  r.result({{"pipelines", std::move(out)}});
}

void events(const Request&, Responder r) {
  const auto stream = r.subscribe();
  if (!stream) return;
  for (int seq = 1; seq <= 3; ++seq) stream->push(json{{"event", event(seq)}}.dump());
  stream->finish("the daemon stops");
}

void messages(const Request&, Responder r) {
  const auto stream = r.subscribe();
  if (!stream) return;
  for (int i = 0; i < 10; ++i)
    stream->push(
        json{{"message", {{"pipeline", "edge"}, {"session", "1"}, {"line", {"R", i, "KEEPALIVE", nullptr}}}}}.dump());
}
}  // namespace

json canned_status() {
  return {{"daemon",
           {{"version", "0.1.0"},
            {"pid", 4711},
            {"started", ago(273'600)},
            {"uptime", 273'600},
            {"workers", 2},
            {"config", "/etc/bgpiped/bgpiped.yaml"},
            {"events_lost", 0},
            {"last_reload", {{"at", ago(300)}, {"ok", false}, {"error", "bgpiped.yaml:3:5: unknown key stagse"}}}}},
          {"pipelines", {edge(), twin(), broken()}}};
}

json canned_plan(bool dry_run) {
  return {{"changed", !dry_run},
          {"dry_run", dry_run},
          {"plan",
           {{{"pipeline", "edge"}, {"action", "updated"}, {"why", "limit: session 100 -> 200"}},
            {{"pipeline", "twin"}, {"action", "unchanged"}, {"why", nullptr}},
            {{"pipeline", "new"}, {"action", "added"}, {"why", nullptr}}}},
          {"problems", json::array()},
          {"warnings", json::array()}};
}

void bind_canned(rpc::Server& s) {
  s.bind("daemon.info", [](const Request&, Responder r) {
    r.result(
        {{"version", "0.1.0"}, {"pid", 4711}, {"started", ago(1)}, {"config", "x.yaml"}, {"features", json::array()}});
  });
  s.bind("daemon.status", [](const Request&, Responder r) { r.result(canned_status()); });
  s.bind("daemon.log_level",
         [](const Request& q, Responder r) { r.result({{"level", *q.text("level")}, {"previous", "info"}}); });
  s.bind("pipeline.list", list);
  s.bind("pipeline.show", show);
  s.bind("pipeline.errors", [](const Request& q, Responder r) {
    json malformed = json::array();
    if (*q.text("name") == "edge")
      malformed.push_back({{"session", "1"},
                           {"time", ago(5)},
                           {"peer", "192.0.2.1:33001"},
                           {"direction", "R"},
                           {"seq", 17},
                           {"class", "treat as withdraw"},
                           {"attribute", "ORIGIN"},
                           {"offset", 7},
                           {"reason", "a value that is not allowed"},
                           {"more", 1},
                           {"action", "repaired: its routes are withdrawn"},
                           {"hex", std::string(32, 'f') + "002e02" + "0000001440010109400206020100000000fde9"},
                           {"message", nullptr}});
    const int omitted = malformed.empty() || q.text("session") ? 0 : 3;
    r.result({{"malformed", std::move(malformed)}, {"omitted", omitted}});
  });
  s.bind("pipeline.start", [](const Request& q, Responder r) { act(q, std::move(r), "starting"); });
  s.bind("pipeline.stop", [](const Request& q, Responder r) { act(q, std::move(r), "stopped"); });
  s.bind("pipeline.restart", [](const Request& q, Responder r) { act(q, std::move(r), "starting"); });
  s.bind("config.reload", [](const Request& q, Responder r) { r.result(canned_plan(q.flag("dry_run"))); });
  s.bind("config.show",
         [](const Request&, Responder r) { r.result({{"file", "x.yaml"}, {"yaml", "pipelines:\n  edge: {}\n"}}); });
  s.bind("events.subscribe", events);
  s.bind("messages.subscribe", messages);
}

}  // namespace support
