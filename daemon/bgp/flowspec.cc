#include "bgp/flowspec.hh"

#include "bgp/names.hh"
#include "bgp/nlri.hh"
#include "bgp/route_distinguisher.hh"

namespace bgp {

namespace {

constexpr NamedCode types[] = {{1, "DST"},      {2, "SRC"},       {3, "PROTO"},     {4, "PORT"},      {5, "PORT_DST"},
                               {6, "PORT_SRC"}, {7, "ICMP_TYPE"}, {8, "ICMP_CODE"}, {9, "TCP_FLAGS"}, {10, "PKTLEN"},
                               {11, "DSCP"},    {12, "FRAG"},     {13, "LABEL"}};

// RFC 8955 4.1: lengths from here on have two bytes, the first of which starts with 0xf.
constexpr std::size_t two_byte_length = 0xf0;

std::size_t bytes_of(unsigned bits) noexcept { return (bits + 7) / 8; }

// Bytes of the value of a prefix; 0 if it is malformed.
std::size_t prefix_size(base::Bytes rest, Afi afi) noexcept {
  if (afi == Afi::ipv4) return !rest.empty() && rest[0] <= 32 ? 1 + bytes_of(rest[0]) : 0;
  if (rest.size() < 2) return 0;
  const unsigned length = rest[0], offset = rest[1];
  if (length > 128 || (offset != 0 && offset >= length)) return 0;
  return 2 + bytes_of(length - offset);
}

// Bytes up to the operator that says it is the last one; 0 if there is none.
std::size_t operators_size(base::Bytes rest) noexcept {
  for (std::size_t at = 0; at < rest.size();) {
    const FlowOp op{rest[at], 0};
    at += 1 + op.width();
    if ((op.bits & FlowOp::end_bit) != 0) return at <= rest.size() ? at : 0;
  }
  return 0;
}

}  // namespace

FlowForm flow_form(FlowType t, Afi afi) noexcept {
  switch (t) {
    case FlowType::destination:
    case FlowType::source: return FlowForm::prefix;
    case FlowType::protocol:
    case FlowType::port:
    case FlowType::destination_port:
    case FlowType::source_port:
    case FlowType::icmp_type:
    case FlowType::icmp_code:
    case FlowType::packet_length:
    case FlowType::dscp: return FlowForm::numeric;
    case FlowType::tcp_flags:
    case FlowType::fragment: return FlowForm::bitmask;
    case FlowType::flow_label: return afi == Afi::ipv6 ? FlowForm::numeric : FlowForm::unknown;
  }
  return FlowForm::unknown;
}

std::string name(FlowType t) { return name_or_number(types, "FlowType", static_cast<unsigned>(t)); }
std::optional<FlowType> parse_flow_type(std::string_view text) {
  return parse_code<FlowType>(types, "FlowType(", 255, text);
}

std::optional<FlowRule> parse_flow_rule(base::Bytes entry, Family family) noexcept {
  if (nlri_size(entry, family) != entry.size()) return std::nullopt;
  const std::size_t head = entry[0] < two_byte_length ? 1 : 2;
  FlowRule r;
  r.components = entry.subspan(head);
  r.wide_length = head == 2 && r.components.size() < two_byte_length;
  if (family.safi == Safi::flowspec_vpn) {
    constexpr std::size_t rd_size = RouteDistinguisher::wire_size;
    if (r.components.size() < rd_size) return std::nullopt;
    r.rd = r.components.data();
    r.components = r.components.subspan(rd_size);
  }
  return r;
}

bool append_flow_rule(base::Buffer& out, const FlowRule& rule) {
  const std::size_t rd_size = rule.rd ? RouteDistinguisher::wire_size : 0, size = rd_size + rule.components.size();
  if (size > FlowRule::max_size) return false;
  base::Writer w(out);
  if (size < two_byte_length && !rule.wide_length)
    w.u8(static_cast<std::uint8_t>(size));
  else
    w.u16(static_cast<std::uint16_t>(0xf000 | size));
  w.bytes({rule.rd, rd_size});
  w.bytes(rule.components);
  return true;
}

bool FlowComponents::next(FlowComponent& c) noexcept {
  if (left_.empty()) return false;
  c.type = static_cast<FlowType>(left_[0]);
  c.form = flow_form(c.type, afi_);
  const base::Bytes rest = left_.subspan(1);
  std::size_t size = rest.size();
  if (c.form != FlowForm::unknown) {
    size = c.form == FlowForm::prefix ? prefix_size(rest, afi_) : operators_size(rest);
    if (size == 0 || size > rest.size()) return false;
  }
  c.value = rest.first(size);
  left_ = rest.subspan(size);
  return true;
}

bool FlowOps::next(FlowOp& op) noexcept {
  if (left_.empty()) return false;
  op.bits = left_[0];
  const std::size_t width = op.width();
  if (left_.size() < 1 + width) return false;
  op.value = 0;
  for (std::size_t i = 1; i <= width; ++i) op.value = op.value << 8 | left_[i];
  left_ = left_.subspan(1 + width);
  return true;
}

std::size_t flow_width(std::uint64_t value) noexcept {
  return value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffff'ffff ? 4 : 8;
}

void append_flow_op(base::Buffer& out, std::uint8_t bits, std::size_t width, std::uint64_t value) {
  const unsigned power = width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : 3;
  out.push(static_cast<std::uint8_t>((bits & 0xcf) | power << 4));
  for (std::size_t i = width; i-- > 0;) out.push(static_cast<std::uint8_t>(value >> 8 * i));
}

FlowPrefix parse_flow_prefix(base::Bytes value, Afi afi) noexcept {
  FlowPrefix p;
  p.length = value[0];
  if (afi == Afi::ipv6) p.offset = value[1];
  const base::Bytes bits = value.subspan(afi == Afi::ipv6 ? 2 : 1);
  // The first bit stands at `offset`, which need not be where a byte starts.
  const std::size_t first = p.offset / 8u, shift = p.offset % 8u;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    p.address[first + i] = static_cast<std::uint8_t>(p.address[first + i] | bits[i] >> shift);
    if (first + i + 1 < p.address.size()) p.address[first + i + 1] = static_cast<std::uint8_t>(bits[i] << (8 - shift));
  }
  if (p.offset == 0) return p;
  if (const unsigned used = (p.length - p.offset) % 8u; used != 0) p.spare_bits = (bits.back() & (0xffu >> used)) != 0;
  for (std::size_t bit = p.length; bit < 8 * p.address.size(); ++bit)
    p.address[bit / 8] = static_cast<std::uint8_t>(p.address[bit / 8] & ~(0x80u >> (bit % 8)));
  return p;
}

void append_flow_prefix(base::Buffer& out, const FlowPrefix& p, Afi afi) {
  out.push(p.length);
  if (afi == Afi::ipv6) out.push(p.offset);
  const std::size_t first = p.offset / 8u, shift = p.offset % 8u,
                    size = bytes_of(static_cast<unsigned>(p.length - p.offset));
  for (std::size_t i = 0; i < size; ++i) {
    unsigned b = p.address[first + i] << shift;
    if (shift != 0 && first + i + 1 < p.address.size()) b |= p.address[first + i + 1] >> (8 - shift);
    if (const unsigned used = (p.length - p.offset) % 8u; p.offset != 0 && i + 1 == size && used != 0)
      b &= 0xff00u >> used;
    out.push(static_cast<std::uint8_t>(b));
  }
}

}  // namespace bgp
