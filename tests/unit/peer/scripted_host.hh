// What the tests of a speaker stand on: a clock they turn, a host that writes down what it is told, messages by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bgp/header.hh"
#include "bgp/notification.hh"
#include "peer/speaker.hh"

struct FakeClock : base::Clock {
  base::Nanos now = 1'000 * base::second;
  base::Nanos mono() const override { return now; }
  base::Nanos wall() const override { return 0; }
};

struct ScriptedHost : peer::Host {
  std::vector<std::string> sent;  // whole messages
  std::vector<bgp::Family> refreshes;
  std::vector<bgp::Error> errors;
  std::optional<peer::End> end;
  int up = 0;
  void send(base::Bytes message) override { sent.emplace_back(base::as_text(message)); }
  void established() override { ++up; }
  void ended(peer::End e) override { end = std::move(e); }
  void route_refresh(bgp::Family family) override { refreshes.push_back(family); }
  void update_errors(std::span<const bgp::Error> found) override { errors.assign(found.begin(), found.end()); }

  bgp::MsgType type(std::size_t i) const { return static_cast<bgp::MsgType>(sent.at(i)[18]); }
  base::Bytes body(std::size_t i) const { return base::as_bytes(sent.at(i)).subspan(bgp::header_size); }
  // "5/1" of the last message, or "" when it is not a NOTIFICATION.
  std::string notification() const {
    if (sent.empty() || type(sent.size() - 1) != bgp::MsgType::notification) return "";
    const base::Bytes b = body(sent.size() - 1);
    return std::to_string(b[0]) + "/" + std::to_string(b[1]);
  }
  std::string notification_data() const { return base::to_hex(body(sent.size() - 1).subspan(2)); }
};

struct RemoteOpen {
  bgp::Asn asn = 65001;
  std::uint16_t hold = 90;
  const char* id = "192.0.2.7";
  bool as4 = true;
  std::vector<std::pair<bgp::CapCode, std::string_view>> more = {};  // value in hex

  base::Buffer body() const {
    std::vector<std::pair<bgp::CapCode, base::Buffer>> caps;
    if (as4) {
      base::Buffer value;
      base::Writer(value).u32(asn);
      caps.emplace_back(bgp::CapCode::as4, std::move(value));
    }
    for (const auto& [code, hex] : more) caps.emplace_back(code, *base::from_hex(hex));
    base::Buffer out;
    bgp::encode_open(out, hold, asn, *base::Address::parse(id), caps);
    return out;
  }
};

// A speaker with its surroundings; chance is what the random source gives.
struct Bench {
  FakeClock clock;
  ScriptedHost host;
  std::uint32_t chance = 0;
  peer::Speaker speaker;

  explicit Bench(peer::SpeakerOptions options = {})
      : speaker(std::move(options), clock, host, [this] { return chance; }) {}

  void receive(bgp::MsgType type, std::string_view hex = "") { speaker.receive(type, *base::from_hex(hex)); }
  void open(const RemoteOpen& remote = {}) { speaker.receive(bgp::MsgType::open, remote.body()); }
  void keepalive() { speaker.receive(bgp::MsgType::keepalive, {}); }
  Bench& establish(const RemoteOpen& remote = {}) {
    speaker.start();
    open(remote);
    keepalive();
    return *this;
  }
  void pass(base::Nanos d) {
    clock.now += d;
    speaker.on_time();
  }
};
