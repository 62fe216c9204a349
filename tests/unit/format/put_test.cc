#include "format/put.hh"

#include "base/ip.hh"
#include "lines.hh"

using namespace format;

namespace {
template <class Put>
std::string text(Put&& put_at) {
  char room[2048];
  return {room, static_cast<std::size_t>(put_at(room) - room)};
}
}  // namespace

TEST_CASE("put: numbers have no leading zeros, at every width") {
  for (const std::uint64_t edge :
       {0ull, 10ull, 100ull, 1000ull, 10'000ull, 999'999ull, 1'000'000ull, 10'000'000ull, 999'999'999ull,
        1'000'000'000ull, 4'000'000'007ull, 4'294'967'295ull, 4'294'967'296ull, 9'223'372'036'854'775'807ull})
    for (const std::uint64_t v : {edge - 1, edge, edge + 1}) {
      CHECK(text([&](char* p) { return put_decimal64(p, v); }) == std::to_string(v));
      const auto low = static_cast<std::uint32_t>(v);
      CHECK(text([&](char* p) { return put_decimal(p, low); }) == std::to_string(low));
    }
}

TEST_CASE("put: addresses are those of the canonical form (RFC 5952)") {
  std::uint32_t random = 7;
  for (int i = 0; i < 5000; ++i) {
    std::uint8_t b[16];
    for (std::uint8_t& c : b) {
      random = random * 1664525 + 1013904223;
      // Zeros, short fields and ffff come often, so that every rule is met.
      c = random >> 30 == 0 ? static_cast<std::uint8_t>(random >> 16) : random >> 30 == 1 ? 0xff : 0;
    }
    CHECK(text([&](char* p) { return put_v6(p, b); }) == base::Address::from(b).text());
    CHECK(text([&](char* p) { return put_v4(p, b); }) == base::Address::from({b, 4}).text());
  }
}

TEST_CASE("put: IPv4-mapped addresses end in dotted decimal (RFC 5952 5)") {
  const auto a = *base::Address::parse("::ffff:192.0.2.1");
  CHECK(text([&](char* p) { return put_v6(p, a.bytes().data()); }) == "::ffff:192.0.2.1");
}

TEST_CASE("put: text is bytes, printable ones literal, the others escaped") {
  const std::string_view bytes("a\"\\\r\n\t\0\x1f\x7f\x80\xff~", 12);
  CHECK(text([&](char* p) { return put_text_string(p, bytes); }) == R"("a\"\\\r\n\t\u0000\u001f\u007f\u0080\u00ff~")");
}

TEST_CASE("put: hex of nothing is an empty string") {
  CHECK(text([](char* p) { return put_hex_string(p, {}); }) == "\"\"");
  const std::uint8_t b[] = {0, 0xab, 0xff};
  CHECK(text([&](char* p) { return put_hex_string(p, b); }) == "\"0x00abff\"");
}
