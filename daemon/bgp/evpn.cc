#include "bgp/evpn.hh"

#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr NamedCode types[] = {
    {1, "AUTO_DISCOVERY"}, {2, "MAC_IP"}, {3, "INCLUSIVE_MULTICAST"}, {4, "ETHERNET_SEGMENT"}, {5, "IP_PREFIX"}};
constexpr std::uint8_t mac_bits = 48;

bool is_address(std::size_t size) { return size == 4 || size == 16; }

// A length in bits and an address of as many.
base::Bytes read_address(base::Reader& r) {
  const std::uint8_t bits = r.u8();
  return r.bytes(bits % 8 == 0 ? bits / 8u : 256u);
}

bool read_fields(base::Reader& r, EvpnRoute& e) {
  switch (e.type) {
    case EvpnType::auto_discovery: e.labels = r.bytes(label_size); return true;
    case EvpnType::mac_ip:
      if (r.u8() != mac_bits) return false;
      e.mac = r.bytes(EvpnRoute::mac_size);
      e.ip = read_address(r);
      e.labels = r.bytes(r.left());
      return (e.ip.empty() || is_address(e.ip.size())) &&
             (e.labels.size() == label_size || e.labels.size() == 2 * label_size);
    case EvpnType::inclusive_multicast:
    case EvpnType::ethernet_segment: e.ip = read_address(r); return is_address(e.ip.size());
    case EvpnType::ip_prefix: {
      e.ip_length = r.u8();
      const std::size_t size = r.left() == 2 * 4 + label_size ? 4 : 16;
      e.ip = r.bytes(size);
      e.gateway = r.bytes(size);
      e.labels = r.bytes(label_size);
      return e.ip_length <= 8 * size;
    }
  }
  return false;
}

}  // namespace

std::string_view name(EvpnType t) noexcept { return find_name(types, static_cast<unsigned>(t)); }
std::optional<EvpnType> parse_evpn_type(std::string_view name) noexcept {
  const auto code = find_code(types, name);
  return code ? std::optional(static_cast<EvpnType>(*code)) : std::nullopt;
}

bool evpn_has_esi(EvpnType t) noexcept { return t != EvpnType::inclusive_multicast; }
bool evpn_has_tag(EvpnType t) noexcept { return t != EvpnType::ethernet_segment; }

std::optional<EvpnRoute> parse_evpn(base::Bytes entry) noexcept {
  base::Reader r(entry);
  EvpnRoute e;
  e.type = static_cast<EvpnType>(r.u8());
  if (e.type < EvpnType::auto_discovery || e.type > EvpnType::ip_prefix || r.u8() != r.left()) return std::nullopt;
  e.rd = r.bytes(RouteDistinguisher::wire_size).data();
  if (evpn_has_esi(e.type)) e.esi = r.bytes(EvpnRoute::esi_size);
  if (evpn_has_tag(e.type)) e.tag = r.u32();
  if (!read_fields(r, e) || !r.ok() || !r.empty()) return std::nullopt;
  return e;
}

void append_evpn(base::Buffer& out, const EvpnRoute& e) {
  base::Writer w(out);
  w.u8(static_cast<std::uint8_t>(e.type));
  const std::size_t length = w.hole<std::uint8_t>(), start = w.size();
  w.bytes({e.rd, RouteDistinguisher::wire_size});
  w.bytes(e.esi);
  if (evpn_has_tag(e.type)) w.u32(e.tag);
  if (e.type == EvpnType::mac_ip) w.u8(mac_bits);
  w.bytes(e.mac);
  if (e.type == EvpnType::ip_prefix)
    w.u8(e.ip_length);
  else if (e.type != EvpnType::auto_discovery)
    w.u8(static_cast<std::uint8_t>(8 * e.ip.size()));
  w.bytes(e.ip);
  w.bytes(e.gateway);
  w.bytes(e.labels);
  w.patch(length, static_cast<std::uint8_t>(w.size() - start));
}

void append_route_key(std::string& key, const EvpnRoute& e) {
  key += static_cast<char>(e.type);
  key += base::as_text({e.rd, RouteDistinguisher::wire_size});
  // The segment belongs to the key only where the route is about it.
  if (e.type == EvpnType::auto_discovery || e.type == EvpnType::ethernet_segment) key += base::as_text(e.esi);
  for (const int shift : {24, 16, 8, 0}) key += static_cast<char>(e.tag >> shift & 255);
  key += base::as_text(e.mac);
  key += static_cast<char>(e.ip.size());
  key += static_cast<char>(e.ip_length);
  key += base::as_text(e.ip);
}

}  // namespace bgp
