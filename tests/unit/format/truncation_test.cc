// Every stream of the test data, cut at every byte: the records before the cut are delivered, the cut one is an error
// with its place, with --pardon a count. And every record that is shorter than it says, or than it must be.
#include <zlib.h>

#include <fstream>
#include <functional>

#include "bgp/notification.hh"
#include "lines.hh"

namespace {

struct Count final : format::Sink {
  void message(const bgp::MessageView&) override { ++messages; }
  std::size_t messages = 0;
};

base::Buffer content(const std::string& path) {
  base::Buffer out;
  gzFile file = gzopen((TEST_DATA "/" + path).c_str(), "rb");
  REQUIRE(file);
  for (int n = 0; (n = gzread(file, out.reserve(65536), 65536)) > 0;) out.commit(static_cast<std::size_t>(n));
  gzclose(file);
  return out;
}

// One line of hex behind a word, each a whole message.
std::vector<base::Buffer> golden() {
  std::vector<base::Buffer> out;
  std::ifstream file(TEST_DATA "/bgp/messages.txt");
  for (std::string origin, hex; file >> origin >> hex;) out.push_back(test::hex(hex));
  return out;
}

// Where records of a stream start, the end of the last one included.
using Size = std::function<std::size_t(const std::uint8_t*)>;
std::vector<std::size_t> starts(base::Bytes stream, std::size_t head, const Size& size, std::size_t most) {
  std::vector<std::size_t> out;
  std::size_t at = 0;
  while (stream.size() - at >= head && out.size() < most) {
    out.push_back(at);
    at += size(stream.data() + at);
    REQUIRE(at <= stream.size());
  }
  out.push_back(at);
  return out;
}

// The stream ends in the middle of a record.
void cut_anywhere(format::Kind kind, base::Bytes stream, const std::vector<std::size_t>& records) {
  for (std::size_t i = 0; i + 1 < records.size(); ++i) {
    const base::Bytes record = stream.subspan(records[i], records[i + 1] - records[i]);
    for (std::size_t n = 1; n < record.size(); ++n) {
      const base::Buffer cut(record.first(n));
      for (const bool pardon : {false, true}) {
        const auto d = format::make_decoder(kind, {.pardon = pardon, .context = {}, .guess = false});
        Count sink;
        const auto used = d->decode(cut, sink);
        REQUIRE(used);
        const auto end = d->finish(cut.view().subspan(*used), sink);
        CHECK(end.has_value() == pardon);
        if (!end) CHECK(end.error().text.contains("offset 0"));
        CHECK(d->pardoned() == (pardon ? 1 : 0));
      }
    }
  }
}

// The record says that it is as short as it was cut; the one behind it is read in any case with --pardon.
void too_short(format::Kind kind, base::Bytes stream, const std::vector<std::size_t>& records, std::size_t head,
               const std::function<void(std::uint8_t*, std::size_t)>& set_size) {
  for (std::size_t i = 0; i + 1 < records.size(); ++i) {
    const base::Bytes record = stream.subspan(records[i], records[i + 1] - records[i]);
    for (std::size_t n = head; n < record.size(); ++n) {
      base::Buffer cut(record.first(n));
      set_size(cut.data(), n);
      const auto strict = format::make_decoder(kind, {});
      Count sink;
      (void)strict->decode(cut, sink);
      cut.append(record);
      const auto lenient = format::make_decoder(kind, {.pardon = true, .context = {}, .guess = false});
      const auto used = lenient->decode(cut, sink);
      CHECK(used == cut.size());
    }
  }
}

}  // namespace

TEST_CASE("truncation: golden messages in a raw stream") {
  for (const base::Buffer& m : golden()) cut_anywhere(format::Kind::raw, m, {0, m.size()});
}

TEST_CASE("truncation: golden messages whose header says that they are shorter, to JSON and back") {
  for (const base::Buffer& m : golden())
    for (std::size_t n = bgp::header_size; n < m.size(); ++n) {
      bgp::OwnedMessage cut;
      bgp::append_message(cut.wire, static_cast<bgp::MsgType>(m.data()[18]),
                          base::Buffer(m.view().subspan(bgp::header_size, n - bgp::header_size)));
      for (const bool as4 : {true, false}) {
        cut.context.as4 = as4;
        const bgp::OwnedMessage back = test::read(test::write(cut));
        REQUIRE(base::equal(back.wire, cut.wire));
      }
    }
}

TEST_CASE("truncation: golden messages as lines of JSON") {
  for (const base::Buffer& m : golden()) {
    bgp::OwnedMessage whole;
    whole.wire.append(m.view());
    const std::string line = test::write(whole);
    for (std::size_t n = 1; n < line.size(); ++n) CHECK_FALSE(test::error(line.substr(0, n)).empty());
  }
}

TEST_CASE("truncation: records of MRT") {
  const base::Buffer stream = content("ris.rrc06.updates.1427846400.gz");
  const auto size = [](const std::uint8_t* p) { return 12 + base::load<std::uint32_t>(p + 8); };
  const auto records = starts(stream, 12, size, 300);
  cut_anywhere(format::Kind::mrt, stream, records);
  too_short(format::Kind::mrt, stream, records, 12,
            [](std::uint8_t* p, std::size_t n) { base::store(p + 8, static_cast<std::uint32_t>(n - 12)); });
}

TEST_CASE("truncation: records of BMP") {
  const base::Buffer stream = content("bmp/diffcaps.bmp");
  const auto size = [](const std::uint8_t* p) { return std::size_t{base::load<std::uint32_t>(p + 1)}; };
  const auto records = starts(stream, 6, size, 60);
  cut_anywhere(format::Kind::bmp, stream, records);
  too_short(format::Kind::bmp, stream, records, 6,
            [](std::uint8_t* p, std::size_t n) { base::store(p + 1, static_cast<std::uint32_t>(n)); });
}
