#include "format/json_ext_community.hh"

#include <charconv>
#include <cmath>

#include "bgp/tunnel.hh"
#include "format/put.hh"
#include "format/take.hh"

namespace format {

namespace {

using bgp::ExtCommunity;
using bgp::ExtForm;

char* put_hex_number(char* p, std::uint64_t v) noexcept {
  p = put(p, "0x");
  return std::to_chars(p, p + 16, v, 16).ptr;
}

char* put_48_bits(char* p, std::uint64_t v) noexcept {
  *p++ = '"';
  p = put_hex_number(p, v);
  *p++ = '"';
  return p;
}

char* put_rate(char* p, const ExtCommunity& c) noexcept {
  const bool quoted = c.rate_id() != 0;
  if (quoted) {
    *p++ = '"';
    p = put_decimal(p, c.rate_id());
    *p++ = ':';
  }
  p = std::to_chars(p, p + 64, c.rate(), std::chars_format::fixed).ptr;
  if (quoted) *p++ = '"';
  return p;
}

char* put_pair(char* p, const ExtCommunity& c, ExtForm form) noexcept {
  *p++ = '"';
  p = form == ExtForm::ip4 ? put_v4(p, c.address().v4_value()) : put_decimal(p, c.asn(form));
  *p++ = ':';
  p = put_decimal(p, c.local(form));
  *p++ = '"';
  return p;
}

char* put_mac(char* p, std::uint64_t v) noexcept {
  for (int shift = 40; shift >= 0; shift -= 8) {
    const auto octet = static_cast<std::uint8_t>(v >> shift);
    *p++ = shift == 40 ? '"' : ':';
    p = put_hex(p, {&octet, 1});
  }
  *p++ = '"';
  return p;
}

char* put_type(char* p, std::string_view name, std::uint16_t type) noexcept {
  p = put(p, "{\"type\":\"");
  p = name.empty() ? put_hex_number(p, type) : put(p, name);
  return put(p, "\",\"value\":");
}

char* put_bool(char* p, bool v) noexcept { return v ? put(p, "true") : put(p, "false"); }

char* put_value(char* p, const ExtCommunity& c, ExtForm form) noexcept {
  if (!c.exact(form)) return put_48_bits(p, c.value);
  switch (form) {
    case ExtForm::as2:
    case ExtForm::ip4:
    case ExtForm::as4: return put_pair(p, c, form);
    case ExtForm::rate:
    case ExtForm::bandwidth: return put_rate(p, c);
    case ExtForm::dscp: return put_decimal(p, c.dscp());
    case ExtForm::number: return put_decimal(p, static_cast<std::uint32_t>(c.value));
    case ExtForm::tunnel: return put_code(p, bgp::tunnel_type_name, static_cast<std::uint32_t>(c.value));
    case ExtForm::mac: return put_mac(p, c.value);
    case ExtForm::flow_action:
      p = put_bool(put(p, "{\"terminal\":"), c.terminal());
      p = put_bool(put(p, ",\"sample\":"), c.sample());
      break;
    case ExtForm::redirect_nh: p = put_bool(put(p, "{\"copy\":"), c.copy()); break;
    case ExtForm::raw: return put_48_bits(p, c.value);
  }
  *p++ = '}';
  return p;
}

template <class T>
bool whole(std::string_view text, T& v, int base) noexcept {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v, base);
  return ec == std::errc{} && end == text.data() + text.size();
}

bool take_mac(std::string_view text, std::uint64_t& value) noexcept {
  if (text.size() != 17) return false;
  value = 0;
  for (std::size_t i = 0; i < 17; i += 3) {
    std::uint8_t octet = 0;
    if ((i != 0 && text[i - 1] != ':') || !whole(text.substr(i, 2), octet, 16)) return false;
    value = value << 8 | octet;
  }
  return true;
}

bool take_tunnel(std::string_view text, std::uint64_t& value) noexcept {
  const auto named = bgp::parse_tunnel_type(text);
  if (named) value = *named;
  return named || take_number(text, 0xffff, value);
}

bool take_rate(std::string_view text, std::uint64_t& value) noexcept {
  std::uint16_t id = 0;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    if (!whole(text.substr(0, colon), id, 10)) return false;
    text.remove_prefix(colon + 1);
  }
  float rate = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(rate)) return false;
  value = bgp::ext_value_rate(id, rate);
  return true;
}

bool take_pair(ExtForm form, std::string_view text, std::uint64_t& value) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view high = text.substr(0, colon), low = text.substr(colon + 1);
  const bool wide_value = form == ExtForm::as2;
  std::uint64_t local = 0, asn = 0;
  if (!take_number(low, wide_value ? 0xffffffff : 0xffff, local)) return false;
  if (form == ExtForm::ip4) {
    std::uint8_t four[4];
    if (!take_v4(high, four)) return false;
    asn = base::load<std::uint32_t>(four);
  } else if (!take_number(high, wide_value ? 0xffff : 0xffffffff, asn)) {
    return false;
  }
  value = asn << (wide_value ? 32 : 16) | local;
  return true;
}

}  // namespace

char* put_ext_community(char* p, const ExtCommunity& c) noexcept {
  const bgp::ExtType type = bgp::ext_type(c.type);
  p = put_type(p, type.name, c.type);
  p = put_value(p, c, type.form);
  if (c.non_transitive()) p = put(p, ",\"nontransitive\":true");
  *p++ = '}';
  return p;
}

char* put_ipv6_ext_community(char* p, const bgp::Ipv6ExtCommunity& c) noexcept {
  p = put_type(p, c.type_name(), c.type);
  p = put(put_v6(put(p, "\"["), c.address), "]:");
  p = put(put_decimal(p, c.local), "\"");
  if (c.non_transitive()) p = put(p, ",\"nontransitive\":true");
  *p++ = '}';
  return p;
}

bool take_ext_value(ExtForm form, std::string_view text, std::uint64_t& value) noexcept {
  if (text.starts_with("0x") || text.starts_with("0X")) return whole(text.substr(2), value, 16) && value >> 48 == 0;
  switch (form) {
    case ExtForm::as2:
    case ExtForm::ip4:
    case ExtForm::as4: return take_pair(form, text, value);
    case ExtForm::rate:
    case ExtForm::bandwidth: return take_rate(text, value);
    case ExtForm::dscp: return take_number(text, 63, value);
    case ExtForm::number: return take_number(text, 0xffffffff, value);
    case ExtForm::tunnel: return take_tunnel(text, value);
    case ExtForm::mac: return take_mac(text, value);
    default: return take_number(text, 0xffff'ffff'ffff, value);
  }
}

bool take_ipv6_ext_value(std::string_view text, std::uint8_t* sixteen, std::uint16_t& local) noexcept {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  std::uint64_t n = 0;
  if (!take_v6(address, sixteen) || !take_number(text.substr(colon + 1), 0xffff, n)) return false;
  local = static_cast<std::uint16_t>(n);
  return true;
}

}  // namespace format
