// One message body: a byte of contexts, a byte of type, the body. The properties are those that all of bgpiped relies
// on.
#include <algorithm>
#include <cstdint>

#include "bgp/as_path.hh"
#include "bgp/attr_set.hh"
#include "bgp/attrs.hh"
#include "bgp/check.hh"
#include "bgp/edit.hh"
#include "bgp/ext_community.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/notification.hh"
#include "bgp/route_refresh.hh"
#include "bgp/srv6.hh"
#include "bgp/transcode.hh"
#include "bgp/tunnel.hh"
#include "expect.hh"

using namespace bgp;

namespace {

Context context(unsigned bits) {
  Context c{.as4 = (bits & 1) != 0, .extended_message = (bits & 2) != 0};
  if ((bits & 4) != 0) c.add_path = FamilySet::all();
  return c;
}

template <class Item>
void walk_items(const UpdateIndex& u, AttrCode code) {
  const auto v = u.value(code);
  if (!v) return;
  base::Buffer out;
  for (const Item item : Items<Item>(*v)) encode(out, item);
  expect(base::equal(out, v->first(out.size())));
}

void walk_tlvs(base::Bytes list, TlvShape shape, unsigned depth) {
  base::Buffer out;
  TlvReader r(list, shape);
  for (Tlv t; r.next(t);) {
    TlvWriter w(out, shape, t.type);
    out.append(t.value);
    expect(w.close());
    if (depth > 0) walk_tlvs(t.value, TlvShape::tunnel_sub, depth - 1);
  }
  expect(r.ok() ? base::equal(out, list) : base::equal(out, list.first(out.size())));
}

void walk_services(base::Bytes list) {
  TlvReader services(list, TlvShape::prefix_sid);
  for (Tlv t; services.next(t);) {
    if (t.value.empty()) continue;
    TlvReader sids(t.value.subspan(1), TlvShape::prefix_sid);
    for (Tlv sub; sids.next(sub);) {
      const auto sid = parse_srv6_sid(sub.value);
      if (!sid) continue;
      base::Buffer out;
      encode(out, *sid);
      expect(base::equal(out, sub.value));
    }
  }
}

void walk_set(base::Bytes value, unsigned depth) {
  const auto set = parse_attr_set(value);
  if (!set) return;
  base::Buffer out;
  AttrReader r(set->attributes);
  for (RawAttr a; r.next(a);) {
    append_attribute(out, a.code, a.flags, a.value);
    if (a.code == AttrCode::attr_set && depth > 0) walk_set(a.value, depth - 1);
  }
  expect(base::equal(out, set->attributes.first(out.size())) && (!r.ok() || out.size() == set->attributes.size()));
}

// Each view that is made gives its bytes back.
void walk_views(const UpdateIndex& u) {
  if (const auto v = u.value(AttrCode::tunnel_encap)) walk_tlvs(*v, TlvShape::tunnel, 1);
  if (const auto v = u.value(AttrCode::prefix_sid)) walk_tlvs(*v, TlvShape::prefix_sid, 0);
  if (const auto v = u.value(AttrCode::attr_set)) walk_set(*v, 4);
  if (const auto v = u.value(AttrCode::prefix_sid)) walk_services(*v);
  base::Buffer out;
  const auto same = [&out](base::Bytes value) {
    expect(base::equal(out, value));
    out.clear();
  };
  if (const auto v = u.value(AttrCode::pmsi_tunnel))
    if (const auto t = parse_pmsi_tunnel(*v)) encode(out, *t), same(*v);
  if (const auto v = u.value(AttrCode::aigp))
    if (const auto metric = parse_aigp(*v)) encode_aigp(out, *metric), same(*v);
}

void walk_nlri(base::Bytes list, Afi afi, bool path_ids) {
  base::Buffer out;
  NlriReader r(list, afi, path_ids);
  std::size_t read = 0;
  for (Nlri n; r.next(n);) {
    append_nlri(out, n.prefix(afi), n.has_path_id ? std::optional(n.path_id) : std::nullopt);
    read += n.wire.size();
    expect(out.size() == read);
  }
  expect(!r.ok() || read == list.size());
  if (!r.ok()) return;
  // Only bits behind a prefix may differ: it reads back whole.
  NlriReader again(out, afi, path_ids);
  for (Nlri n; again.next(n);) {
  }
  expect(again.ok());
}

void walk_mp(const UpdateIndex& u, const Context& c) {
  if (const auto v = u.value(AttrCode::mp_reach)) {
    if (const auto m = parse_mp_reach(*v)) {
      base::Buffer out;
      encode(out, *m);
      expect(base::equal(out, *v));
      (void)parse_next_hop(m->next_hop);
      if (is_ip_prefix_family(m->family)) walk_nlri(m->nlri, m->family.afi, c.add_path.has(m->family));
    }
  }
  if (const auto v = u.value(AttrCode::mp_unreach)) {
    if (const auto m = parse_mp_unreach(*v)) {
      base::Buffer out;
      encode(out, *m);
      expect(base::equal(out, *v));
    }
  }
}

bool has_confederation(base::Bytes path, bool as4) {
  SegmentReader r(path, as4);
  for (Segment s; r.next(s);)
    if (s.type == SegmentType::confed_sequence || s.type == SegmentType::confed_set) return true;
  return false;
}

void edits(const UpdateIndex& u, const base::Buffer& message) {
  base::Buffer same;
  expect(UpdateEdit{}.apply(u, same) && base::equal(same, message));
  UpdateEdit e;
  e.set_attribute(AttrCode::med, 0x80, base::Buffer(base::as_bytes("1234")));
  base::Buffer out;
  if (!e.apply(u, out)) {
    expect(out.empty());
    return;
  }
  UpdateIndex edited;
  expect(edited.parse(out.view().subspan(header_size)).has_value());
  expect(edited.value(AttrCode::med)->size() == 4);
  expect(base::equal(edited.nlri(), u.nlri()) && base::equal(edited.withdrawn(), u.withdrawn()));
}

void cross(const UpdateIndex& u, const base::Buffer& message, const Context& from, const Context& to) {
  const auto t = transcode(message, from, to);
  if (!t) return;
  const bool sound = !severity(u, from, {});
  const bool changed = from != to;
  const std::size_t limit = to.extended_message ? max_extended_message : max_message;
  for (const base::Buffer& m : t->messages) {
    const Frame f = frame(m.data(), m.size(), limit);
    expect(f.status == FrameStatus::ok && f.length == m.size() && f.type == MsgType::update);
    UpdateIndex out;
    const bool parsed = out.parse(m.view().subspan(header_size)).has_value();
    if (!sound) continue;
    expect(parsed);
    if (changed) expect(!severity(out, to, {}));
  }
  if (!sound || t->messages.size() != 1 || t->routes_withdrawn) return;
  const auto path = u.value(AttrCode::as_path);
  if (!path || has_confederation(*path, from.as4) || (!from.as4 && u.has(AttrCode::as4_path))) return;
  UpdateIndex out;
  (void)out.parse(t->messages[0].view().subspan(header_size));
  if (out.has(AttrCode::as_path)) expect(origin_as(out, to) == origin_as(u, from));
}

void update(base::Bytes body, unsigned bits) {
  const Context from = context(bits), to = context(bits >> 3);
  base::Buffer message;
  append_message(message, MsgType::update, body);
  UpdateIndex u;
  (void)u.parse(body);
  edits(u, message);
  const Rules rules{.external = (bits & 0x40) != 0};
  const auto errors = check(u, from, rules);
  expect(errors.empty() == !severity(u, from, rules));
  for (const Error& e : errors) expect(!text(e).empty());
  walk_nlri(u.withdrawn(), Afi::ipv4, from.add_path.has(ipv4_unicast));
  walk_nlri(u.nlri(), Afi::ipv4, from.add_path.has(ipv4_unicast));
  walk_mp(u, from);
  walk_items<Community>(u, AttrCode::community);
  walk_items<ExtCommunity>(u, AttrCode::ext_community);
  walk_items<LargeCommunity>(u, AttrCode::large_community);
  walk_items<Ipv6ExtCommunity>(u, AttrCode::ipv6_ext_community);
  walk_views(u);
  (void)origin_as(u, from);
  (void)u.end_of_rib();
  cross(u, message, from, to);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size - 2 > max_extended_message - header_size) return 0;
  const base::Bytes body(data + 2, size - 2);
  if (static_cast<MsgType>(data[1]) == MsgType::notification) {
    if (const auto n = parse_notification(body)) expect(!text(*n).empty());
    return 0;
  }
  if (static_cast<MsgType>(data[1]) == MsgType::route_refresh) {
    const auto m = parse_route_refresh(body);
    if (!m) return 0;
    base::Buffer out;
    encode(out, *m);
    expect(base::equal(out, body) && !text(*m).empty());
    return 0;
  }
  update(body, data[0]);
  return 0;
}
