#include "bgp/check.hh"

#include <algorithm>
#include <array>

#include "bgp/attr_check.hh"
#include "bgp/attr_set.hh"
#include "bgp/notification.hh"

namespace bgp {

namespace {

// RFC 4271 6.3.
namespace subcode {
constexpr std::uint8_t attribute_list = 1, unrecognized = 2, missing = 3, flags = 4, length = 5, origin = 6,
                       optional = 9, network = 10, as_path = 11;
}

using attr_check::Finding;
using attr_check::Setting;

struct Row {
  AttrCode code;
  std::uint8_t flags;  // Optional and Transitive as they must be
  Finding (*check)(base::Bytes value, const Setting&);
  Severity severity;  // of a malformed value
  std::uint8_t subcode;
  bool internal_only = false;
  Severity bad_flags = Severity::treat_as_withdraw;  // RFC 7606 3.c, unless the defining RFC says otherwise
};

constexpr std::uint8_t well_known = attr_flag::transitive, local = attr_flag::optional,
                       carried = attr_flag::optional | attr_flag::transitive;
constexpr auto discard = Severity::attribute_discard, withdraw = Severity::treat_as_withdraw,
               reset = Severity::session_reset;

Finding attr_set(base::Bytes, const Setting&);

// The comment is the section of RFC 7606, or the RFC that defines the attribute. Those that nobody uses any more (11 to
// 13, 19 to 21, 28) have no rule of their own and are carried as unknown ones are.
namespace rule = attr_check;
constexpr Row rows[] = {
    {AttrCode::origin, well_known, rule::origin, withdraw, subcode::origin},                       // 7.1
    {AttrCode::as_path, well_known, rule::as_path, withdraw, subcode::as_path},                    // 7.2
    {AttrCode::next_hop, well_known, rule::length_is<4>, withdraw, subcode::length},               // 7.3
    {AttrCode::med, local, rule::length_is<4>, withdraw, subcode::length},                         // 7.4
    {AttrCode::local_pref, well_known, rule::length_is<4>, withdraw, subcode::length, true},       // 7.5
    {AttrCode::atomic_aggregate, well_known, rule::length_is<0>, discard, subcode::length},        // 7.6
    {AttrCode::aggregator, carried, rule::aggregator, discard, subcode::optional},                 // 7.7
    {AttrCode::community, carried, rule::items_of<4>, withdraw, subcode::optional},                // 7.8
    {AttrCode::originator_id, local, rule::length_is<4>, withdraw, subcode::optional, true},       // 7.9
    {AttrCode::cluster_list, local, rule::items_of<4>, withdraw, subcode::optional, true},         // 7.10
    {AttrCode::mp_reach, local, rule::mp_reach, reset, subcode::optional, false, reset},           // 5.3, 7.11
    {AttrCode::mp_unreach, local, rule::mp_unreach, reset, subcode::optional, false, reset},       // 5.3, 7.12
    {AttrCode::ext_community, carried, rule::items_of<8>, withdraw, subcode::optional},            // 7.14
    {AttrCode::as4_path, carried, rule::as4_path, discard, subcode::optional},                     // RFC 6793 6
    {AttrCode::as4_aggregator, carried, rule::as4_aggregator, discard, subcode::optional},         // RFC 6793 6
    {AttrCode::pmsi_tunnel, carried, rule::pmsi_tunnel, withdraw, subcode::optional},              // RFC 6514 5
    {AttrCode::tunnel_encap, carried, rule::tunnel_encap, withdraw, subcode::optional},            // RFC 9012 13
    {AttrCode::traffic_engineering, local, rule::at_least<36>, withdraw, subcode::optional},       // 7.13, RFC 5543 3
    {AttrCode::ipv6_ext_community, carried, rule::items_of<20>, withdraw, subcode::optional},      // 7.15
    {AttrCode::aigp, local, rule::aigp, discard, subcode::optional, false, discard},               // RFC 7311 3.2
    {AttrCode::pe_distinguisher, carried, rule::pe_distinguisher, withdraw, subcode::optional},    // RFC 6514 8
    {AttrCode::bgp_ls, local, rule::bgp_ls, discard, subcode::optional, false, discard},           // RFC 9552 8.2.2
    {AttrCode::large_community, carried, rule::items_of<12>, withdraw, subcode::optional},         // RFC 8092 6
    {AttrCode::bgpsec_path, local, rule::bgpsec_path, withdraw, subcode::optional},                // RFC 8205 5.2
    {AttrCode::otc, carried, rule::length_is<4>, withdraw, subcode::optional},                     // RFC 9234 5
    {AttrCode::d_path, carried, rule::d_path, withdraw, subcode::optional},                        // RFC 7606 8
    {AttrCode::sfp, carried, rule::sfp, withdraw, subcode::optional},                              // RFC 9015 3.2
    {AttrCode::bfd_discriminator, carried, rule::bfd_discriminator, withdraw, subcode::optional},  // RFC 7606 8
    {AttrCode::prefix_sid, carried, rule::prefix_sid, discard, subcode::optional},                 // RFC 8669 6
    {AttrCode::attr_set, carried, attr_set, withdraw, subcode::optional},                          // 7.16
};

constexpr auto by_code = [] {
  std::array<const Row*, 256> index{};
  for (const Row& r : rows) index[static_cast<std::uint8_t>(r.code)] = &r;
  return index;
}();

// RFC 6368 5: the AS it comes from, then attributes with 4-byte AS numbers; each must be well-formed in itself. Routers
// older than that RFC's last sentence write 2-byte numbers, which is nobody's harm.
Finding attr_set(base::Bytes v, const Setting& outer) {
  if (v.size() < 4) return attr_check::Fault{Reason::bad_length};
  const Context wide, narrow{.as4 = false};
  const Setting setting{wide, outer.as_sets_withdrawn}, old{narrow, outer.as_sets_withdrawn};
  AttrReader attributes(v.subspan(4));
  std::size_t at = 4;
  const auto bad = [&at](Reason r) { return attr_check::Fault{r, static_cast<std::uint16_t>(at)}; };
  for (RawAttr a; attributes.next(a); at = static_cast<std::size_t>(a.value.data() + a.value.size() - v.data())) {
    const Row* row = by_code[static_cast<std::uint8_t>(a.code)];
    if (row != nullptr && row->code != AttrCode::attr_set)
      if (const Finding f = row->check(a.value, setting); f && row->check(a.value, old)) return bad((*f).reason);
  }
  if (!attributes.ok()) return bad(Reason::truncated);
  return {};
}

// Walks a message and reports each error to a function.
template <class Report>
class Checker {
 public:
  Checker(const UpdateIndex& u, const Context& c, const Rules& rules, Report report)
      : u_(u),
        rules_(rules),
        setting_{c, rules.as_sets_withdrawn},
        wishes_(rules.discard.any() || rules.withdraw.any()),
        reachable_(!u.nlri().empty() || u.has(AttrCode::mp_reach)),
        report_(report) {}

  void run() {
    if (const Error* e = u_.error()) report(*e);
    if (!u_.nlri_found()) return;
    list(u_.withdrawn(), 2);
    std::bitset<256> seen;
    for (const AttrRef& a : u_.attrs()) {
      const auto code = static_cast<std::uint8_t>(a.code);
      if (wishes_ && rules_.discard[code])
        report(a, Reason::unwanted, discard, subcode::optional);
      else if (seen[code])
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
    // RFC 7606 5.2: without reachable NLRI there is no telling that the NLRI were found. An unwanted one is no error.
    if (!reachable_ && e.severity == withdraw) e.severity = e.reason == Reason::unwanted ? discard : reset;
    report_(e);
  }
  void report(const AttrRef& a, Reason reason, Severity severity, std::uint8_t sub, std::size_t at = 0) {
    report({reason, severity, notify::update, sub, static_cast<std::uint8_t>(a.code),
            static_cast<std::uint16_t>(a.offset + at)});
  }

  // RFC 7606 3.g.
  void duplicate(const AttrRef& a) {
    const bool mp = a.code == AttrCode::mp_reach || a.code == AttrCode::mp_unreach;
    report(a, Reason::duplicate, mp ? reset : discard, subcode::attribute_list);
  }

  void attribute(const AttrRef& a) {
    const auto code = static_cast<std::uint8_t>(a.code);
    if (wishes_ && rules_.withdraw[code]) report(a, Reason::unwanted, withdraw, subcode::optional);
    const Row* row = by_code[code];
    if (!row) {
      // RFC 4271 6.3: one that everybody must know, and that nobody knows.
      if ((a.flags & attr_flag::optional) == 0) report(a, Reason::bad_flags, reset, subcode::unrecognized);
      return;
    }
    if (row->internal_only && rules_.external) {
      report(a, Reason::not_allowed_here, discard, row->subcode);
      return;
    }
    // RFC 7606 3.c; the value is looked at all the same, because it may be graver.
    if (((a.flags ^ row->flags) & carried) != 0) report(a, Reason::bad_flags, row->bad_flags, subcode::flags);
    if (const Finding found = row->check(u_.value(a), setting_)) {
      const auto f = *found;
      report(a, f.reason, f.withdraws ? withdraw : row->severity, row->subcode, f.at);
    }
  }

  // RFC 7606 3.d; RFC 8205 4.1: BGPsec_PATH stands in the place of AS_PATH.
  void mandatory() {
    const auto need = [this](AttrCode code) {
      if (!u_.has(code))
        report({Reason::missing, withdraw, notify::update, subcode::missing, static_cast<std::uint8_t>(code), 0});
    };
    need(AttrCode::origin);
    if (!u_.has(AttrCode::bgpsec_path)) need(AttrCode::as_path);
    if (!u_.nlri().empty()) need(AttrCode::next_hop);
  }

  // RFC 7606 5.3.
  void list(base::Bytes routes, std::size_t offset) {
    if (routes.empty()) return;
    if (const Finding f = attr_check::routes(routes, ipv4_unicast, setting_.context))
      report({(*f).reason, reset, notify::update, subcode::network, 0, static_cast<std::uint16_t>(offset + (*f).at)});
  }

  const UpdateIndex& u_;
  const Rules& rules_;
  const Setting setting_;
  bool wishes_;  // some attributes are not wanted
  bool reachable_;
  Report report_;
};

}  // namespace

std::vector<Error> check(const UpdateIndex& u, const Context& c, const Rules& rules) {
  std::vector<Error> all;
  Checker(u, c, rules, [&](const Error& e) { all.push_back(e); }).run();
  return all;
}

std::optional<Severity> severity(const UpdateIndex& u, const Context& c, const Rules& rules) {
  std::optional<Severity> worst;
  Checker(u, c, rules, [&](const Error& e) { worst = std::max(worst.value_or(e.severity), e.severity); }).run();
  return worst;
}

base::Buffer notification_data(const UpdateIndex& u, const Error& e) {
  base::Buffer data;
  if (e.reason == Reason::missing) {
    data.push(e.attribute);
    return data;
  }
  for (const AttrRef& a : u.attrs()) {
    if (e.attribute != static_cast<std::uint8_t>(a.code) || e.offset < a.offset || e.offset > a.offset + a.length)
      continue;
    const std::size_t head = (a.flags & attr_flag::extended) != 0 ? 4 : 3;
    data.append(u.body().subspan(a.offset - head, head + a.length));
    break;
  }
  return data;
}

bool hides_routes(const Error& e) {
  const auto code = static_cast<AttrCode>(e.attribute);
  if (e.severity != Severity::session_reset || e.reason == Reason::bad_flags) return false;
  if (e.attribute == 0 || e.reason == Reason::truncated) return true;
  // A bad length is that of the next hop, behind which the routes are.
  return (code == AttrCode::mp_reach || code == AttrCode::mp_unreach) && e.reason != Reason::bad_length;
}

bool hides_announcements(const UpdateIndex& u, std::span<const Error> errors) {
  bool any = false, classic = false, mp_reach = !u.has(AttrCode::mp_reach);
  for (const Error& e : errors) {
    if (!hides_routes(e)) continue;
    any = true;
    classic |= e.attribute == 0;
    // Of two lists nobody knows which one counts, but both can be read.
    mp_reach |= e.attribute == static_cast<std::uint8_t>(AttrCode::mp_reach) && e.reason != Reason::duplicate;
  }
  return any && (classic || (u.nlri().empty() && mp_reach));
}

}  // namespace bgp
