#include "format/bgpdump.hh"

#include <algorithm>

#include "bgp/as_path.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/report.hh"
#include "format/peer_tags.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::AttrCode;
using bgp::Record;

// A message may repeat long attributes for thousands of prefixes; what goes beyond is left out.
constexpr std::size_t most_text = std::size_t{64} << 20;
constexpr std::string_view no_next_hop = "255.255.255.255";

char* put_address(char* p, const base::Address& a) noexcept {
  if (a.is_v6()) return put_v6_classic(p, a.bytes().data());
  return a.is_v4() ? put_v4(p, a.bytes().data()) : put(p, "0.0.0.0");
}

// Numbers of attributes that are too short are as if zeros followed.
std::uint32_t number(Bytes value, std::size_t at, std::size_t size) noexcept {
  std::uint32_t v = 0;
  for (std::size_t i = at; i < at + size; ++i) v = v << 8 | (i < value.size() ? value[i] : 0u);
  return v;
}

bool is_table(Record r) noexcept { return r == Record::table_dump || r == Record::table_dump_v2; }

struct Brackets {
  std::string_view open, between, close;
};
constexpr Brackets brackets[] = {{}, {"{", ",", "}"}, {"", " ", ""}, {"(", " ", ")"}, {"[", ",", "]"}};

// A bad path is shown as such.
char* put_path(char* const start, Bytes v, bool as4) noexcept {
  const std::size_t width = as4 ? 4 : 2;
  char* p = start;
  bool any = false;  // an AS number was written
  while (!v.empty()) {
    const bool sound = v.size() >= 2 && v[0] >= 1 && v[0] <= 4 && v.size() - 2 >= v[1] * width;
    if (!sound) return put(start, "! Error !");
    const std::size_t count = v[1];
    const Brackets& b = brackets[v[0]];
    const std::uint8_t* asns = v.data() + 2;
    if (any && (count != 0 || !b.open.empty())) *p++ = ' ';
    p = put(p, b.open);
    for (std::size_t i = 0; i < count; ++i) {
      if (i != 0) *p++ = b.between[0];
      p = put_decimal(p, as4 ? base::load<std::uint32_t>(asns + 4 * i) : base::load<std::uint16_t>(asns + 2 * i));
    }
    p = put(p, b.close);
    any |= count != 0;
    v = v.subspan(2 + count * width);
  }
  return p;
}

char* put_communities(char* p, Bytes v) noexcept {
  for (; v.size() >= 4; v = v.subspan(4)) {
    switch (const auto c = base::load<std::uint32_t>(v.data())) {
      case 0xffffff01: p = put(p, "no-export"); break;
      case 0xffffff02: p = put(p, "no-advertise"); break;
      case 0xffffff03: p = put(p, "local-AS"); break;
      default:
        p = put_decimal(p, c >> 16);
        *p++ = ':';
        p = put_decimal(p, c & 0xffff);
    }
    *p++ = ' ';
  }
  return p;
}

}  // namespace

struct BgpdumpEncoder::Shown {
  Bytes path, next_hop, med, local_pref, communities, aggregator;
  bool as4 = true;  // of path
  bool wide_aggregator = true;
  std::uint8_t origin = 2;  // INCOMPLETE where there is none
  bool has_next_hop = false, atomic = false, has_aggregator = false;

  Shown(const bgp::UpdateIndex& u, const bgp::Context& c, base::Buffer& merged) : as4(c.as4), wide_aggregator(c.as4) {
    std::uint64_t seen = 0;
    Bytes wide;
    for (const bgp::AttrRef& a : u.attrs()) {
      const auto code = static_cast<std::uint8_t>(a.code);
      if (code > 18 || (seen >> code & 1) != 0) continue;
      seen |= std::uint64_t{1} << code;
      const Bytes v = u.value(a);
      switch (a.code) {
        case AttrCode::origin: origin = v.empty() ? std::uint8_t{0} : v[0]; break;
        case AttrCode::as_path: path = v; break;
        case AttrCode::next_hop: next_hop = v, has_next_hop = true; break;
        case AttrCode::med: med = v; break;
        case AttrCode::local_pref: local_pref = v; break;
        case AttrCode::atomic_aggregate: atomic = true; break;
        case AttrCode::aggregator: aggregator = v, has_aggregator = true; break;
        case AttrCode::community: communities = v; break;
        case AttrCode::as4_aggregator: wide = v; break;
        default: break;
      }
    }
    if (c.as4) return;
    // RFC 6793 4.2.3.
    if (u.has(AttrCode::as4_path))
      if (const auto path4 = bgp::usable_as4_path(u)) {
        merged.clear();
        bgp::widen_as_path(merged, path, path4);
        path = merged.view();
        as4 = true;
      }
    if (u.has(AttrCode::as4_aggregator) && has_aggregator && number(aggregator, 0, 2) == bgp::as_trans) {
      aggregator = wide;
      wide_aggregator = true;
    }
  }
};

void BgpdumpEncoder::put_head(Head& h, const bgp::MessageView& m, std::string_view action, bool path_ids) {
  char* p = h.text.data();
  bool micros = false;
  switch (m.record) {
    case Record::bgp: p = put(p, "BGP"); break;
    case Record::bgp4mp: p = put(p, "BGP4MP"); break;
    case Record::table_dump: p = put(p, "TABLE_DUMP"); break;
    case Record::table_dump_v2: p = put(p, "TABLE_DUMP2"); break;
    default: p = put(p, "BGP4MP_ET"); micros = true;
  }
  const bool local = m.local && m.type == bgp::MsgType::update;
  if (path_ids)
    p = put(p, "_AP");
  else if (local)
    p = put(p, "_LOCAL");
  *p++ = '|';
  const base::Nanos at = std::max<base::Nanos>(m.time, 0);
  p = put_decimal64(p, static_cast<std::uint64_t>(at / base::second));
  if (micros) {
    const auto us = static_cast<std::uint32_t>(at % base::second / base::microsecond);
    *p++ = '.';
    p = put_three(put_three(p, us / 1000), us % 1000);
  }
  *p++ = '|';
  p = put(p, action);
  const bgp::PeerInfo peer = peer_of(m);
  // Who sent it, with path ids; else whom the session is with.
  const bool own = local && path_ids;
  p = put_address(p, own ? peer.local_ip : peer.peer_ip);
  *p++ = '|';
  p = put_decimal(p, own ? peer.local_as : peer.peer_as);
  *p++ = '|';
  h.size = static_cast<std::size_t>(p - h.text.data());
}

bool BgpdumpEncoder::put_state_change(const bgp::MessageView& m, base::Buffer& out) {
  const auto report = bgp::parse_report(m.body());
  if (!report || report->kind != bgp::ReportKind::state_change) return false;
  const auto change = bgp::parse_state_change(report->data);
  if (!change) return false;
  put_head(head_, m, "STATE|", false);
  char* const start = reinterpret_cast<char*>(out.reserve(head_.size + put_slack));
  char* p = put(start, std::string_view(head_.text.data(), head_.size));
  p = put_decimal(p, static_cast<std::uint16_t>(change->from));
  *p++ = '|';
  p = put_decimal(p, static_cast<std::uint16_t>(change->to));
  *p++ = '\n';
  out.commit(static_cast<std::size_t>(p - start));
  return true;
}

void BgpdumpEncoder::put_lines(const Head& h, bgp::Family f, bool path_ids, Bytes nlri, std::string_view tail,
                               base::Buffer& out) const {
  const bool v6 = f.afi == bgp::Afi::ipv6;
  const std::size_t room = h.text.size() + tail.size() + 2 * put_slack;
  bgp::NlriReader in(nlri, f.afi, path_ids);
  std::size_t left = left_;
  for (bgp::Nlri n; in.next(n);) {
    char* const start = reinterpret_cast<char*>(out.reserve(room));
    char* p = start;
    std::memcpy(p, h.text.data(), 64);
    if (h.size > 64) std::memcpy(p + 64, h.text.data() + 64, h.text.size() - 64);
    p += h.size;
    if (v6) {
      std::uint8_t address[16] = {};
      std::memcpy(address, n.bytes, (n.length + 7u) / 8);
      p = put_slash(put_v6_classic(p, address), n.length);
    } else {
      p = put_prefix_v4(p, n.bytes, n.length);
    }
    if (path_ids) {
      *p++ = '|';
      p = put_decimal(p, n.path_id);
    }
    p = put(p, tail);
    const auto size = static_cast<std::size_t>(p - start);
    if (size > left) return;
    left -= size;
    out.commit(size);
  }
}

// "|65001 65002|IGP|192.0.2.1|0|0|65001:1|NAG||"
void BgpdumpEncoder::put_tail(const bgp::MessageView& m, const Shown& s, Bytes next_hop) {
  tail_.clear();
  auto* const start =
      reinterpret_cast<char*>(tail_.reserve(256 + 6 * s.path.size() + 3 * s.communities.size() + put_slack));
  char* p = start;
  *p++ = '|';
  p = put_path(p, s.path, s.as4);
  p = s.origin == 0 ? put(p, "|IGP|") : s.origin == 1 ? put(p, "|EGP|") : put(p, "|INCOMPLETE|");
  if (next_hop.size() == 16 || next_hop.size() == 32)
    p = put_v6_classic(p, next_hop.data());
  else if (next_hop.size() == 4)
    p = put_v4(p, next_hop.data());
  else
    p = s.has_next_hop ? put_v4(p, number(s.next_hop, 0, 4)) : put(p, no_next_hop);
  *p++ = '|';
  p = put_decimal(p, number(s.local_pref, 0, 4));
  *p++ = '|';
  p = put_decimal(p, number(s.med, 0, 4));
  // The lines of 1999 lack this one.
  if (m.record != Record::bgp) *p++ = '|';
  char* const communities = p;
  p = put_communities(p, s.communities);
  if (p != communities) --p;
  p = s.atomic ? put(p, "|AG|") : put(p, "|NAG|");
  if (s.has_aggregator) {
    const std::size_t width = s.wide_aggregator ? 4 : 2;
    p = put_decimal(p, number(s.aggregator, 0, width));
    *p++ = ' ';
    p = put_v4(p, number(s.aggregator, width, 4));
  }
  p = put(p, "|\n");
  tail_.commit(static_cast<std::size_t>(p - start));
}

void BgpdumpEncoder::put_withdrawn(const bgp::MessageView& m, bgp::Family f, Bytes nlri, base::Buffer& out) {
  const bool path_ids = m.context->add_path.has(f);
  put_head(head_, m, "W|", path_ids);
  put_lines(head_, f, path_ids, nlri, "\n", out);
}

void BgpdumpEncoder::put_announced(const bgp::MessageView& m, const Shown& s, bgp::Family f, Bytes nlri, Bytes next_hop,
                                   base::Buffer& out) {
  const bool path_ids = m.context->add_path.has(f);
  put_head(head_, m, is_table(m.record) ? "B|" : "A|", path_ids);
  put_tail(m, s, next_hop);
  put_lines(head_, f, path_ids, nlri, tail_.text(), out);
}

// A route of IPv4 in the NLRI field, which most are: false, and nothing done, for others.
bool BgpdumpEncoder::put_table_route(const bgp::MessageView& m, base::Buffer& out) {
  const Bytes body = m.body();
  if (body.size() < 4 || base::load<std::uint16_t>(body.data()) != 0) return false;
  const std::size_t length = base::load<std::uint16_t>(body.data() + 2);
  if (length >= body.size() - 4 || length > bgp::max_message) return false;
  const Bytes attributes = body.subspan(4, length);
  Kept& k = kept_[reinterpret_cast<std::uintptr_t>(m.peer) / sizeof(bgp::PeerInfo) % kept_.size()];
  if (k.as4 != m.context->as4 || k.tail.empty() || !base::equal(k.attributes, attributes)) {
    if (!index_.parse(body) || index_.has(AttrCode::mp_reach) || index_.has(AttrCode::mp_unreach)) return false;
    put_tail(m, Shown(index_, *m.context, path_), {});
    k.attributes.clear();
    k.attributes.append(attributes);
    k.tail.clear();
    k.tail.append(tail_.view());
    k.as4 = m.context->as4;
  }
  const bool path_ids = m.context->add_path.has(bgp::ipv4_unicast);
  put_head(head_, m, "B|", path_ids);
  left_ = most_text;
  put_lines(head_, bgp::ipv4_unicast, path_ids, body.subspan(4 + length), k.tail.text(), out);
  return true;
}

bool BgpdumpEncoder::encode(const bgp::MessageView& m, base::Buffer& out) {
  if (m.type == bgp::MsgType::report) return put_state_change(m, out);
  if (m.type != bgp::MsgType::update || m.record == Record::bgp4mp_entry) return false;
  const std::size_t before = out.size();
  if (is_table(m.record) && put_table_route(m, out)) return out.size() != before;
  const bgp::UpdateIndex* u = m.update;
  if (!u) {
    // What a damaged list of attributes holds is shown up to there.
    (void)index_.parse(m.body());
    u = &index_;
  }
  const auto left = [&] { return most_text - std::min(most_text, out.size() - before); };
  // It knows unicast and multicast of IP; of tables, unicast.
  const auto shown_family = [&](bgp::Family f) {
    const auto safi = static_cast<std::uint8_t>(f.safi);
    return (f.afi == bgp::Afi::ipv4 || f.afi == bgp::Afi::ipv6) && safi >= 1 && safi <= (is_table(m.record) ? 1 : 3);
  };
  left_ = most_text;
  if (!u->withdrawn().empty()) put_withdrawn(m, bgp::ipv4_unicast, u->withdrawn(), out);
  const bool mp = m.record != Record::bgp;
  if (mp && u->has(AttrCode::mp_unreach))
    if (const auto v = bgp::parse_mp_unreach(*u->value(AttrCode::mp_unreach)); v && shown_family(v->family)) {
      left_ = left();
      put_withdrawn(m, v->family, v->nlri, out);
    }
  const bool announces = u->nlri_found() && !u->nlri().empty();
  if (!announces && !u->has(AttrCode::mp_reach)) return out.size() != before;
  const Shown shown(*u, *m.context, path_);
  left_ = left();
  if (announces) put_announced(m, shown, bgp::ipv4_unicast, u->nlri(), {}, out);
  if (mp && u->has(AttrCode::mp_reach))
    if (const auto v = bgp::parse_mp_reach(*u->value(AttrCode::mp_reach)); v && shown_family(v->family)) {
      left_ = left();
      put_announced(m, shown, v->family, v->nlri, v->next_hop, out);
    }
  return out.size() != before;
}

}  // namespace format
