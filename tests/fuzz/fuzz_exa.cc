// A byte of choice (1: pardon; 2: raw messages of any context in place of text), then the stream. What was written once
// can be read and written again, and as the same from then on.
#include <cstdint>
#include <utility>

#include "expect.hh"
#include "format/format.hh"

namespace {

struct Write final : format::Sink {
  void message(const bgp::MessageView& m) override {
    const std::size_t before = out.size();
    const bool done = encoder->encode(m, out);
    expect(done == (out.size() != before));
    if (must) expect(done);
  }
  std::unique_ptr<format::Encoder> encoder = format::make_encoder(format::Kind::exa);
  base::Buffer out;
  bool must = false;  // what was written can be written again
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  const format::Kind kind = (data[0] & 2) != 0 ? format::Kind::raw : format::Kind::exa;
  bgp::Context context;
  context.as4 = (data[0] & 4) == 0;
  if ((data[0] & 8) != 0) context.add_path = bgp::FamilySet::all();
  Write first;
  const auto decoder = format::make_decoder(kind, {.pardon = (data[0] & 1) != 0, .context = context});
  const auto used = decoder->decode(stream, first);
  if (used) {
    expect(*used <= stream.size());
    (void)decoder->finish(stream.subspan(*used), first);
  }
  // Reading puts attributes in the order of their codes; from then on nothing changes.
  Write second, third;
  for (const auto& [from, to] : {std::pair{&first, &second}, {&second, &third}}) {
    to->must = true;
    const auto again = format::make_decoder(format::Kind::exa, {});
    const auto all = again->decode(from->out, *to);
    expect(all && *all == from->out.size());
  }
  expect(base::equal(second.out, third.out));
  return 0;
}
