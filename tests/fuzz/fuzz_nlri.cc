// Lists of NLRI of every family: a byte that picks the family, one whose low bit says that path ids stand in front and
// whose next that it is a withdrawal, then the list. What reads is written back as it was.
#include <cstdint>

#include "bgp/evpn.hh"
#include "bgp/flowspec.hh"
#include "bgp/labelled.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/recode.hh"
#include "expect.hh"

using namespace bgp;

namespace {

constexpr Family families[] = {{Afi::ipv4, Safi::unicast},
                               {Afi::ipv6, Safi::unicast},
                               {Afi::ipv4, Safi::mpls},
                               {Afi::ipv6, Safi::mpls},
                               {Afi::ipv4, Safi::mpls_vpn},
                               {Afi::ipv6, Safi::mpls_vpn},
                               {Afi::ipv4, Safi::flowspec},
                               {Afi::ipv6, Safi::flowspec},
                               {Afi::ipv4, Safi::flowspec_vpn},
                               {Afi::ipv6, Safi::flowspec_vpn},
                               {Afi::l2vpn, Safi::evpn},
                               {Afi::ipv4, Safi::route_target},
                               {Afi::ipv4, Safi::mcast_vpn},
                               {Afi::ls, Safi::ls},
                               {Afi::ipv6, Safi::sr_policy},
                               {Afi::ipv4, Safi::mup},
                               {Afi::ipv4, Safi::multicast_vpn},
                               {Afi::l2vpn, Safi::flowspec_vpn},
                               {Afi::l2vpn, static_cast<Safi>(65)}};

void labelled(base::Bytes entry, Family f, bool withdrawn) {
  const auto n = parse_labelled(entry, f, withdrawn);
  if (!n) return;
  base::Buffer out;
  expect(append_labelled(out, *n, std::nullopt) && base::equal(out, entry));
  if (n->rd) {
    const auto rd = RouteDistinguisher::read(n->rd);
    const std::string shown = text(rd);
    expect(shown.size() <= rd_text_size && parse_rd(shown) == rd);
  }
}

void evpn(base::Bytes entry) {
  const auto r = parse_evpn(entry);
  if (!r) return;
  base::Buffer out;
  append_evpn(out, *r);
  expect(base::equal(out, entry));
}

void component(const FlowComponent& c, Afi afi) {
  base::Buffer out;
  if (c.form == FlowForm::prefix) {
    const FlowPrefix p = parse_flow_prefix(c.value, afi);
    append_flow_prefix(out, p, afi);
    expect(out.size() == c.value.size());
    expect(base::equal(out, c.value) != p.spare_bits);
    const FlowPrefix again = parse_flow_prefix(out, afi);
    expect(again.address == p.address && again.length == p.length && again.offset == p.offset && !again.spare_bits);
  } else if (c.form != FlowForm::unknown) {
    FlowOps ops(c.value);
    for (FlowOp op; ops.next(op);) append_flow_op(out, op.bits, op.width(), op.value);
    expect(base::equal(out, c.value));
  }
}

void flow(base::Bytes entry, Family f) {
  const auto rule = parse_flow_rule(entry, f);
  if (!rule) return;
  base::Buffer out;
  expect(append_flow_rule(out, *rule) && base::equal(out, entry));
  FlowComponents components(rule->components, f.afi);
  std::size_t size = 0;
  for (FlowComponent c; components.next(c); size += 1 + c.value.size()) component(c, f.afi);
  expect(!components.ok() || size == rule->components.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Family f = families[data[0] % std::size(families)];
  const bool path_ids = (data[1] & 1) != 0, withdrawn = (data[1] & 2) != 0;
  const base::Bytes list(data + 2, size - 2);
  NlriEntries entries(list, f, path_ids);
  std::size_t covered = 0;
  for (NlriEntry e; entries.next(e); covered += e.bytes.size() + (path_ids ? 4 : 0)) {
    expect(!e.bytes.empty() && e.path_id.has_value() == path_ids);
    std::string key;
    append_route_key(key, e.bytes, f);
    switch (nlri_form(f)) {
      case NlriForm::labelled:
      case NlriForm::vpn: labelled(e.bytes, f, withdrawn); break;
      case NlriForm::evpn: evpn(e.bytes); break;
      case NlriForm::flowspec:
      case NlriForm::flowspec_vpn: flow(e.bytes, f); break;
      default: break;
    }
  }
  expect(!entries.ok() || covered == list.size());

  base::Buffer other, back;
  const auto changed = recode_nlri(other, list, f, path_ids, !path_ids);
  expect(changed.has_value() == entries.ok());
  if (!changed || path_ids) return 0;
  expect(recode_nlri(back, other, f, true, false).has_value());
  expect(back.size() <= list.size());
  return 0;
}
