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
};
constexpr Row rows[] = {
    {0, "UNSPECIFIED", carried},
    {1, "ORIGIN", well_known},
    {2, "ASPATH", well_known},
    {3, "NEXTHOP", well_known},
    {4, "MED", local},
    {5, "LOCALPREF", well_known},
    {6, "AGGREGATE", well_known},
    {7, "AGGREGATOR", carried},
    {8, "COMMUNITY", carried},
    {9, "ORIGINATOR", local},
    {10, "CLUSTER_LIST", local},
    {14, "MP_REACH", local},
    {15, "MP_UNREACH", local},
    {16, "EXT_COMMUNITY", carried},
    {17, "AS4PATH", carried},
    {18, "AS4AGGREGATOR", carried},
    {22, "PMSI_TUNNEL", carried},
    {23, "TUNNEL", carried},
    {24, "TRAFFIC_ENG", local},
    {25, "IPV6_EXT_COMMUNITY", carried},
    {26, "AIGP", local},
    {27, "PE_DISTING", carried},
    {29, "BGP_LS", local},
    {32, "LARGE_COMMUNITY", carried},
    {33, "BGPSEC_PATH", local},
    {35, "OTC", carried},
    {36, "DPATH", carried},
    {37, "SFP_ATTR", carried},
    {38, "BFD_DISCRIMINATOR", carried},
    {39, "RCA", carried},
    {40, "PREFIX_SID", carried},
    {128, "SET", carried},
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

bool attr_known(AttrCode code) { return by_code[static_cast<std::uint8_t>(code)] != nullptr; }

std::uint8_t default_flags(AttrCode code) {
  const Row* r = by_code[static_cast<std::uint8_t>(code)];
  return r ? r->flags : carried;
}

}  // namespace bgp
