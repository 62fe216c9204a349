#include "conf/dump.hh"

#include <doctest/doctest.h>

#include <random>

#include "conf/read.hh"
#include "conf/yaml.hh"
#include "sample.hh"

using namespace conf;

namespace {

const Sample defaults;

std::string flow(const Sample& s) {
  const Dumped one{sample_table, &s, &defaults};
  return dump_flow({&one, 1});
}

std::string block(const Sample& s, int indent) {
  const Dumped one{sample_table, &s, &defaults};
  return dump_block({&one, 1}, indent);
}

Sample read_back(const std::string& yaml) {
  Sample s;
  Problems problems;
  const auto node = parse_yaml(yaml, "t");
  if (!node) FAIL(render(node.error().front()), yaml);
  if (!read_options(*node, sample_table, &s, problems)) FAIL(problems.text(), yaml);
  return s;
}

// Pieces that some YAML reader, or our own interpolation, gives a meaning.
std::string odd_text(std::mt19937& random) {
  static constexpr std::string_view pieces[] = {"a",
                                                "B",
                                                "0",
                                                "12",
                                                "12:30",
                                                "1e3",
                                                "0x1f",
                                                "yes",
                                                "No",
                                                "null",
                                                "~",
                                                "true",
                                                ".5",
                                                ".inf",
                                                "-",
                                                "- ",
                                                ": ",
                                                " #",
                                                "#",
                                                ",",
                                                "[",
                                                "]",
                                                "{",
                                                "}",
                                                "&",
                                                "*",
                                                "!",
                                                "|",
                                                ">",
                                                "'",
                                                "\"",
                                                "%",
                                                "@",
                                                "`",
                                                "\\",
                                                "\n",
                                                "\t",
                                                "\r",
                                                " ",
                                                "  ",
                                                "${",
                                                "$${",
                                                "$",
                                                "}",
                                                "<<",
                                                "=",
                                                "\xc3\xbc",
                                                "\xf0\x9f\x90\x8d",
                                                "?",
                                                "? x",
                                                ":",
                                                "\x01",
                                                "\x7f",
                                                "\x1b",
                                                "---",
                                                "...",
                                                "/",
                                                "::1",
                                                "\xc2\x85",
                                                "\xe2\x80\xa8",
                                                "\xef\xbb\xbf",
                                                "2001-01-01",
                                                "192.0.2.1",
                                                "1_000"};
  std::string out;
  for (auto n = random() % 5; n > 0; --n) out += pieces[random() % std::size(pieces)];
  return out;
}

}  // namespace

TEST_CASE("dump: only what differs from the defaults") {
  Sample s;
  CHECK(flow(s) == "{}");
  CHECK(block(s, 2).empty());
  s.session = 100;
  s.ipv4 = true;
  s.ipv6 = false;
  s.timeout = {90 * base::second};
  s.command = {"a", "b c"};
  s.hold = 90;
  CHECK(flow(s) == "{ ipv4: true, ipv6: false, session: 100, timeout: 1m30s, command: [a, \"b c\"], hold: 90 }");
  CHECK(block(s, 2) ==
        "  ipv4: true\n  ipv6: false\n  session: 100\n  timeout: 1m30s\n  command: [a, \"b c\"]\n  hold: 90\n");
}

TEST_CASE("dump: the argument alone needs no name") {
  Sample s;
  s.address = "198.51.100.7";
  CHECK(flow(s) == "198.51.100.7");
  s.ipv4 = true;
  CHECK(flow(s) == "{ address: 198.51.100.7, ipv4: true }");
}

TEST_CASE("dump: what is required is always written") {
  struct Read {
    std::string path;
  };
  static constexpr Option table[] = {option<&Read::path>("path", "file", {.required = true})};
  const Read read;
  const Dumped one{table, &read, &read};
  CHECK(dump_flow({&one, 1}) == "{ path: \"\" }");
}

TEST_CASE("dump: text that YAML 1.1 or 1.2 would take for something else is quoted") {
  for (const char* text :
       {"",      "yes", "NO", "y",  "on",   "Off",  "true",       "null", "~",   "12",  "1e3", "0x1f", "1_000",
        "12:30", "-1",  "+5", ".5", ".inf", ".nan", "2001-01-01", "a b",  "a:b", "a,b", "[",   "- a",  "#",
        "*x",    "&x",  "!x", "=",  "<<",   "::1",  "1.5",        "10.0", "%a",  "@a",  "a\"b"})
    CHECK_MESSAGE(yaml_text(text).starts_with('"'), text);
  for (const char* text :
       {"abc", "192.0.2.1", "10.0.0.0/8", "/var/spool/x.mrt.gz", "user@host", "ESTABLISHED", "a-b_c"})
    CHECK(yaml_text(text) == text);
  CHECK(yaml_text("a\n\t\"\\\x01") == "\"a\\n\\t\\\"\\\\\\x01\"");
  CHECK(yaml_text("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
  CHECK(yaml_text("\xff") == "\"\\xff\"");
}

TEST_CASE("dump: a secret is the reference it came from, or three stars") {
  Sample s;
  s.md5 = {"hunter2", ""};
  CHECK(flow(s) == "{ md5: \"***\" }");
  s.md5.origin = "${credential:bgp-left}";
  CHECK(flow(s) == "{ md5: \"${credential:bgp-left}\" }");
}

TEST_CASE("dump: what is read back is what was written") {
  std::mt19937 random(4271);
  for (int i = 0; i < 3000; ++i) {
    Sample s;
    s.ipv4 = random() % 2 == 0;
    s.ipv6 = random() % 2 == 0;
    s.session = static_cast<std::int64_t>(random()) * static_cast<std::int64_t>(random() % 1000);
    s.port = static_cast<std::uint16_t>(random() % 65535 + 1);
    s.rate = static_cast<double>(random()) / 4294967296.0 * 1000;
    s.timeout.nanos = static_cast<std::int64_t>(random()) * static_cast<std::int64_t>(random() % 5) - 1000;
    s.path = odd_text(random);
    s.format = formats[random() % std::size(formats)];
    if (random() % 2 == 0) s.bind = odd_text(random);
    if (random() % 2 == 0) s.hold = 3 + random() % 1000;
    for (auto n = random() % 4; n > 0; --n) s.command.push_back(odd_text(random));
    for (auto n = random() % 3; n > 0; --n) s.filters.push_back(odd_text(random));
    CHECK(read_back(flow(s)) == s);
    CHECK(read_back(block(s, 0)) == s);
    CHECK(read_back(block(s, 3)) == s);
  }
}
