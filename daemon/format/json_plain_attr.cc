#include "bgp/attrs.hh"
#include "bgp/ext_community.hh"
#include "format/digits.hh"
#include "format/json_attr_names.hh"
#include "format/json_ext_community.hh"
#include "format/json_plain.hh"
#include "format/take.hh"

namespace format {

namespace {

using bgp::AttrForm;

inline bool take_asn(const char*& p, std::uint8_t*& w, bool as4) noexcept {
  std::uint64_t n = 0;
  if (!take_decimal_fast(p, n) || n > (as4 ? 0xffffffff : 0xffff)) return false;
  if (as4)
    base::store(w, static_cast<std::uint32_t>(n));
  else
    base::store(w, static_cast<std::uint16_t>(n));
  w += as4 ? 4 : 2;
  return true;
}

constexpr std::uint8_t set = 1, sequence = 2;

}  // namespace

bool PlainUpdate::attributes() {
  if (character('}')) return true;
  do {
    if (!attribute()) return false;
  } while (character(','));
  return character('}');
}

// "NAME":{"flags":"OT","value":…}
bool PlainUpdate::attribute() {
  const auto name = quoted(32);
  const NamedAttr* const named = name ? find_named_attr(*name) : nullptr;
  std::uint8_t bits = 0;
  if (!named || !literal(":{\"flags\":\"") || !flags(bits) || !literal(",\"value\":")) return false;
  std::uint8_t* const head = w_;
  const bool extended = (bits & bgp::attr_flag::extended) != 0;
  w_ += extended ? 4 : 3;
  if (!value(named->form) || !character('}')) return false;
  std::size_t length = static_cast<std::size_t>(w_ - head) - (extended ? 4 : 3);
  head[0] = bits;
  head[1] = static_cast<std::uint8_t>(named->code);
  if (!extended && length <= 255) {
    head[2] = static_cast<std::uint8_t>(length);
    return true;
  }
  if (!extended) {
    std::memmove(head + 4, head + 3, length);
    ++w_;
    head[0] |= bgp::attr_flag::extended;
  }
  base::store(head + 2, static_cast<std::uint16_t>(length));
  return length <= 0xffff;
}

bool PlainUpdate::flags(std::uint8_t& bits) noexcept {
  for (;;) {
    switch (*p_++) {
      case 'O': bits |= bgp::attr_flag::optional; continue;
      case 'T': bits |= bgp::attr_flag::transitive; continue;
      case 'P': bits |= bgp::attr_flag::partial; continue;
      case 'X': bits |= bgp::attr_flag::extended; continue;
      case '"': return true;
      default: return false;
    }
  }
}

bool PlainUpdate::value(AttrForm form) {
  switch (form) {
    case AttrForm::origin: return origin();
    case AttrForm::as_path: return as_path(as4_);
    case AttrForm::as4_path: return as_path(true);
    case AttrForm::address: return address();
    case AttrForm::address_list: return list([this] { return address(); });
    case AttrForm::number: return number();
    case AttrForm::aggregator: return aggregator(as4_);
    case AttrForm::as4_aggregator: return aggregator(true);
    case AttrForm::communities: return list([this] { return community(); });
    case AttrForm::large_communities: return list([this] { return large_community(); });
    case AttrForm::ext_communities: return list([this] { return ext_community(); });
    case AttrForm::mp_reach: return mp_reach();
    case AttrForm::mp_unreach: return mp_unreach();
    default: return raw();
  }
}

bool PlainUpdate::origin() noexcept {
  if (literal("\"IGP\""))
    *w_++ = 0;
  else if (literal("\"INCOMPLETE\""))
    *w_++ = 2;
  else if (literal("\"EGP\""))
    *w_++ = 1;
  else
    return false;
  return true;
}

// [64515,[20473,15169]]; a segment that is full is left to the full reader.
bool PlainUpdate::as_path(bool as4) noexcept {
  if (!character('[')) return false;
  if (character(']')) return true;
  do {
    if (*p_ == '[') {
      if (!as_set(as4)) return false;
      continue;
    }
    const char* p = p_;
    std::uint8_t *const head = w_, *w = w_ + 2;
    unsigned count = 0;
    do {
      if (!take_asn(p, w, as4) || ++count > 255) return false;
    } while (*p == ',' && p[1] != '[' && ++p);
    head[0] = sequence;
    head[1] = static_cast<std::uint8_t>(count);
    p_ = p;
    w_ = w;
  } while (character(','));
  return character(']');
}

bool PlainUpdate::as_set(bool as4) noexcept {
  std::uint8_t* const head = w_;
  unsigned count = 0;
  w_ += 2;
  if (!list([&] { return take_asn(p_, w_, as4) && ++count <= 255; }) || count == 0) return false;
  head[0] = set;
  head[1] = static_cast<std::uint8_t>(count);
  return true;
}

bool PlainUpdate::number() noexcept { return take_asn(p_, w_, true); }

bool PlainUpdate::address() noexcept {
  if (!character('"') || !take_dotted_fast(p_, w_)) return false;
  w_ += 4;
  return character('"');
}

// {"asn":65001, "addr":"198.51.100.1"}, with the space that the Go tool prints.
bool PlainUpdate::aggregator(bool as4) noexcept {
  return literal("{\"asn\":") && take_asn(p_, w_, as4) && character(',') && (character(' '), literal("\"addr\":")) &&
         address() && character('}');
}

// "65000:100", or a name
bool PlainUpdate::community() noexcept {
  const char* p = p_ + 1;
  std::uint64_t asn = 0, value = 0;
  if (*p_ == '"' && take_decimal_fast(p, asn) && *p++ == ':' && take_decimal_fast(p, value) && *p++ == '"') {
    if (asn > 0xffff || value > 0xffff) return false;
    p_ = p;
    put(static_cast<std::uint32_t>(asn << 16 | value));
    return true;
  }
  const auto text = quoted(32);
  const auto named = text ? bgp::parse_well_known_community(*text) : std::nullopt;
  if (named) put(static_cast<std::uint32_t>(std::uint32_t{named->asn} << 16 | named->value));
  return named.has_value();
}

bool PlainUpdate::large_community() noexcept {
  return character('"') && number() && character(':') && number() && character(':') && number() && character('"');
}

// {"type":"TARGET","value":"65000:100","nontransitive":true}
bool PlainUpdate::ext_community() {
  if (!literal("{\"type\":")) return false;
  const auto name = quoted(32);
  if (!name || !literal(",\"value\":")) return false;
  const auto type = bgp::parse_ext_type(*name);
  const auto text = quoted(40);
  bgp::ExtCommunity c;
  if (!type || !text || !take_ext_value(type->form, *text, c.value)) return false;
  c.type = type->type;
  if (literal(",\"nontransitive\":true")) c.type |= bgp::ExtCommunity::non_transitive_bit;
  put(std::uint64_t{c.type} << 48 | (c.value & 0xffff'ffff'ffff));
  return character('}');
}

// true, or hex
bool PlainUpdate::raw() noexcept {
  if (literal("true")) return true;
  if (!literal("\"0x")) return false;
  const auto* const quote = static_cast<const char*>(std::memchr(p_, '"', static_cast<std::size_t>(end_ - p_)));
  if (!quote || !take_hex_digits({p_, quote}, w_)) return false;
  w_ += (quote - p_) / 2;
  p_ = quote + 1;
  return true;
}

}  // namespace format
