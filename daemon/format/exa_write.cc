#include "format/exa_write.hh"

#include "base/ip.hh"
#include "bgp/as_path.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/transcode.hh"
#include "format/exa_words.hh"

namespace format {

namespace {

using base::Buffer;
using base::Bytes;
using bgp::AttrCode;

void add(Buffer& out, std::string_view s) { out.append(s); }
void add(Buffer& out, std::uint64_t v) { base::append_decimal(out, v); }
void add_v4(Buffer& out, const std::uint8_t* four) { base::append_v4(out, four); }
void add_hex(Buffer& out, Bytes b) {
  add(out, "0x");
  base::append_hex(out, b);
}

// Calls each(element) for the elements of a list of that width; false if the list is empty or ends inside one.
template <class Each>
bool add_list(Buffer& out, Bytes value, std::size_t width, Each&& each) {
  if (value.empty() || value.size() % width != 0) return false;
  add(out, "[");
  for (; !value.empty(); value = value.subspan(width)) {
    add(out, " ");
    each(value.data());
  }
  add(out, " ]");
  return true;
}

// Each of these is false when words cannot say the value; what was added is taken back.

bool add_origin(Buffer& out, Bytes v) {
  static constexpr std::string_view names[] = {"igp", "egp", "incomplete"};
  if (v.size() != 1 || v[0] > 2) return false;
  add(out, names[v[0]]);
  return true;
}

// A sequence, a set, or one behind the other. ExaBGP 4 puts sets last, two segments of one kind would be read as one,
// and those of confederations have no words.
bool add_as_path(Buffer& out, Bytes v) {
  add(out, "[");
  bgp::SegmentReader r(v, true);
  bgp::Segment s, before;
  while (r.next(s)) {
    const bool set = s.type == bgp::SegmentType::set;
    if (!set && s.type != bgp::SegmentType::sequence) return false;
    if (before.count != 0 && (before.type == bgp::SegmentType::set || (!set && before.count != 255))) return false;
    if (set) add(out, " (");
    for (std::size_t i = 0; i < s.count; ++i) {
      add(out, " ");
      add(out, s[i]);
    }
    if (set) add(out, " )");
    before = s;
  }
  add(out, " ]");
  return r.ok();
}

bool add_u32(Buffer& out, Bytes v) {
  if (v.size() != 4) return false;
  add(out, base::load<std::uint32_t>(v.data()));
  return true;
}

bool add_address(Buffer& out, Bytes v) {
  if (v.size() != 4) return false;
  add_v4(out, v.data());
  return true;
}

bool add_aggregator(Buffer& out, Bytes v) {
  if (v.size() != 8) return false;
  add(out, "( ");
  add(out, base::load<std::uint32_t>(v.data()));
  add(out, ":");
  add_v4(out, v.data() + 4);
  add(out, " )");
  return true;
}

bool add_communities(Buffer& out, Bytes v) {
  return add_list(out, v, 4, [&](const std::uint8_t* p) {
    const std::string_view name = exa_community(base::load<std::uint32_t>(p));
    if (!name.empty()) return add(out, name);
    add(out, base::load<std::uint16_t>(p));
    add(out, ":");
    add(out, base::load<std::uint16_t>(p + 2));
  });
}

bool add_large_communities(Buffer& out, Bytes v) {
  return add_list(out, v, 12, [&](const std::uint8_t* p) {
    for (int i = 0; i < 3; ++i) {
      if (i != 0) add(out, ":");
      add(out, base::load<std::uint32_t>(p + 4 * i));
    }
  });
}

// Route targets and origins of AS numbers whose form follows from the number; all else in hex, also those of addresses,
// which ExaBGP 4 takes for AS numbers.
bool add_ext_communities(Buffer& out, Bytes v) {
  return add_list(out, v, 8, [&](const std::uint8_t* p) {
    const auto asn = base::load<std::uint32_t>(p + 2);
    const bool named = (p[1] == 2 || p[1] == 3) && (p[0] == 0 || (p[0] == 2 && asn > 0xffff));
    if (!named) return add_hex(out, {p, 8});
    add(out, p[1] == 2 ? "target:" : "origin:");
    if (p[0] == 0) {
      add(out, base::load<std::uint16_t>(p + 2));
      add(out, ":");
      return add(out, base::load<std::uint32_t>(p + 4));
    }
    add(out, asn);
    add(out, ":");
    add(out, base::load<std::uint16_t>(p + 6));
  });
}

bool add_clusters(Buffer& out, Bytes v) {
  return add_list(out, v, 4, [&](const std::uint8_t* p) { add_v4(out, p); });
}

bool add_nothing(Buffer&, Bytes v) { return v.empty(); }

struct Word {
  AttrCode code;
  std::string_view name;
  bool (*value)(Buffer&, Bytes);
};
constexpr Word words[] = {
    {AttrCode::origin, "origin ", add_origin},
    {AttrCode::as_path, "as-path ", add_as_path},
    {AttrCode::med, "med ", add_u32},
    {AttrCode::local_pref, "local-preference ", add_u32},
    {AttrCode::atomic_aggregate, "atomic-aggregate", add_nothing},
    {AttrCode::aggregator, "aggregator ", add_aggregator},
    {AttrCode::community, "community ", add_communities},
    {AttrCode::originator_id, "originator-id ", add_address},
    {AttrCode::cluster_list, "cluster-list ", add_clusters},
    {AttrCode::ext_community, "extended-community ", add_ext_communities},
    {AttrCode::large_community, "large-community ", add_large_communities},
};

void add_attribute(Buffer& out, AttrCode code, std::uint8_t flags, Bytes value) {
  constexpr auto length_bit = static_cast<std::uint8_t>(~bgp::attr_flag::extended);
  add(out, " ");
  const std::size_t at = out.size();
  for (const Word& w : words) {
    if (w.code != code || (flags & length_bit) != bgp::default_flags(code)) continue;
    add(out, w.name);
    if (w.value(out, value)) return;
    out.truncate(at);
  }
  const auto number = static_cast<std::uint8_t>(code);
  const auto kept = static_cast<std::uint8_t>(flags & length_bit);
  add(out, "attribute [ ");
  add_hex(out, {&number, 1});
  add(out, " ");
  add_hex(out, {&kept, 1});
  add(out, " ");
  add_hex(out, value);
  add(out, " ]");
}

// The form follows from the number.
bool rd_has_words(std::uint64_t rd) noexcept {
  const std::uint64_t form = rd >> 48;
  return form <= 1 || (form == 2 && (rd >> 16 & 0xffffffff) > 0xffff);
}

void add_rd(Buffer& out, std::uint64_t rd) {
  std::uint8_t p[8];
  base::store(p, rd);
  add(out, " rd ");
  if (p[1] == 1) {
    add_v4(out, p + 2);
    add(out, ":");
    return add(out, base::load<std::uint16_t>(p + 6));
  }
  if (p[1] == 0) {
    add(out, base::load<std::uint16_t>(p + 2));
    add(out, ":");
    return add(out, base::load<std::uint32_t>(p + 4));
  }
  add(out, base::load<std::uint32_t>(p + 2));
  add(out, ":");
  add(out, base::load<std::uint16_t>(p + 6));
}

}  // namespace

struct ExaEncoder::Routes {
  bgp::Family family;
  Bytes list, next_hop;
  bool path_ids, withdrawn;
};

bool ExaEncoder::encode(const bgp::MessageView& m, Buffer& out) {
  const std::size_t before = out.size();
  bool done = false;
  if (m.type == bgp::MsgType::update) {
    if (m.context->as4) {
      done = update(m.body(), *m.context, out);
    } else {
      bgp::Context canonical = *m.context;
      canonical.as4 = true;
      if (const auto wide = bgp::transcode(m.wire, *m.context, canonical)) {
        done = !wide->messages.empty() && !wide->routes_withdrawn;
        for (const Buffer& wire : wide->messages)
          done = done && update(wire.view().subspan(bgp::header_size), canonical, out);
      }
    }
  } else if (m.type == bgp::MsgType::route_refresh && m.body().size() == 4 && m.body()[2] == 0) {
    const Bytes b = m.body();
    const ExaFamily f =
        exa_family({static_cast<bgp::Afi>(base::load<std::uint16_t>(b.data())), static_cast<bgp::Safi>(b[3])});
    done = !f.afi.empty();
    if (done) out.append("announce route-refresh " + std::string(f.afi) + ' ' + std::string(f.safi) + '\n');
  }
  if (!done) out.truncate(before);
  return done;
}

bool ExaEncoder::update(Bytes body, const bgp::Context& c, Buffer& out) {
  if (!index_.parse(body)) return false;
  if (const auto eor = index_.end_of_rib()) {
    const ExaFamily f = exa_family(*eor);
    if (f.afi.empty()) return false;
    out.append("announce eor " + std::string(f.afi) + ' ' + std::string(f.safi) + '\n');
    return true;
  }
  std::vector<Routes> withdrawn, announced;
  const auto ids = [&](bgp::Family f) { return c.add_path.has(f); };
  if (!index_.withdrawn().empty())
    withdrawn.push_back({bgp::ipv4_unicast, index_.withdrawn(), {}, ids(bgp::ipv4_unicast), true});
  if (const auto v = index_.value(AttrCode::mp_unreach)) {
    const auto mp = bgp::parse_mp_unreach(*v);
    if (!mp) return false;
    withdrawn.push_back({mp->family, mp->nlri, {}, ids(mp->family), true});
  }
  if (!index_.nlri().empty()) {
    const auto hop = index_.value(AttrCode::next_hop);
    if (!hop) return false;
    announced.push_back({bgp::ipv4_unicast, index_.nlri(), *hop, ids(bgp::ipv4_unicast), false});
  }
  if (const auto v = index_.value(AttrCode::mp_reach)) {
    const auto mp = bgp::parse_mp_reach(*v);
    if (!mp) return false;
    announced.push_back({mp->family, mp->nlri, mp->next_hop, ids(mp->family), false});
  }
  if (withdrawn.empty() && announced.empty()) return false;
  if (!announced.empty() && !attributes(index_)) return false;
  for (const Routes& r : withdrawn)
    if (!routes(r, out)) return false;
  for (const Routes& r : announced)
    if (!routes(r, out)) return false;
  return true;
}

bool ExaEncoder::attributes(const bgp::UpdateIndex& u) {
  if (!u.has(AttrCode::origin) || !u.has(AttrCode::as_path)) return false;
  attributes_.clear();
  const bgp::AttrRef* before = nullptr;
  for (const bgp::AttrRef& a : u.attrs()) {
    if (u.find(a.code) != &a) return false;  // it stands twice
    if (a.code != AttrCode::next_hop && a.code != AttrCode::mp_reach && a.code != AttrCode::mp_unreach)
      add_attribute(attributes_, a.code, a.flags, u.value(a));
    before = &a;
  }
  return before != nullptr;
}

bool ExaEncoder::routes(const Routes& r, Buffer& out) {
  // ExaBGP 4 has no words for multicast.
  if (!exa_has_routes(r.family) || r.family.safi == bgp::Safi::multicast) return false;
  base::Address hop;
  if (!r.withdrawn) {
    // RFC 4364 4.3.2: behind a zero route distinguisher.
    Bytes value = r.next_hop;
    if (r.family.safi == bgp::Safi::mpls_vpn && value.size() >= 12) {
      if (base::load<std::uint64_t>(value.data()) != 0) return false;
      value = value.subspan(8);
      value = value.first(value.size() == 40 ? 16 : value.size());
    }
    if (value.size() == 32) value = value.first(16);
    hop = base::Address::from(value);
    if (hop.empty()) return false;
  }
  for (Bytes left = r.list; !left.empty();) {
    const auto route = take_exa_route(left, r.family, r.path_ids, r.withdrawn);
    if (!route || !rd_has_words(route->rd)) return false;
    add(out, r.withdrawn ? "withdraw " : "announce ");
    add(out, "route ");
    base::append(out, route->prefix);
    if (!r.withdrawn) {
      add(out, " next-hop ");
      if (hop.unspecified())
        add(out, "self");
      else
        base::append(out, hop);
    }
    if (route->path_id) {
      std::uint8_t id[4];
      base::store(id, *route->path_id);
      add(out, " path-information ");
      add_v4(out, id);
    }
    if (r.family.safi == bgp::Safi::mpls_vpn) add_rd(out, route->rd);
    if (!route->labels.empty()) {
      add(out, route->labels.size() == 1 ? " label " : " label [");
      for (const std::uint32_t label : route->labels) {
        if (route->labels.size() != 1) add(out, " ");
        add(out, label);
      }
      if (route->labels.size() != 1) add(out, " ]");
    }
    if (!r.withdrawn) out.append(attributes_.view());
    add(out, "\n");
  }
  return true;
}

}  // namespace format
