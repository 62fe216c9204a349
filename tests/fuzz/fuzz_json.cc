// JSON lines in both directions. A byte that says which: text into messages, or (0x80) a message into text, where the
// other bits are its context, a byte its type, and the rest its body. Nothing may get lost on the way through the other
// form.
#include <algorithm>
#include <cstdint>

#include "bgp/header.hh"
#include "expect.hh"
#include "format/json_read.hh"
#include "format/json_write.hh"

namespace {

base::Buffer write(const bgp::MessageView& m) {
  format::JsonWriter writer;
  base::Buffer line;
  writer.append(m, line);
  return line;
}

bgp::OwnedMessage read(const base::Buffer& line) {
  format::JsonReader reader;
  bgp::OwnedMessage m;
  const auto done = reader.read(line.text(), 0, m);
  expect(done && *done);
  return m;
}

// A line of the plain form is read in one pass, any other by the full reader, as with a space behind its bracket:
// nobody may see which it was.
void both_ways(std::string_view line) {
  if (!line.starts_with('[')) return;
  base::Buffer spaced;
  spaced.append("[ ");
  spaced.append(line.substr(1));
  format::JsonReader one, other;
  bgp::OwnedMessage a, b;
  const auto x = one.read(line, 0, a), y = other.read(spaced.text(), 0, b);
  expect(x.has_value() == y.has_value());
  if (!x) return;
  expect(base::equal(a.wire, b.wire) && a.context == b.context && a.direction == b.direction && a.seq == b.seq &&
         a.time == b.time);
  expect(std::ranges::equal(a.tags, b.tags,
                            [](const bgp::Tag& s, const bgp::Tag& t) { return s.key == t.key && s.value == t.value; }));
}

void text_first(base::Bytes text) {
  struct Sink final : format::Sink {
    void message(const bgp::MessageView& m) override {
      const base::Buffer line = write(m);
      const bgp::OwnedMessage again = read(line);
      expect(base::equal(again.wire, m.wire));
      expect(again.direction == m.direction && again.seq == m.seq && again.tags.size() == m.tags.size());
      expect(write(again.view()).text() == line.text());
    }
  } sink;
  format::JsonDecoder decoder({.pardon = true});
  const auto used = decoder.decode(text, sink);
  if (used) (void)decoder.finish(text.subspan(*used), sink);
}

void message_first(unsigned bits, std::uint8_t type, base::Bytes body) {
  bgp::OwnedMessage m;
  m.context.as4 = (bits & 1) == 0;
  if ((bits & 2) != 0) m.context.add_path.add(bgp::ipv4_unicast);
  if ((bits & 4) != 0) m.context.add_path.add(bgp::ipv6_unicast);
  if ((bits & 8) != 0) m.context.add_path = bgp::FamilySet::all();
  bgp::append_message(m.wire, static_cast<bgp::MsgType>(type), body);
  const base::Buffer line = write(m.view());
  const bgp::OwnedMessage back = read(line);
  // A 2-byte message may come back in 4-byte form, with the same text.
  if (back.context.as4 == m.context.as4 || type != 2) expect(base::equal(back.wire, m.wire));
  expect(write(back.view()).text() == line.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::Bytes rest(data + 1, size - 1);
  if ((data[0] & 0x80) == 0) {
    both_ways(base::as_text(rest));
    text_first(rest);
  } else if (!rest.empty() && rest.size() - 1 <= bgp::max_extended_message - bgp::header_size)
    message_first(data[0], rest[0], rest.subspan(1));
  return 0;
}
