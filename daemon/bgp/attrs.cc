#include "bgp/attrs.hh"

#include <algorithm>
#include <array>

#include "bgp/names.hh"

namespace bgp {

namespace {
constexpr NamedCode origins[] = {{0, "IGP"}, {1, "EGP"}, {2, "INCOMPLETE"}};

// RFC 1997, 3765, 7611, 7999, 8326, 9494, 9026; the rest by draft.
constexpr NamedCode well_known_communities[] = {{0xffff0000, "graceful-shutdown"},
                                                {0xffff0001, "accept-own"},
                                                {0xffff0002, "route-filter-translated-v4"},
                                                {0xffff0003, "route-filter-v4"},
                                                {0xffff0004, "route-filter-translated-v6"},
                                                {0xffff0005, "route-filter-v6"},
                                                {0xffff0006, "llgr-stale"},
                                                {0xffff0007, "no-llgr"},
                                                {0xffff0008, "accept-own-nexthop"},
                                                {0xffff0009, "standby-pe"},
                                                {0xffff029a, "blackhole"},
                                                {0xffffff01, "no-export"},
                                                {0xffffff02, "no-advertise"},
                                                {0xffffff03, "no-export-subconfed"},
                                                {0xffffff04, "no-peer"},
                                                {0xffffff04, "nopeer"}};
}  // namespace

std::string_view origin_name(std::uint8_t value) noexcept { return find_name(origins, value); }

std::optional<std::uint8_t> parse_origin(std::string_view text) noexcept {
  const auto code = find_code(origins, text);
  if (!code) return std::nullopt;
  return static_cast<std::uint8_t>(*code);
}

std::optional<Aggregator> parse_aggregator(base::Bytes value, bool as4) noexcept {
  if (value.size() != (as4 ? 8 : 6)) return std::nullopt;
  const std::uint8_t* p = value.data();
  const Asn asn = as4 ? base::load<std::uint32_t>(p) : base::load<std::uint16_t>(p);
  return Aggregator{asn, base::Address::from(value.last(4))};
}

void encode(base::Buffer& out, const Aggregator& a, bool as4) {
  base::Writer w(out);
  if (as4)
    w.u32(a.asn);
  else
    w.u16(a.asn > 0xffff ? std::uint16_t{as_trans} : static_cast<std::uint16_t>(a.asn));
  w.u32(a.address.is_v4() ? a.address.v4_value() : 0);
}

std::optional<Community> parse_well_known_community(std::string_view text) noexcept {
  std::array<char, 32> dashed;
  if (text.size() > dashed.size()) return std::nullopt;
  std::ranges::replace_copy(text, dashed.begin(), '_', '-');
  const auto code = find_code(well_known_communities, {dashed.data(), text.size()});
  if (!code) return std::nullopt;
  return Community{static_cast<std::uint16_t>(*code >> 16), static_cast<std::uint16_t>(*code)};
}

void encode(base::Buffer& out, const Community& c) {
  base::Writer w(out);
  w.u16(c.asn);
  w.u16(c.value);
}

void encode(base::Buffer& out, const LargeCommunity& c) {
  base::Writer w(out);
  w.u32(c.global);
  w.u32(c.local1);
  w.u32(c.local2);
}

}  // namespace bgp
