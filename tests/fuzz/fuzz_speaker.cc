// A peer that says anything, at any time. The first byte picks options, then records follow: length (1), what (1),
// bytes. However it goes, the speaker says sound messages only, ends once, and is silent behind the end.
#include <cstdint>
#include <optional>

#include "bgp/notification.hh"
#include "expect.hh"
#include "peer/speaker.hh"

namespace {

struct Clock final : base::Clock {
  base::Nanos now = base::second;
  base::Nanos mono() const override { return now; }
  base::Nanos wall() const override { return 0; }
};

struct Host final : peer::Host {
  bool over = false;
  int up = 0;
  void send(base::Bytes message) override {
    expect(!over);
    const bgp::Frame f = bgp::frame(message.data(), message.size(), bgp::max_message);
    expect(f.status == bgp::FrameStatus::ok && f.length == message.size() && bgp::length_fits_type(f.type, f.length));
    if (f.type == bgp::MsgType::open) expect(bgp::parse_offer(message.subspan(bgp::header_size)).has_value());
  }
  void established() override { expect(!over && ++up == 1); }
  void ended(peer::End end) override {
    expect(!over && !end.text.empty());
    over = true;
  }
  void route_refresh(bgp::Family) override { expect(!over && up == 1); }
  void update_errors(std::span<const bgp::Error> errors) override { expect(!over && up == 1 && !errors.empty()); }
};

peer::SpeakerOptions options_from(std::uint8_t bits) {
  peer::SpeakerOptions o;
  o.active = (bits & 1) != 0;
  if ((bits & 2) != 0) o.asn = 65001;
  o.hold = (bits & 4) != 0 ? 3 : 90;
  o.extended_message = (bits & 8) != 0;
  o.route_refresh = (bits & 16) != 0;
  if ((bits & 32) != 0) o.add_path = {{bgp::ipv4_unicast, 3}};
  return o;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Reader in({data, size});
  Clock clock;
  Host host;
  peer::Speaker speaker(options_from(in.u8()), clock, host, [] { return std::uint32_t{0x80000000}; });
  speaker.start();
  while (!in.empty()) {
    const std::size_t length = in.u8();
    const std::uint8_t what = in.u8();
    if (what < 0xf0) {
      speaker.receive(static_cast<bgp::MsgType>(what), in.bytes(std::min(length, in.left())));
    } else if (what == 0xff) {
      speaker.set_reading(length % 2 == 0);
    } else {
      clock.now += static_cast<base::Nanos>(length) * base::second / 4;
      speaker.on_time();
    }
    expect(host.over == (speaker.state() == peer::State::ended));
    expect(!host.over || speaker.deadline() == peer::Speaker::never);
  }
  speaker.stop(bgp::notify::cease_subcode::shutdown, "bye", true);
  expect(host.over);
  return 0;
}
