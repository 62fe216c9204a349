#include "net/timer.hh"

#include <optional>

#include "support.hh"

TEST_CASE("timer: not early, once, and again when started anew") {
  TestLoop t;
  const base::Nanos begin = base::system_clock().mono();
  int calls = 0;
  std::optional<net::Timer> timer;
  timer.emplace(t.loop, [&] {
    if (++calls == 1) {
      CHECK_FALSE(timer->active());
      timer->start(2 * base::millisecond);
    } else {
      t.loop.stop();
    }
  });
  timer->start(3 * base::millisecond);
  CHECK(timer->active());
  t.run();
  CHECK(calls == 2);
  CHECK(base::system_clock().mono() - begin >= 5 * base::millisecond);
}

TEST_CASE("timer: counts from the call of start, not from the last turn of the loop") {
  TestLoop t;
  base::Nanos end = 0;
  net::Timer timer(t.loop, [&] {
    end = base::system_clock().mono();
    t.loop.stop();
  });
  const base::Nanos made = base::system_clock().mono();
  while (base::system_clock().mono() - made < 5 * base::millisecond) continue;
  const base::Nanos begin = base::system_clock().mono();
  timer.start(4 * base::millisecond);
  t.run();
  CHECK(end - begin >= 4 * base::millisecond);
}

TEST_CASE("timer: repeats until stopped") {
  TestLoop t;
  int calls = 0;
  std::optional<net::Timer> timer;
  timer.emplace(t.loop, [&] {
    if (++calls < 3) return;
    timer->stop();
    t.loop.stop();
  });
  timer->start(0, base::millisecond);
  t.run();
  CHECK(calls == 3);
}

TEST_CASE("timer: may be destroyed by its own call, and a destroyed one is silent") {
  TestLoop t;
  int calls = 0;
  std::optional<net::Timer> self, other;
  net::Timer stop(t.loop, [&] { t.loop.stop(); });
  other.emplace(t.loop, [&] { ++calls; });
  self.emplace(t.loop, [&, held = std::string("a string that is longer than any small buffer")] {
    self.reset();
    other.reset();
    calls += static_cast<int>(held.size());
  });
  self->start(0);
  other->start(base::millisecond);
  stop.start(3 * base::millisecond);
  t.run();
  CHECK(calls == 45);
}

TEST_CASE("timer: an endless delay does not wrap") {
  TestLoop t;
  bool called = false;
  net::Timer never(t.loop, [&] { called = true; });
  never.start(INT64_MAX);
  net::Timer stop(t.loop, [&] { t.loop.stop(); });
  stop.start(2 * base::millisecond);
  t.run();
  CHECK_FALSE(called);
}
