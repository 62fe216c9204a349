#include "peer/open_rules.hh"

#include <doctest/doctest.h>

#include "scripted_host.hh"

using peer::SpeakerOptions;

namespace {
// "2/6" when refused, "" when taken.
std::string judge(const SpeakerOptions& options, const RemoteOpen& remote, const char* own_id = "192.0.2.1") {
  const auto judged = peer::judge_open(options, *base::Address::parse(own_id), remote.body());
  if (judged) return "";
  CHECK_FALSE(judged.error().text.empty());
  return std::to_string(judged.error().code) + "/" + std::to_string(judged.error().subcode);
}

bgp::Offer said(const SpeakerOptions& options, const bgp::Offer* remote = nullptr) {
  base::Buffer out;
  REQUIRE(peer::append_open_body(out, options, remote));
  return bgp::parse_offer(out).value();
}

bgp::Offer offer_of(const RemoteOpen& remote) { return bgp::parse_offer(remote.body()).value(); }
}  // namespace

TEST_CASE("open: a sound one is taken") {
  const auto judged = peer::judge_open({}, {}, RemoteOpen{.asn = 4200000001}.body());
  REQUIRE(judged);
  CHECK(judged->asn == 4200000001);
  CHECK(judged->hold_time == 90);
}

TEST_CASE("open: another version is answered with ours as data (RFC 4271 6.2)") {
  base::Buffer body = RemoteOpen{}.body();
  body.data()[0] = 3;
  const auto judged = peer::judge_open({}, {}, body);
  REQUIRE_FALSE(judged);
  CHECK(judged.error().code == 2);
  CHECK(judged.error().subcode == 1);
  CHECK(base::to_hex(judged.error().data) == "0004");
}

TEST_CASE("open: AS 0 is refused (RFC 7607)") {
  CHECK(judge({}, {.asn = 0, .as4 = false}) == "2/2");
  CHECK(judge({}, {.asn = 0}) == "2/2");
}

TEST_CASE("open: AS_TRANS is nobody's AS, unless asked for (RFC 6793 9)") {
  CHECK(judge({}, {.asn = bgp::as_trans}) == "2/2");
  CHECK(judge({}, {.asn = bgp::as_trans, .as4 = false}) == "2/2");
  CHECK(judge({.remote_asn = bgp::as_trans}, {.asn = bgp::as_trans, .as4 = false}) == "");
}

TEST_CASE("open: the AS asked for, in both widths") {
  CHECK(judge({.remote_asn = 65001}, {}) == "");
  CHECK(judge({.remote_asn = 65001}, {.as4 = false}) == "");
  CHECK(judge({.remote_asn = 65002}, {}) == "2/2");
  CHECK(judge({.remote_asn = 4200000001}, {.asn = 4200000001}) == "");
}

TEST_CASE("open: header and capability name the same AS (RFC 6793 4.1)") {
  const RemoteOpen remote{.asn = 65001, .as4 = false, .more = {{bgp::CapCode::as4, "0000fdea"}}};
  CHECK(judge({}, remote) == "2/2");
}

TEST_CASE("open: BGP identifier zero is refused, ours inside one AS only (RFC 6286)") {
  CHECK(judge({}, {.id = "0.0.0.0"}) == "2/3");
  CHECK(judge({.asn = 65001}, {.id = "192.0.2.1"}) == "2/3");
  CHECK(judge({}, {.id = "192.0.2.1"}) == "2/3");
  CHECK(judge({.asn = 65002}, {.id = "192.0.2.1"}) == "");
}

TEST_CASE("open: hold time of one or two seconds, or below what is asked for, is refused") {
  CHECK(judge({}, {.hold = 0}) == "");
  CHECK(judge({}, {.hold = 1}) == "2/6");
  CHECK(judge({}, {.hold = 2}) == "2/6");
  CHECK(judge({}, {.hold = 3}) == "");
  CHECK(judge({.remote_hold = 30}, {.hold = 29}) == "2/6");
  CHECK(judge({.remote_hold = 30}, {.hold = 0}) == "2/6");
  CHECK(judge({.remote_hold = 30}, {.hold = 30}) == "");
}

TEST_CASE("open: an optional parameter that is not capabilities is refused (RFC 4271 6.2)") {
  base::Buffer body = RemoteOpen{}.body();
  body.data()[10] = 1;
  const auto judged = peer::judge_open({}, {}, body);
  REQUIRE_FALSE(judged);
  CHECK(judged.error().code == 2);
  CHECK(judged.error().subcode == 4);
}

TEST_CASE("open: every truncation is refused as an OPEN error") {
  const base::Buffer body = RemoteOpen{.more = {{bgp::CapCode::mp, "00010001"}}}.body();
  for (std::size_t n = 0; n < body.size(); ++n) {
    const auto judged = peer::judge_open({}, {}, body.view().first(n));
    REQUIRE_FALSE(judged);
    CHECK(judged.error().code == 2);
  }
}

TEST_CASE("open: without a family in common the missing ones are named (RFC 5492 5)") {
  const RemoteOpen vpn{.more = {{bgp::CapCode::mp, "00010080"}}};
  const auto judged = peer::judge_open({.families = {bgp::ipv6_unicast}}, {}, vpn.body());
  REQUIRE_FALSE(judged);
  CHECK(judged.error().subcode == 7);
  CHECK(base::to_hex(judged.error().data) == "010400020001");
  CHECK(judge({}, {}) == "");
  CHECK(judge({.families = {bgp::ipv6_unicast}}, {}) == "2/7");
  CHECK(judge({.families = {}}, vpn) == "");
}

TEST_CASE("own open: what is offered by default") {
  const bgp::Offer o = said({.asn = 4200000001});
  CHECK(o.asn == 4200000001);
  CHECK(o.hold_time == 90);
  CHECK(o.families == std::vector{bgp::ipv4_unicast, bgp::ipv6_unicast});
  CHECK(o.as4);
  CHECK(o.route_refresh);
  CHECK(o.extended_message);
  CHECK(o.add_path.empty());
}

TEST_CASE("own open: each capability can be left out or added") {
  const SpeakerOptions options{.asn = 65000,
                               .add_path = {{bgp::ipv4_unicast, 3}},
                               .route_refresh = false,
                               .as4 = false,
                               .extended_message = false,
                               .more = {{bgp::CapCode::graceful_restart, std::string("\x40\x78", 2)}}};
  const bgp::Offer o = said(options);
  CHECK_FALSE(o.as4);
  CHECK_FALSE(o.route_refresh);
  CHECK_FALSE(o.extended_message);
  REQUIRE(o.add_path.size() == 1);
  CHECK(o.add_path[0].mode == 3);
  CHECK(o.n_bit);
}

TEST_CASE("own open: AS and identifier follow the remote ones, and are never zero") {
  const auto id = [](const char* remote) {
    const bgp::Offer theirs = offer_of({.asn = 65007, .id = remote});
    const bgp::Offer o = said({}, &theirs);
    CHECK(o.asn == 65007);
    return o.id.text();
  };
  CHECK(id("192.0.2.7") == "192.0.2.6");
  CHECK(id("0.0.0.1") == "0.0.0.2");
  CHECK(said({.asn = 65000}).id.text() == "0.0.0.1");
  CHECK(said({.asn = 65000, .id = *base::Address::parse("192.0.2.9")}).id.text() == "192.0.2.9");
}

TEST_CASE("own open: capabilities that do not fit are not said") {
  base::Buffer out;
  const SpeakerOptions options{.more =
                                   std::vector<peer::RawCapability>(20, {bgp::CapCode::fqdn, std::string(255, 'x')})};
  CHECK_FALSE(peer::append_open_body(out, options, nullptr));
}
