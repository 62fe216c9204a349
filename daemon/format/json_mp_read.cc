#include <simdjson.h>

#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "format/json_in.hh"

namespace format {

namespace {

bool read_hop(Value& v, base::Buffer& out) {
  std::string_view text;
  std::uint8_t b[16];
  if (!read_string(v, text)) return false;
  const bool v6 = text.find(':') != std::string_view::npos;
  if (!(v6 ? take_v6(text, b) : take_v4(text, b))) return false;
  out.append(base::Bytes(b, v6 ? 16 : 4));
  return true;
}

constexpr std::array<std::uint8_t, 8> no_rd{};

// RFC 4364 4.3.2, RFC 4659 3.2.1: in front of each address of the next hop of a VPN.
void put_rd_in_front(base::Buffer& hop, const std::array<std::uint8_t, 8>& rd) {
  const std::size_t size = hop.size() == 4 ? 4 : 16;
  base::Buffer with;
  for (std::size_t at = 0; at + size <= hop.size(); at += size) {
    with.append(base::Bytes(rd));
    with.append(hop.view().subspan(at, size));
  }
  hop.clear();
  hop.append(with.view());
}

// The member that holds the entries.
std::string_view list_name(bgp::NlriForm form) {
  switch (form) {
    case bgp::NlriForm::prefix:
    case bgp::NlriForm::labelled:
    case bgp::NlriForm::vpn: return "prefixes";
    case bgp::NlriForm::evpn: return "routes";
    case bgp::NlriForm::route_target: return "targets";
    case bgp::NlriForm::flowspec:
    case bgp::NlriForm::flowspec_vpn: return "rules";
    case bgp::NlriForm::opaque: break;
  }
  return {};
}

bool read_family(Object& object, bgp::Family& f) {
  Value v;
  std::string_view text;
  if (object.find_field_unordered("af").get(v) || !read_string(v, text)) return false;
  if (text == "IPV6/UNICAST") {
    f = bgp::ipv6_unicast;
    return true;
  }
  const auto parsed = bgp::parse_family(text);
  if (parsed) f = *parsed;
  return parsed.has_value();
}

}  // namespace

// The family decides how prefixes are written, so it is looked for first, wherever it stands.
bool UpdateIn::mp(Value& v, bool reach, Problem& problem) {
  // RFC 6368 5: routes have no place in there, and their path ids would have no context.
  if (depth_ > 0) return problem.set("stands in hex in an attribute set");
  Object object;
  bgp::Family family;
  bool any = false;
  if (v.get_object().get(object)) return problem.set("not an object");
  if (!read_family(object, family) || object.reset().get(any))
    return problem.set("af is not a family like \"IPV6/UNICAST\"");
  const bgp::NlriForm form = bgp::nlri_form(family);

  hop_.clear();
  nlri_.clear();
  std::uint8_t link_local[16];
  std::optional<std::array<std::uint8_t, 8>> rd;
  std::uint64_t reserved = 0;
  bool has_hop = family != bgp::ipv4_unicast && family != bgp::ipv6_unicast, has_link_local = false, has_list = false,
       has_raw_hop = false;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    std::string_view text;
    if (key == "nexthop") {
      has_hop = true;
      hop_.clear();
      return read_hop(item, hop_) || problem.set("nexthop is not an address");
    }
    if (key == "link-local") {
      has_link_local = true;
      return (read_string(item, text) && take_v6(text, link_local)) || problem.set("link-local is not an IPv6 address");
    }
    if (key == "rd") return read_rd(item, rd, problem);
    if (key == "nh") {
      has_hop = has_raw_hop = true;
      hop_.clear();
      return read_hex(item, hop_) || problem.set("nh is not hex");
    }
    if (key == "reserved") return read_number(item, 255, reserved) || problem.set("reserved is not a byte");
    if (key == list_name(form)) {
      has_list = true;
      nlri_.clear();
      switch (form) {
        case bgp::NlriForm::prefix: return prefixes(item, family, nlri_, problem);
        case bgp::NlriForm::labelled:
        case bgp::NlriForm::vpn: return labelled(item, family, reach, problem);
        case bgp::NlriForm::evpn: return evpn(item, problem);
        case bgp::NlriForm::route_target: return route_targets(item, problem);
        case bgp::NlriForm::flowspec:
        case bgp::NlriForm::flowspec_vpn: return flow_rules(item, family, problem);
        case bgp::NlriForm::opaque: break;
      }
    }
    if (key == "data" && !has_list) {
      nlri_.clear();
      return read_hex(item, nlri_) || problem.set("data is not hex");
    }
    return true;
  });
  if (!done) return false;
  // The Go tool leaves out an unspecified next hop.
  static constexpr std::uint8_t zeros[16] = {};
  if (!has_hop) hop_.append(base::Bytes(zeros, family.afi == bgp::Afi::ipv4 ? 4 : 16));
  if (has_link_local) hop_.append(base::Bytes(link_local));
  if (form == bgp::NlriForm::vpn && !has_raw_hop && !hop_.empty()) {
    if (hop_.size() % 16 != 0 && hop_.size() != 4) return problem.set("link-local needs an IPv6 nexthop");
    put_rd_in_front(hop_, rd.value_or(no_rd));
  }
  if (hop_.size() > 255) return problem.set("the next hop is longer than 255 bytes");
  if (reach)
    bgp::encode(attrs_, bgp::MpReach{family, hop_, static_cast<std::uint8_t>(reserved), nlri_});
  else
    bgp::encode(attrs_, bgp::MpUnreach{family, nlri_});
  return true;
}

}  // namespace format
