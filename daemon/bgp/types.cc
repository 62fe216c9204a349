#include "bgp/types.hh"

#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr NamedCode msg_types[] = {{0, "REPORT"}, {1, "OPEN"},      {2, "UPDATE"},
                                   {3, "NOTIFY"}, {4, "KEEPALIVE"}, {5, "REFRESH"}};

constexpr NamedCode afis[] = {{1, "IPV4"},
                              {2, "IPV6"},
                              {0, "INVALID"},
                              {25, "L2VPN"},
                              {26, "MPLS_SECTION"},
                              {27, "MPLS_LSP"},
                              {28, "MPLS_PSEUDOWIRE"},
                              {29, "MT_IPV4"},
                              {30, "MT_IPV6"},
                              {31, "SFC"},
                              {16388, "LS"},
                              {16398, "ROUTING_POLICY"},
                              {16399, "MPLS_NAMESPACES"}};

constexpr NamedCode safis[] = {{1, "UNICAST"},
                               {2, "MULTICAST"},
                               {0, "INVALID"},
                               {4, "MPLS"},
                               {5, "MCAST_VPN"},
                               {6, "PLACEMENT_MSPW"},
                               {8, "MCAST_VPLS"},
                               {9, "SFC"},
                               {64, "TUNNEL"},
                               {65, "VPLS"},
                               {66, "MDT"},
                               {67, "4OVER6"},
                               {68, "6OVER4"},
                               {69, "L1VPN_DISCOVERY"},
                               {70, "EVPNS"},
                               {71, "LS"},
                               {72, "LS_VPN"},
                               {73, "SR_TE_POLICY"},
                               {74, "SD_WAN_CAPABILITIES"},
                               {75, "ROUTING_POLICY"},
                               {76, "CLASSFUL_TRANSPORT"},
                               {77, "TUNNELED_FLOWSPEC"},
                               {78, "MCAST_TREE"},
                               {79, "DPS"},
                               {80, "LS_SPF"},
                               {83, "CAR"},
                               {84, "VPN_CAR"},
                               {85, "MUP"},
                               {128, "MPLS_VPN"},
                               {129, "MULTICAST_VPNS"},
                               {132, "ROUTE_TARGET"},
                               {133, "FLOWSPEC"},
                               {134, "L3VPN_FLOWSPEC"},
                               {140, "VPN_DISCOVERY"}};

}  // namespace

std::string name(MsgType t) { return name_or_number(msg_types, "Type", static_cast<unsigned>(t)); }
std::string name(Afi a) { return name_or_number(afis, "AFI", static_cast<unsigned>(a)); }
std::string name(Safi s) { return name_or_number(safis, "SAFI", static_cast<unsigned>(s)); }
std::string name(Family f) { return name(f.afi) + "/" + name(f.safi); }

std::optional<MsgType> parse_msg_type(std::string_view text) {
  return parse_code<MsgType>(msg_types, "Type(", 255, text);
}
std::optional<Afi> parse_afi(std::string_view text) { return parse_code<Afi>(afis, "AFI(", 65535, text); }
std::optional<Safi> parse_safi(std::string_view text) { return parse_code<Safi>(safis, "SAFI(", 255, text); }

std::optional<Family> parse_family(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto afi = parse_afi(text.substr(0, slash));
  const auto safi = parse_safi(text.substr(slash + 1));
  if (!afi || !safi) return std::nullopt;
  return Family{*afi, *safi};
}

}  // namespace bgp
