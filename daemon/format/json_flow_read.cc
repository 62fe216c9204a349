#include <simdjson.h>

#include <charconv>

#include "base/text.hh"
#include "bgp/flowspec.hh"
#include "bgp/nlri.hh"
#include "format/json_flow.hh"
#include "format/json_in.hh"

namespace format {

namespace {

using bgp::FlowForm;
using bgp::FlowOp;

// All 64 bits, which take_number has not: decimal or hex, quoted or not.
bool read_64(Value& v, std::uint64_t& out) {
  std::string_view t = token(v);
  if (t.size() >= 2 && t.front() == '"' && t.back() == '"') t = t.substr(1, t.size() - 2);
  const bool hex = t.starts_with("0x") || t.starts_with("0X");
  if (hex) t.remove_prefix(2);
  const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), out, hex ? 16 : 10);
  return ec == std::errc{} && end == t.data() + t.size();
}

// A name in any case, or one of the words false and true, which are not quoted.
template <std::size_t n>
bool read_comparison(Value& v, const std::array<std::string_view, n>& names, std::uint8_t& bits) {
  const std::string text = base::upper(token(v));
  for (std::size_t i = 0; i < n; ++i)
    if (base::upper(names[i]) == text) {
      bits = static_cast<std::uint8_t>(i);
      return true;
    }
  return false;
}

bool read_op(Value& v, FlowForm form, base::Buffer& out, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object with op and val");
  std::uint64_t value = 0, width = 0;
  std::uint8_t comparison = 0;
  bool also = false, has_value = false;
  const bool read = each_member(object, problem, [&](std::string_view key, Value& member) {
    if (key == "and") return read_bool(member, also) || problem.set("and is neither true nor false");
    if (key == "op")
      return (form == FlowForm::numeric ? read_comparison(member, flow_comparisons, comparison)
                                        : read_comparison(member, flow_matches, comparison)) ||
             problem.set(form == FlowForm::numeric ? "op is not one like \"==\"" : "op is not one like \"ANY\"");
    if (key == "val") return (has_value = read_64(member, value)) || problem.set("val is not a number of 64 bits");
    if (key == "len")
      return (read_number(member, 8, width) && std::has_single_bit(width)) || problem.set("len is not 1, 2, 4 or 8");
    return problem.set("not a member of an operator: and, op, len, val");
  });
  if (!read) return false;
  if (!has_value) return problem.set("val is missing");
  if (width == 0) width = bgp::flow_width(value);
  if (bgp::flow_width(value) > width) return problem.set("val is wider than len says");
  bgp::append_flow_op(out, static_cast<std::uint8_t>(comparison | (also ? FlowOp::and_bit : 0)), width, value);
  return true;
}

bool read_ops(Value& v, FlowForm form, base::Buffer& out, Problem& problem) {
  std::size_t last = out.size(), next = last;
  const bool read = each_element(v, problem, [&](Value& item) {
    last = next;
    if (!read_op(item, form, out, problem)) return false;
    next = out.size();
    return true;
  });
  if (!read) return false;
  if (next == last) return problem.set("a list without operators");
  out.data()[last] |= FlowOp::end_bit;
  return true;
}

// "addr/len", or "addr/offset-len" in IPv6.
bool take_flow_prefix(std::string_view text, bgp::Afi afi, bgp::FlowPrefix& p) {
  const std::size_t slash = text.rfind('/'), dash = text.rfind('-');
  if (afi == bgp::Afi::ipv4 || slash == std::string_view::npos || dash == std::string_view::npos || dash < slash) {
    PrefixText plain;
    if (!take_prefix(text, afi, plain) || plain.has_path_id) return false;
    p.length = plain.length;
    std::memcpy(p.address.data(), plain.bytes, afi == bgp::Afi::ipv6 ? 16 : 4);
    return true;
  }
  std::uint64_t offset = 0, length = 0;
  if (!take_number(text.substr(slash + 1, dash - slash - 1), 128, offset) ||
      !take_number(text.substr(dash + 1), 128, length) || (offset != 0 && offset >= length))
    return false;
  p.offset = static_cast<std::uint8_t>(offset);
  p.length = static_cast<std::uint8_t>(length);
  return take_v6(text.substr(0, slash), p.address.data());
}

bool read_flow_prefix(Value& v, bgp::Afi afi, base::Buffer& out, Problem& problem) {
  bgp::FlowPrefix p;
  if (!read_text(v, [&](std::string_view text) { return take_flow_prefix(text, afi, p); }))
    return problem.set(afi == bgp::Afi::ipv6 ? "not an IPv6 prefix" : "not an IPv4 prefix");
  bgp::append_flow_prefix(out, p, afi);
  return true;
}

// The components of one rule as they are read, put in the order of their types at the end (RFC 8955 4.2).
class ComponentsIn {
 public:
  ComponentsIn(bgp::Afi afi, base::Buffer& bytes) : afi_(afi), bytes_(bytes) { bytes_.clear(); }

  bool read(std::string_view key, Value& v, Problem& problem) {
    const auto type = bgp::parse_flow_type(key);
    if (!type) return problem.set("not a component of a flowspec rule") || problem.in(key);
    if (count_ == pieces_.size()) return problem.set("more components than a rule has");
    const FlowForm form = bgp::flow_form(*type, afi_);
    const std::size_t from = bytes_.size();
    bytes_.push(static_cast<std::uint8_t>(*type));
    bool done = false;
    if (form == FlowForm::prefix)
      done = read_flow_prefix(v, afi_, bytes_, problem);
    else if (is_string(v))
      done = read_hex(v, bytes_) || problem.set("not hex");
    else if (form == FlowForm::unknown)
      problem.set("a component of this type is given in hex");
    else
      done = read_ops(v, form, bytes_, problem);
    pieces_[count_++] = {*type, from, bytes_.size()};
    return done || problem.in(key);
  }
  bool finish(base::Buffer& rule, Problem& problem) {
    const auto pieces = std::span(pieces_).first(count_);
    std::ranges::sort(pieces, {}, &Piece::type);
    if (std::ranges::adjacent_find(pieces, {}, &Piece::type) != pieces.end())
      return problem.set("a component stands twice");
    rule.clear();
    for (const Piece& p : pieces) rule.append(bytes_.view().subspan(p.from, p.to - p.from));
    return true;
  }

 private:
  struct Piece {
    bgp::FlowType type{};
    std::size_t from = 0, to = 0;
  };
  bgp::Afi afi_;
  base::Buffer& bytes_;
  std::array<Piece, 16> pieces_{};
  std::size_t count_ = 0;
};

}  // namespace

bool UpdateIn::flow_rules(Value& v, bgp::Family f, Problem& problem) {
  const bool has_rd = bgp::nlri_form(f) == bgp::NlriForm::flowspec_vpn;
  return each_element(v, problem, [&](Value& item) {
    Object object;
    if (item.get_object().get(object)) return problem.set("not an object with the components of a rule");
    ComponentsIn components(f.afi, entry_);
    std::optional<std::array<std::uint8_t, 8>> rd;
    std::optional<std::uint32_t> id;
    bool raw = false;
    const bool read = each_member(object, problem, [&](std::string_view key, Value& member) {
      if (key == "id") return read_path_id(member, id, problem);
      if (key == "rd") return read_rd(member, rd, problem);
      if (key != "raw") return components.read(key, member, problem);
      raw = true;
      rule_.clear();
      return read_hex(member, rule_) || problem.set("raw is not hex");
    });
    if (!read) return false;
    if (raw) {
      if (bgp::nlri_size(rule_, f) != rule_.size()) return problem.set("raw is not one rule behind its length");
      if (!put_path_id(f, id, nlri_)) return false;
      nlri_.append(rule_.view());
      return true;
    }
    if (has_rd && !rd) return problem.set("rd is missing");
    if (!components.finish(rule_, problem) || !put_path_id(f, id, nlri_)) return false;
    return bgp::append_flow_rule(nlri_, {has_rd ? rd->data() : nullptr, rule_, false}) ||
           problem.set("a rule is longer than 4095 bytes");
  });
}

}  // namespace format
