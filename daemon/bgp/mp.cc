#include "bgp/mp.hh"

#include "bgp/attr_table.hh"
#include "bgp/notification.hh"

namespace bgp {

namespace {

// RFC 7606 7.11, 7.12: without the NLRI there is nothing to withdraw, so the session goes. The offset is in the value.
std::unexpected<Error> cannot_find_nlri(AttrCode code, std::size_t offset) {
  return std::unexpected(Error{Reason::truncated, Severity::session_reset, notify::update, 9,
                               static_cast<std::uint8_t>(code), static_cast<std::uint16_t>(offset)});
}

Family read_family(base::Reader& r) {
  const auto afi = static_cast<Afi>(r.u16());
  return {afi, static_cast<Safi>(r.u8())};
}

void write_family(base::Writer& w, Family f) {
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(f.safi));
}

}  // namespace

Result<MpReach> parse_mp_reach(base::Bytes value) {
  base::Reader r(value);
  MpReach m;
  m.family = read_family(r);
  m.next_hop = r.bytes(r.u8());
  m.reserved = r.u8();
  m.nlri = r.rest();
  if (!r.ok()) return cannot_find_nlri(AttrCode::mp_reach, std::min<std::size_t>(value.size(), 3));
  return m;
}

Result<MpUnreach> parse_mp_unreach(base::Bytes value) {
  base::Reader r(value);
  MpUnreach m;
  m.family = read_family(r);
  m.nlri = r.rest();
  if (!r.ok()) return cannot_find_nlri(AttrCode::mp_unreach, 0);
  return m;
}

void encode(base::Buffer& out, const MpReach& m) {
  base::Writer w(out);
  write_family(w, m.family);
  w.u8(static_cast<std::uint8_t>(m.next_hop.size()));
  w.bytes(m.next_hop);
  w.u8(m.reserved);
  w.bytes(m.nlri);
}

void encode(base::Buffer& out, const MpUnreach& m) {
  base::Writer w(out);
  write_family(w, m.family);
  w.bytes(m.nlri);
}

std::optional<NextHop> parse_next_hop(base::Bytes b) noexcept {
  const auto zero_rd = [b](std::size_t at) { return base::load<std::uint64_t>(b.data() + at) == 0; };
  switch (b.size()) {
    case 4:
    case 16: return NextHop{base::Address::from(b), {}};
    case 32: return NextHop{base::Address::from(b.first(16)), base::Address::from(b.last(16))};
    case 24:
      if (!zero_rd(0)) return std::nullopt;
      return NextHop{base::Address::from(b.last(16)), {}};
    case 48:
      if (!zero_rd(0) || !zero_rd(24)) return std::nullopt;
      return NextHop{base::Address::from(b.subspan(8, 16)), base::Address::from(b.last(16))};
    default: return std::nullopt;
  }
}

}  // namespace bgp
