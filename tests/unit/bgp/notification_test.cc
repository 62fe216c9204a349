#include "bgp/notification.hh"

#include "build.hh"

using namespace bgp;
using test::hex;

namespace {
Notification parse(const base::Buffer& message) { return *parse_notification(message.view().subspan(header_size)); }
}  // namespace

TEST_CASE("NOTIFICATION: code, subcode and data; less than two bytes is none") {
  const auto n = parse_notification(hex("0202 fde9"));
  REQUIRE(n);
  CHECK(n->code == notify::open);
  CHECK(n->subcode == 2);
  CHECK_FALSE(parse_notification(hex("06")));
  CHECK_FALSE(parse_notification({}));
}

TEST_CASE("NOTIFICATION: names, unknown ones by number") {
  CHECK(name(6, 2) == "Cease/Administrative Shutdown");
  CHECK(name(2, 11) == "OPEN Message Error/Role Mismatch");
  CHECK(name(6, 10) == "Cease/BFD Down");
  CHECK(name(7, 1) == "ROUTE-REFRESH Message Error/Invalid Message Length");
  CHECK(name(8, 0) == "Send Hold Timer Expired");
  CHECK(name(4, 0) == "Hold Timer Expired");
  CHECK(name(6, 77) == "Cease/subcode 77");
  CHECK(name(99, 3) == "code 99/subcode 3");
}

TEST_CASE("NOTIFICATION: the text of a shutdown or reset travels there and back (RFC 9003)") {
  for (const std::uint8_t subcode : {notify::cease_subcode::shutdown, notify::cease_subcode::reset}) {
    base::Buffer m;
    append_cease(m, subcode, "maintenance until 06:00");
    const auto n = parse(m);
    CHECK(n.subcode == subcode);
    CHECK(shutdown_text(n) == "maintenance until 06:00");
  }
  base::Buffer m;
  append_cease(m, notify::cease_subcode::max_prefixes, "not here");
  CHECK(parse(m).data.empty());
}

TEST_CASE("NOTIFICATION: a hard reset wraps the cease that it stands for (RFC 8538 3.1)") {
  base::Buffer m;
  append_cease(m, notify::cease_subcode::shutdown, "bye", true);
  const auto n = parse(m);
  CHECK(n.subcode == notify::cease_subcode::hard_reset);
  CHECK(test::hex_of(n.data) == "060203627965");
  CHECK(shutdown_text(n) == "bye");
  CHECK(text(n) == "Cease/Hard Reset (Cease/Administrative Shutdown): bye");
  CHECK_FALSE(shutdown_text(*parse_notification(hex("0609"))));
  CHECK_FALSE(shutdown_text(*parse_notification(hex("0609 0609 0602 01 61"))));
}

TEST_CASE("NOTIFICATION: a text length that lies gives no text (RFC 9003 3)") {
  for (const char* bad : {"0602", "060200", "060205 6162", "0601 0161", "0302 0161"})
    CHECK_FALSE(shutdown_text(*parse_notification(hex(bad))));
}

TEST_CASE("NOTIFICATION: a long text is cut at a character, at 255 bytes or less") {
  const std::string ascii(300, 'a'), umlauts = std::string(254, 'a') + "\xc3\xa4\xc3\xa4";
  base::Buffer m, u;
  append_cease(m, 2, ascii);
  append_cease(u, 2, umlauts);
  CHECK(shutdown_text(parse(m))->size() == 255);
  CHECK(shutdown_text(parse(u))->size() == 254);
}

TEST_CASE("NOTIFICATION: for people, control characters are shown and data is hex") {
  CHECK(text(*parse_notification(hex("0602 04 61 1b 5b 41"))) == "Cease/Administrative Shutdown: a\\x1b[A");
  CHECK(text(*parse_notification(hex("0201 0004"))) == "OPEN Message Error/Unsupported Version Number, data 0x0004");
  CHECK(text(*parse_notification(hex("0400"))) == "Hold Timer Expired");
}

TEST_CASE("NOTIFICATION: never longer than 4096 bytes") {
  base::Buffer m;
  append_notification(m, 3, 1, base::as_bytes(std::string(60000, 'x')));
  CHECK(m.size() == max_message);
  CHECK(frame(m.data(), m.size(), max_message).status == FrameStatus::ok);
}
