#include "bgp/check.hh"

#include <algorithm>
#include <array>
#include <bitset>

#include "bgp/as_path.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/notification.hh"

namespace bgp {

namespace {

// RFC 4271 6.3.
namespace subcode {
constexpr std::uint8_t attribute_list = 1, unrecognized = 2, missing = 3, flags = 4, length = 5, origin = 6,
                       optional = 9, network = 10, as_path = 11;
}

using Fault = std::optional<Reason>;
using Check = Fault (*)(base::Bytes value, const Context&);

Fault exactly(base::Bytes v, std::size_t n) { return v.size() == n ? Fault{} : Reason::bad_length; }
Fault items(base::Bytes v, std::size_t n) {
  return !v.empty() && v.size() % n == 0 ? Fault{} : Fault{Reason::bad_length};
}

Fault origin(base::Bytes v, const Context&) {
  if (v.size() != 1) return Reason::bad_length;
  return v[0] <= 2 ? Fault{} : Reason::bad_value;
}

// RFC 7606 7.2; RFC 7607 2: AS 0 is malformed.
Fault path(base::Bytes v, bool as4) {
  SegmentReader r(v, as4);
  for (Segment s; r.next(s);)
    for (std::size_t i = 0; i < s.count; ++i)
      if (s[i] == 0) return Reason::bad_value;
  return r.ok() ? Fault{} : Reason::bad_value;
}
Fault as_path(base::Bytes v, const Context& c) { return path(v, c.as4); }

Fault aggregator_of(base::Bytes v, bool as4) {
  if (v.size() != (as4 ? 8 : 6)) return Reason::bad_length;
  const Asn asn = as4 ? base::load<std::uint32_t>(v.data()) : base::load<std::uint16_t>(v.data());
  return asn != 0 ? Fault{} : Reason::bad_value;
}
Fault aggregator(base::Bytes v, const Context& c) { return aggregator_of(v, c.as4); }

// RFC 6793 3, 6: between two that know 4-byte numbers these do not occur.
Fault as4_path(base::Bytes v, const Context& c) {
  if (c.as4) return Reason::not_allowed_here;
  return v.size() < 6 ? Reason::bad_length : path(v, true);
}
Fault as4_aggregator(base::Bytes v, const Context& c) {
  if (c.as4) return Reason::not_allowed_here;
  return aggregator_of(v, true);
}

Fault nlri(base::Bytes list, Family family, const Context& c) {
  const bool path_ids = c.add_path.has(family);
  if (is_ip_prefix_family(family)) return nlri_valid(list, family.afi, path_ids) ? Fault{} : Reason::bad_prefix_length;
  if (!has_sized_nlri(family)) return {};
  NlriEntries entries(list, family, path_ids);
  for (NlriEntry e; entries.next(e);) {
  }
  return entries.ok() ? Fault{} : Reason::bad_prefix_length;
}

bool next_hop_fits(Family f, std::size_t size) {
  if (is_ip_prefix_family(f) || f.safi == Safi::mpls)
    return size == 16 || size == 32 || size == 24 || size == 48 || (size == 4 && f.afi == Afi::ipv4);
  if (f.safi == Safi::mpls_vpn) return size == 12 || size == 24 || size == 48;
  return true;
}

Fault mp_reach(base::Bytes v, const Context& c) {
  const auto m = parse_mp_reach(v);
  if (!m) return m.error().reason;
  if (!next_hop_fits(m->family, m->next_hop.size())) return Reason::bad_length;
  return nlri(m->nlri, m->family, c);
}
Fault mp_unreach(base::Bytes v, const Context& c) {
  const auto m = parse_mp_unreach(v);
  return m ? nlri(m->nlri, m->family, c) : Fault{m.error().reason};
}

// Type, length, value. The length counts its head in RFC 7311 3, and not in RFC 8669 3.
Fault tlvs(base::Bytes v, bool counts_head) {
  while (!v.empty()) {
    if (v.size() < 3) return Reason::truncated;
    const std::size_t length = base::load<std::uint16_t>(v.data() + 1);
    if (counts_head && length < 3) return Reason::bad_length;
    const std::size_t whole = counts_head ? length : length + 3;
    if (whole > v.size()) return Reason::truncated;
    v = v.subspan(whole);
  }
  return {};
}

template <std::size_t n>
Fault length_is(base::Bytes v, const Context&) {
  return exactly(v, n);
}
template <std::size_t n>
Fault items_of(base::Bytes v, const Context&) {
  return items(v, n);
}
template <std::size_t n>
Fault at_least(base::Bytes v, const Context&) {
  return v.size() >= n ? Fault{} : Reason::bad_length;
}
Fault aigp(base::Bytes v, const Context&) { return tlvs(v, true); }
Fault prefix_sid(base::Bytes v, const Context&) { return tlvs(v, false); }

struct Row {
  AttrCode code;
  std::uint8_t flags;  // Optional and Transitive as they must be
  Check check;
  Severity severity;  // of a malformed value
  std::uint8_t subcode;
  bool internal_only = false;
};

constexpr std::uint8_t well_known = attr_flag::transitive, local = attr_flag::optional,
                       carried = attr_flag::optional | attr_flag::transitive;
constexpr auto discard = Severity::attribute_discard, withdraw = Severity::treat_as_withdraw,
               reset = Severity::session_reset;

// The comment is the section of RFC 7606, or the RFC that defines the attribute.
constexpr Row rows[] = {
    {AttrCode::origin, well_known, origin, withdraw, subcode::origin},                   // 7.1
    {AttrCode::as_path, well_known, as_path, withdraw, subcode::as_path},                // 7.2
    {AttrCode::next_hop, well_known, length_is<4>, withdraw, subcode::length},           // 7.3
    {AttrCode::med, local, length_is<4>, withdraw, subcode::length},                     // 7.4
    {AttrCode::local_pref, well_known, length_is<4>, withdraw, subcode::length, true},   // 7.5
    {AttrCode::atomic_aggregate, well_known, length_is<0>, discard, subcode::length},    // 7.6
    {AttrCode::aggregator, carried, aggregator, discard, subcode::optional},             // 7.7
    {AttrCode::community, carried, items_of<4>, withdraw, subcode::optional},            // 7.8
    {AttrCode::originator_id, local, length_is<4>, withdraw, subcode::optional, true},   // 7.9
    {AttrCode::cluster_list, local, items_of<4>, withdraw, subcode::optional, true},     // 7.10
    {AttrCode::mp_reach, local, mp_reach, reset, subcode::optional},                     // 7.11
    {AttrCode::mp_unreach, local, mp_unreach, reset, subcode::optional},                 // 7.12
    {AttrCode::ext_community, carried, items_of<8>, withdraw, subcode::optional},        // 7.14
    {AttrCode::as4_path, carried, as4_path, discard, subcode::optional},                 // RFC 6793 6
    {AttrCode::as4_aggregator, carried, as4_aggregator, discard, subcode::optional},     // RFC 6793 6
    {AttrCode::pmsi_tunnel, carried, at_least<5>, withdraw, subcode::optional},          // RFC 6514 5
    {AttrCode::ipv6_ext_community, carried, items_of<20>, withdraw, subcode::optional},  // 7.15
    {AttrCode::aigp, local, aigp, discard, subcode::optional},                           // RFC 7311 3
    {AttrCode::large_community, carried, items_of<12>, withdraw, subcode::optional},     // RFC 8092 5
    {AttrCode::otc, carried, length_is<4>, withdraw, subcode::optional},                 // RFC 9234 5
    {AttrCode::prefix_sid, carried, prefix_sid, discard, subcode::optional},             // RFC 8669 6
    {AttrCode::attr_set, carried, at_least<4>, withdraw, subcode::optional},             // 7.16
};

constexpr auto by_code = [] {
  std::array<const Row*, 256> index{};
  for (const Row& r : rows) index[static_cast<std::uint8_t>(r.code)] = &r;
  return index;
}();

// Walks a message and reports each error to a function.
template <class Report>
class Checker {
 public:
  Checker(const UpdateIndex& u, const Context& c, bool ebgp, Report report)
      : u_(u), context_(c), ebgp_(ebgp), reachable_(!u.nlri().empty() || u.has(AttrCode::mp_reach)), report_(report) {}

  void run() {
    if (const Error* e = u_.error()) report(*e);
    if (!u_.nlri_found()) return;
    list(u_.withdrawn(), 2);
    std::bitset<256> seen;
    for (const AttrRef& a : u_.attrs()) {
      const auto code = static_cast<std::uint8_t>(a.code);
      if (seen[code])
        duplicate(a);
      else
        attribute(a);
      seen.set(code);
    }
    if (reachable_) mandatory();
    list(u_.nlri(), u_.body().size() - u_.nlri().size());
  }

 private:
  void report(Error e) {
    // RFC 7606 5.2: without reachable NLRI there is no telling that the NLRI were found.
    if (!reachable_ && e.severity == withdraw) e.severity = reset;
    report_(e);
  }
  void report(const AttrRef& a, Reason reason, Severity severity, std::uint8_t sub) {
    report({reason, severity, notify::update, sub, static_cast<std::uint8_t>(a.code), a.offset});
  }

  // RFC 7606 3.g.
  void duplicate(const AttrRef& a) {
    const bool mp = a.code == AttrCode::mp_reach || a.code == AttrCode::mp_unreach;
    report(a, Reason::duplicate, mp ? reset : discard, subcode::attribute_list);
  }

  void attribute(const AttrRef& a) {
    const Row* row = by_code[static_cast<std::uint8_t>(a.code)];
    if (!row) {
      // RFC 4271 6.3: one that everybody must know, and that nobody knows.
      if ((a.flags & attr_flag::optional) == 0) report(a, Reason::bad_flags, reset, subcode::unrecognized);
      return;
    }
    if (row->internal_only && ebgp_) {
      report(a, Reason::not_allowed_here, discard, row->subcode);
      return;
    }
    // RFC 7606 3.c; the value is looked at all the same, because it may be graver.
    if (((a.flags ^ row->flags) & carried) != 0) report(a, Reason::bad_flags, withdraw, subcode::flags);
    if (const Fault fault = row->check(u_.value(a), context_)) report(a, *fault, row->severity, row->subcode);
  }

  // RFC 7606 3.d.
  void mandatory() {
    const auto need = [this](AttrCode code) {
      if (!u_.has(code))
        report({Reason::missing, withdraw, notify::update, subcode::missing, static_cast<std::uint8_t>(code), 0});
    };
    need(AttrCode::origin);
    need(AttrCode::as_path);
    if (!u_.nlri().empty()) need(AttrCode::next_hop);
  }

  // RFC 7606 5.3.
  void list(base::Bytes routes, std::size_t offset) {
    if (!routes.empty() && !nlri_valid(routes, Afi::ipv4, context_.add_path.has(ipv4_unicast)))
      report(
          {Reason::bad_prefix_length, reset, notify::update, subcode::network, 0, static_cast<std::uint16_t>(offset)});
  }

  const UpdateIndex& u_;
  const Context& context_;
  bool ebgp_, reachable_;
  Report report_;
};

}  // namespace

std::vector<Error> check(const UpdateIndex& u, const Context& c, bool ebgp) {
  std::vector<Error> all;
  Checker(u, c, ebgp, [&](const Error& e) { all.push_back(e); }).run();
  return all;
}

std::optional<Severity> severity(const UpdateIndex& u, const Context& c, bool ebgp) {
  std::optional<Severity> worst;
  Checker(u, c, ebgp, [&](const Error& e) { worst = std::max(worst.value_or(e.severity), e.severity); }).run();
  return worst;
}

}  // namespace bgp
