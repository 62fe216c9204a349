#include <algorithm>
#include <array>

#include "bgp/header.hh"
#include "bgp/names.hh"
#include "bgp/notification.hh"
#include "bgp/open.hh"

namespace bgp {

namespace {

// IANA "Capability Codes", the deprecated ones of RFC 8810 too.
constexpr NamedCode names[] = {{0, "UNSPECIFIED"},
                               {1, "MP"},
                               {2, "ROUTE_REFRESH"},
                               {3, "OUTBOUND_FILTERING"},
                               {4, "MULTIPLE_ROUTES"},
                               {5, "EXTENDED_NEXTHOP"},
                               {6, "EXTENDED_MESSAGE"},
                               {7, "BGPSEC"},
                               {8, "MULTIPLE_LABELS"},
                               {9, "ROLE"},
                               {64, "GRACEFUL_RESTART"},
                               {65, "AS4"},
                               {67, "DYNAMIC"},
                               {68, "MULTISESSION"},
                               {69, "ADDPATH"},
                               {70, "ENHANCED_ROUTE_REFRESH"},
                               {71, "LLGR"},
                               {72, "ROUTING_POLICY"},
                               {73, "FQDN"},
                               {74, "BFD"},
                               {75, "VERSION"},
                               {76, "PATHS_LIMIT"},
                               {128, "PRE_ROUTE_REFRESH"},
                               {129, "PRE_ROUTING_POLICY"},
                               {130, "PRE_OUTBOUND_FILTERING"},
                               {131, "PRE_MULTISESSION"},
                               {184, "PRE_FQDN"},
                               {185, "PRE_OPERATIONAL"}};

// The registries hold far fewer families that go together. Lists are searched from end to end.
constexpr std::size_t most_families = 256;

void add_once(std::vector<Family>& list, Family f) {
  if (std::ranges::find(list, f) == list.end()) list.push_back(f);
}

// RFC 4760 8: AFI, a reserved byte, SAFI.
void read_mp(base::Bytes v, Offer& o) {
  if (v.size() != 4) return;
  add_once(o.families, {static_cast<Afi>(base::load<std::uint16_t>(v.data())), static_cast<Safi>(v[3])});
}

// RFC 8950 4: triples of AFI, SAFI (two bytes here), and AFI of the next hop.
void read_extended_next_hop(base::Bytes v, Offer& o) {
  if (v.size() % 6 != 0) return;
  base::Reader r(v);
  while (!r.empty()) {
    const auto afi = static_cast<Afi>(r.u16());
    const std::uint16_t safi = r.u16();
    const auto hop = static_cast<Afi>(r.u16());
    if (hop == Afi::ipv6 && safi <= 255) add_once(o.extended_next_hop, {afi, static_cast<Safi>(safi)});
  }
}

// RFC 7911 4: an unknown mode is ignored, the last one of a family stands.
void read_add_path(base::Bytes v, Offer& o) {
  if (v.size() % 4 != 0) return;
  base::Reader r(v);
  while (!r.empty()) {
    AddPathEntry e{{static_cast<Afi>(r.u16()), static_cast<Safi>(r.u8())}, 0};
    e.mode = r.u8();
    if (e.mode < 1 || e.mode > 3) continue;
    std::erase_if(o.add_path, [&](const AddPathEntry& old) { return old.family == e.family; });
    o.add_path.push_back(e);
  }
}

void read_capability(const Capability& c, Offer& o) {
  const base::Bytes v = c.value;
  switch (c.code) {
    case CapCode::mp: read_mp(v, o); break;
    case CapCode::route_refresh: o.route_refresh = true; break;
    case CapCode::enhanced_route_refresh: o.enhanced_route_refresh = true; break;
    case CapCode::extended_message: o.extended_message = true; break;
    case CapCode::extended_next_hop: read_extended_next_hop(v, o); break;
    case CapCode::add_path: read_add_path(v, o); break;
    case CapCode::role:
      if (v.size() == 1) o.role = v[0];
      break;
    case CapCode::graceful_restart:
      if (v.size() < 2 || v.size() % 4 != 2) break;
      o.graceful_restart = true;
      o.n_bit = (v[0] & 0x40) != 0;  // RFC 8538 2
      break;
    case CapCode::as4:
      if (v.size() != 4) break;
      o.as4 = true;
      o.asn = base::load<std::uint32_t>(v.data());
      break;
    default: break;
  }
}

bool too_many_families(const Offer& o) {
  return std::max({o.families.size(), o.add_path.size(), o.extended_next_hop.size()}) > most_families;
}

bool offers_path_ids(const Offer& o, Family f, std::uint8_t mode) {
  return std::ranges::any_of(o.add_path, [&](const AddPathEntry& e) { return e.family == f && (e.mode & mode) != 0; });
}

}  // namespace

std::string cap_name(CapCode code) {
  const std::string_view known = find_name(names, static_cast<unsigned>(code));
  return known.empty() ? "CAP_" + std::to_string(static_cast<unsigned>(code)) : std::string(known);
}

std::optional<CapCode> parse_cap_name(std::string_view text) {
  auto code = find_code(names, text);
  if (!code) code = numbered(text, "CAP_", "", 255);
  if (!code) return std::nullopt;
  return static_cast<CapCode>(*code);
}

Result<Offer> parse_offer(base::Bytes open_body) {
  if (open_body.size() > max_message - header_size)
    return std::unexpected(Error{Reason::bad_length, Severity::session_reset, notify::header, 2, 0, 0});
  const auto open = parse_open(open_body);
  if (!open) return std::unexpected(open.error());
  const auto caps = capabilities(*open);
  if (!caps) return std::unexpected(caps.error());
  Offer o;
  o.asn = open->my_as;
  o.hold_time = open->hold_time;
  o.id = open->id;
  for (const Capability& c : *caps) {
    read_capability(c, o);
    if (too_many_families(o)) {
      const auto at = static_cast<std::uint16_t>(c.value.data() - open_body.data());
      return std::unexpected(Error{Reason::bad_parameter, Severity::session_reset, notify::open, 0, 0, at});
    }
  }
  return o;
}

Context negotiate(const Offer& from, const Offer& to) {
  Context c;
  c.as4 = from.as4 && to.as4;
  // RFC 8654 4, RFC 8950 4: what counts is what the receiver said it takes.
  c.extended_message = to.extended_message;
  for (const Family f : to.extended_next_hop) c.extended_next_hop.add(f);
  constexpr std::uint8_t receives = 1, sends = 2;
  for (const AddPathEntry& e : from.add_path)
    if ((e.mode & sends) != 0 && offers_path_ids(to, e.family, receives)) c.add_path.add(e.family);
  return c;
}

std::vector<Family> common_families(const Offer& a, const Offer& b) {
  static constexpr std::array default_families{ipv4_unicast};
  const auto families = [](const Offer& o) -> std::span<const Family> {
    if (o.families.empty()) return default_families;
    return o.families;
  };
  std::vector<Family> both;
  const auto of_b = families(b);
  for (const Family f : families(a))
    if (std::ranges::find(of_b, f) != of_b.end()) both.push_back(f);
  return both;
}

Result<> check_open(const Open& open, const Offer& offer) {
  const auto refuse = [](Reason reason, std::uint8_t subcode, std::uint16_t offset) {
    return std::unexpected(Error{reason, Severity::session_reset, notify::open, subcode, 0, offset});
  };
  if (open.version != 4) return refuse(Reason::bad_version, 1, 0);
  if (open.my_as == 0 || offer.asn == 0) return refuse(Reason::bad_peer_as, 2, 1);
  if (open.hold_time == 1 || open.hold_time == 2) return refuse(Reason::bad_hold_time, 6, 3);
  if (open.id.unspecified()) return refuse(Reason::bad_bgp_id, 3, 5);
  return {};
}

}  // namespace bgp
