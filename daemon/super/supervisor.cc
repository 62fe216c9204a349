#include "super/supervisor.hh"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/log.hh"
#include "bgp/notification.hh"
#include "super/running.hh"

namespace super {

namespace {
constexpr std::size_t inbox_bound = 16384;
namespace cease = bgp::notify::cease_subcode;
}  // namespace

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
      tell_held_back_(loop,
                      [this] {
                        if (const auto wait = event_log_.flush(loop_.now())) tell_held_back_.start(*wait);
                      }),
      calls_{.status = [this](pipeline::SessionStatus s) { take_status(std::move(s)); },
             .event = [this](pipeline::Event e) { take_event(std::move(e)); },
             .ended = [this](std::uint32_t session, bool failed) { take_ended(session, failed); },
             .tapped = [this](std::uint64_t tap, std::uint32_t session, std::string lines,
                              std::uint64_t lost) { take_tapped(tap, session, std::move(lines), lost); }} {
  for (unsigned i = 0; i < std::max(workers, 1u); ++i)
    workers_.push_back(std::make_unique<SessionWorker>(i, inbox_, calls_));
}

Supervisor::~Supervisor() {
  workers_.clear();
  event_log_.tell_all(loop_.now());
}

void Supervisor::start(std::shared_ptr<const Config> config) {
  config_ = first_config_ = std::move(config);
  for (const auto& p : config_->pipelines) launch(p);
}

void Supervisor::launch(std::shared_ptr<const pipeline::PipelineSpec> spec, bool stopped) {
  Running& r = *running_.emplace_back(std::make_unique<Running>());
  r.spec = std::move(spec);
  r.stopped = stopped;
  r.since = loop_.now();
  if (!r.spec->serves_many()) add_session(r, {});
  // Listening first: a peer that calls while the session starts is accepted.
  if (!stopped) listen_for(r);
  for (const Instance& each : r.sessions)
    each.worker->with(each.id, [stopped](pipeline::Session& s) {
      stopped ? s.stop(pipeline::EndMode::close, 0, "", [] {}) : s.start();
    });
}

Instance& Supervisor::add_session(Running& r, const base::Address& peer) {
  const std::string name = peer.empty() ? "" : peer.text();
  Instance& s = r.sessions.emplace_back();
  s.id = next_session_++;
  s.worker = std::ranges::min_element(workers_, {}, [](const auto& w) { return w->sessions(); })->get();
  s.peer = peer;
  s.latest = {
      .id = s.id, .worker = s.worker->index(), .peer = name, .state = pipeline::State::starting, .since = loop_.now()};
  s.worker->create(s.id, r.spec, name);
  by_session_.emplace(s.id, &r);
  for (const auto& [id, tap] : taps_)
    if (concerns(tap, r)) attach_tap(id, tap, s, [] {});
  return s;
}

void Supervisor::drop(Running& r, std::uint32_t session) {
  end_session(*r.find(session), pipeline::EndMode::close, 0, [] {});
  by_session_.erase(session);
  std::erase_if(r.sessions, [&](const Instance& s) { return s.id == session; });
}

// Stops it, destroys it, then calls.
void Supervisor::end_session(const Instance& s, pipeline::EndMode mode, std::uint8_t subcode,
                             std::function<void()> done) {
  s.worker->with(
      s.id, [this, mode, subcode, worker = s.worker, id = s.id, done = std::move(done)](pipeline::Session& of) mutable {
        of.stop(mode, subcode, "", [this, worker, id, done = std::move(done)] {
          inbox_.post_always([this, worker, id, done] {
            worker->destroy(id);
            by_session_.erase(id);
            done();
          });
        });
      });
}

void Supervisor::retire(Running& r, std::uint8_t subcode) {
  r.retiring = true;
  unlisten(r);
  const auto forget = [this, gone = &r] {
    std::erase_if(running_, [gone](const auto& each) { return each.get() == gone; });
  };
  auto left = std::make_shared<std::size_t>(r.sessions.size());
  if (*left == 0) inbox_.post_always(forget);
  for (const Instance& s : r.sessions)
    end_session(s, pipeline::EndMode::cease, subcode, [left, forget] {
      if (--*left == 0) forget();
    });
}

std::vector<PlanEntry> Supervisor::reload(std::shared_ptr<const Config> wanted) {
  const auto entries = plan(*config_, *wanted);
  config_ = std::move(wanted);
  std::unordered_map<std::string, std::size_t> place;  // in the configuration
  for (const auto& p : config_->pipelines) place.emplace(p->name, place.size());
  std::unordered_map<std::string, Running*> now;
  for (const auto& r : running_)
    if (!r->retiring) now.emplace(r->spec->name, r.get());
  const auto find = [&](const std::string& name) {
    const auto at = now.find(name);
    return at == now.end() ? nullptr : at->second;
  };
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
    const auto where = place.find(e.pipeline);
    if (where == place.end()) continue;
    const auto at = config_->pipelines.begin() + static_cast<std::ptrdiff_t>(where->second);
    if (e.action == Action::added || e.action == Action::restarted) launch(*at, stopped.contains(e.pipeline));
    Running* r = find(e.pipeline);
    if (e.action != Action::updated || r == nullptr) continue;
    r->spec = *at;
    for (const Instance& s : r->sessions) s.worker->with(s.id, [spec = *at](pipeline::Session& of) { of.apply(spec); });
  }
  // As written, so that lists stay in the order of the file.
  std::ranges::stable_sort(running_, {}, [&](const auto& r) {
    const auto at = place.find(r->spec->name);
    return at == place.end() ? place.size() : at->second;
  });
  return entries;
}

bool Supervisor::start_pipeline(const std::string& name) {
  Running* r = find(name);
  if (r == nullptr) return false;
  const bool was_stopped = std::exchange(r->stopped, false);
  if (r->listeners.empty()) listen_for(*r);
  for (Instance& s : r->sessions) {
    const auto state = s.latest.state;
    if (!was_stopped && state != pipeline::State::failed && state != pipeline::State::stopped &&
        state != pipeline::State::backoff)
      continue;
    s.latest.state = pipeline::State::starting;
    s.worker->with(s.id, [](pipeline::Session& of) { of.start(); });
  }
  return true;
}

bool Supervisor::stop_pipeline(const std::string& name, const std::string& reason) {
  Running* r = find(name);
  if (r == nullptr) return false;
  r->stopped = true;
  r->since = loop_.now();
  unlisten(*r);
  r->listen_error.clear();
  const auto mode = pipeline::parse_end_mode(r->spec->options.stop).value_or(pipeline::EndMode::cease);
  for (Instance& s : r->sessions) {
    s.latest.state = pipeline::State::stopping;
    s.worker->with(s.id, [mode, reason](pipeline::Session& of) { of.stop(mode, cease::shutdown, reason, [] {}); });
  }
  return true;
}

bool Supervisor::restart_pipeline(const std::string& name, const std::string& reason) {
  Running* r = find(name);
  if (r == nullptr) return false;
  r->stopped = false;
  if (r->listeners.empty()) listen_for(*r);
  const auto mode = pipeline::parse_end_mode(r->spec->options.stop).value_or(pipeline::EndMode::cease);
  for (const Instance& s : r->sessions)
    s.worker->with(s.id, [mode, reason](pipeline::Session& of) { of.restart(mode, cease::reset, reason); });
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
  auto left = std::make_shared<std::size_t>(by_session_.size());
  if (*left == 0) let_linger();
  for (const auto& r : running_) {
    unlisten(*r);
    r->stopped = true;
    const std::string& how = r->spec->options.shutdown;
    const auto mode = how == "auto"
                          ? (r->spec->has_kind("speaker") ? pipeline::EndMode::cease : pipeline::EndMode::close)
                          : pipeline::parse_end_mode(how).value_or(pipeline::EndMode::close);
    for (const Instance& each : r->sessions) {
      if (!by_session_.contains(each.id)) continue;  // ended already
      each.worker->with(each.id, [this, mode, left, let_linger](pipeline::Session& s) {
        s.stop(mode, cease::shutdown, "", [this, left, let_linger] {
          inbox_.post_always([left, let_linger] {
            if (--*left == 0) let_linger();
          });
        });
      });
    }
  }
}

Running* Supervisor::find(const std::string& name) {
  const auto at = std::ranges::find_if(running_, [&](const auto& r) { return r->spec->name == name && !r->retiring; });
  return at == running_.end() ? nullptr : at->get();
}

Running* Supervisor::find(std::uint32_t session) {
  const auto at = by_session_.find(session);
  return at == by_session_.end() ? nullptr : at->second;
}

}  // namespace super
