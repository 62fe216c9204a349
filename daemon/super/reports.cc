// What sessions tell, and who hears it: status, events, messages for `tail`.
#include <algorithm>

#include "base/text.hh"
#include "super/running.hh"

namespace super {

namespace {
constexpr std::size_t events_kept = 1000;
}  // namespace

std::vector<PipelineStatus> Supervisor::status() const {
  std::vector<PipelineStatus> out;
  for (const auto& r : running_)
    if (!r->retiring) out.push_back(r->status());
  return out;
}

std::optional<PipelineStatus> Supervisor::status(const std::string& name) const {
  for (const auto& r : running_)
    if (r->spec->name == name && !r->retiring) return r->status();
  return std::nullopt;
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
  for (const auto& r : running_)
    if (concerns(tap, *r))
      for (const Instance& s : r->sessions) attach_tap(id, tap, s, [all] {});
  return id;
}

bool Supervisor::concerns(const Tap& tap, const Running& r) {
  return !r.retiring && (tap.pipeline.empty() || base::glob(tap.pipeline, r.spec->name));
}

void Supervisor::attach_tap(std::uint64_t id, const Tap& tap, const Instance& to, std::function<void()> attached) {
  to.worker->with(to.id, [id, only = tap.request.only, encoder = tap.request.encoder,
                          attached = std::move(attached)](pipeline::Session& s) {
    s.add_tap(id, only, encoder);
    attached();
  });
}

void Supervisor::remove_tap(std::uint64_t id) {
  if (taps_.erase(id) == 0) return;
  for (const auto& r : running_)
    for (const Instance& each : r->sessions)
      each.worker->with(each.id, [id](pipeline::Session& s) { s.remove_tap(id); });
}

void Supervisor::take_status(pipeline::SessionStatus s) {
  Running* r = find(s.id);
  if (r == nullptr) return;
  Instance* of = r->find(s.id);
  of->latest = std::move(s);
}

void Supervisor::take_event(pipeline::Event e) {
  e.number = next_event_++;
  const auto wanted = [&](const std::string& pattern) {
    return base::glob(pattern, e.name) || (!e.alias.empty() && base::glob(pattern, e.alias));
  };
  if (std::ranges::any_of(config_->log.events, wanted)) {
    event_log_.take(e, loop_.now());
    if (!tell_held_back_.active()) tell_held_back_.start(EventLog::window);
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
  Running* r = find(session);
  if (r == nullptr) return;
  // One of many peers: when it calls again, it has a new one.
  if (r->spec->serves_many()) {
    if (!r->retiring && !r->stopped && !r->find(session)->latest.held_down) drop(*r, session);
    return;
  }
  if (on_ended) on_ended(r->spec->name, failed);
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
