#include "bgp/attrs.hh"

#include "bgp/names.hh"

namespace bgp {

namespace {
constexpr NamedCode origins[] = {{0, "IGP"}, {1, "EGP"}, {2, "INCOMPLETE"}};
}

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
