#include "bgp/open.hh"

#include "bgp/header.hh"
#include "bgp/notification.hh"

namespace bgp {

namespace {

constexpr std::uint8_t capabilities_parameter = 2;  // RFC 5492 4
constexpr std::uint8_t extended_mark = 255;         // RFC 9072 2
constexpr std::size_t fixed_size = 10;

std::unexpected<Error> bad_open(Reason reason, std::uint8_t subcode, std::size_t offset) {
  return std::unexpected(
      Error{reason, Severity::session_reset, notify::open, subcode, 0, static_cast<std::uint16_t>(offset)});
}

Result<> read_parameter(base::Bytes value, std::size_t offset, std::vector<Capability>& out) {
  base::Reader r(value);
  while (!r.empty()) {
    const std::size_t at = offset + r.offset();
    const auto code = static_cast<CapCode>(r.u8());
    const base::Bytes v = r.bytes(r.u8());
    if (!r.ok()) return bad_open(Reason::truncated, 0, at);
    out.push_back({code, v});
  }
  return {};
}

void put_fixed(base::Writer& w, const Open& o) {
  w.u8(o.version);
  w.u16(o.my_as);
  w.u16(o.hold_time);
  w.u32(o.id.is_v4() ? o.id.v4_value() : 0);
}

}  // namespace

Result<Open> parse_open(base::Bytes body) {
  base::Reader r(body);
  Open o;
  o.version = r.u8();
  o.my_as = r.u16();
  o.hold_time = r.u16();
  o.id = base::Address::from(r.bytes(4));
  const std::uint8_t length = r.u8();
  if (!r.ok()) return bad_open(Reason::truncated, 0, body.size());
  o.parameters = r.rest();
  std::size_t declared = length;
  // The mark cannot be the type of an ordinary parameter: RFC 9072 2 reserves it.
  if (length != 0 && !r.empty() && r.rest()[0] == extended_mark) {
    (void)r.u8();
    declared = r.u16();
    if (!r.ok()) return bad_open(Reason::truncated, 0, fixed_size - 1);
    o.extended_parameters = true;
    o.parameters = r.rest();
  }
  if (declared != o.parameters.size()) return bad_open(Reason::truncated, 0, fixed_size - 1);
  return o;
}

Result<std::vector<Capability>> capabilities(const Open& o) {
  std::vector<Capability> out;
  base::Reader r(o.parameters);
  const std::size_t start = fixed_size + (o.extended_parameters ? 3 : 0);
  while (!r.empty()) {
    const std::size_t at = start + r.offset();
    const std::uint8_t type = r.u8();
    const std::size_t length = o.extended_parameters ? r.u16() : r.u8();
    const std::size_t value_at = start + r.offset();
    const base::Bytes value = r.bytes(length);
    if (!r.ok()) return bad_open(Reason::truncated, 0, at);
    if (type != capabilities_parameter) return bad_open(Reason::bad_parameter, 4, at);
    if (const auto done = read_parameter(value, value_at, out); !done) return std::unexpected(done.error());
  }
  return out;
}

bool encode_open(base::Buffer& out, std::uint16_t hold_time, Asn asn, const base::Address& id,
                 const std::vector<std::pair<CapCode, base::Buffer>>& caps) {
  std::size_t size = 0;
  for (const auto& [code, value] : caps) {
    if (value.size() > 255) return false;
    size += 2 + value.size();
  }
  const bool extended = size > 253;
  if (fixed_size + 6 + size > max_message - header_size) return false;
  base::Writer w(out);
  put_fixed(w, {4, asn > 0xffff ? std::uint16_t{as_trans} : static_cast<std::uint16_t>(asn), hold_time, id, {}});
  if (extended) {
    w.u8(extended_mark);
    w.u8(extended_mark);
    w.u16(static_cast<std::uint16_t>(size + 3));
    w.u8(capabilities_parameter);
    w.u16(static_cast<std::uint16_t>(size));
  } else if (caps.empty()) {
    w.u8(0);
  } else {
    w.u8(static_cast<std::uint8_t>(size + 2));
    w.u8(capabilities_parameter);
    w.u8(static_cast<std::uint8_t>(size));
  }
  for (const auto& [code, value] : caps) {
    w.u8(static_cast<std::uint8_t>(code));
    w.u8(static_cast<std::uint8_t>(value.size()));
    w.bytes(value);
  }
  return true;
}

void encode(base::Buffer& out, const Open& o) {
  base::Writer w(out);
  put_fixed(w, o);
  if (o.extended_parameters) {
    w.u8(extended_mark);
    w.u8(extended_mark);
    w.u16(static_cast<std::uint16_t>(o.parameters.size()));
  } else {
    w.u8(static_cast<std::uint8_t>(o.parameters.size()));
  }
  w.bytes(o.parameters);
}

}  // namespace bgp
