#include "stages/limit.hh"

#include <algorithm>
#include <array>

#include "bgp/as_path.hh"
#include "bgp/edit.hh"
#include "bgp/mp.hh"
#include "pipe/session.hh"
#include "stages/limit_counts.hh"
#include "stages/options.hh"

namespace stages {

namespace {

using bgp::Direction;
using pipeline::Message;
using pipeline::Verdict;

constexpr std::string_view withdraw_modes[] = {"auto", "always", "never"};

constexpr conf::Option table[] = {
    conf::option<&LimitOptions::ipv4>("ipv4",
                                      "judge IPv4 prefixes and let IPv6 pass, unless it is named too (neither named: "
                                      "counts judge both, lengths IPv4)",
                                      {.letter = '4', .cost = conf::Cost::live}),
    conf::option<&LimitOptions::ipv6>("ipv6", "judge IPv6 prefixes and let IPv4 pass, unless it is named too",
                                      {.letter = '6', .cost = conf::Cost::live}),
    conf::option<&LimitOptions::multicast>("multicast", "judge multicast prefixes too", {.cost = conf::Cost::live}),
    conf::option<&LimitOptions::permanent>("permanent", "keep counting prefixes that were withdrawn",
                                           {.cost = conf::Cost::live}),
    conf::option<&LimitOptions::min_length>("min-length", "shortest prefix admitted (0: no limit)",
                                            {.letter = 'm', .cost = conf::Cost::live, .min = 0, .max = 128}),
    conf::option<&LimitOptions::max_length>("max-length", "longest prefix admitted (0: no limit)",
                                            {.letter = 'M', .cost = conf::Cost::live, .min = 0, .max = 128}),
    conf::option<&LimitOptions::session>(
        "session",
        "most prefixes in the session (0: 4194304, which bounds memory). Routes that came before a reload "
        "changed a limit are not judged again",
        {.letter = 's', .cost = conf::Cost::live, .min = 0}),
    conf::option<&LimitOptions::origin>("origin", "most prefixes of one origin AS (0: no limit)",
                                        {.letter = 'o', .cost = conf::Cost::live, .min = 0}),
    conf::option<&LimitOptions::block>("block", "most prefixes inside one IP block (0: no limit)",
                                       {.letter = 'b', .cost = conf::Cost::live, .min = 0}),
    conf::option<&LimitOptions::block_length>("block-length", "length of an IP block (0: 16 for IPv4, 32 for IPv6)",
                                              {.letter = 'B', .cost = conf::Cost::live, .min = 0, .max = 64}),
    conf::option<&LimitOptions::withdraw>(
        "withdraw",
        "turn a rejected announcement into a withdrawal; auto: where the line ends at a router and may have the route",
        {.cost = conf::Cost::live, .choices = withdraw_modes}),
};

constexpr pipeline::EventHelp events[] = {
    {"session", "too many prefixes in the session (also: count)", "count"},
    {"origin", "too many prefixes of one origin AS"},
    {"block", "too many prefixes inside one IP block"},
    {"long", "a prefix longer than max-length"},
    {"short", "a prefix shorter than min-length"},
};

struct EventName {
  std::string_view name, alias;
};
EventName event_of(LimitVerdict v) {
  switch (v) {
    case LimitVerdict::too_short: return {"short", {}};
    case LimitVerdict::too_long: return {"long", {}};
    case LimitVerdict::over_origin: return {"origin", {}};
    case LimitVerdict::over_block: return {"block", {}};
    case LimitVerdict::over_session: return {"session", "count"};
    case LimitVerdict::ok: break;
  }
  return {};
}

// The limit that a rejected prefix met.
std::string limit_met(LimitVerdict v, const LimitOptions& o) {
  switch (v) {
    case LimitVerdict::too_short: return "shorter than " + std::to_string(o.min_length);
    case LimitVerdict::too_long: return "longer than " + std::to_string(o.max_length);
    case LimitVerdict::over_origin: return "over " + std::to_string(o.origin) + " of its origin";
    case LimitVerdict::over_block: return "over " + std::to_string(o.block) + " in its block";
    case LimitVerdict::over_session: return "over " + std::to_string(LimitCounts::most(o)) + " in the session";
    case LimitVerdict::ok: break;
  }
  return {};
}

class Limit final : public pipeline::Stage {
 public:
  Limit(pipeline::Session& session, const pipeline::StageSpec& spec)
      : Stage(session, spec), options_(spec.as<LimitOptions>()) {
    for (Known& k : known_) k.whole_session = !session.established();
  }

  pipeline::TypeMask interest() const override { return pipeline::bit(bgp::MsgType::update); }

  bool admits_updates() const override { return true; }
  void expect(base::Bytes body, Direction direction) override {
    // A lie in the two lengths finds other bytes, which does no harm.
    base::Reader r(body);
    r.skip(r.u16());
    r.skip(r.u16());
    known(direction).counts.prefetch(r.rest());
  }
  // IPv4 without path ids beside no other family, and nothing to reject. What was counted before something to reject
  // turns up is counted again by message(), which makes no difference.
  bool admits(const bgp::UpdateIndex& u, const bgp::Context& context, Direction direction) override {
    constexpr bgp::Family family = bgp::ipv4_unicast;
    if (u.has(bgp::AttrCode::mp_reach) || u.has(bgp::AttrCode::mp_unreach) || context.add_path.has(family) ||
        !in_scope(family))
      return false;
    LimitCounts& counts = known(direction).counts;
    bgp::NlriReader withdrawn(u.withdrawn(), family.afi, false);
    for (bgp::Nlri n; withdrawn.next(n);) counts.withdraw(PrefixKey::of(n, family), family.afi, options_);
    if (u.nlri().empty()) return true;
    const bgp::Asn origin = bgp::origin_as(u, context).value_or(0);
    const bool any_length =
        options_.admits_length(PrefixPages::shortest) && options_.admits_length(PrefixPages::longest);
    std::uint64_t admitted = 0;
    for (base::Bytes list = u.nlri();; ++admitted) {
      if (any_length) admitted += counts.pass_known(list, origin);
      bgp::NlriReader rest(list, family.afi, false);
      bgp::Nlri n;
      if (!rest.next(n)) break;
      if (counts.announce(PrefixKey::of(n, family), family.afi, origin, options_) != LimitVerdict::ok) return false;
      list = rest.rest();
    }
    admitted_ += admitted;
    return true;
  }

  void end() override {
    for (Known& k : known_) {
      k.counts.clear();
      k.whole_session = true;
    }
  }

  bool reconfigure(const void* options) override {
    const auto before = scope();
    options_ = *static_cast<const LimitOptions*>(options);
    // Routes of families that were not counted so far may stand in the router behind us.
    const bool fewer = session().established() && (scope() & ~before) != 0;
    for (Known& k : known_) {
      k.counts.recount_blocks(options_);
      if (fewer) k.whole_session = false;
    }
    return true;
  }

  // The families that were counted; then of each direction whether it was seen, whether its counts are whole, and they.
  void save(base::Buffer& out) const override {
    base::Writer w(out);
    w.u8(scope());
    for (const auto d : directions) {
      base::Buffer counts;
      known(d).counts.save(counts);
      w.u8(sees(d));
      w.u8(known(d).whole_session);
      w.u64(counts.size());
      w.bytes(counts.view());
    }
  }
  void restore(base::Bytes in) override {
    base::Reader r(in);
    const auto of_scope = r.u8();
    for (const auto d : directions) {
      const bool seen = r.u8() != 0, whole = r.u8() != 0;
      const base::Bytes counts = r.bytes(r.u64());
      if (!r.ok()) return;
      if (!seen || !sees(d) || !known(d).counts.restore(counts, options_)) continue;
      known(d).whole_session = !session().established() || (whole && (scope() & ~of_scope) == 0);
    }
  }

  Verdict message(Message& m) override {
    const bgp::UpdateIndex& u = m.update();
    if (!m.update_sound()) return judge_unsound(m);
    if (has_twice(u)) return unreadable();
    const auto mp_reach = u.value(bgp::AttrCode::mp_reach);
    const auto mp_unreach = u.value(bgp::AttrCode::mp_unreach);
    Work w{.message = m, .update = u, .known = known(m.direction())};
    if (mp_unreach) {
      const auto un = bgp::parse_mp_unreach(*mp_unreach);
      if (!un) return unreadable();
      w.unreach = *un;
    }
    if (!withdrawn(w, u.withdrawn(), bgp::ipv4_unicast)) return unreadable();
    if (w.unreach && in_scope(w.unreach->family) && !withdrawn(w, w.unreach->nlri, w.unreach->family))
      return unreadable();
    bool others = false;
    if (!u.nlri().empty()) {
      if (!in_scope(bgp::ipv4_unicast))
        others = true;
      else if (!announced(w, u.nlri(), bgp::ipv4_unicast, w.classic))
        return unreadable();
    }
    if (mp_reach) {
      const auto reach = bgp::parse_mp_reach(*mp_reach);
      if (!reach) return unreadable();
      w.reach = *reach;
      if (!in_scope(reach->family))
        others = others || !reach->nlri.empty();
      else if (!announced(w, reach->nlri, reach->family, w.multi))
        return unreadable();
    }
    other_families_ += others;
    return w.classic.rejected + w.multi.rejected == 0 ? Verdict::pass : rewrite(w);
  }

  void describe(pipeline::StageStatus& s) const override {
    const LimitCounts &left = known(Direction::left).counts, &right = known(Direction::right).counts;
    s.counters = {{"prefixes", left.prefixes() + right.prefixes()},
                  {"origins", left.origins() + right.origins()},
                  {"blocks", left.blocks() + right.blocks()},
                  {"admitted", admitted_},
                  {"rejected", rejected_},
                  {"unjudged", unjudged_},
                  {"other_families", other_families_}};
    const auto say = [&s](const std::string& text) { s.text += (s.text.empty() ? "" : "; ") + text; };
    if (std::ranges::any_of(directions, [this](Direction d) { return sees(d) && !known(d).whole_session; }))
      say("counts from the middle of the session");
    if (sees(Direction::left) && sees(Direction::right))
      say("prefixes: L " + std::to_string(left.prefixes()) + ", R " + std::to_string(right.prefixes()));
    // Who takes a limit for one of all routes must not find out in an attack.
    const bool ipv4 = in_scope(bgp::ipv4_unicast), ipv6 = in_scope(bgp::ipv6_unicast);
    const bool lengths = options_.min_length != 0 || options_.max_length != 0;
    if (!ipv4 || !ipv6)
      say(std::string(ipv4 ? "IPv6" : "IPv4") + " passes unjudged");
    else if (lengths && !options_.judges_lengths_of_ipv6())
      say("IPv6 of any length passes");
  }

 private:
  // What the router that a direction comes from has announced. It withdraws nothing else, so what the one opposite
  // withdraws makes no room for it.
  struct Known {
    LimitCounts counts;
    bool whole_session = false;
  };
  // What is kept of one list of announced prefixes, and what becomes a withdrawal.
  struct Split {
    std::size_t kept = 0, rejected = 0;
    base::Buffer keep, withdraw;
  };
  struct Work {
    Message& message;
    const bgp::UpdateIndex& update;
    Known& known;
    std::optional<bgp::MpReach> reach{};
    std::optional<bgp::MpUnreach> unreach{};
    std::optional<std::optional<bgp::Asn>> origin{};
    Split classic{}, multi{};
  };

  // RFC 7606 3 (g): which of two lists of routes counts, nobody can tell.
  static bool has_twice(const bgp::UpdateIndex& u) {
    bool reach = false, unreach = false;
    for (const bgp::AttrRef& a : u.attrs()) {
      if (a.code == bgp::AttrCode::mp_reach && std::exchange(reach, true)) return true;
      if (a.code == bgp::AttrCode::mp_unreach && std::exchange(unreach, true)) return true;
    }
    return false;
  }

  static constexpr Direction directions[] = {Direction::left, Direction::right};
  Known& known(Direction d) { return known_[bgp::index_of(d)]; }
  const Known& known(Direction d) const { return known_[bgp::index_of(d)]; }
  bool sees(Direction d) const { return d == Direction::left ? spec().sees_left : spec().sees_right; }
  std::uint8_t scope() const {
    std::uint8_t out = 0, bit = 1;
    for (const auto afi : {bgp::Afi::ipv4, bgp::Afi::ipv6})
      for (const auto safi : {bgp::Safi::unicast, bgp::Safi::multicast}) {
        if (in_scope({afi, safi})) out |= bit;
        bit = static_cast<std::uint8_t>(bit << 1);
      }
    return out;
  }

  bool in_scope(bgp::Family f) const {
    if (f.safi != bgp::Safi::unicast && !(options_.multicast && f.safi == bgp::Safi::multicast)) return false;
    return f.afi == bgp::Afi::ipv4 ? options_.judges_ipv4() : f.afi == bgp::Afi::ipv6 ? options_.judges_ipv6() : false;
  }

  bool withdrawn(Work& w, base::Bytes list, bgp::Family f) {
    if (list.empty() || !in_scope(f)) return true;
    bgp::NlriReader r(list, f.afi, w.message.context().add_path.has(f));
    for (bgp::Nlri n; r.next(n);) w.known.counts.withdraw(PrefixKey::of(n, f), f.afi, options_);
    return r.ok();
  }

  bool announced(Work& w, base::Bytes list, bgp::Family f, Split& split) {
    if (!w.origin) w.origin = bgp::origin_as(w.update, w.message.context());
    const bgp::Asn origin = w.origin->value_or(0);
    bgp::NlriReader r(list, f.afi, w.message.context().add_path.has(f));
    for (bgp::Nlri n; r.next(n);) {
      judge(w, list, f, n, PrefixKey::of(n, f), origin, split);
      if (session().ending()) return true;
    }
    return r.ok();
  }

  void judge(Work& w, base::Bytes list, bgp::Family f, const bgp::Nlri& n, const PrefixKey& key, bgp::Asn origin,
             Split& split) {
    const LimitVerdict v = w.known.counts.announce(key, f.afi, origin, options_);
    if (v == LimitVerdict::ok) {
      ++admitted_;
      ++split.kept;
      if (split.rejected != 0) split.keep.append(n.wire);
      return;
    }
    if (split.rejected++ == 0) split.keep.append(list.first(static_cast<std::size_t>(n.wire.data() - list.data())));
    reject(w, key, f, n, origin, v, split);
  }

  void reject(const Work& w, const PrefixKey& key, bgp::Family f, const bgp::Nlri& n, bgp::Asn origin, LimitVerdict v,
              Split& split) {
    ++rejected_;
    // The router behind us may hold an older announcement of this prefix, which this one would have replaced.
    const bool had = w.known.counts.withdraw(key, f.afi, options_);
    const bool to_leg = session().line(w.message.direction()).output() != nullptr;
    const bool automatic = options_.withdraw == "auto" && to_leg && (had || !w.known.whole_session);
    const bool withdrawn = automatic || options_.withdraw == "always";
    if (withdrawn) split.withdraw.append(n.wire);
    const EventName e = event_of(v);
    namespace subcode = bgp::notify::cease_subcode;
    session().emit(this, e.name,
                   n.prefix(f.afi).text() + " from AS" + std::to_string(origin) + ": " + limit_met(v, options_) +
                       (withdrawn ? ", withdrawn" : ", not passed on"),
                   &w.message, true, e.alias,
                   v == LimitVerdict::over_session ? subcode::max_prefixes : subcode::shutdown);
  }

  // What could not be judged is not admitted; what is withdrawn still goes through. The line has told of it.
  Verdict judge_unsound(Message& m) {
    ++unjudged_;
    const bgp::UpdateIndex& u = m.update();
    if (!u.nlri_found()) return unreadable();
    Work w{.message = m, .update = u, .known = known(m.direction())};
    if (has_twice(u) || !withdrawn(w, u.withdrawn(), bgp::ipv4_unicast) || !refused(w, u.nlri(), bgp::ipv4_unicast))
      return unreadable();
    base::Buffer list(u.withdrawn());
    list.append(u.nlri());
    bgp::UpdateEdit edit;
    edit.remove_all_attributes();
    edit.set_nlri({});
    bool nothing = list.empty();
    edit.set_withdrawn(std::move(list));
    if (!refused_multi(w, edit, nothing)) return unreadable();
    return nothing || !m.apply(edit) ? Verdict::drop : Verdict::pass;
  }

  // Announced routes that nobody can judge: they become withdrawals.
  bool refused(Work& w, base::Bytes list, bgp::Family f) {
    if (!in_scope(f)) return true;
    bgp::NlriReader r(list, f.afi, w.message.context().add_path.has(f));
    for (bgp::Nlri n; r.next(n); ++rejected_) w.known.counts.withdraw(PrefixKey::of(n, f), f.afi, options_);
    return r.ok();
  }

  // The same for what stands in the attributes in front of the broken one.
  bool refused_multi(Work& w, bgp::UpdateEdit& edit, bool& nothing) {
    if (const auto value = w.update.value(bgp::AttrCode::mp_unreach)) {
      const auto un = bgp::parse_mp_unreach(*value);
      if (!un || (in_scope(un->family) && !withdrawn(w, un->nlri, un->family))) return false;
      w.unreach = *un;
    }
    if (const auto value = w.update.value(bgp::AttrCode::mp_reach)) {
      const auto reach = bgp::parse_mp_reach(*value);
      if (!reach || !refused(w, reach->nlri, reach->family)) return false;
      w.reach = *reach;
      w.multi.withdraw.append(reach->nlri);
    }
    const bool together = w.reach && (!w.unreach || w.unreach->family == w.reach->family);
    base::Buffer list(w.unreach ? w.unreach->nlri : base::Bytes{});
    if (together) list.append(w.multi.withdraw.view());
    if (w.reach && !together && !w.multi.withdraw.empty()) withdraw_apart(w);
    if (!w.unreach && !w.reach) return true;
    base::Buffer value;
    bgp::encode(value, bgp::MpUnreach{w.unreach ? w.unreach->family : w.reach->family, list.view()});
    edit.set_attribute(bgp::AttrCode::mp_unreach, bgp::default_flags(bgp::AttrCode::mp_unreach), std::move(value));
    nothing = nothing && list.empty();
    return true;
  }

  // RFC 7606 5.3: routes that cannot even be found leave no choice but to end the session. An archive goes on with its
  // next record.
  Verdict unreadable() {
    ++unjudged_;
    if (session().has_legs()) session().fail("an UPDATE whose routes cannot be found (RFC 7606 5.3)", this);
    return Verdict::drop;
  }

  Verdict rewrite(Work& w) {
    if (session().ending()) return Verdict::drop;
    bgp::UpdateEdit edit;
    const bool has_classic = !w.update.nlri().empty();
    const bool classic_left = has_classic && (w.classic.rejected == 0 || w.classic.kept != 0);
    const bool multi_left = w.reach && (w.multi.rejected == 0 || w.multi.kept != 0);
    bool withdraws = !w.update.withdrawn().empty() || (w.unreach && !w.unreach->nlri.empty());
    if (w.classic.rejected != 0) {
      edit.set_nlri(std::move(w.classic.keep));
      if (!w.classic.withdraw.empty()) {
        base::Buffer list(w.update.withdrawn());
        list.append(w.classic.withdraw.view());
        edit.set_withdrawn(std::move(list));
        withdraws = true;
      }
    }
    if (!classic_left && !multi_left) edit.remove_all_attributes();
    base::Buffer value;
    if (w.multi.rejected != 0) {
      if (multi_left) {
        bgp::MpReach reach = *w.reach;
        reach.nlri = w.multi.keep.view();
        bgp::encode(value, reach);
        edit.set_attribute(bgp::AttrCode::mp_reach, flags(w, bgp::AttrCode::mp_reach), std::move(value));
      } else if (classic_left) {
        edit.remove_attribute(bgp::AttrCode::mp_reach);
      }
    }
    base::Buffer unreach;
    if (w.unreach) bgp::encode(unreach, *w.unreach);
    if (!w.multi.withdraw.empty()) {
      if (w.unreach && w.unreach->family == w.reach->family) {
        unreach.append(w.multi.withdraw.view());
        withdraws = true;
      } else if (!w.unreach) {
        bgp::encode(unreach, bgp::MpUnreach{w.reach->family, w.multi.withdraw.view()});
        withdraws = true;
      } else {
        withdraw_apart(w);
      }
    }
    if (!unreach.empty() && (!w.multi.withdraw.empty() || (!classic_left && !multi_left)))
      edit.set_attribute(bgp::AttrCode::mp_unreach, flags(w, bgp::AttrCode::mp_unreach), std::move(unreach));
    if (!classic_left && !multi_left && !withdraws) return Verdict::drop;
    return w.message.apply(edit) ? Verdict::pass : Verdict::drop;
  }

  static std::uint8_t flags(const Work& w, bgp::AttrCode code) {
    const bgp::AttrRef* a = w.update.find(code);
    return a != nullptr ? a->flags : bgp::default_flags(code);
  }

  // An UPDATE has one MP_UNREACH_NLRI, of one family: withdrawals of another go in a message of their own.
  void withdraw_apart(const Work& w) {
    base::Buffer wire;
    if (!bgp::append_unreach(wire, w.reach->family, w.multi.withdraw)) return;
    bgp::MessageView apart = w.message.view();
    apart.wire = wire;
    apart.seq = 0;
    apart.update = nullptr;
    session().inject(*this, w.message.direction(), apart);
  }

  LimitOptions options_;
  std::array<Known, 2> known_;
  std::uint64_t admitted_ = 0, rejected_ = 0, unjudged_ = 0;
  std::uint64_t other_families_ = 0;  // messages that announce routes of families that are not judged
};

}  // namespace

const pipeline::StageKind limit_kind{
    .name = "limit",
    .help = "limit prefix lengths and counts, each direction by itself",
    .options = table,
    .bidirectional = true,
    .in_path = true,
    .events = events,
    .make_options = make_options<LimitOptions>,
    .make = make_stage<Limit>,
    .advise = [](const void* o) -> std::string {
      const auto& options = *static_cast<const LimitOptions*>(o);
      if (options.session != 0 || (options.origin == 0 && options.block == 0)) return {};
      return "without 'session' at most " + std::to_string(LimitCounts::most_prefixes) +
             " prefixes are admitted in each direction: give it";
    },
};

}  // namespace stages
