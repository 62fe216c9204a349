#include "format/mrt_route.hh"

#include <algorithm>
#include <array>

#include "bgp/attr_table.hh"
#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::AttrCode;

constexpr std::size_t attributes_at = bgp::header_size + 4;

struct Found {
  Bytes whole, value;  // of an attribute; whole is empty if there is none
};
struct NextHops {
  Found mp_reach, next_hop;
};

// False: the attributes run past their end.
bool find_next_hops(Bytes attributes, NextHops& f) noexcept {
  const std::uint8_t* p = attributes.data();
  const std::uint8_t* const end = p + attributes.size();
  while (p != end) {
    const auto left = static_cast<std::size_t>(end - p);
    if (left < 3) return false;
    const bool wide = (p[0] & bgp::attr_flag::extended) != 0;
    const std::size_t head = wide ? 4 : 3;
    if (left < head) return false;
    const std::size_t length = wide ? base::load<std::uint16_t>(p + 2) : p[2];
    if (length > left - head) return false;
    const auto code = static_cast<AttrCode>(p[1]);
    if (code == AttrCode::mp_reach || code == AttrCode::next_hop) {
      Found& here = code == AttrCode::mp_reach ? f.mp_reach : f.next_hop;
      if (here.whole.empty()) here = {{p, head + length}, {p + head, length}};
    }
    p += head + length;
  }
  return true;
}

// Nothing: neither form.
std::optional<Bytes> next_hop_in(Bytes mp_reach, bgp::Family family) noexcept {
  if (!mp_reach.empty() && mp_reach[0] == mp_reach.size() - 1) return mp_reach.subspan(1);
  const auto whole = bgp::parse_mp_reach(mp_reach);
  if (!whole || whole->family != family) return std::nullopt;
  return whole->next_hop;
}

// Both are attributes of the list, or empty.
void put_without(base::Buffer& out, Bytes list, Bytes a, Bytes b) {
  if (a.empty() && b.empty()) return out.append(list);
  if (a.empty() || (!b.empty() && b.data() < a.data())) std::swap(a, b);
  const std::uint8_t* from = list.data();
  for (const Bytes gap : {a, b}) {
    if (gap.empty()) continue;
    out.append(Bytes(from, gap.data()));
    from = gap.data() + gap.size();
  }
  out.append(Bytes(from, list.data() + list.size()));
}

}  // namespace

std::string_view RouteMessage::start(const TableRoute& r) {
  out_.clear();
  mp_size_ = 0;
  NextHops found;
  if (!find_next_hops(r.attributes, found)) return "attributes of an entry run past their end";
  std::optional<Bytes> next_hop = r.next_hop;
  if (!found.mp_reach.whole.empty()) {
    next_hop = next_hop_in(found.mp_reach.value, r.family);
    if (!next_hop) return "MP_REACH_NLRI of an entry is neither a next hop nor whole";
  }
  bgp::begin_message(out_, bgp::MsgType::update);
  base::Writer w(out_);
  w.u32(0);  // no withdrawn routes; then the length of the attributes
  // RFC 8950 4: an IPv6 next hop needs MP_REACH_NLRI.
  if (r.family == bgp::ipv4_unicast && (!next_hop || next_hop->size() == 4)) {
    put_without(out_, r.attributes, found.mp_reach.whole, next_hop ? found.next_hop.whole : Bytes());
    if (next_hop) bgp::append_attribute(out_, AttrCode::next_hop, bgp::attr_flag::transitive, *next_hop);
    return {};
  }
  put_without(out_, r.attributes, found.mp_reach.whole, {});
  // A multicast table of IPv4 may have its next hop in NEXT_HOP alone.
  if (!next_hop && r.family.afi == bgp::Afi::ipv4) next_hop = found.next_hop.value;
  const Bytes hop = next_hop.value_or(Bytes());
  const std::size_t at = out_.size();
  w.u8(bgp::attr_flag::optional | bgp::attr_flag::extended);
  w.u8(static_cast<std::uint8_t>(AttrCode::mp_reach));
  w.u16(0);
  bgp::encode(out_, bgp::MpReach{.family = r.family, .next_hop = hop, .reserved = 0, .nlri = {}});
  mp_size_ = out_.size() - at;
  return {};
}

void RouteMessage::append(base::Buffer& out, const TableRoute& r) {
  base::Writer w(out);
  if (r.path_id) w.u32(*r.path_id);
  if (r.length) w.u8(*r.length);
  w.bytes(r.nlri);
}

bool RouteMessage::set_lengths(base::Buffer& message, std::size_t head, std::size_t mp_size) noexcept {
  const std::size_t attributes_end = mp_size == 0 ? head : message.size();
  if (message.size() > bgp::max_extended_message) return false;
  const auto set = [&](std::size_t at, std::size_t length) {
    base::store<std::uint16_t>(message.data() + at, static_cast<std::uint16_t>(length));
  };
  set(attributes_at - 2, attributes_end - attributes_at);
  constexpr std::size_t mp_header = 4;
  if (mp_size != 0) set(head - mp_size + 2, message.size() - (head - mp_size + mp_header));
  return bgp::finish_message(message, 0);
}

Bytes RouteMessage::finish(const TableRoute& r) {
  const std::size_t head = out_.size();
  append(out_, r);
  return set_lengths(out_, head, mp_size_) ? out_.view() : Bytes();
}

}  // namespace format
