#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "bgp/srv6.hh"
#include "bgp/tunnel.hh"
#include "format/json_in.hh"

namespace format {

namespace {

using bgp::TlvShape;
using bgp::TlvWriter;

enum class Found { no, yes, bad };

Found find(Object& object, std::string_view key, Value& v) {
  const auto error = object.find_field_unordered(key).get(v);
  if (error == simdjson::NO_SUCH_FIELD) return Found::no;
  return error ? Found::bad : Found::yes;
}

// A number, or a name that stands for one.
template <class Parse>
bool read_code(Value& v, std::uint64_t max, Parse parse, std::uint64_t& code) {
  if (read_number(v, max, code)) return true;
  const auto named = parse(inner(v));
  if (named) code = *named;
  return named.has_value();
}

// The type of an item stands first on the wire, wherever it stands in the object.
template <class Parse>
bool read_item(Value& item, std::uint64_t max, Parse parse, Object& object, std::uint64_t& type, Problem& problem) {
  Value v;
  if (item.get_object().get(object)) return problem.set("not an object with a type");
  return (find(object, "type", v) == Found::yes && read_code(v, max, parse, type)) || problem.set("type is not known");
}

bool read_data(Object& object, base::Buffer& out, Problem& problem) {
  Value v;
  return (find(object, "data", v) == Found::yes && read_hex(v, out)) || problem.set("data is not hex");
}

// "192.0.2.1", or hex.
bool read_tunnel_id(Value& v, base::Buffer& out) {
  std::uint8_t b[16];
  std::string_view text;
  if (!read_string(v, text)) return false;
  if (take_v4(text, b))
    out.append(base::Bytes(b, 4));
  else if (text.find(':') == std::string_view::npos)
    return take_hex(text, out);
  else if (take_v6(text, b))
    out.append(base::Bytes(b, 16));
  else
    return false;
  return true;
}

bool read_range(Value& v, base::Buffer& out, Problem& problem) {
  std::uint64_t pair[2] = {};
  std::size_t count = 0;
  const bool done = each_element(v, problem, [&](Value& n) {
    return (count < 2 && read_number(n, 0xffffff, pair[count++])) || problem.set("not like [16000,8000]");
  });
  if (!done || count != 2) return problem.set("not like [16000,8000]");
  bgp::encode(out, bgp::SrgbRange{static_cast<std::uint32_t>(pair[0]), static_cast<std::uint32_t>(pair[1])});
  return true;
}

// {"block":32,"node":16,"function":16,"argument":0,"transposition":16,"offset":48}
bool read_structure(Value& v, std::uint8_t* six, Problem& problem) {
  static constexpr std::string_view names[] = {"block", "node", "function", "argument", "transposition", "offset"};
  Object object;
  if (v.get_object().get(object)) return problem.set("structure is not an object");
  return each_member(object, problem, [&](std::string_view key, Value& item) {
    const auto name = std::ranges::find(names, key);
    std::uint64_t n = 0;
    if (name == std::end(names)) return true;
    if (!read_number(item, 255, n)) return problem.set("structure holds something else than numbers up to 255");
    six[name - names] = static_cast<std::uint8_t>(n);
    return true;
  });
}

bool read_sid(Value& v, base::Buffer& out, Problem& problem) {
  Object object;
  std::uint8_t sid[16], structure[bgp::Srv6Sid::structure_size] = {};
  std::uint64_t flags = 0, behavior = 0;
  bool has_sid = false, has_structure = false;
  if (v.get_object().get(object)) return problem.set("not an object with a sid");
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    const auto take = [&](std::string_view text) { return take_v6(text, sid); };
    if (key == "sid") return (has_sid = read_text(item, take)) || problem.set("sid is not an IPv6 address");
    if (key == "flags") return read_number(item, 255, flags) || problem.set("flags is not a number up to 255");
    if (key == "behavior")
      return read_number(item, 0xffff, behavior) || problem.set("behavior is not a number up to 65535");
    if (key == "structure") return has_structure = read_structure(item, structure, problem);
    return true;
  });
  if (!done) return false;
  if (!has_sid) return problem.set("sid is missing");
  TlvWriter tlv(out, TlvShape::prefix_sid, bgp::Srv6Sid::type);
  bgp::encode(out, bgp::Srv6Sid{sid, static_cast<std::uint8_t>(flags), static_cast<std::uint16_t>(behavior),
                                has_structure ? base::Bytes(structure) : base::Bytes{}});
  return tlv.close();
}

bool read_segment(Object& object, std::uint64_t type, base::Buffer& out, Problem& problem) {
  Value v;
  std::uint64_t flags = 0, index = 0;
  const Found raw = find(object, "data", v);
  if (raw == Found::yes) return read_hex(v, out) || problem.set("data is not hex");
  if (raw == Found::no && find(object, "flags", v) == Found::yes && !read_number(v, 0xffff, flags))
    return problem.set("flags is not a number up to 65535");
  if (raw == Found::no && type == bgp::prefix_sid_tlv::label_index) {
    if (find(object, "index", v) != Found::yes || !read_number(v, 0xffffffff, index))
      return problem.set("index is not a number up to 4294967295");
    bgp::encode(out, bgp::LabelIndex{static_cast<std::uint16_t>(flags), static_cast<std::uint32_t>(index)});
    return true;
  }
  if (raw == Found::no && type == bgp::prefix_sid_tlv::originator_srgb) {
    base::Writer(out).u16(static_cast<std::uint16_t>(flags));
    if (find(object, "ranges", v) != Found::yes) return problem.set("ranges is missing");
    return each_element(v, problem, [&](Value& range) { return read_range(range, out, problem); });
  }
  if (raw == Found::no && find(object, "sids", v) == Found::yes) {
    out.push(0);
    return each_element(v, problem, [&](Value& sid) { return read_sid(sid, out, problem); });
  }
  return problem.set("data is missing");
}

}  // namespace

bool UpdateIn::pmsi_tunnel(Value& v, Problem& problem) {
  Object object;
  std::uint64_t flags = 0, type = 0, label = 0, vni = 0;
  bool has_label = false, has_vni = false;
  hop_.clear();
  if (v.get_object().get(object)) return problem.set("not an object");
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    if (key == "tunnel_flags")
      return read_number(item, 255, flags) || problem.set("tunnel_flags is not a number up to 255");
    if (key == "type") return read_code(item, 255, bgp::parse_pmsi_type, type) || problem.set("type is not known");
    if (key == "label") return (has_label = read_number(item, 0xfffff, label)) || problem.set("label is not a label");
    if (key == "vni") return (has_vni = read_number(item, 0xffffff, vni)) || problem.set("vni is not a VNI");
    if (key == "id") return read_tunnel_id(item, hop_) || problem.set("id is neither an address nor hex");
    return true;
  });
  if (!done) return false;
  // Both are readings of the same bits.
  if (has_label && has_vni && vni >> 4 != label) return problem.set("label and vni disagree: give one of them");
  bgp::encode(attrs_, bgp::PmsiTunnel{static_cast<std::uint8_t>(flags), static_cast<std::uint8_t>(type),
                                      static_cast<std::uint32_t>(has_vni ? vni : label << 4), hop_});
  return true;
}

bool UpdateIn::tunnel_encap(Value& v, Problem& problem) {
  const auto sub = [&](Value& item) {
    Object object;
    std::uint64_t type = 0;
    if (!read_item(item, 255, bgp::parse_tunnel_sub, object, type, problem)) return false;
    TlvWriter tlv(attrs_, TlvShape::tunnel_sub, static_cast<std::uint16_t>(type));
    return read_data(object, attrs_, problem) && (tlv.close() || problem.set("data is too long"));
  };
  return each_element(v, problem, [&](Value& item) {
    Object object;
    Value subs;
    std::uint64_t type = 0;
    if (!read_item(item, 0xffff, bgp::parse_tunnel_type, object, type, problem)) return false;
    TlvWriter tlv(attrs_, TlvShape::tunnel, static_cast<std::uint16_t>(type));
    if (find(object, "tlvs", subs) != Found::yes) return problem.set("tlvs is missing");
    return each_element(subs, problem, sub) && (tlv.close() || problem.set("longer than 65535 bytes"));
  });
}

bool UpdateIn::prefix_sid(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    Object object;
    std::uint64_t type = 0;
    if (!read_item(item, 255, bgp::parse_prefix_sid, object, type, problem)) return false;
    TlvWriter tlv(attrs_, TlvShape::prefix_sid, static_cast<std::uint16_t>(type));
    return read_segment(object, type, attrs_, problem) && (tlv.close() || problem.set("longer than 65535 bytes"));
  });
}

bool UpdateIn::aigp(Value& v, Problem& problem) {
  std::string_view text = inner(v);
  if (text.empty()) text = token(v);
  std::uint64_t metric = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, metric);
  if (error != std::errc{} || end != stop) return problem.set("not a number up to 18446744073709551615");
  bgp::encode_aigp(attrs_, metric);
  return true;
}

}  // namespace format
