#include <simdjson.h>

#include "bgp/attrs.hh"
#include "format/json_attr_names.hh"
#include "format/json_in.hh"
#include "format/json_mp_write.hh"

namespace format {

namespace {

using bgp::AttrCode;
using bgp::AttrForm;

std::optional<AttrCode> find_attribute(std::string_view name) {
  if (const NamedAttr* const known = find_named_attr(name)) return known->code;
  return name.empty() ? std::nullopt : bgp::parse_attr_name(name);
}

// "OTX", "T3": letters, then the low bits as a number.
bool read_flags(Value& v, std::uint8_t& flags) {
  std::string_view text;
  if (!read_string(v, text)) return false;
  flags = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    switch (text.front()) {
      case 'O': flags |= bgp::attr_flag::optional; continue;
      case 'T': flags |= bgp::attr_flag::transitive; continue;
      case 'P': flags |= bgp::attr_flag::partial; continue;
      case 'X': flags |= bgp::attr_flag::extended; continue;
      default: break;
    }
    std::uint64_t low = 0;
    if (!take_number(text, 255, low)) return false;
    flags = static_cast<std::uint8_t>(flags | low);
    return true;
  }
  return true;
}

bool given_in_hex(Value& v) {
  const std::string_view t = token(v);
  return t == "true" || t == "\"true\"" || t == "\"\"" || t.starts_with("\"0x") || t.starts_with("\"0X");
}

// Puts the header before a value that was appended behind a hole of four bytes at `at`.
bool close_attribute(base::Buffer& attrs, std::size_t at, AttrCode code, std::uint8_t flags) {
  const std::size_t length = attrs.size() - at - 4;
  if (length > 0xffff) return false;
  if (length > 255) flags |= bgp::attr_flag::extended;
  std::uint8_t* const p = attrs.data() + at;
  p[0] = flags;
  p[1] = static_cast<std::uint8_t>(code);
  if ((flags & bgp::attr_flag::extended) != 0) {
    base::store(p + 2, static_cast<std::uint16_t>(length));
    return true;
  }
  p[2] = static_cast<std::uint8_t>(length);
  std::memmove(p + 3, p + 4, length);
  attrs.truncate(attrs.size() - 1);
  return true;
}

}  // namespace

// By name, or all in hex.
bool UpdateIn::attributes(Value& v, Problem& problem) {
  if (is_string(v)) return read_hex(v, attrs_) || problem.set("not hex");
  Object object;
  if (v.get_object().get(object)) return problem.set("neither an object nor hex");
  return each_member(object, problem,
                     [&](std::string_view name, Value& a) { return attribute(name, a, problem) || problem.in(name); });
}

bool UpdateIn::attribute(std::string_view name, Value& v, Problem& problem) {
  const auto code = find_attribute(name);
  if (!code) return problem.set("not the name of an attribute");
  if (is_null(v)) return true;
  const std::size_t at = attrs_.size();
  std::uint8_t flags = bgp::default_flags(*code);
  (void)attrs_.reserve(4);
  attrs_.commit(4);

  Value bare = v;
  Value* value = &v;
  Value inner;
  bool raw = false;
  if (is_object(v)) {
    Object object;
    Value given;
    if (v.get_object().get(object)) return problem.set("not well-formed JSON");
    const auto missing = object.find_field_unordered("flags").get(given);
    if (missing == simdjson::NO_SUCH_FIELD) {
      // The whole object is the value.
      bool any = false;
      if (object.reset().get(any) || !any) return problem.set("has no value");
      value = &bare;
    } else {
      if (missing || !read_flags(given, flags)) return problem.set("flags are not like \"OT\"");
      const auto error = object.find_field_unordered("value").get(inner);
      raw = error == simdjson::NO_SUCH_FIELD;
      if (raw ? object.find_field_unordered("raw").get(inner) : error) return problem.set("has flags but no value");
      value = &inner;
    }
  }
  const bool done =
      raw ? read_hex(*value, attrs_) || problem.set("raw is not hex") : attribute_value(*code, *value, problem);
  if (!done) return false;
  return close_attribute(attrs_, at, *code, flags) || problem.set("longer than 65535 bytes");
}

bool UpdateIn::attribute_value(AttrCode code, Value& v, Problem& problem) {
  const AttrForm form = bgp::attr_form(code);
  // The Go tool shows these in hex.
  if (form > AttrForm::mp_unreach && given_in_hex(v)) return unknown(v, problem);
  switch (form) {
    case AttrForm::origin: return origin(v, problem);
    case AttrForm::as_path: return as_path(v, four_bytes(), problem);
    case AttrForm::as4_path: note_as4(); return as_path(v, true, problem);
    case AttrForm::address: return address(v, problem);
    case AttrForm::address_list: return addresses(v, problem);
    case AttrForm::number: return number32(v, problem);
    case AttrForm::aggregator: return aggregator(v, four_bytes(), problem);
    case AttrForm::as4_aggregator: note_as4(); return aggregator(v, true, problem);
    case AttrForm::communities: return communities(v, problem);
    case AttrForm::large_communities: return large_communities(v, problem);
    case AttrForm::ext_communities: return ext_communities(v, problem);
    case AttrForm::mp_reach: return mp(v, true, problem);
    case AttrForm::mp_unreach: return mp(v, false, problem);
    case AttrForm::ipv6_ext_communities: return ipv6_ext_communities(v, problem);
    case AttrForm::pmsi_tunnel: return pmsi_tunnel(v, problem);
    case AttrForm::tunnel_encap: return tunnel_encap(v, problem);
    case AttrForm::aigp: return aigp(v, problem);
    case AttrForm::prefix_sid: return prefix_sid(v, problem);
    case AttrForm::attr_set: return attr_set(v, problem);
    case AttrForm::raw: break;
  }
  return unknown(v, problem);
}

bool UpdateIn::origin(Value& v, Problem& problem) {
  const std::string_view t = token(v);
  std::uint64_t n = 0;
  if (t == "\"IGP\"")
    n = 0;
  else if (t == "\"EGP\"")
    n = 1;
  else if (t == "\"INCOMPLETE\"")
    n = 2;
  else if (!read_number(v, 255, n))
    return problem.set("not IGP, EGP, INCOMPLETE or a number up to 255");
  attrs_.push(static_cast<std::uint8_t>(n));
  return true;
}

bool UpdateIn::number32(Value& v, Problem& problem) {
  std::uint64_t n = 0;
  if (!read_number(v, 0xffffffff, n)) return problem.set("not a number up to 4294967295");
  base::Writer(attrs_).u32(static_cast<std::uint32_t>(n));
  return true;
}

bool UpdateIn::asn(Value& v, bool as4, Problem& problem) {
  std::uint64_t n = 0;
  if (!read_number(v, 0xffffffff, n)) return problem.set("not an AS number");
  if (!fits_width(n, as4)) return false;
  if (as4)
    base::Writer(attrs_).u32(static_cast<std::uint32_t>(n));
  else
    base::Writer(attrs_).u16(static_cast<std::uint16_t>(n));
  return true;
}

// Numbers in a row are one sequence, cut at 255; see put_as_path for the other forms.
bool UpdateIn::as_path(Value& v, bool as4, Problem& problem) {
  note_as();
  std::size_t sequence = 0;  // where the open one starts, 0 if there is none
  return each_element(v, problem, [&](Value& item) {
    if (is_array(item) || is_object(item)) {
      sequence = 0;
      return is_array(item) ? segment(item, 1, as4, problem) : segment_object(item, as4, problem);
    }
    if (sequence == 0 || attrs_.data()[sequence + 1] == 255) {
      sequence = attrs_.size();
      attrs_.push(2);
      attrs_.push(0);
    }
    ++attrs_.data()[sequence + 1];
    return asn(item, as4, problem);
  });
}

bool UpdateIn::segment(Value& v, std::uint8_t type, bool as4, Problem& problem) {
  const std::size_t at = attrs_.size();
  attrs_.push(type);
  attrs_.push(0);
  const bool done = each_element(v, problem, [&](Value& item) {
    if (attrs_.data()[at + 1] == 255) return problem.set("more than 255 AS numbers in one segment");
    ++attrs_.data()[at + 1];
    return asn(item, as4, problem);
  });
  if (done && attrs_.data()[at + 1] == 0) attrs_.truncate(at);
  return done;
}

bool UpdateIn::segment_object(Value& v, bool as4, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not well-formed JSON");
  return each_member(object, problem, [&](std::string_view type, Value& asns) {
    if (type == "set") return segment(asns, 1, as4, problem);
    if (type == "sequence") return segment(asns, 2, as4, problem);
    if (type == "confed_sequence") return segment(asns, 3, as4, problem);
    if (type == "confed_set") return segment(asns, 4, as4, problem);
    return problem.set("not a type of path segment");
  });
}

bool UpdateIn::address(Value& v, Problem& problem) {
  std::string_view text;
  std::uint8_t four[4] = {};
  if (!read_string(v, text) || (!text.empty() && !take_v4(text, four))) return problem.set("not an IPv4 address");
  attrs_.append(base::Bytes(four));
  return true;
}

bool UpdateIn::aggregator(Value& v, bool as4, Problem& problem) {
  note_as();
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object with asn and addr");
  std::uint64_t as = 0;
  std::uint8_t four[4] = {};
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    std::string_view text;
    if (key == "asn") return read_number(item, 0xffffffff, as) || problem.set("asn is not an AS number");
    if (key == "addr")
      return (read_string(item, text) && (text.empty() || take_v4(text, four))) ||
             problem.set("addr is not an IPv4 address");
    return true;
  });
  if (!done || !fits_width(as, as4)) return false;
  base::Writer w(attrs_);
  if (as4)
    w.u32(static_cast<std::uint32_t>(as));
  else
    w.u16(static_cast<std::uint16_t>(as));
  w.bytes(four);
  return true;
}

bool UpdateIn::communities(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    std::uint8_t* const p = attrs_.reserve(4);
    const auto take = [p](std::string_view text) {
      if (take_parts(text, 2, 2, p)) return true;
      const auto named = bgp::parse_well_known_community(text);
      if (named) base::store(p, static_cast<std::uint32_t>(named->asn << 16 | named->value));
      return named.has_value();
    };
    if (!read_text(item, take)) return problem.set("not a community like \"65000:100\"");
    attrs_.commit(4);
    return true;
  });
}

bool UpdateIn::large_communities(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    std::uint8_t* const p = attrs_.reserve(12);
    if (!read_text(item, [p](std::string_view text) { return take_parts(text, 3, 4, p); }))
      return problem.set("not a community like \"65000:1:2\"");
    attrs_.commit(12);
    return true;
  });
}

bool UpdateIn::addresses(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) { return address(item, problem); });
}

// {"asn":65000,"attrs":{…}}
bool UpdateIn::attr_set(Value& v, Problem& problem) {
  if (depth_ == max_attr_set_depth) return problem.set("nested too deep: give it in hex");
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object with asn and attrs");
  const std::size_t at = base::Writer(attrs_).hole<std::uint32_t>();
  ++depth_;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    std::uint64_t origin = 0;
    if (key == "attrs") return attributes(item, problem) || problem.in("attrs");
    if (key != "asn") return true;
    if (!read_number(item, 0xffffffff, origin)) return problem.set("asn is not an AS number");
    base::Writer(attrs_).patch(at, static_cast<std::uint32_t>(origin));
    return true;
  });
  --depth_;
  return done;
}

bool UpdateIn::unknown(Value& v, Problem& problem) {
  bool empty = false;
  if (read_bool(v, empty)) return empty || problem.set("neither true nor hex");
  return read_hex(v, attrs_) || problem.set("neither true nor hex");
}

}  // namespace format
