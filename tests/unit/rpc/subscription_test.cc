#include "rpc/subscription.hh"

#include <doctest/doctest.h>

using namespace rpc;

namespace {
const std::string record = R"({"event":{"seq":1}})";
bool has(const std::string& line, std::string_view part) { return line.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("subscription: records come out in order") {
  int woken = 0;
  Subscription s(3, 0, 10'000, [&] { ++woken; });
  s.push(R"({"n":1})");
  s.push(R"({"n":2})");
  CHECK(woken == 2);
  CHECK(has(s.next(), R"("n":1)"));
  CHECK(has(s.next(), R"("n":2)"));
  CHECK_FALSE(s.waiting());
  CHECK(s.next().empty());
}

TEST_CASE("subscription: a slow client loses the oldest and is told how many before the next record") {
  Subscription s(3, 0, 500, {});
  for (int i = 0; i < 100; ++i) s.push(R"({"n":)" + std::to_string(i) + "}");
  CHECK(s.lost() > 90);
  const auto lost = s.lost();
  CHECK(has(s.next(), R"("lagged":)" + std::to_string(lost)));
  CHECK(has(s.next(), R"("n":)" + std::to_string(lost)));
  std::string last, line;
  while (!(line = s.next()).empty()) last = line;
  CHECK(has(last, R"("n":99)"));
  s.push(record);
  CHECK_FALSE(has(s.next(), "lagged"));
}

TEST_CASE("subscription: a record larger than the bound still comes, alone") {
  Subscription s(3, 0, 500, {});
  s.push(record);
  s.push(R"({"x":")" + std::string(2000, 'x') + "\"}");
  CHECK(has(s.next(), R"("lagged":1)"));
  CHECK(has(s.next(), "xxx"));
}

TEST_CASE("subscription: the limit ends it and tells both sides") {
  int ended = 0;
  Subscription s(3, 2, 10'000, {});
  s.on_close([&] { ++ended; });
  s.push(record);
  CHECK_FALSE(s.closed());
  s.push(record);
  CHECK(s.closed());
  CHECK(ended == 1);
  s.push(record);
  (void)s.next();
  (void)s.next();
  CHECK(has(s.next(), R"("closed":"limit reached")"));
  CHECK_FALSE(s.waiting());
}

TEST_CASE("subscription: finish tells the client, not the handler") {
  int ended = 0;
  Subscription s(3, 0, 10'000, {});
  s.on_close([&] { ++ended; });
  s.push(record);
  s.finish("the daemon stops");
  CHECK(s.closed());
  CHECK(ended == 0);
  (void)s.next();
  CHECK(has(s.next(), "the daemon stops"));
}

TEST_CASE("subscription: cancel drops what waits and tells the handler once") {
  int ended = 0;
  Subscription s(3, 0, 10'000, {});
  s.on_close([&] { ++ended; });
  s.push(record);
  s.cancel();
  s.cancel();
  CHECK(s.closed());
  CHECK_FALSE(s.waiting());
  CHECK(ended == 1);
}
