#include "super/running.hh"

#include <algorithm>

namespace super {

namespace {
using pipeline::State;
// A call reaches the session, and its status comes back, within this time.
constexpr base::Nanos under_way = 5 * base::second;
constexpr base::Nanos forget_after = 3600 * base::second;

// How much an operator should look at it.
int trouble(State s) {
  switch (s) {
    case State::failed: return 9;
    case State::backoff: return 8;
    case State::stopping: return 7;
    case State::connecting: return 6;
    case State::opening: return 5;
    case State::starting: return 4;
    case State::waiting: return 3;
    case State::stopped: return 2;
    case State::running:
    case State::established: return 1;
  }
  return 0;
}

bool gone(const Instance& s, base::Nanos now) { return s.down() && !s.latest.held_down && now - s.called > under_way; }
}  // namespace

bool Instance::down() const {
  const State s = latest.state;
  return s == State::waiting || s == State::backoff || s == State::failed || s == State::stopped;
}

Instance* Running::find(std::uint32_t session) {
  const auto at = std::ranges::find(sessions, session, &Instance::id);
  return at == sessions.end() ? nullptr : &*at;
}

Instance* Running::find(const base::Address& peer) {
  const auto at = std::ranges::find(sessions, peer, &Instance::peer);
  return at == sessions.end() ? nullptr : &*at;
}

const Instance* Running::replaceable(base::Nanos now) const {
  const Instance* oldest = nullptr;
  for (const Instance& s : sessions)
    if (gone(s, now) && (oldest == nullptr || s.latest.since < oldest->latest.since)) oldest = &s;
  return oldest;
}

std::vector<std::uint32_t> Running::forgotten(base::Nanos now) const {
  std::vector<std::uint32_t> out;
  for (const Instance& s : sessions)
    if (gone(s, now) && now - std::max(s.latest.since, s.called) > forget_after) out.push_back(s.id);
  return out;
}

PipelineStatus Running::status() const {
  PipelineStatus p{.name = spec->name, .stages = spec->stages.size(), .error = listen_error};
  p.state = stopped ? State::stopped : State::waiting;
  p.since = since;
  const auto worst = std::ranges::max_element(sessions, {}, [](const Instance& s) { return trouble(s.latest.state); });
  if (worst != sessions.end()) p.state = worst->latest.state, p.since = worst->latest.since;
  if (!listen_error.empty()) p.state = State::failed;
  for (const Instance& s : sessions) p.sessions.push_back(s.latest);
  return p;
}

}  // namespace super
