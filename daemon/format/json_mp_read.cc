#include <simdjson.h>

#include "bgp/mp.hh"
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
  const bool prefix_family = bgp::is_ip_prefix_family(family);

  hop_.clear();
  nlri_.clear();
  std::uint8_t link_local[16];
  std::uint64_t reserved = 0;
  bool has_hop = family != bgp::ipv4_unicast && family != bgp::ipv6_unicast, has_link_local = false,
       has_prefixes = false;
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
    if (key == "nh") {
      has_hop = true;
      hop_.clear();
      return read_hex(item, hop_) || problem.set("nh is not hex");
    }
    if (key == "reserved") return read_number(item, 255, reserved) || problem.set("reserved is not a byte");
    if (key == "prefixes" && prefix_family) {
      has_prefixes = true;
      nlri_.clear();
      return prefixes(item, family, nlri_, problem);
    }
    if (key == "data" && !has_prefixes) {
      nlri_.clear();
      return read_hex(item, nlri_) || problem.set("data is not hex");
    }
    if (key == "rules") return problem.set("flowspec rules are read in hex only, as nh and data");
    return true;
  });
  if (!done) return false;
  // The Go tool leaves out an unspecified next hop.
  static constexpr std::uint8_t zeros[16] = {};
  if (!has_hop) hop_.append(base::Bytes(zeros, family.afi == bgp::Afi::ipv4 ? 4 : 16));
  if (has_link_local) hop_.append(base::Bytes(link_local));
  if (hop_.size() > 255) return problem.set("the next hop is longer than 255 bytes");
  if (reach)
    bgp::encode(attrs_, bgp::MpReach{family, hop_, static_cast<std::uint8_t>(reserved), nlri_});
  else
    bgp::encode(attrs_, bgp::MpUnreach{family, nlri_});
  return true;
}

}  // namespace format
