#include "bgp/srv6.hh"

#include "bgp/tlv.hh"

namespace bgp {

std::optional<Srv6Sid> parse_srv6_sid(base::Bytes v) noexcept {
  base::Reader r(v);
  const std::uint8_t reserved = r.u8();
  const base::Bytes sid = r.bytes(16);
  Srv6Sid s;
  s.sid = sid.data();
  s.flags = r.u8();
  s.behavior = r.u16();
  if (r.u8() != 0 || reserved != 0 || !r.ok()) return std::nullopt;
  if (r.empty()) return s;
  TlvReader more(r.rest(), TlvShape::prefix_sid);
  Tlv structure, another;
  if (!more.next(structure) || more.next(another) || !more.ok()) return std::nullopt;
  if (structure.type != 1 || structure.value.size() != Srv6Sid::structure_size) return std::nullopt;
  s.structure = structure.value;
  return s;
}

void encode(base::Buffer& out, const Srv6Sid& s) {
  base::Writer w(out);
  w.u8(0);
  w.bytes({s.sid, 16});
  w.u8(s.flags);
  w.u16(s.behavior);
  w.u8(0);
  if (s.structure.empty()) return;
  w.u8(1);
  w.u16(Srv6Sid::structure_size);
  w.bytes(s.structure);
}

}  // namespace bgp
