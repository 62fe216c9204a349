#include "format/peer_tags.hh"

#include "base/ip.hh"
#include "format/take.hh"

namespace format {

namespace {

std::uint64_t number_of(std::string_view text, std::uint64_t max) noexcept {
  std::uint64_t v = 0;
  return take_number(text, max, v) ? v : 0;
}
base::Address address_of(std::string_view text) noexcept {
  std::uint8_t four[4];
  if (take_v4(text, four)) return base::Address::from(four);
  return base::Address::parse(text).value_or(base::Address{});
}

// Beyond what take_number's quick way holds, and all of 64 bits.
std::uint64_t distinguisher_of(std::string_view digits) noexcept {
  std::uint64_t v = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    v = v * 10 + static_cast<unsigned>(c - '0');
  }
  return v;
}

void take_peer_tag(std::string_view name, std::string_view value, bgp::PeerInfo& p) {
  if (name == "AS")
    p.peer_as = static_cast<bgp::Asn>(number_of(value, 0xffffffff));
  else if (name == "IP")
    p.peer_ip = address_of(value);
  else if (name == "ID")
    p.id = address_of(value);
  else if (name == "TYPE")
    p.type = static_cast<std::uint8_t>(number_of(value, 0xff));
  else if (name == "FLAGS")
    p.flags = static_cast<std::uint8_t>(number_of(value, 0xff));
  else if (name == "RD")
    p.distinguisher = distinguisher_of(value);
}

void take_tag(std::string_view key, std::string_view value, bgp::PeerInfo& p) {
  constexpr std::string_view peer = "PEER_";
  if (key.starts_with(peer))
    take_peer_tag(key.substr(peer.size()), value, p);
  else if (key == "LOCAL_AS")
    p.local_as = static_cast<bgp::Asn>(number_of(value, 0xffffffff));
  else if (key == "LOCAL_IP")
    p.local_ip = address_of(value);
  else if (key == "INTERFACE")
    p.interface = static_cast<std::uint16_t>(number_of(value, 0xffff));
}

}  // namespace

bgp::PeerInfo peer_of(const bgp::MessageView& m) {
  bgp::PeerInfo p = m.peer ? *m.peer : bgp::PeerInfo{};
  for (const bgp::Tag& t : m.tags) take_tag(t.key, t.value, p);
  return p;
}

}  // namespace format
