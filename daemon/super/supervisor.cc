#include "super/supervisor.hh"

#include <algorithm>
#include <set>

#include "base/log.hh"
#include "base/text.hh"
#include "bgp/notification.hh"

namespace super {

namespace {
constexpr std::size_t inbox_bound = 16384, events_kept = 1000;
constexpr base::Nanos listen_retry = 5 * base::second;
namespace cease = bgp::notify::cease_subcode;
}  // namespace

struct Supervisor::Running {
  std::shared_ptr<const pipeline::PipelineSpec> spec;
  std::uint32_t session = 0;
  SessionWorker* worker = nullptr;
  pipeline::SessionStatus latest;
  std::vector<net::ListenerSet::Id> listeners;
  std::string listen_error;
  bool stopped = false;   // by an operator
  bool retiring = false;  // removed from the configuration; its session is ending
};

Supervisor::Supervisor(net::Loop& loop, unsigned workers)
    : loop_(loop),
      config_(std::make_shared<Config>()),
      first_config_(config_),
      inbox_(loop, inbox_bound),
      listeners_(loop),
      listen_again_(loop, [this] { retry_listeners(); }),
      event_log_([](bool problem, const std::string& pipeline, const std::string& line) {
        base::log::write(problem ? base::log::Level::warn : base::log::Level::info, pipeline, line);
      }),
      tell_left_out_(loop,
                     [this] {
                       if (event_log_.flush(loop_.now())) tell_left_out_.start(EventLog::window);
                     }),
      calls_{.status = [this](pipeline::SessionStatus s) { take_status(std::move(s)); },
             .event = [this](pipeline::Event e) { take_event(std::move(e)); },
             .ended = [this](std::uint32_t session, bool failed) { take_ended(session, failed); },
             .tapped = [this](std::uint64_t tap, std::uint32_t session, std::string lines,
                              std::uint64_t lost) { take_tapped(tap, session, std::move(lines), lost); }} {
  for (unsigned i = 0; i < std::max(workers, 1u); ++i)
    workers_.push_back(std::make_unique<SessionWorker>(i, inbox_, calls_));
}

Supervisor::~Supervisor() { workers_.clear(); }

void Supervisor::start(std::shared_ptr<const Config> config) {
  config_ = first_config_ = std::move(config);
  for (const auto& p : config_->pipelines) launch(p);
}

void Supervisor::launch(std::shared_ptr<const pipeline::PipelineSpec> spec, bool stopped) {
  auto r = std::make_unique<Running>();
  r->spec = spec;
  r->session = next_session_++;
  r->worker = std::ranges::min_element(workers_, {}, [](const auto& w) { return w->sessions(); })->get();
  r->latest = {
      .id = r->session, .worker = r->worker->index(), .state = pipeline::State::starting, .since = loop_.now()};
  r->worker->create(r->session, spec);
  for (const auto& [id, tap] : taps_) attach_tap(id, tap, *r, [] {});
  r->stopped = stopped;
  // Listening first: a peer that calls while the session starts is accepted.
  if (!stopped) listen_for(*r);
  r->worker->with(r->session, [stopped](pipeline::Session& s) {
    stopped ? s.stop(pipeline::EndMode::close, 0, "", [] {}) : s.start();
  });
  running_.push_back(std::move(r));
}

void Supervisor::listen_for(Running& r) {
  r.listen_error.clear();
  const auto own = r.spec->own_stages();
  for (const pipeline::StageSpec& s : own) {
    if (s.kind->listen == nullptr) continue;
    const auto request = s.kind->listen(s.options.get());
    if (!request) {
      r.listen_error = s.identity + ": " + request.error().text;
      break;
    }
    const pipeline::Side side = &s == &own.front() ? pipeline::Side::left : pipeline::Side::right;
    const net::ListenSpec spec{.endpoint = request->endpoint,
                               .device = request->socket.device,
                               .peer = request->peer,
                               .md5 = request->md5,
                               .gtsm = request->socket.gtsm};
    auto id = listeners_.add(spec, [this, session = r.session, side, options = request->socket](net::Accepted a) {
      Running* to = find(session);
      if (to == nullptr || to->stopped || to->retiring) return;
      const auto family = a.peer.address.family();
      net::SocketOptions accepted = options;
      accepted.gtsm = 0;  // done by the listener
      accepted.device.clear();
      if (const auto ok = net::apply(a.fd.get(), family, accepted); !ok)
        base::log::warn(to->spec->name, ok.error().text);
      to->worker->with(session,
                       [side, fd = std::move(a.fd)](pipeline::Session& of) mutable { of.accept(side, std::move(fd)); });
    });
    if (!id) {
      r.listen_error = s.identity + ": " + id.error().text;
      break;
    }
    r.listeners.push_back(*id);
  }
  if (r.listen_error.empty()) return;
  unlisten(r);
  base::log::error(r.spec->name, r.listen_error);
  if (!listen_again_.active()) listen_again_.start(listen_retry);
}

void Supervisor::unlisten(Running& r) {
  for (const auto id : std::exchange(r.listeners, {})) listeners_.remove(id);
}

void Supervisor::retry_listeners() {
  for (const auto& r : running_)
    if (!r->listen_error.empty() && !r->retiring && !r->stopped) listen_for(*r);
}

void Supervisor::retire(Running& r, std::uint8_t subcode) {
  r.retiring = true;
  unlisten(r);
  const std::uint32_t session = r.session;
  SessionWorker* worker = r.worker;
  worker->with(session, [this, subcode, worker, session](pipeline::Session& s) {
    s.stop(pipeline::EndMode::cease, subcode, "", [this, worker, session] {
      inbox_.post_always([this, worker, session] {
        worker->destroy(session);
        std::erase_if(running_, [&](const auto& each) { return each->session == session; });
      });
    });
  });
}

std::vector<PlanEntry> Supervisor::reload(std::shared_ptr<const Config> wanted) {
  const auto entries = plan(*config_, *wanted);
  config_ = std::move(wanted);
  std::set<std::string> stopped;
  // What leaves goes first: others may want to listen where it did. Its legs may take a moment longer to close.
  for (const PlanEntry& e : entries) {
    Running* r = find(e.pipeline);
    if (r == nullptr) continue;
    if (r->stopped) stopped.insert(e.pipeline);
    if (e.action == Action::removed) retire(*r, cease::deconfigured);
    if (e.action == Action::restarted) retire(*r, cease::other_change);
  }
  for (const PlanEntry& e : entries) {
    const auto at = std::ranges::find_if(config_->pipelines, [&](const auto& p) { return p->name == e.pipeline; });
    if (at == config_->pipelines.end()) continue;
    if (e.action == Action::added || e.action == Action::restarted) launch(*at, stopped.contains(e.pipeline));
    Running* r = find(e.pipeline);
    if (e.action != Action::updated || r == nullptr) continue;
    r->spec = *at;
    r->worker->with(r->session, [spec = *at](pipeline::Session& s) { s.apply(spec); });
  }
  // As written, so that lists stay in the order of the file.
  std::ranges::stable_sort(running_, {}, [&](const auto& r) {
    return std::ranges::find_if(config_->pipelines, [&](const auto& p) { return p->name == r->spec->name; }) -
           config_->pipelines.begin();
  });
  return entries;
}

bool Supervisor::start_pipeline(const std::string& name) {
  Running* r = find(name);
  if (r == nullptr) return false;
  const bool down = std::exchange(r->stopped, false) || r->latest.state == pipeline::State::failed ||
                    r->latest.state == pipeline::State::stopped || r->latest.state == pipeline::State::backoff;
  if (!down) return true;
  r->latest.state = pipeline::State::starting;
  if (r->listeners.empty()) listen_for(*r);
  r->worker->with(r->session, [](pipeline::Session& s) { s.start(); });
  return true;
}

bool Supervisor::stop_pipeline(const std::string& name, const std::string& reason) {
  Running* r = find(name);
  if (r == nullptr) return false;
  r->stopped = true;
  r->latest.state = pipeline::State::stopping;
  unlisten(*r);
  r->listen_error.clear();
  const auto mode = pipeline::parse_end_mode(r->spec->options.stop).value_or(pipeline::EndMode::cease);
  r->worker->with(r->session, [mode, reason](pipeline::Session& s) { s.stop(mode, cease::shutdown, reason, [] {}); });
  return true;
}

bool Supervisor::restart_pipeline(const std::string& name, const std::string& reason) {
  Running* r = find(name);
  if (r == nullptr) return false;
  r->stopped = false;
  if (r->listeners.empty()) listen_for(*r);
  const auto mode = pipeline::parse_end_mode(r->spec->options.stop).value_or(pipeline::EndMode::cease);
  r->worker->with(r->session, [mode, reason](pipeline::Session& s) { s.restart(mode, cease::reset, reason); });
  return true;
}

void Supervisor::shutdown(base::Nanos bound, std::function<void()> done) {
  auto once = std::make_shared<std::function<void()>>(std::move(done));
  const auto finish = [this, once] {
    if (!*once) return;
    const auto call = std::exchange(*once, nullptr);
    shutdown_bound_->stop();
    call();
  };
  shutdown_bound_ = std::make_unique<net::Timer>(loop_, finish);
  shutdown_bound_->start(bound);
  // A peer that is still sending would see a reset in place of our last words.
  const auto let_linger = [this, finish] {
    auto busy = std::make_shared<std::size_t>(workers_.size());
    for (const auto& w : workers_)
      w->when_quiet([this, busy, finish] {
        inbox_.post_always([busy, finish] {
          if (--*busy == 0) finish();
        });
      });
  };
  auto left = std::make_shared<std::size_t>(running_.size());
  if (*left == 0) {
    let_linger();
    return;
  }
  for (const auto& r : running_) {
    unlisten(*r);
    r->stopped = true;
    const std::string& how = r->spec->options.shutdown;
    const auto mode = how == "auto"
                          ? (r->spec->has_kind("speaker") ? pipeline::EndMode::cease : pipeline::EndMode::close)
                          : pipeline::parse_end_mode(how).value_or(pipeline::EndMode::close);
    r->worker->with(r->session, [this, mode, left, let_linger](pipeline::Session& s) {
      s.stop(mode, cease::shutdown, "", [this, left, let_linger] {
        inbox_.post_always([left, let_linger] {
          if (--*left == 0) let_linger();
        });
      });
    });
  }
}

std::vector<PipelineStatus> Supervisor::status() const {
  std::vector<PipelineStatus> out;
  for (const auto& r : running_)
    if (!r->retiring) out.push_back(status_of(*r));
  return out;
}

std::optional<PipelineStatus> Supervisor::status(const std::string& name) const {
  for (const auto& r : running_)
    if (r->spec->name == name && !r->retiring) return status_of(*r);
  return std::nullopt;
}

PipelineStatus Supervisor::status_of(const Running& r) const {
  PipelineStatus p{
      .name = r.spec->name, .state = r.latest.state, .since = r.latest.since, .stages = r.spec->stages.size()};
  p.error = r.listen_error;
  if (!r.listen_error.empty()) p.state = pipeline::State::failed;
  p.sessions.push_back(r.latest);
  return p;
}

std::uint64_t Supervisor::on_event(EventSink sink) {
  event_sinks_.emplace(next_id_, std::move(sink));
  return next_id_++;
}

void Supervisor::off_event(std::uint64_t id) { event_sinks_.erase(id); }

std::uint64_t Supervisor::events_lost() const {
  std::uint64_t n = 0;
  for (const auto& w : workers_) n += w->lost();
  return n;
}

std::uint64_t Supervisor::add_tap(const std::string& name, TapRequest request, TapSink sink,
                                  std::function<void()> attached) {
  const std::uint64_t id = next_id_++;
  const Tap& tap = taps_.emplace(id, Tap{name, std::move(request), std::move(sink)}).first->second;
  // Called by the last of those who hold it, and by nobody's leave: a session that is gone lets it go too.
  const std::shared_ptr<void> all(nullptr,
                                  [this, attached = std::move(attached)](void*) { inbox_.post_always(attached); });
  for (const auto& r : running_) attach_tap(id, tap, *r, [all] {});
  return id;
}

void Supervisor::attach_tap(std::uint64_t id, const Tap& tap, Running& r, std::function<void()> attached) {
  if (r.retiring || (!tap.pipeline.empty() && !base::glob(tap.pipeline, r.spec->name))) return;
  r.worker->with(r.session, [id, only = tap.request.only, encoder = tap.request.encoder,
                             attached = std::move(attached)](pipeline::Session& s) {
    s.add_tap(id, only, encoder);
    attached();
  });
}

void Supervisor::remove_tap(std::uint64_t id) {
  if (taps_.erase(id) == 0) return;
  for (const auto& r : running_) r->worker->with(r->session, [id](pipeline::Session& s) { s.remove_tap(id); });
}

Supervisor::Running* Supervisor::find(const std::string& name) {
  const auto at = std::ranges::find_if(running_, [&](const auto& r) { return r->spec->name == name && !r->retiring; });
  return at == running_.end() ? nullptr : at->get();
}

Supervisor::Running* Supervisor::find(std::uint32_t session) {
  const auto at = std::ranges::find_if(running_, [&](const auto& r) { return r->session == session; });
  return at == running_.end() ? nullptr : at->get();
}

void Supervisor::take_status(pipeline::SessionStatus s) {
  if (Running* r = find(s.id)) r->latest = std::move(s);
}

void Supervisor::take_event(pipeline::Event e) {
  e.number = next_event_++;
  const auto wanted = [&](const std::string& pattern) {
    return base::glob(pattern, e.name) || (!e.alias.empty() && base::glob(pattern, e.alias));
  };
  if (std::ranges::any_of(config_->log.events, wanted)) {
    event_log_.take(e, loop_.now());
    if (!tell_left_out_.active()) tell_left_out_.start(EventLog::window);
  }
  recent_.push_back(e);
  if (recent_.size() > events_kept) recent_.pop_front();
  // A sink may leave while it is called.
  for (auto at = event_sinks_.begin(); at != event_sinks_.end();) {
    const EventSink sink = (at++)->second;
    sink(e);
  }
}

void Supervisor::take_ended(std::uint32_t session, bool failed) {
  const Running* r = find(session);
  if (r != nullptr && on_ended) on_ended(r->spec->name, failed);
}

void Supervisor::take_tapped(std::uint64_t tap, std::uint32_t session, std::string lines, std::uint64_t lost) {
  const auto at = taps_.find(tap);
  const Running* r = find(session);
  if (at == taps_.end() || r == nullptr) return;
  // It may leave while it is called.
  const TapSink sink = at->second.sink;
  sink(r->spec->name, session, std::move(lines), lost);
}

}  // namespace super
