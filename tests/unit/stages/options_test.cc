#include <doctest/doctest.h>

#include "cli/arguments.hh"
#include "stages/all.hh"
#include "stages/go_time.hh"
#include "stages/leg_options.hh"
#include "stages/stream_options.hh"
#include "support/option_faults.hh"

using namespace stages;

namespace {
std::string text_of(std::string_view text) {
  const auto h = parse_host_port(text);
  return h ? h->host + " " + std::to_string(h->port) : "error";
}
pipeline::TypeMask mask(std::vector<std::string> type, std::vector<std::string> skip = {}) {
  StreamOptions o;
  o.type = std::move(type);
  o.skip = std::move(skip);
  return type_mask(o);
}
using pipeline::bit;
constexpr base::Nanos noon = 1752223640 * base::second;  // 2025-07-11 08:47:20
}  // namespace

TEST_CASE("connect's address: an address or a name, port 179 unless one is given") {
  CHECK(text_of("192.0.2.1") == "192.0.2.1 179");
  CHECK(text_of("192.0.2.1:1790") == "192.0.2.1 1790");
  CHECK(text_of("2001:db8::1") == "2001:db8::1 179");
  CHECK(text_of("[2001:db8::1]:1790") == "2001:db8::1 1790");
  CHECK(text_of("rs1.example.net") == "rs1.example.net 179");
  CHECK(text_of("rs1.example.net:1790") == "rs1.example.net 1790");
  CHECK(text_of("localhost") == "localhost 179");
  for (const char* bad : {"", ":179", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2", "192.0.2.256", "rs1:x",
                          "rs1:", "a b", "rs1:70000", "[2001:db8::1"})
    CHECK_MESSAGE(text_of(bad) == "error", bad);
}

TEST_CASE("listen's address: all of this machine where only a port is given") {
  const auto all = parse_listen_address(":1790");
  REQUIRE(all);
  CHECK(all->address.empty());
  CHECK(all->port == 1790);
  CHECK(parse_listen_address("192.0.2.1")->text() == "192.0.2.1:179");
  CHECK(parse_listen_address("[2001:db8::1]:17")->text() == "[2001:db8::1]:17");
  for (const char* bad : {"", "rs1.example.net", ":", ":x", "192.0.2.1:70000"})
    CHECK_MESSAGE(!parse_listen_address(bad), bad);
}

TEST_CASE("types: names in any case and numbers; skip wins over type; over 30 share a bit") {
  CHECK(mask({}) == pipeline::all_types);
  CHECK(mask({"update", "KEEPALIVE"}) == (bit(bgp::MsgType::update) | bit(bgp::MsgType::keepalive)));
  CHECK(mask({"2", "0x4"}) == (bit(bgp::MsgType::update) | bit(bgp::MsgType::keepalive)));
  CHECK(mask({"UPDATE", "OPEN"}, {"OPEN"}) == bit(bgp::MsgType::update));
  CHECK(mask({}, {"NOTIFY"}) == ~bit(bgp::MsgType::notification));
  CHECK(mask({"200"}) == mask({"31"}));
  CHECK(mask({"0"}) == 1);
  for (const char* bad : {"", "UPDATES", "256", "-1"})
    CHECK_MESSAGE(!check_types(conf::Value(std::vector<std::string>{bad})), bad);
}

TEST_CASE("time in a path: the reference time spelt as it should look, in UTC") {
  CHECK(go_time("20060102.1504", noon) == "20250711.0847");
  CHECK(go_time("2006-01-02T15:04:05Z07:00", noon) == "2025-07-11T08:47:20Z");
  CHECK(go_time("Jan January Mon Monday 06 002 03 PM MST", noon) == "Jul July Fri Friday 25 192 08 AM UTC");
  CHECK(go_time("", noon).empty());
  CHECK(go_time("plain", noon) == "plain");
}

TEST_CASE("path: a placeholder that nobody knows is a mistake, as is a layout without a part of a time") {
  const auto fault = [](std::string_view path) {
    const auto ok = stages::check_path(path);
    return ok ? "" : ok.error().text;
  };
  for (const char* sound :
       {"/a/x.$TIME.mrt", "$PEER/${2006}/x", "-", "/a/$", "/a/$5", "${$}TIEM", "$TIME$PEER", "$TIMEZ"})
    CHECK(fault(sound) == "");
  CHECK(fault("/a/x.$TIEM.mrt") == "$TIEM is unknown: did you mean $TIME? (a plain $ is written ${$})");
  CHECK(fault("/a/$time/x").contains("did you mean $TIME?"));
  CHECK(fault("/a/$PEERS").empty());
  CHECK(fault("/a/$HOSTNAME").contains("there are $TIME and $PEER"));
  CHECK(fault("/a/$TIME.${YYYYMMDD}").contains("${YYYYMMDD}: 'YYYYMMDD' has no part of a time"));
  CHECK(fault("/a/${TIME}").contains("has no part of a time"));
  CHECK(fault("/a/${2006").contains("without '}'"));
  CHECK_FALSE(stages::check_layout("%Y%m%d"));
  CHECK_FALSE(stages::check_layout(""));
  CHECK(stages::check_layout("20060102.1504"));
  CHECK(*stages::expand_path("/a/${$}x", "2006", 0) == "/a/$x");
}

TEST_CASE("path: $TIME has the layout of the option, ${layout} its own") {
  CHECK(*expand_path("/a/updates.$TIME.mrt", "20060102.1504", noon) == "/a/updates.20250711.0847.mrt");
  CHECK(*expand_path("${2006/01}/x.${02}", "ignored", noon) == "2025/07/x.11");
  CHECK(*expand_path("/a/$PEER/x.$TIME", "2006", noon, "192.0.2.1") == "/a/192.0.2.1/x.2025");
  CHECK(*expand_path("/a/b$c", "x", noon) == "/a/b$c");
  CHECK_FALSE(expand_path("/a/${2006", "x", noon));
  CHECK(has_time("x$TIME"));
  CHECK(has_time("${2006}"));
  CHECK_FALSE(has_time("/a/$b"));
}

TEST_CASE("md5: an empty key is an error, not a session without one") {
  for (const conf::Option& o : leg_rows<LegOptions>()) {
    if (o.name != "md5") continue;
    CHECK_FALSE(o.check(conf::Secret{}));
    CHECK(o.check(conf::Secret{.value = std::string(80, 'k')}));
    CHECK_FALSE(o.check(conf::Secret{.value = std::string(81, 'k')}));
  }
}

TEST_CASE("every option of every stage has help, and a name and letter of its own beside those common to all") {
  pipeline::Registry registry;
  add_all(registry);
  CHECK(registry.all().size() == 9);
  for (const pipeline::StageKind* k : registry.all()) {
    const conf::OptionTable tables[] = {k->options, pipeline::common_options(), cli::stage_flag_options()};
    const auto faults = option_faults(tables);
    for (const auto& f : faults) FAIL_CHECK(std::string(k->name) << " " << f);
    CHECK_FALSE(k->help.empty());
    CHECK(k->make_options() != nullptr);
    CHECK(registry.find(k->name) == k);
  }
}
