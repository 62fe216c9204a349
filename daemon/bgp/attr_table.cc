#include "bgp/attr_table.hh"

#include <algorithm>
#include <array>

#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr std::uint8_t well_known = attr_flag::transitive, local = attr_flag::optional,
                       carried = attr_flag::optional | attr_flag::transitive;

struct Row {
  std::uint8_t code;
  std::string_view name;
  std::uint8_t flags;
  AttrForm form = AttrForm::raw;
};
// IANA "BGP Path Attributes", deprecated ones too; codes that it lists without a name (30, 31, 129, 241 to 243) are
// unknown.
constexpr Row rows[] = {
    {0, "UNSPECIFIED", carried},
    {1, "ORIGIN", well_known, AttrForm::origin},
    {2, "ASPATH", well_known, AttrForm::as_path},
    {3, "NEXTHOP", well_known, AttrForm::address},
    {4, "MED", local, AttrForm::number},
    {5, "LOCALPREF", well_known, AttrForm::number},
    {6, "AGGREGATE", well_known},
    {7, "AGGREGATOR", carried, AttrForm::aggregator},
    {8, "COMMUNITY", carried, AttrForm::communities},
    {9, "ORIGINATOR", local, AttrForm::address},
    {10, "CLUSTER_LIST", local, AttrForm::address_list},
    {11, "DPA", carried},
    {12, "ADVERTISER", local},
    {13, "RCID_PATH", local},
    {14, "MP_REACH", local, AttrForm::mp_reach},
    {15, "MP_UNREACH", local, AttrForm::mp_unreach},
    {16, "EXT_COMMUNITY", carried, AttrForm::ext_communities},
    {17, "AS4PATH", carried, AttrForm::as4_path},
    {18, "AS4AGGREGATOR", carried, AttrForm::as4_aggregator},
    {19, "SSA", carried},
    {20, "CONNECTOR", carried},
    {21, "AS_PATHLIMIT", carried},
    {22, "PMSI_TUNNEL", carried, AttrForm::pmsi_tunnel},
    {23, "TUNNEL", carried, AttrForm::tunnel_encap},
    {24, "TRAFFIC_ENG", local},
    {25, "IPV6_EXT_COMMUNITY", carried, AttrForm::ipv6_ext_communities},
    {26, "AIGP", local, AttrForm::aigp},
    {27, "PE_DISTING", carried},
    {28, "ENTROPY_LABEL", carried},
    {29, "BGP_LS", local},
    {32, "LARGE_COMMUNITY", carried, AttrForm::large_communities},
    {33, "BGPSEC_PATH", local},
    {34, "COMMUNITY_CONTAINER", carried},
    {35, "OTC", carried, AttrForm::number},
    {36, "DPATH", carried},
    {37, "SFP_ATTR", carried},
    {38, "BFD_DISCRIMINATOR", carried},
    {39, "RCA", carried},
    {40, "PREFIX_SID", carried, AttrForm::prefix_sid},
    {41, "BIER", carried},
    {42, "EDGE_METADATA", local},
    {128, "SET", carried, AttrForm::attr_set},
    {255, "DEVELOPMENT", carried},
};

// By code: names are looked up for every attribute that is printed.
constexpr auto by_code = [] {
  std::array<const Row*, 256> index{};
  for (const Row& r : rows) index[r.code] = &r;
  return index;
}();

}  // namespace

std::string_view attr_name_or_empty(AttrCode code) {
  const Row* r = by_code[static_cast<std::uint8_t>(code)];
  return r ? r->name : std::string_view{};
}

std::string attr_name(AttrCode code) {
  const std::string_view known = attr_name_or_empty(code);
  return known.empty() ? "ATTR_" + std::to_string(static_cast<unsigned>(code)) : std::string(known);
}

std::optional<AttrCode> parse_attr_name(std::string_view text) {
  const auto row = std::ranges::find_if(rows, [text](const Row& r) { return same_word(r.name, text); });
  if (row != std::end(rows)) return static_cast<AttrCode>(row->code);
  if (const auto code = numbered(text, "ATTR_", "", 255)) return static_cast<AttrCode>(*code);
  return std::nullopt;
}

std::uint8_t default_flags(AttrCode code) {
  const Row* r = by_code[static_cast<std::uint8_t>(code)];
  return r ? r->flags : carried;
}

AttrForm attr_form(AttrCode code) {
  const Row* r = by_code[static_cast<std::uint8_t>(code)];
  return r ? r->form : AttrForm::raw;
}

}  // namespace bgp
