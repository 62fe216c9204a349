#include "bgp/attr_set.hh"

namespace bgp {

std::optional<AttrSet> parse_attr_set(base::Bytes v) noexcept {
  if (v.size() < 4) return std::nullopt;
  return AttrSet{base::load<std::uint32_t>(v.data()), v.subspan(4)};
}

bool AttrReader::next(RawAttr& a) noexcept {
  if (r_.empty()) return false;
  a.flags = r_.u8();
  a.code = static_cast<AttrCode>(r_.u8());
  a.value = r_.bytes((a.flags & attr_flag::extended) != 0 ? r_.u16() : r_.u8());
  return r_.ok();
}

}  // namespace bgp
