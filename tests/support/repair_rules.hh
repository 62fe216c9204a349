// What holds of repair() for any UPDATE: for unit tests that corrupt attributes and for the fuzz target.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "bgp/check.hh"
#include "bgp/header.hh"
#include "bgp/labelled.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/repair.hh"

namespace support {

// Family, and the bytes of a route with its path id; without labels, which a withdrawal does not have.
using Route = std::tuple<bgp::Family, std::string>;
struct Said {
  std::multiset<Route> announced, withdrawn;
};

inline std::string without_labels(std::string entry, std::size_t id_size, bgp::Family f, bool withdrawn) {
  if (f.safi != bgp::Safi::mpls && f.safi != bgp::Safi::mpls_vpn) return entry;
  const auto route = bgp::parse_labelled(base::as_bytes(entry).subspan(id_size), f, withdrawn);
  if (!route) return entry;
  const std::size_t labels = route->labels.size();
  entry[id_size] = static_cast<char>(entry[id_size] - static_cast<char>(labels * 8));
  entry.erase(id_size + 1, labels);
  return entry;
}

inline void list_routes(std::multiset<Route>& out, base::Bytes list, bgp::Family f, const bgp::Context& c,
                        bool withdrawn) {
  const std::size_t id_size = c.add_path.has(f) ? 4 : 0;
  while (!list.empty()) {
    const auto size = list.size() > id_size ? bgp::nlri_size(list.subspan(id_size), f) : std::nullopt;
    const std::size_t whole = size ? id_size + *size : 1;
    std::string route(base::as_text(list.first(whole)));
    // Of what cannot be told apart each byte counts: lists of one family may have been joined.
    out.emplace(f, size ? without_labels(std::move(route), id_size, f, withdrawn) : std::move(route));
    list = list.subspan(whole);
  }
}

inline void add_said(Said& out, const bgp::UpdateIndex& u, const bgp::Context& c) {
  list_routes(out.withdrawn, u.withdrawn(), bgp::ipv4_unicast, c, true);
  list_routes(out.announced, u.nlri(), bgp::ipv4_unicast, c, false);
  if (const auto v = u.value(bgp::AttrCode::mp_reach))
    if (const auto m = bgp::parse_mp_reach(*v)) list_routes(out.announced, m->nlri, m->family, c, false);
  if (const auto v = u.value(bgp::AttrCode::mp_unreach))
    if (const auto m = bgp::parse_mp_unreach(*v)) list_routes(out.withdrawn, m->nlri, m->family, c, true);
}

// The first rule that does not hold, or nothing.
inline std::string broken_rule(base::Bytes body, const bgp::Context& c, const bgp::Rules& rules) {
  using bgp::Severity;
  bgp::UpdateIndex u;
  (void)u.parse(body);
  const auto errors = bgp::check(u, c, rules);
  const auto worst = bgp::severity(u, c, rules);
  const auto out = bgp::repair(u, c, errors);
  if (worst == Severity::session_reset) return out ? "a session reset was repaired" : "";
  if (!out) return "what could be repaired was not";
  Said before, after;
  add_said(before, u, c);
  for (const base::Buffer& m : out->messages) {
    const bgp::Frame f = bgp::frame(m.data(), m.size(), bgp::max_extended_message);
    if (f.status != bgp::FrameStatus::ok || f.length != m.size()) return "a header is not sound";
    if (m.size() > body.size() + bgp::header_size) return "a message is longer than the one it comes from";
    bgp::UpdateIndex r;
    (void)r.parse(m.view().subspan(bgp::header_size));
    if (bgp::severity(r, c, rules)) return "a repaired message is not sound";
    if (r.end_of_rib() && !u.end_of_rib()) return "an End-of-RIB was made";
    add_said(after, r, c);
  }
  if (worst == Severity::treat_as_withdraw) {
    if (!after.announced.empty()) return "an announced route survived";
    before.withdrawn.merge(before.announced);
  } else if (before.announced != after.announced) {
    return "announced routes differ";
  }
  if (before.withdrawn != after.withdrawn) return "withdrawals differ";
  if (worst) return "";
  base::Buffer same;
  bgp::append_message(same, bgp::MsgType::update, body);
  return out->messages.size() == 1 && base::equal(out->messages[0], same) ? "" : "a sound message was changed";
}

}  // namespace support
