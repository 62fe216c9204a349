#include "net/mailbox.hh"

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "net/worker.hh"
#include "support.hh"

TEST_CASE("mailbox: tasks of one thread run in the order of posting, on the reader's thread") {
  TestLoop t;
  net::Mailbox box(t.loop, 100'000);
  std::vector<int> seen[2];
  const auto here = std::this_thread::get_id();
  bool all_here = true;
  const auto poster = [&](int who) {
    for (int i = 0; i < 5000; ++i)
      CHECK(box.post([&, who, i] {
        all_here = all_here && std::this_thread::get_id() == here;
        seen[who].push_back(i);
        if (seen[0].size() + seen[1].size() == 10'000) t.loop.stop();
      }));
  };
  std::thread a(poster, 0), b(poster, 1);
  t.run();
  a.join();
  b.join();
  CHECK(all_here);
  for (const auto& s : seen)
    for (std::size_t i = 0; i < s.size(); ++i) REQUIRE(s[i] == static_cast<int>(i));
}

TEST_CASE("mailbox: full refuses, control traffic passes") {
  TestLoop t;
  net::Mailbox box(t.loop, 2);
  int ran = 0;
  CHECK(box.post([&] { ++ran; }));
  CHECK(box.post([&] { ++ran; }));
  CHECK_FALSE(box.post([&] { ran += 100; }));
  CHECK(box.waiting() == 2);
  CHECK(box.post_always([&] { t.loop.stop(); }));
  t.run();
  CHECK(ran == 2);
  CHECK(box.waiting() == 0);
  CHECK(box.post([] {}));
}

TEST_CASE("mailbox: a flood does not starve timers") {
  TestLoop t;
  net::Mailbox box(t.loop, 10);
  std::function<void()> flood = [&] { box.post_always([&] { flood(); }); };
  flood();
  net::Timer stop(t.loop, [&] { t.loop.stop(); });
  stop.start(base::millisecond);
  t.run();
}

TEST_CASE("mailbox: at most burst tasks in a turn") {
  TestLoop t;
  net::Mailbox box(t.loop, 10 * net::Mailbox::burst);
  std::size_t ran = 0, seen = 0;
  net::Deferred look(t.loop, [&] { seen = ran; });
  for (std::size_t i = 0; i < 3 * net::Mailbox::burst; ++i)
    box.post([&] {
      if (ran == 0) look.schedule();
      if (++ran == 3 * net::Mailbox::burst) t.loop.stop();
    });
  t.run();
  CHECK(seen == net::Mailbox::burst);
}

TEST_CASE("mailbox: a task may close it or destroy it; what waits is dropped") {
  TestLoop t;
  std::optional<net::Mailbox> box;
  box.emplace(t.loop, 10);
  const auto held = std::make_shared<int>();
  bool ran = false;
  box->post([&] {
    box->close();
    CHECK_FALSE(box->post([] {}));
    box.reset();
    t.loop.stop();
  });
  box->post([&, held] { ran = true; });
  t.run();
  CHECK_FALSE(ran);
  CHECK(held.use_count() == 1);
}

TEST_CASE("worker: runs on a thread of its own, with signals blocked; stop runs what was posted before") {
  net::Worker worker("test worker with a long name");
  std::thread::id there;
  sigset_t blocked;
  int ran = 0;
  for (int i = 0; i < 1000; ++i) CHECK(worker.inbox().post([&] { ++ran; }));
  CHECK(worker.inbox().post([&] {
    there = std::this_thread::get_id();
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  }));
  worker.stop();
  CHECK(ran == 1000);
  CHECK(there != std::this_thread::get_id());
  CHECK(sigismember(&blocked, SIGTERM) == 1);
  sigset_t here;
  pthread_sigmask(SIG_SETMASK, nullptr, &here);
  CHECK(sigismember(&here, SIGTERM) == 0);
}

TEST_CASE("worker: two answer each other") {
  net::Worker a("a"), b("b");
  TestLoop t;
  net::Mailbox box(t.loop, 10);
  std::function<void(int)> ping = [&](int n) {
    if (n == 0) {
      box.post_always([&] { t.loop.stop(); });
      return;
    }
    (n % 2 == 0 ? a : b).inbox().post([&ping, n] { ping(n - 1); });
  };
  ping(1000);
  t.run();
  a.stop();
  b.stop();
}
