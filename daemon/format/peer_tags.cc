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

void take_tag(const bgp::Tag& t, bgp::PeerInfo& p) {
  if (t.key == "PEER_AS") p.peer_as = static_cast<bgp::Asn>(number_of(t.value, 0xffffffff));
  if (t.key == "LOCAL_AS") p.local_as = static_cast<bgp::Asn>(number_of(t.value, 0xffffffff));
  if (t.key == "INTERFACE") p.interface = static_cast<std::uint16_t>(number_of(t.value, 0xffff));
  if (t.key == "PEER_IP") p.peer_ip = address_of(t.value);
  if (t.key == "LOCAL_IP") p.local_ip = address_of(t.value);
  if (t.key == "PEER_ID") p.id = address_of(t.value);
  if (t.key == "PEER_TYPE") p.type = static_cast<std::uint8_t>(number_of(t.value, 0xff));
  if (t.key == "PEER_FLAGS") p.flags = static_cast<std::uint8_t>(number_of(t.value, 0xff));
  // Beyond what take_number's quick way holds, and all of 64 bits.
  if (t.key != "PEER_RD") return;
  p.distinguisher = 0;
  for (const char c : t.value) {
    if (c < '0' || c > '9') {
      p.distinguisher = 0;
      return;
    }
    p.distinguisher = p.distinguisher * 10 + static_cast<unsigned>(c - '0');
  }
}

}  // namespace

bgp::PeerInfo peer_of(const bgp::MessageView& m) {
  bgp::PeerInfo p = m.peer ? *m.peer : bgp::PeerInfo{};
  for (const bgp::Tag& t : m.tags)
    if (t.key.starts_with("PEER_") || t.key.starts_with("LOCAL_") || t.key == "INTERFACE") take_tag(t, p);
  return p;
}

}  // namespace format
