#include "super/running.hh"

#include <doctest/doctest.h>

using pipeline::State;

namespace {
constexpr base::Nanos hour = 3600 * base::second;

struct Many : super::Running {
  Many() {
    auto p = std::make_shared<pipeline::PipelineSpec>();
    p->name = "many";
    p->max_sessions = 3;
    spec = std::move(p);
  }
  super::Instance& add(std::uint32_t id, State state, base::Nanos entered) {
    super::Instance& s = sessions.emplace_back();
    s.id = id;
    s.peer = base::Address::v4(0x0a000000 + id);
    s.latest.state = state;
    s.latest.since = entered;
    return s;
  }
};
}  // namespace

TEST_CASE("many peers: the place of the one longest down is given away; of one that is up or held down never") {
  Many m;
  const base::Nanos now = 10 * hour;
  m.add(1, State::established, 0);
  CHECK(m.replaceable(now) == nullptr);
  m.add(2, State::backoff, hour);
  m.add(3, State::waiting, hour / 2);
  CHECK(m.replaceable(now)->id == 3);
  m.sessions[2].latest.held_down = true;
  CHECK(m.replaceable(now)->id == 2);
  // It was called a moment ago, and its status is on its way.
  m.sessions[1].called = now - base::second;
  CHECK(m.replaceable(now) == nullptr);
}

TEST_CASE("many peers: who has been gone for more than an hour is forgotten") {
  Many m;
  const base::Nanos now = 10 * hour;
  m.add(1, State::established, 0);
  m.add(2, State::waiting, now - 2 * hour);
  m.add(3, State::waiting, now - hour / 2);
  m.add(4, State::failed, now - 2 * hour).latest.held_down = true;
  CHECK(m.forgotten(now) == std::vector<std::uint32_t>{2});
  CHECK(m.find(base::Address::v4(0x0a000003))->id == 3);
  CHECK(m.find(std::uint32_t{4})->latest.held_down);
  CHECK(m.find(base::Address::v4(0x0a000009)) == nullptr);
}

TEST_CASE("many peers: the pipeline waits without any, and shows the most troubled of them") {
  Many m;
  CHECK(m.status().state == State::waiting);
  m.add(1, State::established, 5);
  CHECK(m.status().state == State::established);
  m.add(2, State::backoff, 7);
  CHECK(m.status().state == State::backoff);
  CHECK(m.status().since == 7);
  CHECK(m.status().sessions.size() == 2);
  m.listen_error = "address in use";
  CHECK(m.status().state == State::failed);
  Many stopped;
  stopped.stopped = true;
  CHECK(stopped.status().state == State::stopped);
}
