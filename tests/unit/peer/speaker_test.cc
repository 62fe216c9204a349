#include "peer/speaker.hh"

#include <doctest/doctest.h>

#include "scripted_host.hh"

using bgp::MsgType;
using peer::EndCause;
using peer::State;

TEST_CASE("start: passive says nothing until the remote OPEN comes") {
  Bench b({.asn = 65000});
  b.speaker.start();
  CHECK(b.host.sent.empty());
  CHECK(b.speaker.state() == State::waiting);
  b.open();
  REQUIRE(b.host.sent.size() == 2);
  CHECK(b.host.type(0) == MsgType::open);
  CHECK(b.host.type(1) == MsgType::keepalive);
  CHECK(b.speaker.state() == State::open_confirm);
}

TEST_CASE("start: active says its OPEN first and only once") {
  Bench b({.active = true, .asn = 65000});
  b.speaker.start();
  REQUIRE(b.host.sent.size() == 1);
  CHECK(b.host.type(0) == MsgType::open);
  CHECK(b.speaker.state() == State::open_sent);
  b.open();
  REQUIRE(b.host.sent.size() == 2);
  CHECK(b.host.type(1) == MsgType::keepalive);
}

TEST_CASE("start: active without an AS waits for the remote one and takes it") {
  Bench b({.active = true});
  b.speaker.start();
  CHECK(b.host.sent.empty());
  b.open({.asn = 65123});
  REQUIRE(b.speaker.own());
  CHECK(b.speaker.own()->asn == 65123);
}

TEST_CASE("established: after both OPENs and the remote KEEPALIVE, once") {
  Bench b;
  b.establish();
  CHECK(b.speaker.state() == State::established);
  b.keepalive();
  CHECK(b.host.up == 1);
  CHECK_FALSE(b.host.end);
}

TEST_CASE("negotiation: the smaller hold time, contexts of both directions") {
  Bench b({.hold = 180, .add_path = {{bgp::ipv4_unicast, 1}}});
  b.establish({.hold = 30, .more = {{bgp::CapCode::add_path, "00010102"}}});
  CHECK(b.speaker.hold_time() == 30);
  CHECK(b.speaker.remote()->asn == 65001);
  CHECK(b.speaker.receive_context().add_path.has(bgp::ipv4_unicast));
  CHECK(b.speaker.send_context().add_path.empty());
  CHECK(b.speaker.receive_context().extended_message);
  CHECK_FALSE(b.speaker.send_context().extended_message);
}

TEST_CASE("hold: one and two seconds of our own become three (RFC 4271 4.2)") {
  Bench b({.hold = 1});
  CHECK(b.establish().speaker.hold_time() == 3);
}

TEST_CASE("open: refused with the NOTIFICATION that says why") {
  Bench b({.remote_asn = 65002});
  b.speaker.start();
  b.open();
  CHECK(b.host.notification() == "2/2");
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::notification_sent);
  CHECK(b.host.end->code == 2);
  CHECK(b.host.end->subcode == 2);
  CHECK(b.host.end->text == "NOTIFICATION sent: OPEN Message Error/Bad Peer AS: peer says AS65001, expected AS65002");
  CHECK(b.speaker.state() == State::ended);
}

TEST_CASE("open: ours inside one AS is refused also when the identifier was derived (RFC 6286)") {
  Bench b({.active = true, .asn = 65001});
  b.speaker.start();
  b.open({.id = "0.0.0.1"});
  CHECK(b.host.notification() == "2/3");
}

TEST_CASE("out of turn: each state has its subcode, the data is the type (RFC 6608)") {
  SUBCASE("OpenSent") {
    for (const char* hex : {"04", "02"}) {
      Bench b({.active = true, .asn = 65000});
      b.speaker.start();
      b.receive(static_cast<MsgType>(base::from_hex(hex)->view()[0]), hex[1] == '2' ? "00000000" : "");
      CHECK(b.host.notification() == "5/1");
      CHECK(b.host.notification_data() == hex);
    }
  }
  SUBCASE("OpenConfirm") {
    Bench b;
    b.speaker.start();
    b.open();
    b.receive(MsgType::update, "00000000");
    CHECK(b.host.notification() == "5/2");
  }
  SUBCASE("OpenConfirm, a second OPEN") {
    Bench b;
    b.speaker.start();
    b.open();
    b.open();
    CHECK(b.host.notification() == "5/2");
  }
  SUBCASE("Established") {
    Bench b;
    b.establish().open();
    CHECK(b.host.notification() == "5/3");
    CHECK(b.host.notification_data() == "01");
  }
  SUBCASE("before any OPEN") {
    Bench b;
    b.speaker.start();
    b.keepalive();
    CHECK(b.host.notification() == "5/0");
  }
}

TEST_CASE("header: length and type of each message (RFC 4271 6.1)") {
  Bench b;
  b.establish();
  SUBCASE("KEEPALIVE with a body") {
    b.receive(MsgType::keepalive, "00");
    CHECK(b.host.notification() == "1/2");
    CHECK(b.host.notification_data() == "0014");
  }
  SUBCASE("UPDATE too short") {
    b.receive(MsgType::update, "000000");
    CHECK(b.host.notification() == "1/2");
  }
  SUBCASE("unknown type") {
    b.receive(static_cast<MsgType>(9));
    CHECK(b.host.notification() == "1/3");
    CHECK(b.host.notification_data() == "09");
  }
  SUBCASE("no marker") {
    b.speaker.receive_bad_frame({bgp::FrameStatus::bad_marker, 0, {}});
    CHECK(b.host.notification() == "1/1");
  }
  SUBCASE("impossible length") {
    b.speaker.receive_bad_frame({bgp::FrameStatus::bad_length, 18, MsgType::update});
    CHECK(b.host.notification() == "1/2");
    CHECK(b.host.notification_data() == "0012");
  }
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::notification_sent);
}

TEST_CASE("length: over 4096 bytes only when we offered extended messages (RFC 8654)") {
  for (const bool offered : {true, false}) {
    Bench b({.extended_message = offered});
    b.establish();
    CHECK(b.speaker.message_limit() == (offered ? 65535 : 4096));
    base::Buffer body;
    base::Writer w(body);
    w.u16(4096);
    for (int i = 0; i < 4096; ++i) w.u8(0);
    w.u16(0);
    b.speaker.receive(MsgType::update, body);
    CHECK(b.host.notification() == (offered ? "" : "1/2"));
  }
}

TEST_CASE("update: an error the session survives is reported (RFC 7606)") {
  Bench b;
  b.establish();
  // 192.0.2.0/24 without any attribute.
  b.receive(MsgType::update, "0000000018c00002");
  CHECK_FALSE(b.host.end);
  REQUIRE_FALSE(b.host.errors.empty());
  CHECK(b.host.errors[0].severity == bgp::Severity::treat_as_withdraw);
}

TEST_CASE("update: a sound one is nobody's business") {
  Bench b;
  b.establish();
  b.receive(MsgType::update,
            "0000001440010100400206020100"
            "00fde9400304c000020118c00002");
  CHECK(b.host.sent.size() == 2);
  CHECK(b.host.errors.empty());
}

TEST_CASE("update: routes that cannot be found end the session (RFC 7606 3)") {
  Bench b;
  b.establish();
  b.receive(MsgType::update, "00ff0000");
  CHECK(b.host.notification() == "3/1");
  CHECK(b.host.end->cause == EndCause::notification_sent);
}

TEST_CASE("update: the attribute at fault is the data of the answer (RFC 4271 6.3)") {
  Bench b;
  b.establish();
  // MP_UNREACH_NLRI that stands twice (RFC 7606 3.g): the second is at fault.
  b.receive(MsgType::update, "0000000c800f03000201800f03000202");
  CHECK(b.host.notification() == "3/1");
  CHECK(b.host.notification_data() == "800f03000202");
}

TEST_CASE("update: one that was parsed already is judged alike, and counts as heard") {
  Bench b;
  b.establish();
  b.pass(80 * base::second);
  const auto body = base::from_hex("0000000018c00002");
  bgp::UpdateIndex index;
  (void)index.parse(*body);
  b.speaker.receive_update(index);
  CHECK_FALSE(b.host.errors.empty());
  b.pass(80 * base::second);
  CHECK_FALSE(b.host.end);
}

TEST_CASE("update: one that was parsed already is out of turn before ESTABLISHED") {
  Bench b;
  b.speaker.start();
  b.open();
  const auto body = base::from_hex("00000000");
  bgp::UpdateIndex index;
  (void)index.parse(*body);
  b.speaker.receive_update(index);
  CHECK(b.host.notification() == "5/2");
}

TEST_CASE("notification: code, subcode and text reach the operator (RFC 9003)") {
  Bench b;
  b.establish();
  b.receive(MsgType::notification, "06020462796521");
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::notification_received);
  CHECK(b.host.end->code == 6);
  CHECK(b.host.end->subcode == 2);
  CHECK_FALSE(b.host.end->hard_reset);
  CHECK(base::to_hex(b.host.end->data) == "0462796521");
  CHECK(b.host.sent.size() == 2);
}

TEST_CASE("notification: a hard reset is told apart (RFC 8538)") {
  Bench b;
  b.establish();
  b.receive(MsgType::notification, "06090602");
  CHECK(b.host.end->hard_reset);
}

TEST_CASE("notification: taken in every state, never answered, even when too short (RFC 4271 6.4)") {
  for (const char* body : {"0202", "02", ""}) {
    Bench b({.active = true, .asn = 65000});
    b.speaker.start();
    b.receive(MsgType::notification, body);
    CHECK(b.host.sent.size() == 1);
    REQUIRE(b.host.end);
    CHECK(b.host.end->cause == EndCause::notification_received);
  }
}

TEST_CASE("route refresh: reported for families both offered (RFC 2918)") {
  Bench b;
  b.establish({.more = {{bgp::CapCode::mp, "00020001"}}});
  b.receive(MsgType::route_refresh, "00020001");
  b.receive(MsgType::route_refresh, "00010001");
  CHECK(b.host.refreshes == std::vector{bgp::ipv6_unicast});
}

TEST_CASE("route refresh: other subtypes are ignored (RFC 7313 5)") {
  Bench b;
  b.establish();
  b.receive(MsgType::route_refresh, "00010101");
  CHECK(b.host.refreshes.empty());
  CHECK_FALSE(b.host.end);
}

TEST_CASE("route refresh: not offered is a bad message type (RFC 4271 6.1)") {
  Bench b({.route_refresh = false});
  b.establish();
  b.receive(MsgType::route_refresh, "00010001");
  CHECK(b.host.notification() == "1/3");
}

TEST_CASE("stop: Cease with subcode and text") {
  Bench b;
  b.establish().speaker.stop(bgp::notify::cease_subcode::shutdown, "bye!");
  CHECK(b.host.notification() == "6/2");
  CHECK(b.host.notification_data() == "0462796521");
  REQUIRE(b.host.end);
  CHECK(b.host.end->cause == EndCause::stopped);
  CHECK(b.host.end->code == 6);
  CHECK(b.host.end->subcode == 2);
}

TEST_CASE("stop: a hard reset only where both said the N bit (RFC 8538)") {
  const peer::SpeakerOptions graceful{.more = {{bgp::CapCode::graceful_restart, std::string("\x40\x78", 2)}}};
  const RemoteOpen remote{.more = {{bgp::CapCode::graceful_restart, "4078"}}};
  const auto stopped = [](Bench& b) {
    b.speaker.stop(bgp::notify::cease_subcode::max_prefixes, "", true);
    return b.host.notification() + " " + b.host.notification_data();
  };
  Bench both(graceful), ours(graceful), theirs;
  CHECK(stopped(both.establish(remote)) == "6/9 0601");
  CHECK(stopped(ours.establish()) == "6/1 ");
  CHECK(stopped(theirs.establish(remote)) == "6/1 ");
}

TEST_CASE("stop: without an OPEN of ours the transport is just closed") {
  Bench b;
  b.speaker.start();
  b.speaker.stop(bgp::notify::cease_subcode::shutdown, "");
  CHECK(b.host.sent.empty());
  CHECK(b.host.end->cause == EndCause::stopped);
}

TEST_CASE("ended: nothing is said or heard any more") {
  Bench b;
  b.establish().speaker.stop(bgp::notify::cease_subcode::shutdown, "");
  const std::size_t n = b.host.sent.size();
  b.host.end.reset();
  b.keepalive();
  b.open();
  b.speaker.stop(bgp::notify::cease_subcode::shutdown, "");
  b.speaker.start();
  b.pass(1000 * base::second);
  CHECK(b.host.sent.size() == n);
  CHECK_FALSE(b.host.end);
  CHECK(b.speaker.deadline() == peer::Speaker::never);
}

TEST_CASE("own open: what does not fit ends the session without a message") {
  Bench b({.active = true,
           .asn = 65000,
           .more = std::vector<peer::RawCapability>(20, {bgp::CapCode::fqdn, std::string(255, 'x')})});
  b.speaker.start();
  CHECK(b.host.sent.empty());
  REQUIRE(b.host.end);
  CHECK(b.speaker.state() == State::ended);
}
