// For fuzz_bmp and fuzz_obmp: a byte of choice (1: pardon), then the stream. What was read and written once is read
// again and written byte for byte.
#pragma once

#include <cstdint>

#include "expect.hh"
#include "format/format.hh"
#include "format/json_read.hh"
#include "format/json_write.hh"

// Writes every message as the format, and looks at it in JSON.
struct Write final : format::Sink {
  explicit Write(format::Kind kind) : encoder(format::make_encoder(kind)) {}
  void message(const bgp::MessageView& m) override {
    ++messages;
    const std::size_t before = out.size();
    const bool written = encoder->encode(m, out);
    expect(written == (out.size() != before));
    base::Buffer line;
    writer.append(m, line);
    const auto read = reader.read(line.text(), 0, back);
    expect(read && *read && base::equal(back.wire, m.wire));
  }
  std::unique_ptr<format::Encoder> encoder;
  format::JsonWriter writer;
  format::JsonReader reader;
  bgp::OwnedMessage back;
  base::Buffer out;
  std::size_t messages = 0;
};

inline int check_stream(format::Kind kind, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  (void)format::detect(stream);
  Write first(kind);
  const auto decoder = format::make_decoder(kind, {.pardon = (data[0] & 1) != 0, .context = {}});
  const auto used = decoder->decode(stream, first);
  if (used) {
    expect(*used <= stream.size());
    (void)decoder->finish(stream.subspan(*used), first);
  }
  expect(first.out.size() <= 4096 + 512 * stream.size());
  Write second(kind);
  const auto again = format::make_decoder(kind, {});
  const auto all = again->decode(first.out, second);
  expect(all && *all == first.out.size());
  expect(base::equal(first.out, second.out));
  return 0;
}
