#include "net/signals.hh"

#include <csignal>
#include <optional>

#include "support.hh"

TEST_CASE("signals: are calls on the loop, and the call may end them") {
  TestLoop t;
  std::optional<net::Signals> signals;
  int got = 0;
  signals.emplace(t.loop, std::initializer_list<int>{SIGHUP, SIGUSR1}, [&](int number) {
    got = number;
    if (number == SIGUSR1) signals.reset();
  });
  raise(SIGHUP);
  t.until([&] { return got == SIGHUP; });
  raise(SIGUSR1);
  t.until([&] { return got == SIGUSR1; });
  CHECK_FALSE(signals);
}
