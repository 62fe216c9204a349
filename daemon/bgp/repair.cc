#include "bgp/repair.hh"

#include <algorithm>

#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "bgp/labelled.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"

namespace bgp {

namespace {

// RFC 8277 2.4: a withdrawal has one label, which says nothing; as written by those that know only RFC 3107.
void append_without_labels(base::Buffer& out, base::Bytes list, Family family, bool path_ids) {
  constexpr std::uint8_t no_label[label_size] = {withdrawn_label >> 16, 0, 0};
  const std::size_t id_size = path_ids ? 4 : 0;
  while (!list.empty()) {
    const auto size = list.size() > id_size ? nlri_size(list.subspan(id_size), family) : std::nullopt;
    if (!size) return out.append(list);
    const base::Bytes entry = list.subspan(id_size, *size);
    out.append(list.first(id_size));
    auto route = parse_labelled(entry, family, false);
    if (route) route->labels = no_label;
    if (!route || !append_labelled(out, *route, {})) out.append(entry);
    list = list.subspan(id_size + *size);
  }
}

class Withdrawal {
 public:
  Withdrawal(const UpdateIndex& u, const Context& c) : u_(u), context_(c) {}

  std::vector<base::Buffer> messages() {
    base::Buffer classic(u_.withdrawn());
    classic.append(u_.nlri());
    if (!classic.empty()) (void)append_update(out_.emplace_back(), classic, {}, {});

    std::optional<MpUnreach> unreach;
    if (const auto v = u_.value(AttrCode::mp_unreach))
      if (const auto m = parse_mp_unreach(*v)) unreach = *m;
    if (const auto v = u_.value(AttrCode::mp_reach))
      if (const auto m = parse_mp_reach(*v)) {
        base::Buffer list;
        const bool same = unreach && unreach->family == m->family;
        if (same) list.append(std::exchange(unreach, std::nullopt)->nlri);
        append_withdrawn(list, *m);
        put(m->family, list);
      }
    if (unreach) put(unreach->family, unreach->nlri);
    return std::move(out_);
  }

 private:
  void append_withdrawn(base::Buffer& list, const MpReach& m) const {
    if (m.family.safi == Safi::mpls || m.family.safi == Safi::mpls_vpn)
      append_without_labels(list, m.nlri, m.family, context_.add_path.has(m.family));
    else
      list.append(m.nlri);
  }

  // An empty list would be an End-of-RIB.
  void put(Family family, base::Bytes list) {
    if (!list.empty()) (void)append_unreach(out_.emplace_back(), family, list);
  }

  const UpdateIndex& u_;
  const Context& context_;
  std::vector<base::Buffer> out_;
};

// All bytes of the attribute list but those of the attributes concerned. Errors stand in the order of the attributes,
// so one walk over both is enough.
base::Buffer without(const UpdateIndex& u, std::span<const Error> errors) {
  const auto start = static_cast<std::size_t>(u.attributes().data() - u.body().data());
  base::Buffer kept;
  std::size_t done = start;
  auto e = errors.begin();
  for (const AttrRef& a : u.attrs()) {
    const std::size_t head = (a.flags & attr_flag::extended) != 0 ? 4 : 3, from = a.offset - head,
                      end = std::size_t{a.offset} + a.length;
    bool concerned = false;
    for (; e != errors.end() && e->offset <= end; ++e)
      concerned |= e->attribute == static_cast<std::uint8_t>(a.code) && e->offset >= a.offset;
    if (!concerned) continue;
    kept.append(u.body().subspan(done, from - done));
    done = end;
  }
  kept.append(u.body().subspan(done, start + u.attributes().size() - done));
  return kept;
}

}  // namespace

std::optional<Repaired> repair(const UpdateIndex& u, const Context& c, std::span<const Error> errors) {
  const auto any = [errors](Severity s) {
    return std::ranges::any_of(errors, [s](const Error& e) { return e.severity == s; });
  };
  if (any(Severity::session_reset) || !u.nlri_found()) return std::nullopt;
  Repaired out;
  if (any(Severity::treat_as_withdraw)) {
    out.messages = Withdrawal(u, c).messages();
    out.routes_withdrawn = !u.nlri().empty() || u.has(AttrCode::mp_reach);
    return out;
  }
  base::Buffer message;
  (void)append_update(message, u.withdrawn(), without(u, errors), u.nlri());
  UpdateIndex left;
  (void)left.parse(message.view().subspan(header_size));
  if (!left.end_of_rib() || u.end_of_rib()) out.messages.push_back(std::move(message));
  return out;
}

}  // namespace bgp
