#include "support/message_generator.hh"

#include <algorithm>
#include <array>

#include "bgp/edit.hh"
#include "bgp/header.hh"

namespace support {

using base::Writer;
using bgp::Afi;
using bgp::AttrCode;
using bgp::Family;
using bgp::Safi;

namespace {

constexpr Safi mcast_vpn{5}, vpls{65}, link_state{71}, sr_policy{73}, mup{85}, route_target{132};
constexpr Afi ls{16388}, unknown_afi{999};
constexpr std::array families{Family{Afi::ipv4, Safi::unicast},
                              Family{Afi::ipv6, Safi::unicast},
                              Family{Afi::ipv4, Safi::multicast},
                              Family{Afi::ipv6, Safi::multicast},
                              Family{Afi::ipv4, Safi::mpls},
                              Family{Afi::ipv6, Safi::mpls},
                              Family{Afi::ipv4, Safi::mpls_vpn},
                              Family{Afi::ipv6, Safi::mpls_vpn},
                              Family{Afi::ipv4, Safi::flowspec},
                              Family{Afi::ipv6, Safi::flowspec},
                              Family{Afi::ipv4, Safi::flowspec_vpn},
                              Family{Afi::ipv6, Safi::flowspec_vpn},
                              Family{Afi::l2vpn, Safi::flowspec_vpn},
                              Family{Afi::l2vpn, Safi::evpn},
                              Family{Afi::ipv4, route_target},
                              Family{Afi::ipv4, mcast_vpn},
                              Family{Afi::l2vpn, vpls},
                              Family{ls, link_state},
                              Family{Afi::ipv4, sr_policy},
                              Family{Afi::ipv4, mup},
                              Family{unknown_afi, Safi{200}}};

bool is_ip(Family f) { return f.afi == Afi::ipv4 || f.afi == Afi::ipv6; }
unsigned address_bits(Afi afi) { return afi == Afi::ipv6 ? 128 : 32; }

}  // namespace

// SplitMix64.
std::uint64_t MessageGenerator::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

std::uint32_t MessageGenerator::number(std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(next() % (std::uint64_t{high} - low + 1));
}

void MessageGenerator::bytes(Buffer& out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out.push(static_cast<std::uint8_t>(next()));
}

bgp::Context MessageGenerator::context() {
  bgp::Context c;
  c.as4 = !one_in(3);
  if (one_in(3))
    for (const Family f : families)
      if (one_in(2)) c.add_path.add(f);
  return c;
}

bgp::Asn MessageGenerator::asn(bool as4) {
  if (one_in(20)) return 0;
  if (as4 && one_in(4)) return number(0x10000, 0xffffffff);
  return number(1, 0xffff);
}

void MessageGenerator::as_path(Buffer& out, bool as4) {
  Writer w(out);
  for (std::uint32_t n = number(0, 3); n != 0; --n) {
    const std::uint32_t count = one_in(12) ? number(200, 255) : number(1, 6);
    w.u8(static_cast<std::uint8_t>(one_in(2) ? 2 : number(1, 4)));
    w.u8(static_cast<std::uint8_t>(count));
    for (std::uint32_t i = 0; i < count; ++i) {
      if (as4)
        w.u32(asn(true));
      else
        w.u16(static_cast<std::uint16_t>(asn(false)));
    }
  }
}

// Length and bytes; the bits behind the length are sometimes set.
void MessageGenerator::prefix(Buffer& out, unsigned bits) {
  const unsigned length = one_in(10) ? 0 : one_in(10) ? bits : number(1, bits);
  out.push(static_cast<std::uint8_t>(length));
  bytes(out, (length + 7) / 8);
  if (length % 8 != 0 && !one_in(8)) {
    std::uint8_t& last = out.data()[out.size() - 1];
    last = static_cast<std::uint8_t>(last & (0xff00u >> length % 8));
  }
}

void MessageGenerator::prefixes(Buffer& out, Afi afi, bool path_ids, std::uint32_t most) {
  for (std::uint32_t n = number(1, most); n != 0; --n) {
    if (path_ids) Writer(out).u32(one_in(3) ? number(0, 0xffffffff) : number(0, 3));
    prefix(out, address_bits(afi));
  }
}

// RFC 4364 4.2: types 0, 1 and 2, and others.
void MessageGenerator::distinguisher(Buffer& out) {
  Writer(out).u16(static_cast<std::uint16_t>(one_in(8) ? number(0, 0xffff) : number(0, 2)));
  bytes(out, 6);
}

// RFC 8277 2: the bottom of the stack is marked; withdrawals have 0x800000.
void MessageGenerator::labels(Buffer& out, std::uint32_t n) {
  Writer w(out);
  if (n == 1 && one_in(3)) {
    w.u8(0x80);
    w.u16(0);
    return;
  }
  for (; n != 0; --n) {
    const std::uint32_t label = number(0, 0xfffff) << 4 | number(0, 7) << 1 | (n == 1 ? 1 : 0);
    w.u8(static_cast<std::uint8_t>(label >> 16));
    w.u16(static_cast<std::uint16_t>(label));
  }
}

// RFC 8955 4.2, RFC 8956 3.
void MessageGenerator::flowspec_component(Buffer& out, std::uint8_t type, bool ipv6) {
  out.push(type);
  if (type <= 2) {
    if (!ipv6) {
      prefix(out, 32);
      return;
    }
    const unsigned length = number(0, 128), offset = one_in(3) ? number(0, length) : 0;
    out.push(static_cast<std::uint8_t>(length));
    out.push(static_cast<std::uint8_t>(offset));
    bytes(out, (length - offset + 7) / 8);
    return;
  }
  for (std::uint32_t n = number(1, 3); n != 0; --n) {
    const std::uint32_t width = type == 9 || type == 12 ? number(0, 1) : number(0, type == 13 ? 2 : 3);
    const std::uint32_t what = type == 9 || type == 12 ? number(0, 3) : number(0, 7);
    out.push(static_cast<std::uint8_t>((n == 1 ? 0x80 : 0) | (one_in(2) ? 0x40 : 0) | width << 4 | what));
    bytes(out, std::size_t{1} << width);
  }
}

void MessageGenerator::flowspec_rule(Buffer& out, Family family) {
  Buffer rule;
  if (family.safi == Safi::flowspec_vpn) distinguisher(rule);
  if (is_ip(family)) {
    for (std::uint8_t type = 1; type <= 13; ++type)
      if (one_in(4) && (type != 13 || family.afi == Afi::ipv6)) flowspec_component(rule, type, family.afi == Afi::ipv6);
  } else {
    bytes(rule, number(0, 40));
  }
  // RFC 8955 4.1.
  if (rule.size() < 240)
    out.push(static_cast<std::uint8_t>(rule.size()));
  else
    Writer(out).u16(static_cast<std::uint16_t>(0xf000 | rule.size()));
  out.append(rule.view());
}

// RFC 7432 7, RFC 9136 3: types 1 to 5 in their lengths; others as they come.
void MessageGenerator::evpn_route(Buffer& out) {
  const auto type = static_cast<std::uint8_t>(one_in(6) ? number(6, 255) : number(1, 5));
  Buffer route;
  const bool ipv6 = one_in(2);
  const auto address = [&](bool none) {
    const unsigned bits = none ? 0 : ipv6 ? 128 : 32;
    route.push(static_cast<std::uint8_t>(bits));
    bytes(route, bits / 8);
  };
  if (type <= 5) distinguisher(route);
  switch (type) {
    case 1:
      bytes(route, 14);
      labels(route, 1);
      break;
    case 2:
      bytes(route, 14);
      route.push(48);
      bytes(route, 6);
      address(one_in(3));
      labels(route, number(1, 2));
      break;
    case 3:
      bytes(route, 4);
      address(false);
      break;
    case 4:
      bytes(route, 10);
      address(false);
      break;
    case 5:
      bytes(route, 14);
      route.push(static_cast<std::uint8_t>(number(0, ipv6 ? 128 : 32)));
      bytes(route, ipv6 ? 32 : 8);
      labels(route, 1);
      break;
    default: bytes(route, number(0, 60));
  }
  out.push(type);
  out.push(static_cast<std::uint8_t>(route.size()));
  out.append(route.view());
}

void MessageGenerator::route(Buffer& out, Family family) {
  const std::size_t at = out.size();
  switch (family.safi) {
    case Safi::unicast:
    case Safi::multicast: prefix(out, address_bits(family.afi)); return;
    case Safi::mpls:
    case Safi::mpls_vpn: {
      out.push(0);
      labels(out, one_in(4) ? 2 : 1);
      if (family.safi == Safi::mpls_vpn) distinguisher(out);
      Buffer tail;
      prefix(tail, address_bits(family.afi));
      out.data()[at] = static_cast<std::uint8_t>(8 * (out.size() - at - 1) + tail.data()[0]);
      out.append(tail.view().subspan(1));
      return;
    }
    case Safi::flowspec:
    case Safi::flowspec_vpn: flowspec_rule(out, family); return;
    case Safi::evpn: evpn_route(out); return;
    default: break;
  }
  if (family.safi != route_target) {
    bytes(out, number(1, 50));
    return;
  }
  // RFC 4684 4: nothing, or an origin AS and part of a route target.
  const unsigned bits = one_in(4) ? 0 : number(32, 96);
  out.push(static_cast<std::uint8_t>(bits));
  bytes(out, (bits + 7) / 8);
}

void MessageGenerator::nlri(Buffer& out, Family family, bool path_ids) {
  for (std::uint32_t n = number(1, 4); n != 0; --n) {
    if (path_ids) Writer(out).u32(number(0, 9));
    route(out, family);
  }
}

Family MessageGenerator::family() { return families[number(0, families.size() - 1)]; }

void MessageGenerator::next_hop(Buffer& out, Family family) {
  const bool vpn = family.safi == Safi::mpls_vpn;
  const std::size_t size = family.safi == Safi::flowspec || family.safi == Safi::flowspec_vpn ? (one_in(3) ? 4 : 0)
                           : family.afi == Afi::ipv6 || one_in(6)                             ? (one_in(3) ? 32 : 16)
                                                                                              : 4;
  const std::size_t distinguishers = vpn ? (size == 32 ? 2 : 1) : 0;
  out.push(static_cast<std::uint8_t>(size + 8 * distinguishers));
  if (one_in(12)) {
    for (std::size_t i = 0; i < size + 8 * distinguishers; ++i) out.push(0);
    return;
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(distinguishers, 1); ++i) {
    if (vpn) Writer(out).u64(one_in(4) ? next() : 0);
    bytes(out, size / std::max<std::size_t>(distinguishers, 1));
  }
}

void MessageGenerator::mp_reach(Buffer& out, const bgp::Context& c) {
  const Family f = family();
  Writer w(out);
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(f.safi));
  next_hop(out, f);
  w.u8(one_in(15) ? 1 : 0);
  if (!one_in(15)) nlri(out, f, c.add_path.has(f));
}

void MessageGenerator::mp_unreach(Buffer& out, const bgp::Context& c) {
  const Family f = family();
  Writer w(out);
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(f.safi));
  if (!one_in(5)) nlri(out, f, c.add_path.has(f));
}

// Half of them of the types that have names.
void MessageGenerator::ext_communities(Buffer& out, std::size_t size) {
  for (std::uint32_t n = number(0, 5); n != 0; --n) {
    if (one_in(2)) {
      bytes(out, size);
      continue;
    }
    static constexpr std::uint8_t types[] = {0x00, 0x01, 0x02, 0x03, 0x06, 0x40, 0x43, 0x80, 0x81, 0x82};
    out.push(types[number(0, std::size(types) - 1)]);
    out.push(static_cast<std::uint8_t>(number(0, 12)));
    bytes(out, size - 2);
  }
}

void MessageGenerator::value(Buffer& out, AttrCode code, const bgp::Context& c) {
  Writer w(out);
  switch (code) {
    case AttrCode::origin: w.u8(static_cast<std::uint8_t>(one_in(10) ? number(3, 255) : number(0, 2))); return;
    case AttrCode::as_path: as_path(out, c.as4); return;
    case AttrCode::as4_path: as_path(out, true); return;
    case AttrCode::next_hop:
    case AttrCode::originator_id:
    case AttrCode::med:
    case AttrCode::local_pref:
    case AttrCode::otc: bytes(out, 4); return;
    case AttrCode::atomic_aggregate: return;
    case AttrCode::aggregator: bytes(out, c.as4 ? 8 : 6); return;
    case AttrCode::as4_aggregator: bytes(out, 8); return;
    case AttrCode::community:
    case AttrCode::cluster_list: bytes(out, std::size_t{4} * number(0, one_in(10) ? 80 : 5)); return;
    case AttrCode::large_community: bytes(out, std::size_t{12} * number(0, 4)); return;
    case AttrCode::ext_community: ext_communities(out, 8); return;
    case AttrCode::ipv6_ext_community: ext_communities(out, 20); return;
    case AttrCode::mp_reach: mp_reach(out, c); return;
    case AttrCode::mp_unreach: mp_unreach(out, c); return;
    // RFC 7311 3: TLVs, the metric among them.
    case AttrCode::aigp:
      w.u8(1);
      w.u16(11);
      w.u64(next());
      return;
    // RFC 6514 5: flags, type, label, identifier.
    case AttrCode::pmsi_tunnel:
      w.u8(static_cast<std::uint8_t>(number(0, 3)));
      w.u8(static_cast<std::uint8_t>(number(0, 11)));
      bytes(out, 3 + number(0, 17));
      return;
    // RFC 8669 3: TLVs of type and length.
    case AttrCode::prefix_sid:
      for (std::uint32_t n = number(1, 3); n != 0; --n) {
        const std::uint32_t size = number(0, 20);
        w.u8(static_cast<std::uint8_t>(number(1, 7)));
        w.u16(static_cast<std::uint16_t>(size));
        bytes(out, size);
      }
      return;
    // RFC 9012 2: tunnels of sub-TLVs.
    case AttrCode::tunnel_encap: {
      const std::uint32_t size = number(0, 30);
      w.u16(static_cast<std::uint16_t>(number(1, 16)));
      w.u16(static_cast<std::uint16_t>(2 + size));
      w.u8(static_cast<std::uint8_t>(number(1, 60)));
      w.u8(static_cast<std::uint8_t>(size));
      bytes(out, size);
      return;
    }
    // RFC 6368 5: an AS, and attributes with 4-byte numbers.
    case AttrCode::attr_set:
      bytes(out, 4);
      w.u32(0x40010100);
      return;
    default: bytes(out, number(0, 300));
  }
}

void MessageGenerator::attributes(Buffer& out, const bgp::Context& c) {
  static constexpr AttrCode known[] = {AttrCode::origin,
                                       AttrCode::as_path,
                                       AttrCode::next_hop,
                                       AttrCode::med,
                                       AttrCode::local_pref,
                                       AttrCode::atomic_aggregate,
                                       AttrCode::aggregator,
                                       AttrCode::community,
                                       AttrCode::originator_id,
                                       AttrCode::cluster_list,
                                       AttrCode::mp_reach,
                                       AttrCode::mp_unreach,
                                       AttrCode::ext_community,
                                       AttrCode::as4_path,
                                       AttrCode::as4_aggregator,
                                       AttrCode::pmsi_tunnel,
                                       AttrCode::tunnel_encap,
                                       AttrCode::traffic_engineering,
                                       AttrCode::ipv6_ext_community,
                                       AttrCode::aigp,
                                       AttrCode::pe_distinguisher,
                                       AttrCode::bgp_ls,
                                       AttrCode::large_community,
                                       AttrCode::bgpsec_path,
                                       AttrCode::otc,
                                       AttrCode::d_path,
                                       AttrCode::sfp,
                                       AttrCode::bfd_discriminator,
                                       AttrCode::rca,
                                       AttrCode::prefix_sid,
                                       AttrCode::attr_set};
  std::vector<AttrCode> codes;
  for (const AttrCode code : known)
    if (one_in(code <= AttrCode::next_hop ? 2 : 6)) codes.push_back(code);
  if (one_in(4)) codes.push_back(static_cast<AttrCode>(number(41, 127)));
  if (one_in(6))
    for (std::size_t i = 0; i < codes.size(); ++i) std::swap(codes[i], codes[number(0, static_cast<std::uint32_t>(i))]);
  for (const AttrCode code : codes) {
    Buffer v;
    value(v, code, c);
    auto flags = static_cast<std::uint8_t>(bgp::default_flags(code) & ~bgp::attr_flag::extended);
    if (one_in(8)) flags |= bgp::attr_flag::extended;
    if (one_in(8)) flags |= bgp::attr_flag::partial;
    if (one_in(20)) flags = static_cast<std::uint8_t>(number(0, 255));
    bgp::append_attribute(out, code, flags, v);
  }
}

bgp::OwnedMessage MessageGenerator::update() {
  bgp::OwnedMessage m;
  m.context = context();
  const bool ids = m.context.add_path.has(bgp::ipv4_unicast);
  Buffer withdrawn, attrs, reach;
  if (one_in(3)) prefixes(withdrawn, Afi::ipv4, ids, 8);
  if (!one_in(8)) attributes(attrs, m.context);
  if (one_in(2)) prefixes(reach, Afi::ipv4, ids, 20);
  const std::size_t at = bgp::begin_message(m.wire, bgp::MsgType::update);
  Writer w(m.wire);
  w.u16(static_cast<std::uint16_t>(withdrawn.size()));
  w.bytes(withdrawn);
  w.u16(static_cast<std::uint16_t>(attrs.size()));
  w.bytes(attrs);
  w.bytes(reach);
  (void)bgp::finish_message(m.wire, at);
  return m;
}

// Of a form that its RFC asks for, most often.
void MessageGenerator::capability(Buffer& out) {
  Buffer v;
  Writer w(v);
  const auto put_family = [&](std::size_t safi_width) {
    const Family f = family();
    w.u16(static_cast<std::uint16_t>(f.afi));
    if (safi_width == 2) w.u8(0);
    w.u8(static_cast<std::uint8_t>(f.safi));
  };
  static constexpr std::uint8_t codes[] = {1,  1,  1,  2,  3,  5,  6,  7,  8,  9,  64, 65,
                                           67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 128};
  const auto code = static_cast<std::uint8_t>(one_in(8) ? number(0, 255) : codes[number(0, std::size(codes) - 1)]);
  switch (one_in(10) ? 0 : code) {
    case 1: put_family(2); break;
    case 2:
    case 6:
    case 70:
    case 128: break;
    case 5:
      for (std::uint32_t n = number(1, 4); n != 0; --n) {
        put_family(2);
        w.u16(static_cast<std::uint16_t>(number(1, 2)));
      }
      break;
    case 9: w.u8(static_cast<std::uint8_t>(number(0, 6))); break;
    case 64:
      w.u16(static_cast<std::uint16_t>(number(0, 0xffff)));
      for (std::uint32_t n = number(0, 3); n != 0; --n) {
        put_family(1);
        w.u8(static_cast<std::uint8_t>(one_in(2) ? 0x80 : number(0, 255)));
      }
      break;
    case 65: w.u32(asn(true)); break;
    case 69:
      for (std::uint32_t n = number(1, 4); n != 0; --n) {
        put_family(1);
        w.u8(static_cast<std::uint8_t>(number(1, 3)));
      }
      break;
    case 71:
      for (std::uint32_t n = number(1, 3); n != 0; --n) {
        put_family(1);
        bytes(v, 4);
      }
      break;
    case 73:
      for (int part = 0; part < 2; ++part) {
        const std::uint32_t size = number(0, 12);
        v.push(static_cast<std::uint8_t>(size));
        for (std::uint32_t i = 0; i < size; ++i)
          v.push(static_cast<std::uint8_t>(one_in(6) ? number(0, 255) : number('a', 'z')));
      }
      break;
    case 75:
      for (std::uint32_t n = number(1, 20); n != 0; --n) v.push(static_cast<std::uint8_t>(number(32, 126)));
      break;
    default: bytes(v, number(0, 20));
  }
  out.push(code);
  out.push(static_cast<std::uint8_t>(v.size()));
  out.append(v.view());
}

bgp::OwnedMessage MessageGenerator::open() {
  Buffer parameters;
  const bool extended = one_in(5), grouped = one_in(2);
  const auto put = [&](base::Bytes caps) {
    Writer w(parameters);
    w.u8(2);
    if (extended)
      w.u16(static_cast<std::uint16_t>(caps.size()));
    else
      w.u8(static_cast<std::uint8_t>(caps.size()));
    w.bytes(caps);
  };
  Buffer group;
  for (std::uint32_t n = number(0, 10); n != 0; --n) {
    Buffer cap;
    capability(cap);
    if (parameters.size() + group.size() + cap.size() + 4 > (extended ? 3000u : 250u)) break;
    if (grouped)
      group.append(cap.view());
    else
      put(cap);
  }
  if (!group.empty()) put(group);
  Buffer body;
  Writer w(body);
  w.u8(4);
  w.u16(static_cast<std::uint16_t>(asn(false)));
  w.u16(static_cast<std::uint16_t>(number(0, 0xffff)));
  bytes(body, 4);
  if (extended) {
    w.u16(0xffff);
    w.u16(static_cast<std::uint16_t>(parameters.size()));
  } else {
    w.u8(static_cast<std::uint8_t>(parameters.size()));
  }
  w.bytes(parameters);
  bgp::OwnedMessage m;
  bgp::append_message(m.wire, bgp::MsgType::open, body);
  return m;
}

bgp::OwnedMessage MessageGenerator::notification() {
  Buffer body;
  body.push(static_cast<std::uint8_t>(one_in(6) ? number(0, 255) : number(1, 8)));
  body.push(static_cast<std::uint8_t>(number(0, 12)));
  if (one_in(3)) {
    const std::uint32_t size = number(0, 255);
    body.push(static_cast<std::uint8_t>(size));
    for (std::uint32_t i = 0; i < size; ++i)
      body.push(static_cast<std::uint8_t>(one_in(10) ? number(0, 255) : number(32, 126)));
  } else {
    bytes(body, number(0, 60));
  }
  bgp::OwnedMessage m;
  bgp::append_message(m.wire, bgp::MsgType::notification, body);
  return m;
}

bgp::OwnedMessage MessageGenerator::route_refresh() {
  Buffer body;
  const Family f = family();
  Writer w(body);
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(one_in(3) ? number(0, 255) : number(0, 2)));
  w.u8(static_cast<std::uint8_t>(f.safi));
  if (one_in(4)) bytes(body, number(1, 40));  // RFC 5291 4: outbound filters
  bgp::OwnedMessage m;
  bgp::append_message(m.wire, bgp::MsgType::route_refresh, body);
  return m;
}

bgp::OwnedMessage MessageGenerator::other() {
  Buffer body;
  const bool keepalive = one_in(2);
  if (!keepalive) bytes(body, number(0, 60));
  bgp::OwnedMessage m;
  bgp::append_message(m.wire, keepalive ? bgp::MsgType::keepalive : static_cast<bgp::MsgType>(number(6, 255)), body);
  return m;
}

bgp::OwnedMessage MessageGenerator::message() {
  bgp::OwnedMessage m;
  switch (number(0, 9)) {
    case 0: m = open(); break;
    case 1: m = notification(); break;
    case 2: m = route_refresh(); break;
    case 3: m = other(); break;
    default: m = update();
  }
  m.direction = one_in(2) ? bgp::Direction::left : bgp::Direction::right;
  m.seq = next() >> 1;
  m.time = static_cast<base::Nanos>(number(1, 4000000000)) * base::second + number(0, 999) * base::millisecond;
  for (std::uint32_t n = number(0, 3); n != 0; --n) {
    std::string key = "k" + std::to_string(n), text;
    for (std::uint32_t i = number(1, 8); i != 0; --i) text += static_cast<char>(number(1, 255));
    m.tags.push_back({std::move(key), std::move(text)});
  }
  return m;
}

}  // namespace support
