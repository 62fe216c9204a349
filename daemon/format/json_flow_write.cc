#include <charconv>

#include "bgp/flowspec.hh"
#include "bgp/nlri.hh"
#include "bgp/route_distinguisher.hh"
#include "format/json_flow.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Bytes;
using bgp::FlowForm;
using bgp::FlowOp;

// What its members restore: each type once, in order, nothing set that has no name.
bool readable(Bytes components, bgp::Afi afi) noexcept {
  bgp::FlowComponents all(components, afi);
  int last = -1;
  for (bgp::FlowComponent c; all.next(c);) {
    const int type = static_cast<int>(c.type);
    if (type <= last) return false;
    last = type;
    if (c.form == FlowForm::prefix && bgp::parse_flow_prefix(c.value, afi).spare_bits) return false;
    if (c.form != FlowForm::numeric && c.form != FlowForm::bitmask) continue;
    const std::uint8_t unnamed =
        static_cast<std::uint8_t>(0x0f & ~(c.form == FlowForm::numeric ? FlowOp::numeric_bits : FlowOp::bitmask_bits));
    bgp::FlowOps ops(c.value);
    for (FlowOp op; ops.next(op);)
      if ((op.bits & unnamed) != 0) return false;
  }
  return all.ok();
}

// "192.0.2.0/24", "2001:db8::/32", "::1234:5678:9a00:0/64-104".
char* put_flow_prefix(char* p, const bgp::FlowPrefix& prefix, bgp::Afi afi) noexcept {
  *p++ = '"';
  p = afi == bgp::Afi::ipv6 ? put_v6(p, prefix.address.data()) : put_v4(p, prefix.address.data());
  *p++ = '/';
  if (prefix.offset != 0) {
    p = put_decimal(p, prefix.offset);
    *p++ = '-';
  }
  p = put_decimal(p, prefix.length);
  *p++ = '"';
  return p;
}

char* put_op(char* p, const FlowOp& op, FlowForm form) noexcept {
  *p++ = '{';
  if ((op.bits & FlowOp::and_bit) != 0) p = put(p, "\"and\":true,");
  p = put(p, "\"op\":");
  if (form == FlowForm::numeric) {
    p = put(p, flow_comparisons[op.bits & FlowOp::numeric_bits]);
    if (op.width() != bgp::flow_width(op.value))
      p = put_decimal(put(p, ",\"len\":"), static_cast<std::uint32_t>(op.width()));
    p = put_decimal64(put(p, ",\"val\":"), op.value);
  } else {
    p = put(p, flow_matches[op.bits & FlowOp::bitmask_bits]);
    p = put_decimal(put(p, ",\"len\":"), static_cast<std::uint32_t>(op.width()));
    p = put(p, ",\"val\":\"0x");
    p = std::to_chars(p, p + 16, op.value, 16).ptr;
    *p++ = '"';
  }
  return put(p, "},");
}

char* put_component(char* p, const bgp::FlowComponent& c, bgp::Afi afi) noexcept {
  *p++ = '"';
  p = put(p, bgp::name(c.type));
  p = put(p, "\":");
  switch (c.form) {
    case FlowForm::prefix: return put_flow_prefix(p, bgp::parse_flow_prefix(c.value, afi), afi);
    case FlowForm::unknown: return put_hex_string(p, c.value);
    case FlowForm::numeric:
    case FlowForm::bitmask: break;
  }
  *p++ = '[';
  char* const first = p;
  bgp::FlowOps ops(c.value);
  for (FlowOp op; ops.next(op);) p = put_op(p, op, c.form);
  return close_list(p, first);
}

// The members, each with a comma behind it.
char* put_rule(char* p, Bytes entry, bgp::Family f) noexcept {
  const auto rule = bgp::parse_flow_rule(entry, f);
  if (!rule || rule->wide_length || !readable(rule->components, f.afi)) {
    p = put_hex_string(put(p, "\"raw\":"), entry);
    *p++ = ',';
    return p;
  }
  if (rule->rd) p = put(bgp::put_rd(put(p, "\"rd\":\""), bgp::RouteDistinguisher::read(rule->rd)), "\",");
  bgp::FlowComponents components(rule->components, f.afi);
  for (bgp::FlowComponent c; components.next(c);) {
    p = put_component(p, c, f.afi);
    *p++ = ',';
  }
  return p;
}

}  // namespace

char* put_flow_rules(char* p, bgp::Family f, Bytes list, bool add_path) noexcept {
  *p++ = '[';
  char* const first = p;
  bgp::NlriEntries entries(list, f, add_path);
  for (bgp::NlriEntry e; entries.next(e);) {
    *p++ = '{';
    p = put_rule(p, e.bytes, f);
    if (e.path_id)
      p = put_decimal(put(p, "\"id\":"), *e.path_id);
    else if (p[-1] == ',')
      --p;
    p = put(p, "},");
  }
  return entries.ok() ? close_list(p, first) : nullptr;
}

}  // namespace format
