#include "format/exa_attrs.hh"

#include <algorithm>
#include <bit>

#include "base/ip.hh"
#include "base/text.hh"
#include "bgp/as_path.hh"
#include "bgp/edit.hh"
#include "format/take.hh"

namespace format {

namespace {

using base::Buffer;
using bgp::AttrCode;

bool number(std::string_view text, std::uint64_t max, std::uint64_t& v) noexcept {
  return !text.empty() && take_number(text, max, v);
}

// Calls each(word) for one word, or for all between brackets or parentheses.
template <class Each>
bool each_word(ExaWords& words, Each&& each) {
  const bool square = words.take("[");
  if (!square && !words.take("(")) {
    const std::string_view one = words.next();
    return !one.empty() && each(one);
  }
  while (true) {
    const std::string_view word = words.next();
    if (word == (square ? "]" : ")")) return true;
    if (word == ",") continue;
    if (word.empty() || !each(word)) return false;
  }
}

bool read_origin(std::string_view word, Buffer& value) {
  static constexpr std::string_view names[] = {"igp", "egp", "incomplete"};
  const auto at = std::ranges::find(names, base::lower(word));
  if (at == std::end(names)) return false;
  value.push(static_cast<std::uint8_t>(at - names));
  return true;
}

void put_segments(Buffer& value, bgp::SegmentType type, std::vector<std::uint32_t>& numbers) {
  for (std::size_t from = 0; from < numbers.size(); from += 255) {
    const std::size_t n = std::min<std::size_t>(numbers.size() - from, 255);
    base::Writer w(value);
    w.u8(static_cast<std::uint8_t>(type));
    w.u8(static_cast<std::uint8_t>(n));
    for (std::size_t i = 0; i < n; ++i) w.u32(numbers[from + i]);
  }
  numbers.clear();
}

// [ 1 2 ( 3 4 ) 5 ]: a set in parentheses, or in a second pair of brackets.
bool read_as_path(ExaWords& words, Buffer& value) {
  std::vector<std::uint32_t> sequence, set;
  std::uint32_t asn = 0;
  if (!words.take("[")) {
    if (!parse_exa_asn(words.next(), asn)) return false;
    sequence.push_back(asn);
    return put_segments(value, bgp::SegmentType::sequence, sequence), true;
  }
  for (bool inside = false;;) {
    const std::string_view word = words.next();
    if (word == ",") continue;
    if (word == "(" || word == "[") {
      if (inside) return false;
      inside = true;
      put_segments(value, bgp::SegmentType::sequence, sequence);
    } else if (inside && (word == ")" || word == "]")) {
      inside = false;
      put_segments(value, bgp::SegmentType::set, set);
    } else if (word == "]") {
      return put_segments(value, bgp::SegmentType::sequence, sequence), true;
    } else if (parse_exa_asn(word, asn)) {
      (inside ? set : sequence).push_back(asn);
    } else {
      return false;
    }
  }
}

bool read_u32(std::string_view word, Buffer& value) {
  std::uint64_t v = 0;
  if (!number(word, 0xffffffff, v)) return false;
  base::Writer(value).u32(static_cast<std::uint32_t>(v));
  return true;
}

// RFC 7311 3: one TLV.
bool read_aigp(std::string_view word, Buffer& value) {
  const auto v = base::parse_int(word);
  if (!v || *v < 0) return false;
  base::Writer w(value);
  w.u8(1);
  w.u16(11);
  w.u64(static_cast<std::uint64_t>(*v));
  return true;
}

bool read_community(std::string_view word, Buffer& value) {
  std::uint8_t parts[4];
  std::uint64_t v = 0;
  if (take_parts(word, 2, 2, parts)) return value.append(base::Bytes(parts)), true;
  if (const auto named = parse_exa_community(word)) return base::Writer(value).u32(*named), true;
  if (word.find(':') != std::string_view::npos || !number(word, 0xffffffff, v)) return false;
  return base::Writer(value).u32(static_cast<std::uint32_t>(v)), true;
}

bool read_large_community(std::string_view word, Buffer& value) {
  std::uint8_t parts[12];
  if (!take_parts(word, 3, 4, parts)) return false;
  value.append(base::Bytes(parts));
  return true;
}

bool read_v4(std::string_view word, Buffer& value) {
  std::uint8_t four[4];
  if (!take_v4(word, four)) return false;
  value.append(base::Bytes(four));
  return true;
}

// 18144:219.118.225.189, with parentheses around it or not.
bool read_aggregator(ExaWords& words, Buffer& value) {
  return each_word(words, [&](std::string_view word) {
    const std::size_t colon = word.find(':');
    std::uint32_t asn = 0;
    if (colon == std::string_view::npos || !value.empty() || !parse_exa_asn(word.substr(0, colon), asn)) return false;
    base::Writer(value).u32(asn);
    return read_v4(word.substr(colon + 1), value);
  });
}

}  // namespace

bool parse_exa_asn(std::string_view text, std::uint32_t& asn) noexcept {
  std::uint64_t high = 0, low = 0;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) {
    if (!number(text, 0xffffffff, low)) return false;
    asn = static_cast<std::uint32_t>(low);
    return true;
  }
  if (!number(text.substr(0, dot), 0xffff, high) || !number(text.substr(dot + 1), 0xffff, low)) return false;
  asn = static_cast<std::uint32_t>(high << 16 | low);
  return true;
}

namespace {

// The number behind the last colon may be written as an address.
bool local_part(std::string_view text, std::uint64_t max, std::uint64_t& v) noexcept {
  std::uint8_t four[4];
  if (!take_v4(text, four)) return number(text, max, v);
  v = base::load<std::uint32_t>(four);
  return v <= max;
}

// "65000:1", "192.0.2.1:1", "70000:1" as six bytes; which of the three forms it is.
std::optional<std::uint8_t> administered(std::string_view text, std::uint8_t* six) noexcept {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view who = text.substr(0, colon);
  const std::string_view what = text.substr(colon + 1);
  std::uint64_t asn = 0, local = 0;
  if (take_v4(who, six)) {
    if (!local_part(what, 0xffff, local)) return std::nullopt;
    base::store(six + 4, static_cast<std::uint16_t>(local));
    return std::uint8_t{1};
  }
  const bool wide = who.ends_with('L');
  if (wide) who.remove_suffix(1);
  if (!number(who, 0xffffffff, asn)) return std::nullopt;
  if (wide || asn > 0xffff) {
    if (!local_part(what, 0xffff, local)) return std::nullopt;
    base::store(six, static_cast<std::uint32_t>(asn));
    base::store(six + 4, static_cast<std::uint16_t>(local));
    return std::uint8_t{2};
  }
  if (!local_part(what, 0xffffffff, local)) return std::nullopt;
  base::store(six, static_cast<std::uint16_t>(asn));
  base::store(six + 2, static_cast<std::uint32_t>(local));
  return std::uint8_t{0};
}

}  // namespace

bool parse_exa_rd(std::string_view text, std::uint64_t& rd) noexcept {
  std::uint8_t eight[8] = {};
  const auto form = administered(text, eight + 2);
  if (!form) return false;
  eight[1] = *form;
  rd = base::load<std::uint64_t>(eight);
  return true;
}

bool append_exa_ext_community(Buffer& out, std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return text.size() == 18 && take_hex(text, out);
  struct Name {
    std::string_view name;
    std::uint8_t high, low;  // of the form with a 2-byte AS number
  };
  // RFC 4360 4, 5; RFC 8955 7.4.
  static constexpr Name names[] = {{"target", 0x00, 0x02}, {"origin", 0x00, 0x03}, {"redirect", 0x80, 0x08}};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, colon), value = text.substr(colon + 1);
  std::uint8_t eight[8] = {};
  if (name == "rate-limit") {  // RFC 8955 7.1: bytes a second, as IEEE floating point
    std::uint64_t rate = 0;
    if (!number(value, 1'000'000'000'000, rate)) return false;
    eight[0] = 0x80;
    eight[1] = 0x06;
    base::store(eight + 4, std::bit_cast<std::uint32_t>(static_cast<float>(rate)));
    out.append(base::Bytes(eight));
    return true;
  }
  for (const Name& n : names) {
    if (n.name != name) continue;
    const auto form = administered(value, eight + 2);
    if (!form) return false;
    eight[0] = static_cast<std::uint8_t>(n.high | *form);
    eight[1] = n.low;
    out.append(base::Bytes(eight));
    return true;
  }
  return false;
}

bool ExaAttributes::has(AttrCode code) const noexcept {
  return std::ranges::any_of(attributes_, [code](const Attribute& a) { return a.code == code; });
}

void ExaAttributes::set(AttrCode code, std::uint8_t flags, Buffer value) {
  for (Attribute& a : attributes_) {
    if (a.code != code) continue;
    a.flags = flags;
    a.value = std::move(value);
    return;
  }
  attributes_.push_back({code, flags, std::move(value)});
  std::ranges::sort(attributes_, {}, &Attribute::code);
}

void ExaAttributes::append(Buffer& out) const {
  for (const Attribute& a : attributes_) bgp::append_attribute(out, a.code, a.flags, a.value);
}

bool ExaAttributes::read(std::string_view name, ExaWords& words, bool& known) {
  struct Word {
    std::string_view name;
    AttrCode code;
    bool (*read)(std::string_view, Buffer&);
    bool list;
  };
  static constexpr Word simple[] = {
      {"origin", AttrCode::origin, read_origin, false},
      {"med", AttrCode::med, read_u32, false},
      {"local-preference", AttrCode::local_pref, read_u32, false},
      {"community", AttrCode::community, read_community, true},
      {"large-community", AttrCode::large_community, read_large_community, true},
      {"extended-community", AttrCode::ext_community,
       [](std::string_view word, Buffer& value) { return append_exa_ext_community(value, word); }, true},
      {"originator-id", AttrCode::originator_id, read_v4, false},
      {"cluster-list", AttrCode::cluster_list, read_v4, true},
      {"aigp", AttrCode::aigp, read_aigp, false},
  };
  known = true;
  Buffer value;
  for (const Word& w : simple) {
    if (w.name != name) continue;
    const bool sound = w.list ? each_word(words, [&](std::string_view word) { return w.read(word, value); })
                              : w.read(words.next(), value);
    if (!sound || value.size() > 0xffff) return false;
    set(w.code, std::move(value));
    return true;
  }
  if (name == "as-path") {
    if (!read_as_path(words, value) || value.size() > 0xffff) return false;
    set(AttrCode::as_path, std::move(value));
    return true;
  }
  if (name == "aggregator") {
    if (!read_aggregator(words, value) || value.empty()) return false;
    set(AttrCode::aggregator, std::move(value));
    return true;
  }
  if (name == "atomic-aggregate") return set(AttrCode::atomic_aggregate, std::move(value)), true;
  if (name == "attribute") {  // [ 0xCODE 0xFLAGS 0xVALUE ]
    std::uint64_t code = 0, flags = 0;
    if (!words.take("[") || !number(words.next(), 255, code) || !number(words.next(), 255, flags)) return false;
    if (!words.take("]") && (!take_hex(words.next(), value) || !words.take("]"))) return false;
    if (value.size() > 0xffff) return false;
    set(static_cast<AttrCode>(code), static_cast<std::uint8_t>(flags), std::move(value));
    return true;
  }
  known = false;
  return false;
}

}  // namespace format
