// What holds for every message, over thousands of generated ones.
#include <nlohmann/json.hpp>

#include "bgp/header.hh"
#include "format/raw.hh"
#include "lines.hh"
#include "support/message_generator.hh"

namespace {

constexpr int cases = 20000;

std::string json7(const bgp::MessageView& m) {
  format::JsonWriter w(format::JsonForm::with_length);
  base::Buffer out;
  w.append(m, out);
  return std::string(out.text());
}

// What a script does that reads a line into values and prints it again, as Python and jq do it.
std::string through_a_script(std::string_view line, bool ascii) {
  return nlohmann::ordered_json::parse(line).dump(-1, ' ', ascii);
}

// The same message read from this line.
void same(const bgp::OwnedMessage& m, std::string_view line) {
  const bgp::OwnedMessage back = test::read(line);
  INFO(line);
  REQUIRE(base::to_hex(back.wire) == base::to_hex(m.wire));
  CHECK(back.direction == m.direction);
  CHECK(back.seq == m.seq);
  CHECK(back.time == m.time);
  REQUIRE(back.tags.size() == m.tags.size());
  for (std::size_t i = 0; i < m.tags.size(); ++i) CHECK(back.tags[i].value == m.tags[i].value);
}

}  // namespace

TEST_CASE("property: wire to JSON to wire is the same bytes, whatever passed the line on") {
  support::MessageGenerator messages(1);
  for (int i = 0; i < cases; ++i) {
    bgp::OwnedMessage m = messages.message();
    std::ranges::sort(m.tags, {}, &bgp::Tag::key);
    const std::string line = test::write(m);
    same(m, line);
    same(m, json7(m.view()));
    if (i % 4 != 0) continue;
    same(m, through_a_script(line, false));
    same(m, through_a_script(line, true));
  }
}

TEST_CASE("property: a message has one line, from any writer, and so has the message read from it") {
  support::MessageGenerator messages(2);
  format::JsonWriter used;
  for (int i = 0; i < cases; ++i) {
    const bgp::OwnedMessage m = messages.message();
    base::Buffer out;
    used.append(m.view(), out);
    const std::string line = test::write(m);
    REQUIRE(out.text() == line);
    const bgp::OwnedMessage back = test::read(line);
    REQUIRE(test::write(back) == line);
  }
}

TEST_CASE("property: json7 is the plain line with the length of the body before the type") {
  support::MessageGenerator messages(3);
  for (int i = 0; i < 2000; ++i) {
    const bgp::OwnedMessage m = messages.message();
    auto seven = nlohmann::ordered_json::parse(json7(m.view()));
    REQUIRE(seven.size() == 7);
    CHECK(seven[3] == m.wire.size() - bgp::header_size);
    seven.erase(3);
    CHECK(seven == nlohmann::ordered_json::parse(test::write(m)));
  }
}

TEST_CASE("property: any cut of a line, and any line with a byte changed, is read or refused") {
  support::MessageGenerator messages(4);
  for (int i = 0; i < 400; ++i) {
    const std::string line = test::write(messages.message());
    if (line.size() > 2000) continue;
    for (std::size_t n = 0; n < line.size(); n += 1 + line.size() / 100) {
      (void)test::error(line.substr(0, n));
      std::string changed = line;
      changed[n] = static_cast<char>(messages.number(0, 255));
      (void)test::error(changed);
    }
  }
}

TEST_CASE("property: messages with any bytes in their bodies come back, too") {
  support::MessageGenerator messages(5);
  for (int i = 0; i < cases; ++i) {
    bgp::OwnedMessage m = messages.message();
    m.tags.clear();
    for (std::uint32_t n = messages.number(1, 4); n != 0 && m.wire.size() > bgp::header_size; --n)
      m.wire.data()[messages.number(bgp::header_size, static_cast<std::uint32_t>(m.wire.size() - 1))] =
          static_cast<std::uint8_t>(messages.number(0, 255));
    same(m, test::write(m));
  }
}

TEST_CASE("property: every truncation of a message's body comes back, too") {
  support::MessageGenerator messages(6);
  for (int i = 0; i < 300; ++i) {
    const bgp::OwnedMessage m = messages.message();
    const base::Bytes body = m.wire.view().subspan(bgp::header_size);
    for (std::size_t n = 0; n < body.size(); n += 1 + body.size() / 60) {
      bgp::OwnedMessage cut;
      cut.context = m.context;
      bgp::append_message(cut.wire, static_cast<bgp::MsgType>(m.wire.data()[bgp::header_size - 1]),
                          base::Buffer(body.first(n)));
      same(cut, test::write(cut));
    }
  }
}

TEST_CASE("property: raw there and back, cut anywhere") {
  support::MessageGenerator messages(7);
  base::Buffer stream;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const bgp::OwnedMessage m = messages.message();
    CHECK(format::RawEncoder().encode(m.view(), stream));
    expected.push_back(base::to_hex(m.wire));
  }
  format::RawDecoder d({});
  test::Collect sink;
  std::size_t from = 0;
  for (std::size_t to = 0; to < stream.size(); to += messages.number(1, 3000))
    from += *d.decode(stream.view().subspan(from, to - from), sink);
  from += *d.decode(stream.view().subspan(from), sink);
  CHECK(from == stream.size());
  CHECK(sink.wires == expected);
}
