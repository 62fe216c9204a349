// Real messages through every format and back (tests/data/README.md says where they come from).
#include <zlib.h>

#include <fstream>

#include "format/mrt_read.hh"
#include "format/mrt_write.hh"
#include "lines.hh"

namespace {

base::Buffer gunzip(const std::string& path) {
  base::Buffer out;
  gzFile file = gzopen(path.c_str(), "rb");
  REQUIRE(file);
  for (int n = 0; (n = gzread(file, out.reserve(65536), 65536)) > 0;) out.commit(static_cast<std::size_t>(n));
  gzclose(file);
  return out;
}

const std::string files[] = {TEST_DATA "/ris.rrc06.updates.1401488100.gz",
                             TEST_DATA "/ris.rrc06.updates.1427846400.gz"};

// Each message through JSON and through MRT.
struct RoundTrip final : format::Sink {
  void message(const bgp::MessageView& m) override {
    ++messages;
    line.clear();
    writer.append(m, line);
    const auto read = reader.read(line.text(), 0, back);
    if (!read || !*read || !base::equal(back.wire, m.wire)) {
      MESSAGE(line.text());
      ++lost;
    }
    const std::size_t before = mrt.size();
    if (!encoder.encode(m, mrt) || mrt.size() == before) ++lost;
    bgp::MessageView again = back.view();
    base::Buffer from_json;
    again.time = m.time;
    if (!encoder.encode(again, from_json) || !base::equal(from_json, mrt.view().subspan(before))) ++lost;
    json.append(line.view());
    json.push('\n');
  }
  format::JsonWriter writer;
  format::JsonReader reader;
  format::MrtEncoder encoder;
  bgp::OwnedMessage back;
  base::Buffer line, mrt, json;
  std::size_t messages = 0, lost = 0;
};

}  // namespace

TEST_CASE("real: every archived message comes back from JSON and from MRT byte for byte, with its peer") {
  std::size_t expected[] = {1561, 795};
  for (const std::string& path : files) {
    const base::Buffer data = gunzip(path);
    format::MrtDecoder d({});
    RoundTrip trip;
    CHECK(d.decode(data, trip).value() == data.size());
    CHECK(trip.messages == expected[&path - files]);
    CHECK(trip.lost == 0);
    CHECK(d.skipped() == 0);

    RoundTrip second;
    format::MrtDecoder again({});
    CHECK(again.decode(trip.mrt, second).value() == trip.mrt.size());
    CHECK(second.mrt.text() == trip.mrt.text());
    CHECK(second.json.text() == trip.json.text());

    format::JsonDecoder lines({});
    RoundTrip third;
    CHECK(lines.decode(trip.json, third).value() == trip.json.size());
    CHECK(third.json.text() == trip.json.text());
  }
}

TEST_CASE("real: every truncation of archived lines fails cleanly") {
  const base::Buffer data = gunzip(files[1]);
  format::MrtDecoder d({});
  RoundTrip trip;
  REQUIRE(d.decode(data.view().first(2000), trip));
  const std::string_view json = trip.json.text();
  const std::string_view line = json.substr(0, json.find('\n'));
  std::size_t sound = 0;
  for (std::size_t n = 1; n < line.size(); ++n) sound += test::error(std::string(line.substr(0, n))).empty() ? 1 : 0;
  CHECK(sound == 0);
}

TEST_CASE("real: messages of other projects' tests, odd and malformed ones too, come back from JSON in every context") {
  std::ifstream in(TEST_DATA "/bgp/messages.txt");
  std::size_t messages = 0;
  for (std::string text; std::getline(in, text);) {
    const auto wire = base::from_hex(std::string_view(text).substr(text.rfind(' ') + 1));
    if (!wire || wire->size() < bgp::header_size) continue;
    ++messages;
    for (unsigned bits = 0; bits < 4; ++bits) {
      bgp::OwnedMessage m;
      m.wire.append(wire->view());
      m.context.as4 = (bits & 1) == 0;
      if ((bits & 2) != 0) m.context.add_path = bgp::FamilySet::all();
      const std::string line = test::write(m);
      INFO(line);
      const bgp::OwnedMessage back = test::read(line);
      if (back.context.as4 == m.context.as4 || m.wire.data()[18] != 2)
        CHECK(base::to_hex(back.wire) == base::to_hex(m.wire));
      CHECK(test::write(back) == line);
    }
  }
  CHECK(messages > 300);
}
