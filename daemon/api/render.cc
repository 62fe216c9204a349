#include "api/render.hh"

#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "bgp/attr_table.hh"

namespace api {

using nlohmann::json;

namespace {
json text_or_null(const std::string& s) { return s.empty() ? json() : json(base::printable(s)); }
double seconds(base::Nanos n) { return static_cast<double>(n / base::millisecond) / 1000.0; }
const char* direction(bgp::Direction d) { return d == bgp::Direction::left ? "L" : "R"; }

json render(const pipeline::NotificationStatus& n) {
  return {{"code", n.code}, {"subcode", n.subcode}, {"name", n.name}, {"text", text_or_null(n.text)}, {"sent", n.sent}};
}

json render(const pipeline::Failure& f) {
  return {{"at", utc(f.at)},
          {"leg", text_or_null(f.leg)},
          {"peer", text_or_null(f.peer)},
          {"state", text_or_null(f.state)},
          {"text", base::printable((f.stage.empty() ? "" : f.stage + ": ") + f.text)}};
}

json render(const pipeline::LegStatus& l) {
  return {{"side", pipeline::name(l.side)},
          {"stage", l.stage},
          {"state", pipeline::name(l.state)},
          {"local", text_or_null(l.local)},
          {"remote", text_or_null(l.remote)},
          {"asn", l.asn == 0 ? json() : json(l.asn)},
          {"bgp_id", text_or_null(l.bgp_id)},
          {"hold_time", l.hold_time ? json(*l.hold_time) : json()},
          {"messages_in", l.messages_in},
          {"messages_out", l.messages_out},
          {"bytes_in", l.bytes_in},
          {"bytes_out", l.bytes_out},
          {"pending", l.pending},
          {"notification", l.notification ? render(*l.notification) : json()}};
}

json render(const pipeline::LineStatus& l) {
  return {{"direction", direction(l.direction)},
          {"messages", l.messages},
          {"bytes", l.bytes},
          {"updates", l.updates},
          {"dropped", l.dropped},
          {"injected", l.injected},
          {"malformed", l.malformed},
          {"repaired", l.repaired},
          {"unwanted", l.unwanted},
          {"held", l.held}};
}

json render(const pipeline::StageStatus& s) {
  json counters = json::object();
  for (const auto& [k, v] : s.counters) counters[k] = v;
  return {{"name", s.name},
          {"kind", s.kind},
          {"state", s.state},
          {"text", text_or_null(s.text)},
          {"counters", std::move(counters)}};
}

template <class T>
json list(const std::vector<T>& items) {
  json out = json::array();
  for (const T& i : items) out.push_back(render(i));
  return out;
}

json render(const pipeline::SessionStatus& s, Now now) {
  return {{"id", std::to_string(s.id)},
          {"worker", s.worker},
          {"peer", text_or_null(s.peer)},
          {"state", pipeline::name(s.state)},
          {"since", utc(now.wall - (now.mono - s.since))},
          {"uptime", s.established_at ? json(seconds(now.mono - *s.established_at)) : json()},
          {"restarts", s.restarts},
          {"last_error", s.last_failure ? render(*s.last_failure) : json()},
          {"retry_in", s.retry_at ? json(seconds(std::max<base::Nanos>(*s.retry_at - now.mono, 0))) : json()},
          {"held_down", s.held_down},
          {"legs", list(s.legs)},
          {"lines", list(s.lines)},
          {"stages", list(s.stages)},
          {"events_suppressed", s.events_suppressed}};
}
}  // namespace

std::string utc(base::Nanos wall) { return base::time_text(wall) + "Z"; }

json render(const super::PipelineStatus& p, Now now) {
  json sessions = json::array();
  for (const auto& s : p.sessions) sessions.push_back(render(s, now));
  return {{"name", p.name},     {"state", pipeline::name(p.state)}, {"since", utc(now.wall - (now.mono - p.since))},
          {"stages", p.stages}, {"error", text_or_null(p.error)},   {"sessions", std::move(sessions)}};
}

json render_summary(const super::PipelineStatus& p) {
  return {{"name", p.name}, {"state", pipeline::name(p.state)}, {"sessions", p.sessions.size()}, {"stages", p.stages}};
}

json render(const pipeline::Event& e) {
  return {{"seq", e.number},
          {"time", utc(e.time)},
          {"pipeline", text_or_null(e.pipeline)},
          {"session", e.session == 0 ? json() : json(std::to_string(e.session))},
          {"stage", text_or_null(e.stage)},
          {"problem", e.problem},
          {"name", e.name},
          {"peer", text_or_null(e.peer)},
          {"direction", e.direction == bgp::Direction::none ? json() : json(direction(e.direction))},
          {"text", text_or_null(e.text)}};
}

json render(const pipeline::Malformed& m, std::uint32_t session) {
  const auto code = static_cast<bgp::AttrCode>(m.error.attribute);
  return {{"session", std::to_string(session)},
          {"time", utc(m.time)},
          {"peer", text_or_null(m.peer)},
          {"direction", direction(m.direction)},
          {"seq", m.seq},
          {"class", bgp::text(m.error.severity)},
          {"attribute", m.error.attribute == 0 ? json() : json(bgp::attr_name(code))},
          {"offset", m.error.offset},
          {"reason", bgp::text(m.error.reason)},
          {"more", m.more},
          {"action", m.action},
          {"hex", base::to_hex(m.wire)}};
}

json render(const std::vector<super::PlanEntry>& plan) {
  json out = json::array();
  for (const auto& e : plan)
    out.push_back({{"pipeline", e.pipeline}, {"action", super::name(e.action)}, {"why", text_or_null(e.why)}});
  return out;
}

json render(std::span<const conf::Problem> problems) {
  json out = json::array();
  for (const auto& p : problems) {
    if (p.warning) continue;
    out.push_back({{"file", std::string(p.mark.file())},
                   {"line", p.mark.line},
                   {"column", p.mark.column},
                   {"text", base::printable(p.text)}});
  }
  return out;
}

}  // namespace api
