#include <doctest/doctest.h>

#include "scripted_host.hh"

using base::second;
using bgp::MsgType;
using peer::EndCause;
using peer::Speaker;
using peer::State;

TEST_CASE("open wait: a peer that never speaks is let go, without a NOTIFICATION") {
  Bench b;
  b.speaker.start();
  CHECK(b.speaker.deadline() == b.clock.now + 30 * second);
  b.pass(30 * second - 1);
  CHECK_FALSE(b.host.end);
  b.pass(1);
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::open_wait);
  CHECK(b.host.sent.empty());
}

TEST_CASE("open wait: after our OPEN it is a hold timer error (RFC 4271 8.2.2)") {
  Bench b({.active = true, .asn = 65000, .open_wait = 10 * second});
  b.speaker.start();
  b.pass(10 * second);
  CHECK(b.host.notification() == "4/0");
  CHECK(b.host.end->cause == EndCause::open_wait);
  CHECK(b.host.end->text == "no session within 10s, in state open-sent");
}

TEST_CASE("open wait: holds in OpenConfirm too, even without a hold time") {
  Bench b;
  b.speaker.start();
  b.open({.hold = 0});
  b.pass(30 * second);
  CHECK(b.host.notification() == "4/0");
  CHECK(b.host.end->cause == EndCause::open_wait);
}

TEST_CASE("open wait: no bound once the session stands") {
  Bench b;
  b.establish({.hold = 0});
  CHECK(b.speaker.deadline() == Speaker::never);
  b.pass(100'000 * second);
  CHECK_FALSE(b.host.end);
  CHECK(b.host.sent.size() == 2);
}

TEST_CASE("hold timer: silence for the negotiated time ends the session (RFC 4271 6.5)") {
  Bench b;
  b.establish({.hold = 9});
  for (int i = 0; i < 8; ++i) b.pass(second);
  CHECK_FALSE(b.host.end);
  b.pass(second);
  CHECK(b.host.notification() == "4/0");
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::hold_timer);
  CHECK(b.host.end->text == "hold timer expired: nothing heard for 9 s");
}

TEST_CASE("hold timer: KEEPALIVE, UPDATE and ROUTE-REFRESH restart it") {
  Bench b;
  b.establish({.hold = 9});
  const auto step = [&](MsgType type, const char* body) {
    b.pass(8 * second);
    b.receive(type, body);
    CHECK_FALSE(b.host.end);
  };
  step(MsgType::keepalive, "");
  step(MsgType::update, "00000000");
  step(MsgType::route_refresh, "00010001");
  b.pass(8 * second);
  CHECK_FALSE(b.host.end);
}

TEST_CASE("hold timer: a peer whose messages end before the speaker is heard too") {
  Bench b;
  b.establish({.hold = 9});
  const base::Nanos at = b.clock.now + 5 * second;
  b.pass(8 * second);
  b.speaker.note_heard(at);
  b.speaker.note_heard(at - second);
  b.pass(5 * second);
  CHECK_FALSE(b.host.end);
  b.pass(second);
  CHECK(b.host.end->cause == EndCause::hold_timer);
}

TEST_CASE("hold timer: runs only while the transport is read") {
  Bench b;
  b.establish({.hold = 9});
  b.speaker.set_reading(false);
  b.pass(100 * second);
  CHECK_FALSE(b.host.end);
  b.speaker.set_reading(true);
  b.pass(9 * second - 1);
  CHECK_FALSE(b.host.end);
  b.pass(1);
  CHECK(b.host.end->cause == EndCause::hold_timer);
}

TEST_CASE("open wait: runs only while the transport is read") {
  Bench b;
  b.speaker.start();
  b.speaker.set_reading(false);
  b.pass(100 * second);
  CHECK_FALSE(b.host.end);
  b.speaker.set_reading(true);
  b.pass(30 * second);
  CHECK(b.host.end->cause == EndCause::open_wait);
}

TEST_CASE("hold timer: our own lateness is not the peer's silence") {
  Bench b;
  b.establish({.hold = 9});
  b.pass(60 * second);
  REQUIRE_FALSE(b.host.end);
  CHECK(b.speaker.deadline() == b.clock.now + second);
  SUBCASE("what waited to be read counts") {
    b.keepalive();
    b.pass(2 * second);
    CHECK_FALSE(b.host.end);
  }
  SUBCASE("once, not for ever") {
    b.pass(5 * second);
    CHECK(b.host.end->cause == EndCause::hold_timer);
  }
}

TEST_CASE("keepalive: a third of the hold time, shortened by up to a quarter (RFC 4271 4.4, 10)") {
  const auto interval = [](std::uint32_t chance, std::uint16_t hold) {
    Bench b;
    b.chance = chance;
    b.establish({.hold = hold});
    const base::Nanos d = b.speaker.deadline() - b.clock.now;
    b.pass(d - 1);
    CHECK(b.host.sent.size() == 2);
    b.pass(1);
    CHECK(b.host.sent.size() == 3);
    CHECK(b.host.type(2) == MsgType::keepalive);
    return d;
  };
  CHECK(interval(0, 90) == 30 * second);
  CHECK(interval(UINT32_MAX, 90) == 22'500 * base::millisecond);
  CHECK(interval(0, 9) == 3 * second);
}

TEST_CASE("keepalive: never more than one a second (RFC 4271 4.4)") {
  Bench b;
  b.chance = UINT32_MAX;
  b.establish({.hold = 3});
  CHECK(b.speaker.deadline() == b.clock.now + second);
}

TEST_CASE("keepalive: the largest hold time does not overflow") {
  Bench b({.hold = 65535});
  b.chance = UINT32_MAX;
  b.establish({.hold = 65535});
  CHECK(b.speaker.deadline() - b.clock.now == 65535 * second / 3 - 65535 * second / 12);
}

TEST_CASE("keepalive: sent from OpenConfirm on") {
  Bench b;
  b.speaker.start();
  b.open({.hold = 9});
  b.pass(3 * second);
  CHECK(b.host.sent.size() == 3);
}

TEST_CASE("keepalive: any message on the line puts it off") {
  Bench b;
  b.establish();
  b.pass(29 * second);
  b.speaker.note_sent();
  b.keepalive();
  b.pass(29 * second);
  CHECK(b.host.sent.size() == 2);
  b.pass(second);
  CHECK(b.host.sent.size() == 3);
}

TEST_CASE("keepalive: each interval has its own jitter") {
  Bench b;
  b.establish();
  b.chance = UINT32_MAX;
  b.pass(30 * second);
  b.keepalive();
  CHECK(b.speaker.deadline() == b.clock.now + 22'500 * base::millisecond);
}

TEST_CASE("send hold: a peer that takes nothing is let go (RFC 9687)") {
  Bench b({.send_hold = 200 * second});
  b.establish();
  // Progress before the backlog says nothing; telling it again without progress changes nothing.
  const base::Nanos long_ago = b.clock.now - 1'000 * second;
  for (int i = 0; i < 19; ++i) {
    b.speaker.set_backlog(true, long_ago);
    b.pass(10 * second);
    b.keepalive();
    CHECK_FALSE(b.host.end);
  }
  b.pass(10 * second);
  CHECK(b.host.notification() == "8/0");
  CHECK(b.host.end->cause == EndCause::send_hold);
}

TEST_CASE("send hold: progress restarts it, an empty backlog stops it") {
  Bench b({.send_hold = 200 * second});
  b.establish();
  const auto listen = [&](int seconds) {
    for (int i = 0; i < seconds; i += 10) {
      b.keepalive();
      b.pass(10 * second);
    }
  };
  b.speaker.set_backlog(true, 0);
  listen(190);
  b.speaker.set_backlog(true, b.clock.now);
  listen(190);
  b.speaker.set_backlog(false, 0);
  listen(1000);
  CHECK_FALSE(b.host.end);
}

TEST_CASE("send hold: at least twice the hold time, none with hold time zero, and it can be off (RFC 9687)") {
  const auto deadline_with = [](peer::SpeakerOptions options, std::uint16_t hold) {
    options.hold = hold;
    Bench b(std::move(options));
    b.establish({.hold = hold});
    b.speaker.set_backlog(true, b.clock.now);
    for (int i = 0; i < 3'000 && !b.host.end; ++i) {
      b.keepalive();
      b.pass(second);
    }
    return b.host.end ? (b.clock.now / second) - 1'000 : 0;
  };
  CHECK(deadline_with({}, 90) == 480);
  CHECK(deadline_with({}, 300) == 600);
  CHECK(deadline_with({}, 0) == 0);
  CHECK(deadline_with({.send_hold = 0}, 90) == 0);
}
