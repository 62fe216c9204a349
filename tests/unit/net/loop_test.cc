#include "net/loop.hh"

#include <memory>
#include <optional>
#include <string>

#include "support.hh"

TEST_CASE("deferred: runs in a later turn, in order, once for many requests") {
  TestLoop t;
  std::string order;
  net::Deferred a(t.loop, [&] { order += 'a'; }), b(t.loop, [&] { order += 'b'; });
  net::Deferred end(t.loop, [&] { t.loop.stop(); });
  b.schedule();
  a.schedule();
  b.schedule();
  end.schedule();
  CHECK(order.empty());
  t.run();
  CHECK(order == "ba");
  CHECK_FALSE(a.scheduled());
}

TEST_CASE("deferred: what a call schedules waits for the next turn, so timers run in between") {
  TestLoop t;
  int turns = 0;
  std::unique_ptr<net::Deferred> again;
  again = std::make_unique<net::Deferred>(t.loop, [&] {
    ++turns;
    again->schedule();
  });
  net::Timer stop(t.loop, [&] { t.loop.stop(); });
  stop.start(2 * base::millisecond);
  again->schedule();
  t.run();
  CHECK(turns > 1);
}

TEST_CASE("deferred: may be cancelled, and may destroy itself and others") {
  TestLoop t;
  int calls = 0;
  std::optional<net::Deferred> self, other;
  net::Deferred cancelled(t.loop, [&] { ++calls; });
  other.emplace(t.loop, [&] { ++calls; });
  self.emplace(t.loop, [&, held = std::make_unique<int>(7)] {
    self.reset();
    other.reset();
    calls += *held;
    t.loop.stop();
  });
  self->schedule();
  other->schedule();
  cancelled.schedule();
  cancelled.cancel();
  t.run();
  CHECK(calls == 7);
}

TEST_CASE("loop: time stands still within a burst and is exact outside run") {
  TestLoop t;
  const base::Nanos before = t.loop.now();
  while (base::system_clock().mono() == before) continue;
  CHECK(t.loop.now() > before);
  bool same = false;
  net::Deferred look(t.loop, [&] {
    const base::Nanos first = t.loop.now(), wall = t.loop.wall();
    while (base::system_clock().mono() - first < 10 * base::microsecond) continue;
    same = t.loop.now() == first && t.loop.wall() == wall;
    t.loop.stop();
  });
  look.schedule();
  t.run();
  CHECK(same);
}

TEST_CASE("buffer pool: a buffer comes back to the next borrower, one that grew too far does not") {
  net::BufferPool pool;
  base::Buffer a = pool.borrow();
  CHECK(a.capacity() >= net::BufferPool::buffer_size);
  const auto* const place = a.data();
  a.append(std::string_view("x"));
  pool.give_back(std::move(a));
  base::Buffer b = pool.borrow();
  CHECK(b.data() == place);
  CHECK(b.empty());
  b.reserve(4 * net::BufferPool::buffer_size);
  pool.give_back(std::move(b));
  CHECK(pool.borrow().capacity() < 2 * net::BufferPool::buffer_size);
}
