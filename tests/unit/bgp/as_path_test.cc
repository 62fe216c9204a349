#include "bgp/as_path.hh"

#include <fstream>
#include <sstream>

#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {
std::string show(base::Bytes value, bool as4) {
  static constexpr std::string_view open[] = {"", "{", "", "(", "["}, close[] = {"", "}", "", ")", "]"};
  std::string out;
  SegmentReader r(value, as4);
  for (Segment s; r.next(s);) {
    const auto type = static_cast<std::size_t>(s.type);
    if (!out.empty()) out += " | ";
    out += open[type];
    for (std::size_t i = 0; i < s.count; ++i) out += (i ? " " : "") + std::to_string(s[i]);
    out += close[type];
  }
  return r.ok() ? out : out + " !";
}

std::string widened(std::string_view path2, std::string_view path4) {
  base::Buffer out;
  const base::Buffer wide = hex(path4);
  widen_as_path(out, hex(path2), path4.empty() ? std::nullopt : std::optional<base::Bytes>(wide));
  return show(out, true);
}

std::string narrowed(std::string_view path4, bool& needed) {
  base::Buffer out;
  needed = narrow_as_path(out, hex(path4));
  return show(out, false);
}

struct Message {
  base::Buffer body;
  UpdateIndex update;
  explicit Message(std::string_view attributes) : body(test::body({}, hex(attributes), {})) {
    REQUIRE(update.parse(body));
  }
};
const Context two_bytes{.as4 = false};
}  // namespace

TEST_CASE("AS_PATH: segments of both widths") {
  CHECK(show(hex("0202 fde9 0017 0101 0003"), false) == "65001 23 | {3}");
  CHECK(show(hex("0201 00011170 0302 00000001 00000002 0401 00000009"), true) == "70000 | (1 2) | [9]");
  CHECK(show({}, true) == "");
}

TEST_CASE("AS_PATH: overrun, unknown type and an empty segment are malformed (RFC 7606 7.2)") {
  CHECK(as_path_valid({}, true));
  CHECK(as_path_valid(hex("0201 00000001"), true));
  for (const char* bad : {"02", "0201", "0201 000000", "0202 00000001", "0001 00000001", "0501 00000001", "0200",
                          "0201 00000001 02", "0201 00000001 0200", "0201 00000001 00"})
    CHECK_FALSE(as_path_valid(hex(bad), true));
  CHECK_FALSE(as_path_valid(hex("0201 00000001"), false));
}

TEST_CASE("origin: the last AS of a path that ends in a sequence (RFC 6811 2)") {
  CHECK(origin_as(hex("0202 00000001 00011170"), true) == 70000);
  CHECK(origin_as(hex("0202 0001 0002"), false) == 2);
  CHECK(origin_as(hex("0101 00000001 0201 00000007"), true) == 7);
  CHECK_FALSE(origin_as({}, true));
  CHECK_FALSE(origin_as(hex("0201 00000001 0101 00000007"), true));
  CHECK_FALSE(origin_as(hex("0301 00000001"), true));
  CHECK_FALSE(origin_as(hex("0202 00000001"), true));
}

TEST_CASE("origin: AS4_PATH counts in a 2-byte context, when AS_PATH is not shorter (RFC 6793 4.2.3)") {
  // AS_PATH 1 AS_TRANS.
  const std::string path = "400206 0202 0001 5ba0";
  CHECK(origin_as(Message(path).update, two_bytes) == as_trans);
  CHECK(origin_as(Message(path + "c01106 0201 00011170").update, two_bytes) == 70000);
  CHECK(origin_as(Message(path + "c0110a 0202 00000001 00011170").update, two_bytes) == 70000);
  CHECK(origin_as(Message(path + "c0110e 0203 00000001 00000002 00011170").update, two_bytes) == as_trans);
  CHECK(origin_as(Message(path + "c01105 0201 000111").update, two_bytes) == as_trans);
  CHECK_FALSE(origin_as(Message(path + "c01106 0101 00011170").update, two_bytes));
  CHECK(origin_as(Message(path + "c01106 0301 00011170").update, two_bytes) == as_trans);
}

TEST_CASE("origin: a narrow AGGREGATOR other than AS_TRANS beside AS4_AGGREGATOR voids AS4_PATH (RFC 6793 4.2.3)") {
  const std::string path = "400206 0202 0001 5ba0 c01106 0201 00011170 c01208 00011170 c0000201";
  CHECK(origin_as(Message(path + "c00706 5ba0 c0000201").update, two_bytes) == 70000);
  CHECK(origin_as(Message(path + "c00706 0001 c0000201").update, two_bytes) == as_trans);
}

TEST_CASE("origin: AS4_PATH is no matter in a 4-byte context") {
  CHECK(origin_as(Message("400206 0201 00000007 c01106 0201 00011170").update, Context{}) == 7);
  CHECK_FALSE(origin_as(Message("40010100").update, Context{}));
}

TEST_CASE("widen: without AS4_PATH the numbers stay") {
  CHECK(widened("0202 0001 5ba0 0101 0003", "") == "1 23456 | {3}");
}

TEST_CASE("widen: as much of the front as AS4_PATH does not cover (RFC 6793 4.2.3)") {
  CHECK(widened("0203 0001 0002 5ba0", "0202 00000002 00011170") == "1 2 70000");
  CHECK(widened("0202 0002 5ba0", "0202 00000002 00011170") == "2 70000");
  CHECK(widened("0201 5ba0", "0202 00000002 00011170") == "23456");
  // A set counts as one.
  CHECK(widened("0202 0001 5ba0 0102 0003 0004", "0201 00011170 0102 00000003 00000004") == "1 70000 | {3 4}");
  CHECK(widened("0101 0009 0201 5ba0", "0201 00011170") == "{9} | 70000");
}

TEST_CASE("widen: confederation segments that lead or touch the front stay, those in AS4_PATH go (RFC 6793 4.2.3, 6)") {
  CHECK(widened("0301 0064 0202 0001 5ba0", "0202 00000001 00011170") == "(100) | 1 70000");
  CHECK(widened("0201 0001 0301 0064 0201 5ba0", "0201 00011170") == "1 | (100) | 70000");
  CHECK(widened("0202 0001 5ba0", "0301 00000064 0201 00011170") == "1 70000");
}

TEST_CASE("widen: a malformed AS4_PATH is not there (RFC 6793 6)") {
  CHECK(widened("0202 0001 5ba0", "0202 00000002") == "1 23456");
}

TEST_CASE(
    "widen: a set of one AS stays a set, in the front and in AS4_PATH (bugs C: \"AS_SET with one member loses "
    "set-ness\")") {
  CHECK(widened("0101 0009 0201 5ba0", "0201 00011170") == "{9} | 70000");
  CHECK(widened("0201 0009 0101 5ba0", "0101 00011170") == "9 | {70000}");
  CHECK(widened("0202 0001 0009 0101 5ba0", "0201 00000009 0101 00011170") == "1 9 | {70000}");
}

namespace {
// The path as bgpdump prints it.
std::string printed(base::Bytes path) {
  std::string out;
  SegmentReader r(path, true);
  for (Segment s; r.next(s);) {
    const bool set = s.type == SegmentType::set;
    out += out.empty() ? "" : " ";
    if (set) out += "{";
    for (std::size_t i = 0; i < s.count; ++i) out += (i == 0 ? "" : set ? "," : " ") + std::to_string(s[i]);
    if (set) out += "}";
  }
  return out;
}
std::optional<std::string> attribute(std::string_view head, const std::string& value) {
  if (value == "-") return std::nullopt;
  const base::Buffer bytes = hex(value);
  return std::string(head) + hex_of(base::Bytes({static_cast<std::uint8_t>(bytes.size())})) + value;
}
}  // namespace

TEST_CASE("effective path: what bgpdump makes of real messages with AS4_PATH (tests/data/bgp/as4_path.txt)") {
  std::ifstream file(TEST_DATA "/bgp/as4_path.txt");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    INFO(line);
    std::istringstream in(line);
    std::string path2, path4, aggregator2, aggregator4, bar, path, aggregator;
    in >> path2 >> path4 >> aggregator2 >> aggregator4 >> bar >> std::ws;
    std::getline(in, path, '|');
    while (!path.empty() && path.back() == ' ') path.pop_back();
    in >> aggregator;
    std::string attributes;
    for (const auto& a : {attribute("4002", path2), attribute("c007", aggregator2), attribute("c011", path4),
                          attribute("c012", aggregator4)})
      attributes += a.value_or("");
    const Message m(attributes);
    base::Buffer room;
    const auto effective = effective_as_path(m.update, two_bytes, room);
    REQUIRE(effective);
    CHECK(printed(*effective) == path);
    const auto by = effective_aggregator(m.update, two_bytes);
    CHECK(
        (by ? std::to_string(by->asn) + " " + by->address.text() : "") ==
        (aggregator.empty() ? "" : aggregator + " " + std::string((std::istreambuf_iterator<char>(in)), {}).substr(1)));
  }
  CHECK(count > 10);
}

TEST_CASE("effective path: AS_PATH itself in a 4-byte context; nothing where it is malformed or missing") {
  base::Buffer room;
  const Message wide("400206 0201 00000007 c01106 0201 00011170"), malformed("400203 0201 00"), none("40010100");
  CHECK(show(*effective_as_path(wide.update, Context{}, room), true) == "7");
  CHECK(room.empty());
  CHECK_FALSE(effective_as_path(malformed.update, two_bytes, room));
  CHECK_FALSE(effective_as_path(none.update, two_bytes, room));
}

TEST_CASE("effective aggregator: AS4_AGGREGATOR counts where AGGREGATOR says AS_TRANS (RFC 6793 4.2.3)") {
  const auto by = [](std::string_view attributes, const Context& c) {
    const Message m(attributes);
    const auto a = effective_aggregator(m.update, c);
    return a ? a->asn : 0;
  };
  CHECK(by("c00706 5ba0c0000201 c01208 00011170c0000201", two_bytes) == 70000);
  CHECK(by("c00706 0007c0000201 c01208 00011170c0000201", two_bytes) == 7);
  CHECK(by("c00706 5ba0c0000201", two_bytes) == as_trans);
  CHECK(by("c00706 5ba0c0000201 c01203 000111", two_bytes) == as_trans);
  CHECK(by("c00708 00005ba0c0000201 c01208 00011170c0000201", Context{}) == as_trans);
  CHECK(by("c01208 00011170c0000201", two_bytes) == 0);
  CHECK(by("c00708 00005ba0c0000201", two_bytes) == 0);
}

TEST_CASE("narrow: numbers over 65535 become AS_TRANS and ask for AS4_PATH (RFC 6793 4.2.2)") {
  bool needed = false;
  CHECK(narrowed("0202 00000001 00011170 0101 0000ffff", needed) == "1 23456 | {65535}");
  CHECK(needed);
  CHECK(narrowed("0202 00000001 0000ffff", needed) == "1 65535");
  CHECK_FALSE(needed);
  CHECK(narrowed("0301 00011170 0201 00000001", needed) == "(23456) | 1");
  CHECK_FALSE(needed);
  base::Buffer wide;
  as4_path_value(wide, hex("0301 00011170 0201 00011171"));
  CHECK(show(wide, true) == "70001");
}

TEST_CASE("narrow and widen: there and back is the same path") {
  for (const char* path : {"0201 00011170", "0202 00000001 00011170 0102 00000003 00011171",
                           "0301 00000064 0201 00011170", "0201 00000001 0201 00011170"}) {
    base::Buffer narrow, wide, back;
    const bool needed = narrow_as_path(narrow, hex(path));
    as4_path_value(wide, hex(path));
    widen_as_path(back, narrow, needed ? std::optional<base::Bytes>(wide) : std::nullopt);
    CHECK(hex_of(back) == hex_of(hex(path)));
  }
}

TEST_CASE("widen: a front of 255 and a path that continues it stay within 255 a segment") {
  base::Buffer narrow, wide;
  narrow.append(hex("02ff"));
  wide.append(hex("02fe"));
  for (int i = 0; i < 255; ++i) narrow.append(hex("0007"));
  for (int i = 0; i < 254; ++i) wide.append(hex("00000007"));
  narrow.append(hex("0201 0007"));
  wide.append(hex("0201 00011170"));
  base::Buffer back;
  widen_as_path(back, narrow, wide.view());
  CHECK(as_path_valid(back, true));
  CHECK(back.size() == 2 + 255 * 4 + 2 + 4);
  CHECK(origin_as(back, true) == 70000);
}
