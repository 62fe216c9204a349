#include "bgp/guess.hh"

#include <algorithm>

#include "bgp/as_path.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"

namespace bgp {

namespace {

// Whether the value reads as a path of this width, and whether one would expect to see that path (RFC 7607: AS 0 is
// none).
struct PathReading {
  bool sound = true, likely = true;
};

PathReading read_path(base::Bytes value, bool as4) noexcept {
  PathReading out;
  SegmentReader r(value, as4);
  for (Segment s; r.next(s);)
    for (std::size_t i = 0; i < s.count; ++i) out.likely = out.likely && s[i] != 0;
  out.sound = r.ok();
  return out;
}

bool guess_as4(const UpdateIndex& u, bool assumed) noexcept {
  PathReading narrow, wide;
  if (const auto path = u.value(AttrCode::as_path)) {
    narrow = read_path(*path, false);
    wide = read_path(*path, true);
    if (narrow.sound != wide.sound) return wide.sound;
  }
  if (const auto aggregator = u.value(AttrCode::aggregator)) {
    if (aggregator->size() == 6) return false;
    if (aggregator->size() == 8) return true;
  }
  if (u.has(AttrCode::as4_path) || u.has(AttrCode::as4_aggregator)) return false;
  if (narrow.sound && narrow.likely != wide.likely) return wide.likely;
  return assumed;
}

// What is odd about a list read in one way. Without path ids the zeros of small ids read as default routes.
struct ListReading {
  bool sound = true;
  std::size_t odd = 0;
};

bool bits_behind(const Nlri& n) noexcept {
  const unsigned used = n.length % 8;
  return used != 0 && (n.bytes[n.length / 8] & (0xffu >> used)) != 0;
}

ListReading read_list(base::Bytes list, Family f, bool path_ids) noexcept {
  ListReading out;
  if (is_ip_prefix_family(f)) {
    NlriReader r(list, f.afi, path_ids);
    std::size_t defaults = 0;
    for (Nlri n; r.next(n);) out.odd += bits_behind(n) || (n.length == 0 && !path_ids && ++defaults > 1);
    out.sound = r.ok();
    return out;
  }
  const std::size_t id_size = path_ids ? 4 : 0;
  while (!list.empty()) {
    const auto size = list.size() < id_size ? std::nullopt : nlri_size(list.subspan(id_size), f);
    if (!size) return {.sound = false};
    out.odd += list[id_size] == 0;  // no such entry has a first byte of zero
    list = list.subspan(id_size + *size);
  }
  return out;
}

// A family may stand in two lists of one UPDATE: both must read well.
void guess_path_ids(Context& c, Family f, base::Bytes list) noexcept {
  if (list.empty() || !has_sized_nlri(f)) return;
  const ListReading without = read_list(list, f, false), with = read_list(list, f, true);
  if (without.sound == with.sound && without.odd == with.odd) return;
  if (with.sound && (!without.sound || with.odd < without.odd))
    c.add_path.add(f);
  else if (without.sound)
    c.add_path.remove(f);
}

}  // namespace

Context guess_context(const UpdateIndex& u, const Context& assumed) noexcept {
  Context out = assumed;
  out.as4 = guess_as4(u, assumed.as4);
  guess_path_ids(out, ipv4_unicast, u.withdrawn());
  guess_path_ids(out, ipv4_unicast, u.nlri());
  if (const auto v = u.value(AttrCode::mp_unreach))
    if (const auto mp = parse_mp_unreach(*v)) guess_path_ids(out, mp->family, mp->nlri);
  if (const auto v = u.value(AttrCode::mp_reach))
    if (const auto mp = parse_mp_reach(*v)) guess_path_ids(out, mp->family, mp->nlri);
  return out;
}

}  // namespace bgp
