#include "bgp/attr_check.hh"

#include "bgp/mp.hh"
#include "bgp/nlri.hh"

namespace bgp::attr_check {

namespace {

Fault fault(Reason reason, std::size_t at = 0) { return {reason, static_cast<std::uint16_t>(at), {}}; }

// Found in a part of the value that starts there.
Finding from(std::size_t start, Finding found) {
  if (!found) return {};
  const Fault f = *found;
  return Fault{f.reason, static_cast<std::uint16_t>(f.at + start), f.withdraws};
}

template <class Number>
Finding segments(base::Bytes v, bool as_sets_withdrawn) {
  const std::uint8_t* const start = v.data();
  const std::uint8_t* p = start;
  const std::uint8_t* const end = p + v.size();
  while (p != end) {
    const auto left = static_cast<std::size_t>(end - p), at = static_cast<std::size_t>(p - start);
    // RFC 7606 7.2: no room for a head, an unknown type, no AS in it, or more than there are.
    if (left < 2 || p[0] < 1 || p[0] > 4 || p[1] == 0 || left - 2 < p[1] * sizeof(Number))
      return fault(Reason::bad_value, at);
    if (as_sets_withdrawn && (p[0] == 1 || p[0] == 4))
      return Fault{Reason::deprecated, static_cast<std::uint16_t>(at), true};
    const std::uint8_t* const next = p + 2 + p[1] * sizeof(Number);
    for (p += 2; p != next; p += sizeof(Number))
      if (base::load<Number>(p) == 0) return fault(Reason::bad_value, static_cast<std::size_t>(p - start));
  }
  return {};
}

Finding path(base::Bytes v, bool as4, const Setting& s) {
  return as4 ? segments<std::uint32_t>(v, s.as_sets_withdrawn) : segments<std::uint16_t>(v, s.as_sets_withdrawn);
}

Finding aggregator_of(base::Bytes v, bool as4) {
  if (v.size() != (as4 ? 8 : 6)) return fault(Reason::bad_length);
  const Asn asn = as4 ? base::load<std::uint32_t>(v.data()) : base::load<std::uint16_t>(v.data());
  return asn != 0 ? Finding{} : fault(Reason::bad_value);
}

// A list of type, length, value: sizes of both numbers in bytes, and whether the length counts its head.
struct Layout {
  std::size_t type, length;
  bool counts_head = false;
};
// Each element to `look`, as (type, value, where the element starts); its finding is passed on.
template <class Look>
Finding tlvs(base::Bytes v, Layout layout, Look look) {
  const std::size_t head = layout.type + layout.length;
  const auto number = [](const std::uint8_t* p, std::size_t size) -> std::size_t {
    return size == 1 ? *p : base::load<std::uint16_t>(p);
  };
  for (std::size_t at = 0; at < v.size();) {
    const std::size_t left = v.size() - at;
    if (left < head) return fault(Reason::truncated, at);
    const std::uint8_t* p = v.data() + at;
    const std::size_t length = number(p + layout.type, layout.length);
    if (layout.counts_head && length < head) return fault(Reason::bad_length, at);
    const std::size_t whole = layout.counts_head ? length : length + head;
    if (whole > left) return fault(Reason::truncated, at);
    if (const Finding f = look(number(p, layout.type), v.subspan(at + head, whole - head), at)) return f;
    at += whole;
  }
  return {};
}
constexpr Layout nested{1, 2};  // of SRv6 services (RFC 9252 2)
constexpr auto anything = [](std::size_t, base::Bytes, std::size_t) -> Finding { return {}; };

bool next_hop_fits(Family f, std::size_t size) {
  if (is_ip_prefix_family(f) || f.safi == Safi::mpls)
    return size == 16 || size == 32 || size == 24 || size == 48 || (size == 4 && f.afi == Afi::ipv4);
  if (f.safi == Safi::mpls_vpn) return size == 12 || size == 24 || size == 48;
  return true;
}

// RFC 9252 7: what is malformed within an SRv6 Service TLV withdraws the routes, because they cannot be reached
// without.
Finding srv6_service(base::Bytes v) {
  constexpr std::size_t sid_information = 1, least = 21, sid_structure = 1, structure_size = 6;
  if (v.empty()) return fault(Reason::bad_length);
  return tlvs(v.subspan(1), nested, [](std::size_t type, base::Bytes value, std::size_t at) -> Finding {
    if (type != sid_information) return {};
    if (value.size() < least) return fault(Reason::bad_length, at);
    return tlvs(value.subspan(least), nested, [](std::size_t inner, base::Bytes data, std::size_t where) -> Finding {
      return inner == sid_structure && data.size() != structure_size ? fault(Reason::bad_length, where) : Finding{};
    });
  });
}

// Where the first entry of a list of prefixes stands that NlriReader would refuse; the end if there is none. For every
// message.
std::size_t first_malformed(base::Bytes list, Afi afi, bool path_ids) {
  const std::size_t head = path_ids ? 5 : 1, most = afi == Afi::ipv6 ? 128 : 32;
  std::size_t at = 0;
  while (at + head <= list.size()) {
    const std::size_t length = list[at + head - 1], next = at + head + (length + 7) / 8;
    if (length > most || next > list.size()) break;
    at = next;
  }
  return at;
}

}  // namespace

Finding origin(base::Bytes v, const Setting&) {
  if (v.size() != 1) return fault(Reason::bad_length);
  return v[0] <= 2 ? Finding{} : fault(Reason::bad_value);
}

Finding as_path(base::Bytes v, const Setting& s) { return path(v, s.context.as4, s); }
Finding aggregator(base::Bytes v, const Setting& s) { return aggregator_of(v, s.context.as4); }

// RFC 6793 3: between two that know 4-byte numbers these do not occur.
Finding as4_path(base::Bytes v, const Setting& s) {
  if (s.context.as4) return fault(Reason::not_allowed_here);
  return v.size() < 6 ? fault(Reason::bad_length) : path(v, true, s);
}
Finding as4_aggregator(base::Bytes v, const Setting& s) {
  if (s.context.as4) return fault(Reason::not_allowed_here);
  return aggregator_of(v, true);
}

Finding routes(base::Bytes list, Family family, const Context& c) {
  const bool path_ids = c.add_path.has(family);
  if (is_ip_prefix_family(family)) {
    const std::size_t at = first_malformed(list, family.afi, path_ids);
    return at == list.size() ? Finding{} : fault(Reason::bad_prefix_length, at);
  }
  if (!has_sized_nlri(family)) return {};
  std::size_t read = 0;
  NlriEntries entries(list, family, path_ids);
  for (NlriEntry e; entries.next(e);) read += (path_ids ? 4 : 0) + e.bytes.size();
  return entries.ok() ? Finding{} : fault(Reason::bad_prefix_length, read);
}

Finding mp_reach(base::Bytes v, const Setting& s) {
  const auto m = parse_mp_reach(v);
  if (!m) return fault(m.error().reason, m.error().offset);
  if (!next_hop_fits(m->family, m->next_hop.size())) return fault(Reason::bad_length, 3);
  return from(v.size() - m->nlri.size(), routes(m->nlri, m->family, s.context));
}
Finding mp_unreach(base::Bytes v, const Setting& s) {
  const auto m = parse_mp_unreach(v);
  if (!m) return fault(m.error().reason, m.error().offset);
  return from(v.size() - m->nlri.size(), routes(m->nlri, m->family, s.context));
}

// Flags, tunnel type, label, identifier: its length goes by the type, as far as that is known.
Finding pmsi_tunnel(base::Bytes v, const Setting&) {
  if (v.size() < 5) return fault(Reason::bad_length);
  const std::size_t id = v.size() - 5;
  bool fits = true;
  switch (v[1]) {
    case 1: fits = id == 12 || id == 24; break;  // RSVP-TE P2MP LSP
    case 3:
    case 4:
    case 5: fits = id == 8 || id == 32; break;  // PIM: sender and group
    case 6: fits = id == 4 || id == 16; break;  // ingress replication
    default: break;
  }
  return fits ? Finding{} : fault(Reason::bad_length, 5);
}

Finding tunnel_encap(base::Bytes v, const Setting&) {
  if (v.empty()) return fault(Reason::bad_length);
  return tlvs(v, {2, 2}, [](std::size_t, base::Bytes tunnel, std::size_t at) -> Finding {
    // RFC 9012 2: the length of a sub-TLV has one byte below type 128, two from there on.
    while (!tunnel.empty()) {
      const std::size_t head = tunnel[0] < 128 ? 2 : 3;
      if (tunnel.size() < head) return fault(Reason::truncated, at);
      const std::size_t whole = head + (head == 2 ? tunnel[1] : base::load<std::uint16_t>(tunnel.data() + 1));
      if (whole > tunnel.size()) return fault(Reason::truncated, at);
      tunnel = tunnel.subspan(whole);
    }
    return {};
  });
}

Finding aigp(base::Bytes v, const Setting&) {
  if (v.empty()) return fault(Reason::bad_length);
  return tlvs(v, {1, 2, true}, [](std::size_t type, base::Bytes value, std::size_t at) -> Finding {
    return type == 1 && value.size() != 8 ? fault(Reason::bad_length, at) : Finding{};
  });
}

// Addresses with a label each: all of one IP version.
Finding pe_distinguisher(base::Bytes v, const Setting&) {
  return !v.empty() && (v.size() % 7 == 0 || v.size() % 19 == 0) ? Finding{} : fault(Reason::bad_length);
}

Finding bgp_ls(base::Bytes v, const Setting&) { return tlvs(v, {2, 2}, anything); }

// Secure_Path, then one or two Signature_Blocks; both lengths count themselves.
Finding bgpsec_path(base::Bytes v, const Setting&) {
  constexpr std::size_t segment = 6, key_id = 20;
  if (v.size() < 2) return fault(Reason::truncated);
  const std::size_t secure = base::load<std::uint16_t>(v.data());
  if (secure < 2 + segment || (secure - 2) % segment != 0) return fault(Reason::bad_length);
  if (secure > v.size()) return fault(Reason::truncated);
  const std::size_t hops = (secure - 2) / segment;
  std::size_t at = secure, blocks = 0;
  for (; at < v.size(); ++blocks) {
    if (v.size() - at < 3) return fault(Reason::truncated, at);
    const std::size_t block = base::load<std::uint16_t>(v.data() + at);
    if (block < 3 || block > v.size() - at) return fault(Reason::truncated, at);
    base::Bytes rest = v.subspan(at + 3, block - 3);
    std::size_t signatures = 0;
    for (; !rest.empty(); ++signatures) {
      if (rest.size() < key_id + 2) return fault(Reason::truncated, at);
      const std::size_t whole = key_id + 2 + base::load<std::uint16_t>(rest.data() + key_id);
      if (whole > rest.size()) return fault(Reason::truncated, at);
      rest = rest.subspan(whole);
    }
    if (signatures != hops) return fault(Reason::bad_value, at);
    at += block;
  }
  return blocks == 1 || blocks == 2 ? Finding{} : fault(Reason::bad_value, secure);
}

// Segments of a count and so many domains of 7 bytes.
Finding d_path(base::Bytes v, const Setting&) {
  if (v.empty()) return fault(Reason::bad_length);
  for (std::size_t at = 0; at < v.size();) {
    const std::size_t whole = 1 + std::size_t{v[at]} * 7;
    if (v[at] == 0 || whole > v.size() - at) return fault(Reason::bad_value, at);
    at += whole;
  }
  return {};
}

Finding sfp(base::Bytes v, const Setting&) { return v.empty() ? fault(Reason::bad_length) : tlvs(v, {1, 2}, anything); }

// Mode, discriminator, and optional TLVs with a length of one byte.
Finding bfd_discriminator(base::Bytes v, const Setting&) {
  if (v.size() < 5) return fault(Reason::bad_length);
  return from(5, tlvs(v.subspan(5), {1, 1}, anything));
}

Finding prefix_sid(base::Bytes v, const Setting&) {
  constexpr std::size_t reserved = 0, label_index = 1, originator_srgb = 3, srv6_l3 = 5, srv6_l2 = 6;
  if (v.empty()) return fault(Reason::bad_length);
  Finding discarded;
  const auto note = [&](Reason r, std::size_t at) {
    if (!discarded) discarded = fault(r, at);
  };
  Finding f = tlvs(v, {1, 2}, [&](std::size_t type, base::Bytes value, std::size_t at) -> Finding {
    switch (type) {
      case reserved: note(Reason::bad_value, at); break;  // of the IANA registry; other unknown types are carried
      case label_index:
        if (value.size() != 7) note(Reason::bad_length, at);
        break;
      case originator_srgb:
        if (value.size() < 8 || (value.size() - 2) % 6 != 0) note(Reason::bad_length, at);
        break;
      case srv6_l3:
      case srv6_l2:
        if (auto service = srv6_service(value)) return Fault{(*service).reason, static_cast<std::uint16_t>(at), true};
        break;
      default: break;
    }
    return {};
  });
  // A service TLV that runs past the attribute.
  if (!f) return discarded;
  const Fault bad = *f;
  const bool service = bad.at < v.size() && (v[bad.at] == srv6_l3 || v[bad.at] == srv6_l2);
  return Fault{bad.reason, bad.at, bad.withdraws || service};
}

}  // namespace bgp::attr_check
