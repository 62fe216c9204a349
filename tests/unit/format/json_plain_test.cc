// Lines of the plain form are read in one pass, all others by the full reader: nobody may see which it was. A space
// behind the first bracket leaves any line to the full reader.
#include <algorithm>

#include "lines.hh"

namespace {

struct Outcome {
  bool sound = false;
  std::string wire;
  bgp::Direction direction{};
  std::uint64_t seq = 0;
  base::Nanos time = 0;
  bgp::Context context;
  std::vector<std::pair<std::string, std::string>> tags;
  auto operator<=>(const Outcome&) const = default;
};

Outcome outcome(format::JsonReader& reader, std::string_view line) {
  bgp::OwnedMessage m;
  const auto done = reader.read(line, 0, m);
  if (!done || !*done) return {};
  Outcome o{true, base::to_hex(m.wire), m.direction, m.seq, m.time, m.context, {}};
  for (const bgp::Tag& t : m.tags) o.tags.emplace_back(t.key, t.value);
  return o;
}

// Read in both ways, by readers that have seen all the lines before.
struct Both {
  bool same(const std::string& line) {
    if (line.front() != '[') return true;
    const Outcome a = outcome(plain, line), b = outcome(full, "[ " + line.substr(1));
    if (a != b) MESSAGE(line);
    sound += a.sound ? 1 : 0;
    return a == b;
  }
  format::JsonReader plain, full;
  std::size_t sound = 0;
};

const std::string lines[] = {
    R"(["R",243,"2025-07-11T11:23:50.860","UPDATE",{"reach":["8.8.8.0/24","0.0.0.0/0","10.1.2.3/9","255.255.255.255/32"],"attrs":{"ORIGIN":{"flags":"T","value":"IGP"},"ASPATH":{"flags":"TX","value":[64515,[20473,15169],4200000000,1]},"NEXTHOP":{"flags":"T","value":"192.0.2.1"},"MED":{"flags":"O","value":4294967295},"LOCALPREF":{"flags":"T","value":0}}},{"PEER_AS":"8218","PEER_IP":"192.0.2.7"}])",
    R"(["L",1,"0001-01-01T00:00:00.000","UPDATE",{"unreach":["8.8.8.0/24"],"attrs":{"ORIGIN":{"flags":"T","value":"INCOMPLETE"},"AGGREGATE":{"flags":"T","value":true},"AGGREGATOR":{"flags":"OT","value":{"asn":65001, "addr":"198.51.100.1"}},"COMMUNITY":{"flags":"OTP","value":["65000:100","0:65535","no-export"]},"LARGE_COMMUNITY":{"flags":"OT","value":["4294967295:0:12345678"]},"CLUSTER_LIST":{"flags":"O","value":["10.0.0.1","10.0.0.2"]},"ORIGINATOR":{"flags":"O","value":"10.0.0.3"}}}])",
    R"(["?",0,"2025-07-11T11:23:50.860","UPDATE",{"attrs":{"ASPATH":{"flags":"T","value":[]},"EXT_COMMUNITY":{"flags":"OT","value":[{"type":"TARGET","value":"65000:100"},{"type":"IP4_TARGET","value":"192.0.2.1:7"},{"type":"AS4_TARGET","value":"70000:9","nontransitive":true},{"type":"0x8abc","value":"0x123456789abc"}]},"MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"2001:db8::1","link-local":"fe80::1","prefixes":["2001:db8::/32","::/0","2001:db8:1:2:3:4:5:6/127"]}},"MP_UNREACH":{"flags":"OX","value":{"af":"IPV6/UNICAST","prefixes":["2001:db8:ffff::/48"]}},"ATTR_99":{"flags":"OT","value":"0x00ff"},"DPATH":{"flags":"OT","value":"0x00ff"}}},{}])",
    R"(["R",5,"2025-07-11T11:23:50.007",71,"UPDATE",{"reach":["#7#8.8.8.0/24","#4294967295#9.0.0.0/8"],"unreach":["#1#10.0.0.0/8"],"attrs":{"MP_REACH":{"flags":"O","value":{"af":"IPV6/UNICAST","nexthop":"::","prefixes":["#12#2001:db8::/32"]}}}},{"a":"\u00e9","b":"x"}])",
    R"(["R",5,"2025-07-11T11:23:50.007","UPDATE",{"reach":["8.8.8.0/24"],"as4":false,"attrs":{"ASPATH":{"flags":"T","value":[23456,[1,2],65535]},"AGGREGATOR":{"flags":"OT","value":{"asn":23456,"addr":"198.51.100.1"}},"AS4PATH":{"flags":"OT","value":[70000]},"AS4AGGREGATOR":{"flags":"OT","value":{"asn":70000,"addr":"198.51.100.1"}}}},{"PEER_AS":"8218"}])",
    R"(["R",6,"2025-07-11T11:23:50.007","UPDATE",{},{"PEER_AS":"8218"}])",
    R"(["R",6,"2025-07-11T11:23:50.007","UPDATE",{"attrs":{"MP_UNREACH":{"flags":"O","value":{"af":"IPV6/UNICAST"}}}},{"x":[1,{"y":"}"}]}])",
};

std::string path_of(std::size_t numbers, bool four) {
  std::string line = R"(["R",6,"2025-07-11T11:23:50.007","UPDATE",{)";
  if (!four) line += R"("as4":false,)";
  line += R"("attrs":{"ASPATH":{"flags":"T","value":[)";
  for (std::size_t i = 0; i < numbers; ++i) line += std::to_string(i % 10) + (i + 1 < numbers ? "," : "");
  return line + R"(]}}}])";
}

}  // namespace

TEST_CASE("json plain: what is read is what the full reader reads") {
  Both both;
  for (const std::string& line : lines) CHECK(both.same(line));
  CHECK(both.sound == std::size(lines));
  for (const std::size_t n : {1, 62, 63, 64, 126, 127, 128, 254, 255, 256, 257, 511, 16000, 17000})
    for (const bool four : {false, true}) CHECK(both.same(path_of(n, four)));
}

TEST_CASE("json plain: a prefix more or less, with and without path ids, in one line") {
  Both both;
  for (const char* a : {"", "1.0.0.0/8", "#1#1.0.0.0/8", "#01#1.0.0.0/8", "1.0.0.0/33", "01.0.0.0/8", "256.0.0.0/8"})
    for (const char* b : {"", "2.0.0.0/8", "#2#2.0.0.0/8", "#4294967296#2.0.0.0/8"}) {
      const auto quote = [](std::string_view s) { return s.empty() ? "" : "\"" + std::string(s) + "\""; };
      const std::string comma = *a && *b ? "," : "";
      const std::string start = R"(["R",6,"2025-07-11T11:23:50.007","UPDATE",{)";
      CHECK(both.same(start + "\"reach\":[" + quote(a) + comma + quote(b) + "]}]"));
      CHECK(both.same(start + "\"reach\":[" + quote(a) + "],\"unreach\":[" + quote(b) + "]}]"));
      CHECK(both.same(start + "\"unreach\":[" + quote(a) + "],\"reach\":[" + quote(b) + "],\"reach\":[]}]"));
    }
}

TEST_CASE("json plain: one character changed, left out or put in, and every cut") {
  Both both;
  for (const std::string& line : lines)
    for (std::size_t at = 1; at < line.size(); ++at) {
      CHECK(both.same(line.substr(0, at)));
      std::string changed = line;
      CHECK(both.same(changed.erase(at, 1)));
      for (const char c : std::string_view("\"\\,:[]{} 0x9#/.-\n\x80")) {
        changed = line;
        changed[at] = c;
        CHECK(both.same(changed));
        changed = line;
        CHECK(both.same(changed.insert(at, 1, c)));
      }
    }
  CHECK(both.sound > 100);
}

TEST_CASE("json plain: a line ends where its reader is told, whatever stands behind it") {
  const std::string& whole = lines[0];
  format::JsonReader r;
  const std::string text = whole + std::string(200, ' ');
  for (std::size_t n = 1; n < whole.size(); ++n) {
    bgp::OwnedMessage m;
    CHECK_FALSE(r.read(std::string_view(text).substr(0, n), text.size() - n, m).has_value());
  }
  bgp::OwnedMessage m;
  CHECK(r.read(std::string_view(text).substr(0, whole.size()), 200, m));
}
