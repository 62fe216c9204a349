#include "pipe/errors.hh"

#include <doctest/doctest.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::ErrorAction;
using pipeline::ErrorOptions;
using pipeline::Verdict;

namespace {

std::shared_ptr<pipeline::PipelineSpec> with(ErrorOptions errors, std::vector<pipeline::StageSpec> middle = {}) {
  auto p = proxy(std::move(middle));
  p->errors = std::move(errors);
  return resolved(std::move(p));
}
ErrorOptions action(std::string what) { return {.action = std::move(what)}; }

const pipeline::StageKind& filter_kind() {
  static const pipeline::StageKind kind = [] {
    auto k = script_kind;
    k.in_path = true;
    return k;
  }();
  return kind;
}
// A stage that counts the UPDATEs it sees.
pipeline::StageSpec counter(std::size_t& seen, const pipeline::StageKind& kind = observer_kind,
                            const std::string& direction = "R") {
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [&seen](ScriptedStage&, pipeline::Message&) {
    ++seen;
    return Verdict::pass;
  };
  return stage(kind, direction, std::move(s));
}

const std::string sound_update = announce({"10.0.0.0/8"});
// ORIGIN 9 withdraws, an ATOMIC_AGGREGATE of one byte is discarded, bytes that are no routes reset.
std::string bad_origin(std::string_view withdrawn = {}, std::string_view more = {}) {
  std::string attributes = basic();
  attributes[3] = 9;
  return update(withdrawn, attributes + std::string(more), routes({"192.0.2.0/24"}));
}
const std::string bad_aggregate = update({}, basic() + hex("400601ff"), routes({"192.0.2.0/24"}));
const std::string repaired_aggregate = announce({"192.0.2.0/24"});
const std::string hidden = update(hex("21c000020100"), basic(), routes({"192.0.2.0/24", "198.51.100.0/24"}));

bool delivers(SessionBench& b, const std::string& sent, const std::string& wanted) {
  b.left.send(sent + sound_update);
  const bool came = b.until([&] { return b.right.received.size() >= wanted.size() + sound_update.size(); });
  return came && b.right.received == wanted + sound_update;
}

}  // namespace

TEST_CASE("relay, where nobody looks: nothing is changed and nothing is told") {
  SessionBench b(with({}));
  b.establish();
  CHECK(delivers(b, bad_origin() + bad_aggregate + hidden, bad_origin() + bad_aggregate + hidden));
  CHECK(b.host.count("PARSE") == 0);
}

TEST_CASE("relay, where a stage looks: nothing is changed, and it is told and kept") {
  std::size_t seen = 0;
  SessionBench b(with({}, {counter(seen)}));
  b.establish();
  CHECK(delivers(b, bad_origin() + hidden, bad_origin() + hidden));
  CHECK(seen == 3);
  REQUIRE(b.host.count("PARSE") == 2);
  const auto& e = *b.host.find("PARSE");
  CHECK(e.text == "ORIGIN: a value that is not allowed, at byte 7 of the body (treat as withdraw); relayed");
  CHECK(e.problem);
  CHECK(e.direction == Direction::right);
  const auto status = b.session->status();
  REQUIRE(status.malformed.size() == 2);
  CHECK(status.malformed[0]->wire.text() == bad_origin());
  CHECK(status.malformed[0]->action == "relayed");
  CHECK(status.lines[0].malformed == 2);
  CHECK(status.lines[0].repaired == 0);
}

TEST_CASE("repair: routes of a malformed announcement are withdrawn, and the session lives (RFC 7606)") {
  SessionBench b(with(action("repair")));
  b.establish();
  CHECK(delivers(b, bad_origin(routes({"172.16.0.0/12"})), withdraw({"172.16.0.0/12", "192.0.2.0/24"})));
  CHECK(b.session->established());
  CHECK(b.host.find("PARSE")->text.ends_with("(treat as withdraw); repaired: its routes are withdrawn"));
  CHECK(b.session->status().lines[0].repaired == 1);
}

TEST_CASE("repair: an attribute to be discarded goes, the routes stay") {
  SessionBench b(with(action("repair")));
  b.establish();
  CHECK(delivers(b, bad_aggregate, repaired_aggregate));
  CHECK(b.host.find("PARSE")->text.ends_with("(attribute discard); repaired: the attribute is discarded"));
}

TEST_CASE("repair: withdrawals of several families leave as messages in a row, before what came later") {
  SessionBench b(with(action("repair")));
  b.establish();
  const std::string six = routes({"2001:db8::/32"});
  const std::string mp = mp_reach(bgp::ipv6_unicast, six);
  b.left.send(bad_origin({}, mp) + sound_update);
  CHECK(b.until([&] { return b.right.messages().size() == 3; }));
  const auto all = b.right.messages();
  CHECK(said(all.at(0)) == "-192.0.2.0/24");
  CHECK(said(all.at(1)) == "-2001:db8::/32");
  CHECK(all.at(2) == sound_update);
}

TEST_CASE("repair: where routes cannot be found the session is reset, with the NOTIFICATION of RFC 4271 6.3") {
  SessionBench b(with(action("repair")));
  b.establish();
  b.left.send(hidden);
  CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  CHECK(b.left.notified() == "3/10");
  CHECK(b.right.notified() == "");
  CHECK(b.right.received.empty());
  const auto f = b.session->status().last_failure;
  REQUIRE(f);
  CHECK(f->leg == "left");
  CHECK(f->text.starts_with("a malformed UPDATE: UPDATE Message Error: a prefix"));
}

TEST_CASE("reset: any error ends the session, its data is the attribute (RFC 4271 6.3)") {
  SessionBench b(with(action("reset")));
  b.establish();
  b.left.send(bad_origin());
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "3/6");
  CHECK(b.left.received.ends_with(hex("40010109")));
}

TEST_CASE("each class has its own action; the gravest error of a message decides about a reset") {
  ErrorOptions o = action("relay");
  o.discard = "repair";
  o.reset = "reset";
  SessionBench b(with(o));
  b.establish();
  CHECK(delivers(b, bad_aggregate + bad_origin(), repaired_aggregate + bad_origin()));
  b.left.send(hidden);
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "3/10");
}

TEST_CASE("a filter makes repair the default, in its direction alone") {
  std::size_t seen = 0;
  const auto spec = with({}, {counter(seen, filter_kind(), "R")});
  CHECK(pipeline::error_policy(*spec, Direction::right, false).of(bgp::Severity::treat_as_withdraw) ==
        ErrorAction::repair);
  CHECK(pipeline::error_policy(*spec, Direction::left, false).of(bgp::Severity::treat_as_withdraw) ==
        ErrorAction::relay);
  SessionBench b(spec);
  b.establish();
  CHECK(delivers(b, bad_origin(), withdraw({"192.0.2.0/24"})));
  CHECK(seen == 2);
  b.right.send(bad_origin());
  CHECK(b.until([&] { return b.left.received == bad_origin(); }));
}

TEST_CASE("a message whose routes cannot be found follows the setting, never a filter") {
  std::size_t filtered = 0, observed = 0;
  SessionBench b(with(action("relay"), {counter(filtered, filter_kind()), counter(observed)}));
  b.establish();
  CHECK(delivers(b, hidden, hidden));
  CHECK(filtered == 1);
  CHECK(observed == 2);
}

TEST_CASE("relay: a filter sees a message some of whose announcements can be found") {
  std::size_t filtered = 0;
  SessionBench b(with(action("relay"), {counter(filtered, filter_kind())}));
  b.establish();
  const std::string beside = update({}, basic() + hex("800f020001"), routes({"192.0.2.1/32"}));
  CHECK(delivers(b, beside, beside));
  CHECK(filtered == 2);
}

TEST_CASE("an UPDATE before both OPENs is an error of the state machine where `errors` acts (RFC 4271 6.6, RFC 6608)") {
  std::size_t seen = 0;
  auto spec = with(action("repair"));
  SUBCASE("repair") {}
  SUBCASE("reset") { spec = with(action("reset")); }
  SUBCASE("attributes") {
    ErrorOptions o = action("relay");
    o.discard_attributes = {"28"};
    spec = with(o);
  }
  SUBCASE("relay with a filter") { spec = with(action("relay"), {counter(seen, filter_kind())}); }
  const std::pair<std::string, const char*> attempts[] = {{open() + bad_origin() + keepalive(), "5/2"},
                                                          {open() + sound_update + keepalive(), "5/2"},
                                                          {bad_origin() + open() + keepalive(), "5/1"}};
  for (const auto& [sent, code] : attempts) {
    SessionBench b(spec);
    b.session->start();
    b.connect_left();
    b.connect_right();
    b.left.send(sent);
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK(b.left.notified() == code);
    CHECK(b.left.received.ends_with("\2"));
    CHECK(b.right.of_type(bgp::MsgType::update).empty());
    CHECK(seen == 0);
    CHECK(b.session->status().last_failure->text.contains("before both OPENs"));
  }
}

TEST_CASE("an UPDATE between the OPENs and ESTABLISHED is repaired before it is held") {
  SessionBench b(with(action("repair")));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.right.send(open({.asn = 65002, .id = "192.0.2.2"}));
  CHECK(b.until([&] { return b.left.messages().size() == 1; }));
  b.left.send(open() + keepalive() + bad_origin());
  b.settle();
  b.right.send(keepalive());
  CHECK(b.until([&] { return b.right.of_type(bgp::MsgType::update).size() == 1; }));
  CHECK(b.right.of_type(bgp::MsgType::update)[0] == withdraw({"192.0.2.0/24"}));
}

TEST_CASE("relay: an UPDATE before both OPENs is judged, and leaves, in the encoding they settle") {
  SessionBench b(with(action("relay")));
  b.session->start();
  b.connect_left();
  b.connect_right();
  // The session will have 2-byte AS numbers.
  const std::string narrow = update({}, basic(65001, false), routes({"192.0.2.0/24"}));
  b.left.send(open({.as4 = false}) + keepalive() + narrow + bad_aggregate);
  b.settle();
  CHECK(b.host.count("PARSE") == 0);
  b.right.send(open({.asn = 65002, .id = "192.0.2.2"}) + keepalive());
  CHECK(b.until([&] { return b.session->established(); }));
  CHECK(b.until([&] { return b.right.of_type(bgp::MsgType::update).size() == 2; }));
  CHECK(b.right.of_type(bgp::MsgType::update)[0] == narrow);
  CHECK(b.host.count("PARSE") >= 1);
}

TEST_CASE("what a stage sent before ESTABLISHED is judged by what the OPENs settled, in order") {
  ErrorOptions o = action("repair");
  ScriptedStage* source = nullptr;
  Script s;
  s.ready = [&](ScriptedStage& self) { source = &self; };
  s.interest = 0;
  SessionBench b(with(o, {stage(script_kind, "R", s)}));
  b.session->start();
  b.connect_left();
  b.connect_right();
  REQUIRE(b.until([&] { return source != nullptr; }));
  const std::string local_pref = attribute(bgp::AttrCode::local_pref, hex("00000064"));
  source->inject(Direction::right, update({}, basic() + local_pref, routes({"192.0.2.0/24"})));
  source->inject(Direction::right, bad_origin());
  b.left.send(open() + keepalive());
  b.right.send(open({.asn = 65002, .id = "192.0.2.2"}) + keepalive());
  CHECK(b.until([&] { return b.right.of_type(bgp::MsgType::update).size() == 2; }));
  const auto all = b.right.of_type(bgp::MsgType::update);
  CHECK(all.at(0) == announce({"192.0.2.0/24"}));
  CHECK(all.at(1) == withdraw({"192.0.2.0/24"}));
}

TEST_CASE("a setting that begins to act while UPDATEs are held concerns them too") {
  SessionBench b(with({}));
  b.session->start();
  b.connect_left();
  b.connect_right();
  std::string wanted;
  SUBCASE("early: nobody could judge it") {
    b.left.send(open() + keepalive() + bad_origin());
    b.settle();
    b.session->apply(with(action("repair")));
    b.right.send(open({.asn = 65002, .id = "192.0.2.2"}) + keepalive());
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK(b.right.of_type(bgp::MsgType::update).empty());
  }
  SUBCASE("settled: it is repaired, what follows it in order") {
    b.right.send(open({.asn = 65002, .id = "192.0.2.2"}));
    CHECK(b.until([&] { return b.left.messages().size() == 1; }));
    const std::string six = mp_reach(bgp::ipv6_unicast, routes({"2001:db8::/32"}));
    b.left.send(open() + keepalive() + bad_origin({}, six) + sound_update);
    b.settle();
    b.session->apply(with(action("repair")));
    b.right.send(keepalive());
    CHECK(b.until([&] { return b.right.of_type(bgp::MsgType::update).size() == 3; }));
    const auto all = b.right.of_type(bgp::MsgType::update);
    CHECK(said(all.at(0)) == "-192.0.2.0/24");
    CHECK(said(all.at(1)) == "-2001:db8::/32");
    CHECK(all.at(2) == sound_update);
  }
}

TEST_CASE("an OPEN that cannot be read ends the session where `errors` acts, in either direction") {
  // An optional parameter that is not capabilities (RFC 5492 4).
  const std::string odd = message(bgp::MsgType::open, hex("04fde9005a c0000201 04 0102 abcd"));
  for (const bool left : {true, false}) {
    SessionBench b(with(action("repair")));
    b.session->start();
    b.connect_left();
    b.connect_right();
    (left ? b.left : b.right).send(odd);
    CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
    CHECK((left ? b.left : b.right).notified() == "2/4");
    CHECK((left ? b.right : b.left).received.empty());
  }
}

TEST_CASE("a setting that begins to act on a session with an OPEN that nobody could read ends it") {
  SessionBench b(with({}));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.left.send(message(bgp::MsgType::open, hex("04fde9005a c0000201 04 0102 abcd")) + keepalive());
  b.right.send(open({.asn = 65002, .id = "192.0.2.2"}) + keepalive());
  CHECK(b.until([&] { return b.session->established(); }));
  CHECK(b.until([&] { return b.left.messages().size() == 2; }));
  b.session->apply(with(action("repair")));
  b.left.send(bad_origin());
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "6/6");
  CHECK(b.right.of_type(bgp::MsgType::update).empty());
}

TEST_CASE("unwanted attributes are discarded or withdrawn, whatever the classes say") {
  ErrorOptions o = action("relay");
  o.discard_attributes = {"99", "ATTR_28"};
  o.withdraw_attributes = {"prefix_sid"};
  SessionBench b(with(o));
  b.establish();
  const std::string ninety_nine = attribute(static_cast<bgp::AttrCode>(99), "any", 0xc0);
  const std::string sid = attribute(bgp::AttrCode::prefix_sid, hex("01000700000000000002"), 0xc0);
  const std::string list = routes({"192.0.2.0/24"});
  CHECK(delivers(b, update({}, basic() + ninety_nine, list) + update({}, basic() + sid, list) + bad_origin(),
                 update({}, basic(), list) + withdraw({"192.0.2.0/24"}) + bad_origin()));
  // They are sound: only the last one is malformed.
  CHECK(b.host.count("PARSE") == 1);
  const auto status = b.session->status();
  CHECK(status.lines[0].unwanted == 2);
  CHECK(status.lines[0].malformed == 1);
  CHECK(status.lines[0].repaired == 0);
  CHECK(status.malformed.size() == 1);
}

TEST_CASE("an unwanted attribute in a malformed UPDATE goes with the repair, and is not what is told") {
  ErrorOptions o = action("repair");
  o.withdraw_attributes = {"ATTR_99"};
  SessionBench b(with(o));
  b.establish();
  const std::string ninety_nine = attribute(static_cast<bgp::AttrCode>(99), "any", 0xc0);
  const std::string message = update({}, basic() + ninety_nine + hex("400601ff"), routes({"192.0.2.0/24"}));
  CHECK(delivers(b, message, withdraw({"192.0.2.0/24"})));
  REQUIRE(b.host.count("PARSE") == 1);
  CHECK(b.host.find("PARSE")->text.contains("(attribute discard)"));
  const auto line = b.session->status().lines[0];
  CHECK(line.malformed == 1);
  CHECK(line.repaired == 1);
  CHECK(line.unwanted == 0);
}

TEST_CASE("reset: the data for an attribute that is missing is its code (RFC 4271 6.3)") {
  SessionBench b(with(action("reset")));
  b.establish();
  b.left.send(update({}, basic().substr(4), routes({"192.0.2.0/24"})));
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  CHECK(b.left.notified() == "3/3");
  CHECK(b.left.received.ends_with(hex("030301")));
}

TEST_CASE("LOCAL_PREF is discarded between routers of different ASes, by the OPENs or as is said (RFC 7606 7.5)") {
  ErrorOptions o = action("repair");
  const std::string local_pref = attribute(bgp::AttrCode::local_pref, hex("00000064"));
  const std::string message = update({}, basic() + local_pref, routes({"192.0.2.0/24"}));
  OpenText other{.asn = 65002, .id = "192.0.2.2"};
  bool kept = false;
  SUBCASE("different ASes") {}
  SUBCASE("one AS") {
    other.asn = 65001;
    kept = true;
  }
  SUBCASE("a confederation") {
    o.external = "no";
    kept = true;
  }
  SUBCASE("one AS, said to be different") {
    other.asn = 65001;
    o.external = "yes";
  }
  SessionBench b(with(o));
  b.establish({}, other);
  CHECK(delivers(b, message, kept ? message : announce({"192.0.2.0/24"})));
}

TEST_CASE("AS_SET is withdrawn where that is asked for (RFC 9774)") {
  ErrorOptions o = action("repair");
  std::string attributes = basic();
  attributes[7] = 1;
  const std::string message = update({}, attributes, routes({"192.0.2.0/24"}));
  bool accepted = true;
  SUBCASE("accept") {}
  SUBCASE("withdraw") {
    o.as_sets = "withdraw";
    accepted = false;
  }
  SessionBench b(with(o));
  b.establish();
  CHECK(delivers(b, message, accepted ? message : withdraw({"192.0.2.0/24"})));
}

TEST_CASE("a change of the setting holds from the next message on, with both legs up") {
  SessionBench b(with({}));
  b.establish();
  CHECK(delivers(b, bad_origin(), bad_origin()));
  b.right.received.clear();
  b.session->apply(with(action("repair")));
  CHECK(delivers(b, bad_origin(), withdraw({"192.0.2.0/24"})));
  CHECK(b.session->established());
}

TEST_CASE("a flood of malformed messages: some are told and kept, the rest is counted") {
  SessionBench b(with(action("repair")));
  b.establish();
  std::string flood;
  for (int i = 0; i < 5'000; ++i) flood += bad_origin();
  b.left.send(flood);
  CHECK(b.until([&] { return b.session->status().lines[0].repaired == 5'000; }));
  CHECK(b.host.count("PARSE") >= 10);
  CHECK(b.host.count("PARSE") <= 25);
  CHECK(b.session->status().malformed.size() <= 16);
}

TEST_CASE("a flood of malformed messages does not hide the one that ends the session") {
  SessionBench b(with(action("repair")));
  b.establish();
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += bad_origin();
  b.left.send(flood + hidden);
  CHECK(b.until([&] { return !b.left.end.empty(); }));
  const pipeline::Event* last = nullptr;
  for (const auto& e : b.host.events)
    if (e.name == "PARSE") last = &e;
  REQUIRE(last != nullptr);
  CHECK(last->text.contains("the session is reset"));
  CHECK(last->decisive);
  CHECK(b.session->status().malformed.back()->wire.text() == hidden);
}

TEST_CASE("kept bytes are bounded, and the newest is always among them") {
  pipeline::MalformedLog log;
  for (int i = 0; i < 10; ++i) {
    auto m = std::make_shared<pipeline::Malformed>();
    m->seq = static_cast<std::uint64_t>(i);
    m->wire.append(std::string(60'000, 'x'));
    log.keep(std::move(m));
  }
  const auto kept = log.kept();
  CHECK(kept.size() == 2);
  CHECK(kept.back()->seq == 9);
}

TEST_CASE("what was not told in between is said with the next") {
  pipeline::MalformedLog log;
  std::uint64_t silent = 0;
  int told = 0;
  for (int i = 0; i < 100; ++i) told += log.may_tell(base::second, silent);
  CHECK(told == 10);
  CHECK(log.may_tell(3 * base::second, silent));
  CHECK(silent == 90);
}

TEST_CASE("a message that cannot be said in a leg's encoding is withdrawn from it, or ends the session") {
  // 4-byte AS numbers towards a session of 2-byte ones.
  std::string injected =
      update(routes({"172.16.0.0/12"}), hex("40010100 40020602050000fde9 400304c0000201"), routes({"192.0.2.0/24"}));
  Script s;
  s.interest = pipeline::bit(bgp::MsgType::update);
  s.message = [&injected](ScriptedStage& stage, pipeline::Message&) {
    stage.inject(Direction::right, injected);
    return Verdict::drop;
  };
  SessionBench b(with(action("relay"), {stage(script_kind, "R", s)}));
  b.establish({}, {.asn = 65002, .id = "192.0.2.2", .as4 = false});
  b.left.send(withdraw({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.right.messages().empty(); }));
  CHECK(b.right.received == withdraw({"172.16.0.0/12", "192.0.2.0/24"}));
  CHECK(b.host.count("PARSE") == 2);
  injected = message(bgp::MsgType::update, hex("00ff0000"));
  b.left.send(withdraw({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.left.end.empty() && !b.right.end.empty(); }));
  CHECK(b.session->status().last_failure->text.starts_with("a malformed UPDATE"));
}

TEST_CASE("an archive: what cannot be repaired is dropped, and the next record goes on") {
  std::vector<std::string> seen;
  Script source, sink;
  source.ready = [](ScriptedStage& s) {
    // Behind the beginning of the stages that see it.
    s.of().defer([&s] {
      for (const auto& m : {bad_origin(), hidden, sound_update}) s.inject(Direction::right, m);
    });
  };
  sink.message = [&seen](ScriptedStage&, pipeline::Message& m) {
    seen.emplace_back(base::as_text(m.wire()));
    return Verdict::pass;
  };
  auto p = pipeline_of({stage(source_kind, "R", std::move(source)), stage(observer_kind, "R", std::move(sink))});
  p->errors.action = "repair";
  SessionBench b(resolved(std::move(p)));
  b.session->start();
  REQUIRE(b.until([&] { return seen.size() == 2; }));
  CHECK(seen[0] == withdraw({"192.0.2.0/24"}));
  CHECK(seen[1] == sound_update);
}

TEST_CASE("names of attributes: as in JSON or numbers; what routes consist of cannot be unwanted") {
  const auto table = pipeline::error_options();
  const auto* list = conf::find_option(table, "discard-attributes");
  REQUIRE(list != nullptr);
  ErrorOptions o;
  CHECK(conf::assign(*list, &o, std::vector<std::string>{"28", "ATTR_99", "prefix_sid"}));
  CHECK_FALSE(conf::assign(*list, &o, std::vector<std::string>{"300"}));
  CHECK_FALSE(conf::assign(*list, &o, std::vector<std::string>{"NO_SUCH"}));
  CHECK_FALSE(conf::assign(*list, &o, std::vector<std::string>{"2"}));
  CHECK_FALSE(conf::assign(*list, &o, std::vector<std::string>{"MP_REACH"}));
}
