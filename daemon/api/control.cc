#include "api/control.hh"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/malformed.hh"
#include "api/render.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "base/version.hh"
#include "format/format.hh"
#include "rpc/codec.hh"
#include "super/notify.hh"

namespace api {

using nlohmann::json;

namespace {

// Of events in one subscription: each event is compared with all of them.
constexpr std::size_t most_names = 64;

rpc::Error no_pipeline(const std::string& name) {
  return {rpc::Code::not_found, "there is no pipeline '" + base::printable(name) + "'",
          "bgpipectl list (pipeline.list) names them"};
}

// One message, one record: the subscriber gets the line as it was written.
std::string message_record(const std::string& pipeline, std::uint32_t session, std::string_view line) {
  json m = {{"pipeline", pipeline}, {"session", std::to_string(session)}};
  std::string head = rpc::json_text(m);
  head.pop_back();
  return "{\"message\":" + head + ",\"line\":" + std::string(line) + "}}";
}

}  // namespace

Control::Control(rpc::Server& server, super::Supervisor& supervisor, const pipeline::Registry& registry,
                 net::Loop& loop, std::string config_path)
    : server_(server),
      supervisor_(supervisor),
      registry_(registry),
      loop_(loop),
      config_path_(std::move(config_path)),
      started_mono_(loop.mono()),
      started_wall_(loop.wall()) {
  bind_daemon();
  bind_pipelines();
  bind_config();
  bind_streams();
}

void Control::bind_daemon() {
  server_.bind("daemon.info", [this](const rpc::Request&, rpc::Responder to) {
    to.result({{"version", base::version},
               {"pid", ::getpid()},
               {"started", utc(started_wall_)},
               {"config", config_path_},
               {"features", {"reload", "dry-run", "events", "messages", "errors"}}});
  });
  server_.bind("daemon.status", [this](const rpc::Request&, rpc::Responder to) {
    const Now now{loop_.mono(), loop_.wall()};
    json reload;
    if (last_reload_)
      reload = {{"at", utc(last_reload_->at)},
                {"ok", last_reload_->ok},
                {"error", last_reload_->error.empty() ? json() : json(last_reload_->error)}};
    json pipelines = json::array();
    for (const auto& p : supervisor_.status()) pipelines.push_back(render(p, now));
    to.result({{"daemon",
                {{"version", base::version},
                 {"pid", ::getpid()},
                 {"started", utc(started_wall_)},
                 {"uptime", static_cast<double>((now.mono - started_mono_) / base::millisecond) / 1000.0},
                 {"workers", supervisor_.workers()},
                 {"config", config_path_},
                 {"events_lost", supervisor_.events_lost()},
                 {"last_reload", reload}}},
               {"pipelines", std::move(pipelines)}});
  });
  server_.bind("daemon.log_level", [](const rpc::Request& request, rpc::Responder to) {
    base::log::Level level{};
    const std::string wanted = request.text("level").value_or("");
    if (!base::log::parse_level(wanted, level)) {
      to.error({rpc::Code::invalid_params, "level: '" + base::printable(wanted) + "' is not one",
                "give trace, debug, info, warn, error or off"});
      return;
    }
    const auto previous = base::log::level();
    base::log::set_level(level);
    to.result({{"level", base::log::name(level)}, {"previous", base::log::name(previous)}});
  });
}

void Control::bind_pipelines() {
  server_.bind("pipeline.list", [this](const rpc::Request&, rpc::Responder to) {
    json pipelines = json::array();
    for (const auto& p : supervisor_.status()) pipelines.push_back(render_summary(p));
    to.result({{"pipelines", std::move(pipelines)}});
  });
  server_.bind("pipeline.show", [this](const rpc::Request& request, rpc::Responder to) {
    const std::string name = request.text("name").value_or("");
    const auto p = supervisor_.status(name);
    if (p)
      to.result({{"pipeline", render(*p, Now{loop_.mono(), loop_.wall()})}});
    else
      to.error(no_pipeline(name));
  });
  server_.bind("pipeline.errors", [this](const rpc::Request& request, rpc::Responder to) {
    const std::string name = request.text("name").value_or("");
    const auto p = supervisor_.status(name);
    if (!p) {
      to.error(no_pipeline(name));
      return;
    }
    const std::string session = request.text("session").value_or("");
    const auto is_it = [&](const auto& s) { return std::to_string(s.id) == session; };
    if (session.empty() || std::ranges::any_of(p->sessions, is_it))
      to.result_text(malformed_text(*p, session));
    else
      to.error({rpc::Code::not_found,
                "pipeline '" + base::printable(name) + "' has no session '" + base::printable(session) + "'",
                "pipeline.show has their ids"});
  });
  server_.bind("pipeline.start", [this](const rpc::Request& request, rpc::Responder to) {
    act(request, std::move(to),
        [this](const std::string& name, const std::string&) { supervisor_.start_pipeline(name); });
  });
  server_.bind("pipeline.stop", [this](const rpc::Request& request, rpc::Responder to) {
    act(request, std::move(to),
        [this](const std::string& name, const std::string& reason) { supervisor_.stop_pipeline(name, reason); });
  });
  server_.bind("pipeline.restart", [this](const rpc::Request& request, rpc::Responder to) {
    act(request, std::move(to),
        [this](const std::string& name, const std::string& reason) { supervisor_.restart_pipeline(name, reason); });
  });
}

void Control::act(const rpc::Request& request, rpc::Responder to, const Act& call) {
  const std::string pattern = request.text("name").value_or("");
  const auto names = matching(pattern);
  if (names.empty()) {
    to.error(no_pipeline(pattern));
    return;
  }
  const std::string reason = request.text("reason").value_or("");
  json acted = json::array();
  for (const auto& name : names) {
    call(name, reason);
    base::log::info(
        name, request.method() + " by uid " + std::to_string(to.caller().uid) + (reason.empty() ? "" : ": " + reason));
    if (const auto p = supervisor_.status(name)) acted.push_back({{"name", name}, {"state", pipeline::name(p->state)}});
  }
  to.result({{"pipelines", std::move(acted)}});
}

std::vector<std::string> Control::matching(const std::string& pattern) const {
  std::vector<std::string> out;
  for (const auto& p : supervisor_.status())
    if (base::glob(pattern, p.name)) out.push_back(p.name);
  return out;
}

Control::Reload Control::reload(bool dry_run) {
  Reload r;
  if (!dry_run) super::notify_reloading();
  auto loaded = super::load_config(config_path_, registry_);
  if (loaded.config) {
    r.taken = true;
    for (const auto& p : loaded.problems.all())
      if (p.warning) r.warnings.push_back(conf::headline(p));
    for (auto& w : super::needs_restart(supervisor_.started_with(), *loaded.config)) r.warnings.push_back(std::move(w));
    if (dry_run) {
      r.plan = super::plan(supervisor_.config(), *loaded.config);
    } else {
      r.plan = supervisor_.reload(loaded.config);
      base::log::Level level{};
      if (base::log::parse_level(loaded.config->log.level, level)) base::log::set_level(level);
    }
  }
  r.problems = std::move(loaded.problems);
  if (dry_run) return r;
  last_reload_ = LastReload{loop_.wall(), r.taken, {}};
  if (!r.taken) {
    for (const auto& p : r.problems.all())
      if (!p.warning) {
        last_reload_->error = conf::headline(p);
        break;
      }
    base::log::error("", "reload refused, nothing changed: " + last_reload_->error);
  } else {
    for (const auto& e : r.plan)
      if (e.action != super::Action::unchanged)
        base::log::info(e.pipeline, std::string(super::name(e.action)) + (e.why.empty() ? "" : ": " + e.why));
    for (const auto& w : r.warnings) base::log::warn("", w);
  }
  super::notify_ready(std::to_string(supervisor_.config().pipelines.size()) + " pipelines");
  return r;
}

void Control::bind_config() {
  server_.bind("config.reload", [this](const rpc::Request& request, rpc::Responder to) {
    const bool dry_run = request.flag("dry_run");
    const Reload r = reload(dry_run);
    to.result({{"changed", !dry_run && r.taken && super::changes(r.plan)},
               {"dry_run", dry_run},
               {"plan", render(r.plan)},
               {"warnings", r.warnings},
               {"problems", r.taken ? json::array() : render(r.problems.all())}});
  });
  server_.bind("config.show", [this](const rpc::Request&, rpc::Responder to) {
    to.result({{"file", config_path_}, {"yaml", super::dump_config(supervisor_.config())}});
  });
}

void Control::bind_streams() {
  server_.bind("events.subscribe", [this](const rpc::Request& request, rpc::Responder to) {
    const auto pipeline = request.text("pipeline");
    if (pipeline && matching(*pipeline).empty()) {
      to.error(no_pipeline(*pipeline));
      return;
    }
    std::vector<std::string> names;
    if (const auto at = request.params().find("names"); at != request.params().end() && at->is_array())
      for (const auto& n : *at) names.push_back(n.get<std::string>());
    if (names.size() > most_names) {
      to.error(
          {rpc::Code::invalid_params, "names: more than " + std::to_string(most_names), "give names with wildcards"});
      return;
    }
    const auto wanted = [pipeline, names](const pipeline::Event& e) {
      if (pipeline && !base::glob(*pipeline, e.pipeline)) return false;
      return names.empty() || std::ranges::any_of(names, [&](const auto& n) { return base::glob(n, e.name); });
    };
    const auto since = request.integer("since");
    const auto stream = to.subscribe();
    if (!stream) return;
    const auto push = [stream, wanted](const pipeline::Event& e) {
      if (wanted(e) && !stream->closed()) stream->push(rpc::json_text({{"event", render(e)}}));
    };
    if (since)
      for (const auto& e : supervisor_.recent_events())
        if (e.number > static_cast<std::uint64_t>(std::max<std::int64_t>(*since, 0))) push(e);
    if (stream->closed()) return;
    const auto id = supervisor_.on_event(push);
    stream->on_close([this, id] { supervisor_.off_event(id); });
  });
  server_.bind("messages.subscribe", [this](const rpc::Request& request, rpc::Responder to) {
    const std::string only = request.text("direction").value_or("");
    if (const auto name = request.text("pipeline"); name && !supervisor_.status(*name)) {
      to.error(no_pipeline(*name));
      return;
    }
    // Runs on the session's worker.
    super::TapRequest tap{.only = only == "L"   ? bgp::Direction::left
                                  : only == "R" ? bgp::Direction::right
                                                : bgp::Direction::none,
                          .encoder = [](const bgp::MessageView& m, base::Buffer& out) {
                            thread_local const auto encoder = format::make_encoder(format::Kind::json);
                            encoder->encode(m, out);
                          }};
    // The answer comes when the sessions know: the caller sees every message from then on.
    struct Opening {
      rpc::Responder to;
      std::shared_ptr<rpc::Subscription> stream;
      std::uint64_t tap = 0;
    };
    const auto opening = std::make_shared<Opening>(Opening{.to = std::move(to)});
    const auto sink = [opening](const std::string& name, std::uint32_t session, std::string lines, std::uint64_t lost) {
      if (!opening->stream) return;
      if (lost != 0) opening->stream->lose(lost);
      for (const auto line : base::split(lines, '\n'))
        if (!line.empty() && !opening->stream->closed()) opening->stream->push(message_record(name, session, line));
    };
    const auto attached = [this, opening] {
      opening->stream = opening->to.subscribe();
      if (opening->stream)
        opening->stream->on_close([this, id = opening->tap] { supervisor_.remove_tap(id); });
      else
        supervisor_.remove_tap(opening->tap);
    };
    opening->tap = supervisor_.add_tap(request.text("pipeline").value_or(""), std::move(tap), sink, attached);
  });
}

}  // namespace api
