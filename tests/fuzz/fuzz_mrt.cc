// A byte of choice (1: pardon; 2: raw messages in place of MRT), then the stream. What is read must come back after it
// was written.
#include <cstdint>

#include "expect.hh"
#include "format/format.hh"
#include "format/mrt_read.hh"

namespace {

// Writes every message and reads it again.
struct Sink final : format::Sink {
  explicit Sink(format::Kind k) : kind(k), encoder(format::make_encoder(k)) {}

  void message(const bgp::MessageView& m) override {
    ++messages;
    out.clear();
    expect(encoder->encode(m, out));
    struct Same final : format::Sink {
      explicit Same(const bgp::MessageView& given) : m(given) {}
      void message(const bgp::MessageView& back) override {
        ++messages;
        expect(base::equal(back.wire, m.wire) && back.type == m.type && back.context->as4 == m.context->as4);
        if (m.peer) expect(*back.peer == *m.peer && back.time == m.time);
      }
      const bgp::MessageView& m;
      int messages = 0;
    } same(m);
    const auto decoder = format::make_decoder(kind, {});
    const auto used = decoder->decode(out, same);
    expect(used && *used == out.size() && same.messages == 1);
  }

  format::Kind kind;
  std::unique_ptr<format::Encoder> encoder;
  base::Buffer out;
  std::size_t messages = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  const format::Kind kind = (data[0] & 2) != 0 ? format::Kind::raw : format::Kind::mrt;
  const auto decoder = format::make_decoder(kind, {.pardon = (data[0] & 1) != 0, .context = {}});
  Sink sink(kind);
  (void)format::detect(stream);
  const auto used = decoder->decode(stream, sink);
  if (!used) return 0;
  expect(*used <= stream.size());
  (void)decoder->finish(stream.subspan(*used), sink);
  return 0;
}
