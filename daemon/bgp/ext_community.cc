#include "bgp/ext_community.hh"

#include <cmath>

#include "base/text.hh"
#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr NamedCode types[] = {{0x0002, "TARGET"},
                               {0x0003, "ORIGIN"},
                               {0x0102, "IP4_TARGET"},
                               {0x0103, "IP4_ORIGIN"},
                               {0x0202, "AS4_TARGET"},
                               {0x0203, "AS4_ORIGIN"},
                               {0x8006, "FLOW_RATE_BYTES"},
                               {0x800c, "FLOW_RATE_PACKETS"},
                               {0x8007, "FLOW_ACTION"},
                               {0x8008, "FLOW_REDIRECT_AS2"},
                               {0x8108, "FLOW_REDIRECT_IP4"},
                               {0x8208, "FLOW_REDIRECT_AS4"},
                               {0x0800, "FLOW_REDIRECT_NH"},
                               {0x8009, "FLOW_DSCP"},
                               {0x0000, "AS2"},
                               {0x0100, "IP4"},
                               {0x0200, "AS4"},
                               {0x00ff, "SUBTYPE"},
                               {0xbf00, "TYPE"}};

constexpr std::uint16_t transitive_part(std::uint16_t type) {
  return type & static_cast<std::uint16_t>(~ExtCommunity::non_transitive_bit);
}

}  // namespace

ExtForm ext_form(std::uint16_t type) noexcept {
  const std::uint16_t t = transitive_part(type);
  switch (t) {
    case 0x8006:
    case 0x800c: return ExtForm::rate;
    case 0x8007: return ExtForm::flow_action;
    case 0x8008: return ExtForm::as2;
    case 0x8108: return ExtForm::ip4;
    case 0x8208: return ExtForm::as4;
    case 0x8009: return ExtForm::dscp;
    default: break;
  }
  switch (t >> 8) {
    case 0x00: return ExtForm::as2;
    case 0x01: return ExtForm::ip4;
    case 0x02: return ExtForm::as4;
    case 0x08: return ExtForm::redirect_nh;
    default: return ExtForm::raw;
  }
}

ExtForm ExtCommunity::form() const noexcept { return ext_form(type); }

std::string_view ExtCommunity::type_name() const noexcept { return find_name(types, transitive_part(type)); }

Asn ExtCommunity::asn() const noexcept { return static_cast<Asn>(form() == ExtForm::as2 ? value >> 32 : value >> 16); }

std::uint32_t ExtCommunity::local() const noexcept {
  return static_cast<std::uint32_t>(form() == ExtForm::as2 ? value & 0xffff'ffff : value & 0xffff);
}

bool ExtCommunity::exact() const noexcept {
  switch (form()) {
    case ExtForm::rate: return std::isfinite(rate());
    case ExtForm::flow_action: return value <= 3;
    case ExtForm::redirect_nh: return value <= 1;
    case ExtForm::dscp: return value <= 63;
    default: return true;
  }
}

std::optional<std::uint16_t> parse_ext_type(std::string_view text) {
  if (const auto code = find_code(types, text)) return static_cast<std::uint16_t>(*code);
  if (same_word(text, "TRANSITIVE")) return ExtCommunity::non_transitive_bit;
  const auto number = base::parse_int(text);
  if (!number || *number < 0 || *number > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

void encode(base::Buffer& out, const ExtCommunity& c) {
  base::Writer(out).u64(std::uint64_t{c.type} << 48 | (c.value & 0xffff'ffff'ffff));
}

std::uint64_t ext_value_as2(Asn asn, std::uint32_t local) noexcept { return std::uint64_t{asn & 0xffff} << 32 | local; }

std::uint64_t ext_value_as4(Asn asn, std::uint32_t local) noexcept {
  return std::uint64_t{asn} << 16 | (local & 0xffff);
}

std::uint64_t ext_value_ip4(const base::Address& address, std::uint32_t local) noexcept {
  return ext_value_as4(address.is_v4() ? address.v4_value() : 0, local);
}

std::uint64_t ext_value_rate(std::uint16_t id, float rate) noexcept {
  return std::uint64_t{id} << 32 | std::bit_cast<std::uint32_t>(rate);
}

}  // namespace bgp
