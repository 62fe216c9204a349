#include <simdjson.h>

#include "format/json_ext_community.hh"
#include "format/json_in.hh"

namespace format {

namespace {

// A number, or a name that stands for one.
template <class Type, class Parse>
bool read_ext_type(Value& v, Parse parse, Type& type) {
  std::string_view text = token(v);
  if (text.starts_with('"') && !read_string(v, text)) return false;
  const auto parsed = parse(text);
  if (parsed) type = *parsed;
  return parsed.has_value();
}

// "nontransitive":true, where it stands.
bool read_non_transitive(Object& object, std::uint16_t& type, Problem& problem) {
  Value v;
  bool on = false;
  const auto error = object.find_field_unordered("nontransitive").get(v);
  if (error != simdjson::NO_SUCH_FIELD && (error || !read_bool(v, on)))
    return problem.set("nontransitive is neither true nor false");
  if (on) type |= bgp::ExtCommunity::non_transitive_bit;
  return true;
}

// {"terminal":true,"sample":false} and {"copy":true}.
bool read_ext_bits(Value& v, bgp::ExtForm form, std::uint64_t& bits, Problem& problem) {
  if (form != bgp::ExtForm::flow_action && form != bgp::ExtForm::redirect_nh)
    return problem.set("value is not of the form of its type");
  Object object;
  if (v.get_object().get(object)) return problem.set("not well-formed JSON");
  return each_member(object, problem, [&](std::string_view key, Value& item) {
    const bool copies = form == bgp::ExtForm::redirect_nh;
    const std::uint64_t bit = key == (copies ? "copy" : "terminal") ? 1 : !copies && key == "sample" ? 2 : 0;
    bool on = false;
    if (bit == 0) return true;
    if (!read_bool(item, on)) return problem.set("neither true nor false");
    if (on) bits |= bit;
    return true;
  });
}

}  // namespace

bool UpdateIn::ext_communities(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    Object object;
    if (item.get_object().get(object)) return problem.set("not an object with type and value");
    return ext_community(object, attrs_, problem);
  });
}

bool UpdateIn::ipv6_ext_communities(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    Object object;
    Value member;
    bgp::Ipv6ExtCommunity c;
    std::uint8_t address[16];
    const auto take = [&](std::string_view text) { return take_ipv6_ext_value(text, address, c.local); };
    if (item.get_object().get(object)) return problem.set("not an object with type and value");
    if (object.find_field_unordered("type").get(member) || !read_ext_type(member, bgp::parse_ipv6_ext_type, c.type))
      return problem.set("type is not known");
    if (object.find_field_unordered("value").get(member) || !read_text(member, take))
      return problem.set("value is not like \"[2001:db8::1]:100\"");
    if (!read_non_transitive(object, c.type, problem)) return false;
    c.address = address;
    bgp::encode(attrs_, c);
    return true;
  });
}

// The type decides the form of the value, so it is looked for first, wherever it stands.
bool UpdateIn::ext_community(Object& object, base::Buffer& out, Problem& problem) {
  Value v;
  bgp::ExtType type;
  bgp::ExtCommunity c;
  if (object.find_field_unordered("type").get(v) || !read_ext_type(v, bgp::parse_ext_type, type))
    return problem.set("type is not known");
  c.type = type.type;
  if (object.find_field_unordered("value").get(v)) return problem.set("value is missing");
  if (is_object(v)) {
    if (!read_ext_bits(v, type.form, c.value, problem)) return false;
  } else {
    std::string_view text = token(v);
    if (text.starts_with('"') && !read_string(v, text)) return problem.set("not well-formed JSON");
    if (!take_ext_value(type.form, text, c.value)) return problem.set("value is not of the form of its type");
  }
  if (!read_non_transitive(object, c.type, problem)) return false;
  bgp::encode(out, c);
  return true;
}

}  // namespace format
