// EVPN routes.
#include <simdjson.h>

#include "bgp/evpn.hh"
#include "format/json_in.hh"

namespace format {

namespace {

using bgp::EvpnType;

constexpr bgp::Family family{bgp::Afi::l2vpn, bgp::Safi::evpn};

// An address with its size: 0, 4 or 16.
struct AddressIn {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
  base::Bytes view() const { return base::Bytes(bytes).first(size); }
  bool read(Value& v) {
    std::string_view text;
    if (!read_string(v, text)) return false;
    size = text.find(':') == std::string_view::npos ? 4 : 16;
    return size == 4 ? take_v4(text, bytes.data()) : take_v6(text, bytes.data());
  }
};

// "00:11:22", as many octets as there is room for.
bool take_octets(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != 3 * out.size() - 1) return false;
  base::Buffer one;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i != 0 && text[3 * i - 1] != ':') return false;
    one.clear();
    if (!take_hex(text.substr(3 * i, 2), one) || one.size() != 1) return false;
    out[i] = *one.data();
  }
  return true;
}

// The members of one route.
struct RouteIn {
  std::optional<std::uint8_t> type;
  std::optional<std::array<std::uint8_t, 8>> rd;
  std::optional<std::uint32_t> id;
  std::array<std::uint8_t, bgp::EvpnRoute::esi_size> esi{};
  std::array<std::uint8_t, bgp::EvpnRoute::mac_size> mac{};
  std::array<std::uint8_t, 2 * bgp::label_size> labels{};
  std::size_t label_count = 0;
  std::uint32_t tag = 0;
  AddressIn ip, gateway;
  PrefixText prefix;
  bool has_mac = false, has_prefix = false, prefix_v6 = false, raw = false;

  bool member(std::string_view key, Value& v, base::Buffer& data, Problem& problem);
  bool read_type(Value& v, Problem& problem);
  bool read_labels(Value& v, Problem& problem);
  bool read_prefix(Value& v, Problem& problem);
  bool finish(bgp::EvpnRoute& r, Problem& problem);
};

bool RouteIn::read_type(Value& v, Problem& problem) {
  std::uint64_t number = 0;
  if (read_number(v, 255, number)) {
    type = static_cast<std::uint8_t>(number);
    return true;
  }
  std::string_view text;
  const auto named = read_string(v, text) ? bgp::parse_evpn_type(text) : std::nullopt;
  if (!named) return problem.set("type is not a route type like \"MAC_IP\"");
  type = static_cast<std::uint8_t>(*named);
  return true;
}

bool RouteIn::read_labels(Value& v, Problem& problem) {
  label_count = 0;
  return each_element(v, problem, [&](Value& item) {
    std::uint64_t n = 0;
    if (label_count == 2) return problem.set("more than two labels");
    if (!read_number(item, 0xffffff, n)) return problem.set("a label is not a number of 24 bits");
    std::uint8_t* const p = labels.data() + bgp::label_size * label_count++;
    p[0] = static_cast<std::uint8_t>(n >> 16);
    p[1] = static_cast<std::uint8_t>(n >> 8);
    p[2] = static_cast<std::uint8_t>(n);
    return true;
  });
}

bool RouteIn::read_prefix(Value& v, Problem& problem) {
  std::string_view text;
  if (!read_string(v, text)) return problem.set("prefix is not an IP prefix");
  prefix_v6 = text.find(':') != std::string_view::npos;
  std::memset(prefix.bytes, 0, sizeof prefix.bytes);
  has_prefix = take_prefix(text, prefix_v6 ? bgp::Afi::ipv6 : bgp::Afi::ipv4, prefix) && !prefix.has_path_id;
  return has_prefix || problem.set("prefix is not an IP prefix");
}

bool RouteIn::member(std::string_view key, Value& v, base::Buffer& data, Problem& problem) {
  std::string_view text;
  std::uint64_t number = 0;
  if (key == "type") return read_type(v, problem);
  if (key == "rd") return read_rd(v, rd, problem);
  if (key == "id") return read_path_id(v, id, problem);
  if (key == "esi")
    return (read_string(v, text) && take_octets(text, esi)) || problem.set("esi is not ten octets like \"00:11:22…\"");
  if (key == "tag") {
    if (!read_number(v, 0xffffffff, number)) return problem.set("tag is not a number of 32 bits");
    tag = static_cast<std::uint32_t>(number);
    return true;
  }
  if (key == "mac") {
    has_mac = read_string(v, text) && take_octets(text, mac);
    return has_mac || problem.set("mac is not six octets like \"00:11:22:33:44:55\"");
  }
  if (key == "ip") return ip.read(v) || problem.set("ip is not an address");
  if (key == "gateway") return gateway.read(v) || problem.set("gateway is not an address");
  if (key == "prefix") return read_prefix(v, problem);
  if (key == "labels") return read_labels(v, problem);
  if (key == "data") {
    raw = true;
    data.clear();
    return read_hex(v, data) || problem.set("data is not hex");
  }
  return true;
}

// What its type needs, with zeros for what need not be said.
bool RouteIn::finish(bgp::EvpnRoute& r, Problem& problem) {
  r.type = static_cast<EvpnType>(*type);
  if (bgp::name(r.type).empty()) return problem.set("a route of this type is given as data");
  if (!rd) return problem.set("rd is missing");
  r.rd = rd->data();
  if (bgp::evpn_has_esi(r.type)) r.esi = esi;
  r.tag = tag;
  switch (r.type) {
    case EvpnType::auto_discovery: break;
    case EvpnType::mac_ip:
      if (!has_mac) return problem.set("mac is missing");
      r.mac = mac;
      r.ip = ip.view();
      break;
    case EvpnType::inclusive_multicast:
    case EvpnType::ethernet_segment:
      if (ip.size == 0) return problem.set("ip is missing");
      r.ip = ip.view();
      return true;
    case EvpnType::ip_prefix:
      if (!has_prefix) return problem.set("prefix is missing");
      r.ip = base::Bytes(prefix.bytes).first(prefix_v6 ? 16 : 4);
      r.ip_length = prefix.length;
      if (gateway.size == 0) gateway.size = r.ip.size();
      if (gateway.size != r.ip.size()) return problem.set("gateway is not of the family of prefix");
      r.gateway = gateway.view();
      break;
  }
  if (label_count == 2 && r.type != EvpnType::mac_ip) return problem.set("more than one label");
  r.labels = base::Bytes(labels).first(bgp::label_size * std::max<std::size_t>(label_count, 1));
  return true;
}

}  // namespace

bool UpdateIn::evpn(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    Object object;
    RouteIn in;
    entry_.clear();
    if (item.get_object().get(object)) return problem.set("not an object with type and rd");
    if (!each_member(object, problem,
                     [&](std::string_view key, Value& member) { return in.member(key, member, entry_, problem); }))
      return false;
    if (!in.type) return problem.set("type is missing");
    if (in.raw) {
      if (entry_.size() > 255) return problem.set("data is longer than 255 bytes");
      if (!put_path_id(family, in.id, nlri_)) return false;
      base::Writer w(nlri_);
      w.u8(*in.type);
      w.u8(static_cast<std::uint8_t>(entry_.size()));
      w.bytes(entry_);
      return true;
    }
    bgp::EvpnRoute r;
    if (!in.finish(r, problem) || !put_path_id(family, in.id, nlri_)) return false;
    bgp::append_evpn(nlri_, r);
    return true;
  });
}

}  // namespace format
