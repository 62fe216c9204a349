// A byte of choice (1: pardon; 2: raw messages in place of MRT; 4: routes of tables singly), then the stream. What is
// read must come back after it was written.
#include <cstdint>

#include "expect.hh"
#include "format/format.hh"
#include "format/mrt_read.hh"

namespace {

constexpr base::Nanos latest = (base::Nanos{1} << 32) * base::second;  // what a record can hold

// As far as BGP4MP tells: an address that is missing beside another is zero there.
bool same_peer(const bgp::PeerInfo& a, const bgp::PeerInfo& b) {
  const auto same = [](const base::Address& x, const base::Address& y) {
    return x == y || (x.unspecified() && y.empty());
  };
  return a.peer_as == b.peer_as && a.local_as == b.local_as && a.interface == b.interface &&
         same(a.peer_ip, b.peer_ip) && same(a.local_ip, b.local_ip);
}

// Writes every message and reads it again.
struct Sink final : format::Sink {
  explicit Sink(format::Kind k)
      : kind(k), encoder(format::make_encoder(k)), lines(format::make_encoder(format::Kind::bgpdump)) {}

  void message(const bgp::MessageView& m) override {
    ++messages;
    out.clear();
    expect(lines->encode(m, out) == !out.empty());
    expect(out.size() <= std::size_t{64} << 20 && (out.empty() || out.text().back() == '\n'));
    out.clear();
    expect(encoder->encode(m, out));
    struct Same final : format::Sink {
      explicit Same(const bgp::MessageView& given) : m(given) {}
      void message(const bgp::MessageView& back) override {
        ++messages;
        expect(base::equal(back.wire, m.wire) && back.type == m.type && back.context->as4 == m.context->as4);
        expect(back.local == m.local);
        if (m.peer) expect(same_peer(*back.peer, *m.peer));
        if (m.peer && m.time < latest) expect(back.time == m.time);
      }
      const bgp::MessageView& m;
      int messages = 0;
    } same(m);
    const auto decoder = format::make_decoder(kind, {});
    const auto used = decoder->decode(out, same);
    expect(used && *used == out.size() && same.messages == 1);
  }

  format::Kind kind;
  std::unique_ptr<format::Encoder> encoder, lines;
  base::Buffer out;
  std::size_t messages = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  const format::Kind kind = (data[0] & 2) != 0 ? format::Kind::raw : format::Kind::mrt;
  const auto decoder =
      format::make_decoder(kind, {.pardon = (data[0] & 1) != 0, .context = {}, .bundle = (data[0] & 4) == 0});
  Sink sink(kind);
  (void)format::detect(stream);
  const auto used = decoder->decode(stream, sink);
  if (!used) return 0;
  expect(*used <= stream.size());
  (void)decoder->finish(stream.subspan(*used), sink);
  return 0;
}
