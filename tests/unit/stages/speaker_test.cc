#include "stages/speaker.hh"

#include <doctest/doctest.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using pipeline::State;
using stages::SpeakerStageOptions;

namespace {
pipeline::StageSpec speaker(SpeakerStageOptions o = {}) {
  return {.kind = &stages::speaker_kind, .options = std::make_shared<SpeakerStageOptions>(std::move(o))};
}
SpeakerStageOptions active() {
  SpeakerStageOptions o;
  o.active = true;
  o.asn = 65000;
  o.id = "192.0.2.9";
  return o;
}
void meet(SessionBench& b, FarEnd& peer) {
  CHECK(b.until([&] { return peer.of_type(bgp::MsgType::open).size() == 1; }));
  peer.send(open({.asn = 65001}) + keepalive());
  CHECK(b.until([&] { return b.session->established(); }));
}
}  // namespace

TEST_CASE("speaker: speaks to the leg its messages flow to, wherever it stands among the stages") {
  std::vector<pipeline::StageSpec> stages;
  bool leg_left = false;
  SUBCASE("first") { stages = {speaker(active()), stage(end_kind)}; }
  SUBCASE("in the middle") {
    stages = {stage(observer_kind, "R"), speaker(active()), stage(observer_kind, "R"), stage(end_kind)};
  }
  SUBCASE("last") {
    stages = {stage(end_kind), speaker(active())};
    leg_left = true;
  }
  SessionBench b(resolved(pipeline_of(stages)));
  b.session->start();
  FarEnd& peer = leg_left ? b.left : b.right;
  leg_left ? b.connect_left() : b.connect_right();
  meet(b, peer);
  CHECK(b.session->status().legs[0].asn == 65001);
}

TEST_CASE("speaker: what the peer must not do gets its NOTIFICATION, and the session says which end and why") {
  SessionBench b(resolved(pipeline_of({speaker(active()), stage(end_kind)})));
  b.session->start();
  b.connect_right();
  meet(b, b.right);
  b.right.received.clear();
  b.right.send(open());  // once is enough
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.notified().starts_with("5/"));
  const auto f = b.session->status().last_failure;
  REQUIRE(f);
  REQUIRE(f->notification);
  CHECK(f->notification->sent);
  CHECK(f->leg == "right");
  CHECK(f->stage == "speaker");
}

TEST_CASE("speaker: a malformed UPDATE is told; one whose routes cannot be found resets, also without `errors`") {
  SessionBench b(resolved(pipeline_of({speaker(active()), stage(end_kind)})));
  b.session->start();
  b.connect_right();
  meet(b, b.right);
  std::string bad = basic();
  bad[3] = 9;
  b.right.send(update({}, bad, routes({"10.0.0.0/8"})));
  CHECK(b.until([&] { return b.host.count("PARSE") == 1; }));
  CHECK(b.host.find("PARSE")->text.ends_with("; relayed"));
  CHECK(b.session->established());
  b.right.send(update({}, basic(), hex("21c000020100")));
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.notified() == "3/10");
}

TEST_CASE("speaker: a NOTIFICATION from the peer is why the session ends") {
  SessionBench b(resolved(pipeline_of({speaker(active()), stage(end_kind)})));
  b.session->start();
  b.connect_right();
  meet(b, b.right);
  b.right.send(notification(6, 4));
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  const auto f = b.session->status().last_failure;
  REQUIRE(f);
  REQUIRE(f->notification);
  CHECK(f->notification->code == 6);
  CHECK_FALSE(f->notification->sent);
}

TEST_CASE("speaker: each attempt is a new session") {
  SessionBench b(resolved(pipeline_of({speaker(active()), stage(end_kind)})));
  b.session->start();
  for (int i = 0; i < 3; ++i) {
    b.connect_right();
    meet(b, b.right);
    b.right.finish();
    CHECK(b.until([&] { return b.state() == State::starting; }));
  }
}

TEST_CASE("speaker: a second connection that takes the place of the first gets its OPEN") {
  SessionBench b(resolved(pipeline_of({stage(end_kind), speaker(active())})));
  b.session->start();
  b.connect_left();
  meet(b, b.left);
  b.session->leg(pipeline::Side::left)->set_duplicate_policy("replace");
  FarEnd second;
  auto [near, far] = socket_pair();
  second.take(b.loop, std::move(far));
  b.session->accept(pipeline::Side::left, std::move(near));
  meet(b, second);
}

TEST_CASE("speaker: an operator's stop is a Cease with the reason") {
  SessionBench b(resolved(pipeline_of({speaker(active()), stage(end_kind)})));
  b.session->start();
  b.connect_right();
  meet(b, b.right);
  b.session->stop(pipeline::EndMode::cease, bgp::notify::cease_subcode::shutdown, "bye", [] {});
  CHECK(b.until([&] { return !b.right.end.empty(); }));
  CHECK(b.right.notified() == "6/2");
}

TEST_CASE("speaker: families and ADD-PATH that cannot be read are refused") {
  SpeakerStageOptions o;
  CHECK(stages::speaker_kind.check(&o));
  o.families = {"IPV5/UNICAST"};
  CHECK_FALSE(stages::speaker_kind.check(&o));
  o.families = {"ipv4/unicast"};
  o.add_path = {"IPV4/UNICAST/BOTH", "ipv6/unicast/receive"};
  CHECK(stages::speaker_kind.check(&o));
  o.add_path = {"IPV4/UNICAST"};
  CHECK_FALSE(stages::speaker_kind.check(&o));
}
