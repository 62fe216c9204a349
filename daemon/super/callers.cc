// Peers that call: where pipelines listen for them, and which session gets the connection.
#include "base/log.hh"
#include "super/running.hh"

namespace super {

namespace {
constexpr base::Nanos listen_retry = 5 * base::second, quiet = 10 * base::second;
}  // namespace

void Supervisor::listen_for(Running& r) {
  r.listen_error.clear();
  r.since = loop_.now();
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
    // It listens no longer than it runs.
    auto id = listeners_.add(
        spec, [this, &r, side, options = request->socket](net::Accepted a) { called(r, side, options, std::move(a)); });
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

void Supervisor::called(Running& r, pipeline::Side side, const net::SocketOptions& options, net::Accepted a) {
  if (r.stopped || r.retiring) return;
  const auto family = a.peer.address.family();
  net::SocketOptions accepted = options;
  accepted.gtsm = 0;  // done by the listener
  accepted.device.clear();
  if (const auto ok = net::apply(a.fd.get(), family, accepted); !ok) base::log::warn(r.spec->name, ok.error().text);
  Instance* to = r.spec->serves_many() ? session_for(r, a.peer.address) : &r.sessions.front();
  if (to == nullptr) {
    turn_away(r, a.peer);
    return;
  }
  to->called = loop_.now();
  to->worker->with(to->id,
                   [side, fd = std::move(a.fd)](pipeline::Session& of) mutable { of.accept(side, std::move(fd)); });
}

Instance* Supervisor::session_for(Running& r, const base::Address& peer) {
  if (Instance* known = r.find(peer)) return known;
  const base::Nanos now = loop_.now();
  for (const std::uint32_t id : r.forgotten(now)) drop(r, id);
  if (r.sessions.size() >= r.spec->max_sessions) {
    const Instance* place = r.replaceable(now);
    if (place == nullptr) return nullptr;
    drop(r, place->id);
  }
  Instance& fresh = add_session(r, peer);
  fresh.worker->with(fresh.id, [](pipeline::Session& s) { s.start(); });
  return &fresh;
}

void Supervisor::turn_away(Running& r, const base::Endpoint& peer) {
  ++r.turned;
  if (r.refused != 0 && loop_.now() - r.refused < quiet) return;
  r.refused = loop_.now();
  std::string text = "connection from " + peer.text() + " closed: max-sessions " +
                     std::to_string(r.spec->max_sessions) + " are in use";
  if (r.turned > 1) text += " (and " + std::to_string(r.turned - 1) + " others before)";
  r.turned = 0;
  base::log::warn(r.spec->name, text);
}

}  // namespace super
