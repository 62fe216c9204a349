// The lists of routes in an UPDATE, each with its family: what writers ask that must label path ids.
#pragma once

#include "bgp/message.hh"
#include "bgp/mp.hh"
#include "bgp/update.hh"

namespace format {

// Calls note(bgp::Family, base::Bytes nlri) for every list, empty ones of IPv4 unicast too. False, and nothing called,
// if the attributes cannot be read.
template <class Note>
bool each_route_list(const bgp::MessageView& m, Note&& note) {
  bgp::UpdateIndex own;
  const bgp::UpdateIndex* u = m.update;
  if (!u) {
    if (!own.parse(m.body())) return false;
    u = &own;
  }
  note(bgp::ipv4_unicast, u->nlri());
  note(bgp::ipv4_unicast, u->withdrawn());
  if (const auto v = u->value(bgp::AttrCode::mp_reach))
    if (const auto mp = bgp::parse_mp_reach(*v)) note(mp->family, mp->nlri);
  if (const auto v = u->value(bgp::AttrCode::mp_unreach))
    if (const auto mp = bgp::parse_mp_unreach(*v)) note(mp->family, mp->nlri);
  return true;
}

}  // namespace format
