#include <simdjson.h>

#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "format/json_in.hh"

namespace format {

void UpdateIn::restart(const bgp::Context& context) {
  context_ = context;
  without_ids_ = {};
  as_written_ = again_ = has_raw_ = has_as4_ = false;
  for (base::Buffer* b : {&reach_, &unreach_, &attrs_, &raw_}) b->clear();
}

bool UpdateIn::read(Object object, Problem& problem) {
  const bool done = each_member(object, problem, [&](std::string_view key, Value& v) {
    return member(key, v, problem) || (!again_ && problem.in(key));
  });
  if (!done || again_) return false;
  if (wide_ && has_as4_) return problem.set("an AS number over 65535 stands outside of AS4PATH in a 2-byte message");
  return true;
}

bool UpdateIn::member(std::string_view key, Value& v, Problem& problem) {
  if (is_null(v)) return true;
  if (key == "reach") return prefixes(v, bgp::ipv4_unicast, reach_, problem);
  if (key == "unreach") return prefixes(v, bgp::ipv4_unicast, unreach_, problem);
  if (key == "attrs") return attributes(v, problem);
  if (key == "as4") {
    bool as4 = true;
    if (!read_bool(v, as4)) return problem.set("neither true nor false");
    if (!as4) two_byte_as();
    return true;
  }
  if (key == "addpath") return families(v, problem);
  if (key == "raw") return (has_raw_ = read_hex(v, raw_)) || problem.set("not hex");
  return true;
}

void UpdateIn::two_byte_as() {
  if (!context_.as4 || wide_) return;
  context_.as4 = false;
  again_ = again_ || as_written_;
}

// A script may put a number into the line of a 2-byte message that does not fit there. The whole message is then read
// with 4 bytes, and RFC 6793 4.2.2 makes AS4_PATH where it leaves for a 2-byte leg.
bool UpdateIn::fits_width(std::uint64_t asn, bool as4) {
  if (as4 || asn <= 0xffff) return true;
  wide_ = again_ = true;
  context_.as4 = true;
  return false;
}

// False if entries of the family were already written without.
bool UpdateIn::path_ids(bgp::Family f) {
  context_.add_path.add(f);
  if (!without_ids_.has(f)) return true;
  again_ = true;
  return false;
}

bool UpdateIn::families(Value& v, Problem& problem) {
  bool all = false;
  if (!is_array(v)) {
    if (!read_bool(v, all) || !all) return problem.set("neither a list nor true");
    again_ = again_ || !without_ids_.empty();
    context_.add_path = bgp::FamilySet::all();
    return true;
  }
  return each_element(v, problem, [&](Value& item) {
    std::string_view text;
    if (!read_string(item, text)) return problem.set("not the name of a family");
    const auto f = bgp::parse_family(text);
    if (!f) return problem.set("not the name of a family");
    (void)path_ids(*f);
    return true;
  });
}

bool UpdateIn::prefixes(Value& v, bgp::Family f, base::Buffer& out, Problem& problem) {
  bool add_path = context_.add_path.has(f);
  Array list;
  if (v.get_array().get(list)) return problem.set("not a list");
  if (f.afi == bgp::Afi::ipv4 && !add_path) {
    const std::size_t before = out.size();
    std::string_view text;
    if (list.raw_json().get(text)) return problem.set("not well-formed JSON");
    if (take_plain_prefixes_v4(text, out)) {
      if (out.size() != before) without_ids_.add(f);
      return true;
    }
    if (list.reset().error()) return problem.set("not well-formed JSON");
  }
  return each_element(list, problem, [&](Value& item) {
    PrefixText prefix;
    if (!read_text(item, [&](std::string_view text) { return take_prefix(text, f.afi, prefix); }))
      return problem.set(f.afi == bgp::Afi::ipv6 ? "not an IPv6 prefix" : "not an IPv4 prefix");
    if (prefix.has_path_id && !add_path) {
      if (!path_ids(f)) return false;
      add_path = true;
    }
    const std::size_t bytes = (prefix.length + 7u) / 8;
    std::uint8_t* p = out.reserve(5 + sizeof prefix.bytes);
    if (add_path) {
      base::store(p, prefix.has_path_id ? prefix.path_id : 0);
      p += 4;
    } else {
      without_ids_.add(f);
    }
    *p = prefix.length;
    std::memcpy(p + 1, prefix.bytes, sizeof prefix.bytes);
    out.commit(bytes + (add_path ? 5 : 1));
    return true;
  });
}

bool UpdateIn::append_body(base::Buffer& out) const {
  if (has_raw_) {
    out.append(raw_.view());
    return true;
  }
  return bgp::append_update_body(out, unreach_, attrs_, reach_);
}

}  // namespace format
