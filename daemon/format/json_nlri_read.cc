// Labelled and VPN prefixes, and route targets.
#include <simdjson.h>

#include "bgp/ext_community.hh"
#include "bgp/labelled.hh"
#include "bgp/nlri.hh"
#include "format/json_in.hh"

namespace format {

namespace {

// Numbers, the last of which becomes the bottom of the stack, or whole fields in hex.
class LabelsIn {
 public:
  bool read(Value& v, Problem& problem) {
    size_ = 0;
    return each_element(v, problem, [&](Value& item) {
      if (size_ == max) return problem.set("more labels than an entry can hold");
      std::uint64_t label = 0;
      const std::string_view t = inner(item);
      exact_ = t.size() == 8 && t.starts_with("0x");
      if (!read_number(item, exact_ ? 0xffffff : 0xfffff, label))
        return problem.set("a label is neither a number of 20 bits nor a field like \"0x800000\"");
      put(exact_ ? static_cast<bgp::LabelField>(label) : bgp::label_field(static_cast<std::uint32_t>(label), false));
      return true;
    });
  }
  void withdraw() {
    size_ = 0;
    exact_ = true;
    put(bgp::withdrawn_label);
  }
  base::Bytes fields() {
    if (size_ != 0 && !exact_) bytes_[bgp::label_size * size_ - 1] |= 1;
    return base::Bytes(bytes_).first(bgp::label_size * size_);
  }
  bool empty() const { return size_ == 0; }

 private:
  void put(bgp::LabelField f) {
    std::uint8_t* const p = bytes_.data() + bgp::label_size * size_++;
    p[0] = static_cast<std::uint8_t>(f >> 16);
    p[1] = static_cast<std::uint8_t>(f >> 8);
    p[2] = static_cast<std::uint8_t>(f);
  }
  static constexpr std::size_t max = 255 / 24;
  std::array<std::uint8_t, bgp::label_size * max> bytes_{};
  std::size_t size_ = 0;
  bool exact_ = false;  // the last one was a whole field
};

constexpr bgp::Family route_target_family{bgp::Afi::ipv4, bgp::Safi::route_target};

}  // namespace

bool read_path_id(Value& v, std::optional<std::uint32_t>& id, Problem& problem) {
  std::uint64_t n = 0;
  if (!read_number(v, 0xffffffff, n)) return problem.set("id is not a number of 32 bits");
  id = static_cast<std::uint32_t>(n);
  return true;
}

bool read_rd(Value& v, std::optional<std::array<std::uint8_t, 8>>& rd, Problem& problem) {
  std::string_view text;
  const auto parsed = read_string(v, text) ? bgp::parse_rd(text) : std::nullopt;
  if (!parsed) return problem.set("rd is not a route distinguisher like \"65000:1\"");
  base::store(rd.emplace().data(), parsed->whole());
  return true;
}

// False when the line must be read again, because entries of the family were written without.
bool UpdateIn::put_path_id(bgp::Family f, std::optional<std::uint32_t> id, base::Buffer& out) {
  if (id && !context_.add_path.has(f) && !path_ids(f)) return false;
  if (context_.add_path.has(f))
    base::Writer(out).u32(id.value_or(0));
  else
    without_ids_.add(f);
  return true;
}

bool UpdateIn::labelled(Value& v, bgp::Family f, bool reach, Problem& problem) {
  const bool has_labels = f.safi != bgp::Safi::multicast_vpn, has_rd = bgp::nlri_form(f) == bgp::NlriForm::vpn;
  return each_element(v, problem, [&](Value& item) {
    Object object;
    if (item.get_object().get(object)) return problem.set("not an object with prefix and labels");
    LabelsIn labels;
    PrefixText prefix;
    std::optional<std::array<std::uint8_t, 8>> rd;
    std::optional<std::uint32_t> id;
    bool has_prefix = false;
    const bool read = each_member(object, problem, [&](std::string_view key, Value& member) {
      if (key == "rd") return read_rd(member, rd, problem);
      if (key == "id") return read_path_id(member, id, problem);
      if (key == "labels") return labels.read(member, problem);
      if (key != "prefix") return true;
      has_prefix = read_text(member, [&](std::string_view text) { return take_prefix(text, f.afi, prefix); });
      return has_prefix || problem.set(f.afi == bgp::Afi::ipv6 ? "not an IPv6 prefix" : "not an IPv4 prefix");
    });
    if (!read) return false;
    if (!has_prefix) return problem.set("prefix is missing");
    if (has_rd && !rd) return problem.set("rd is missing");
    if (has_labels && labels.empty()) {
      if (reach) return problem.set("labels is missing");
      labels.withdraw();
    }
    if (prefix.has_path_id) id = prefix.path_id;
    if (!put_path_id(f, id, nlri_)) return false;
    const bgp::LabelledNlri n{has_labels ? labels.fields() : base::Bytes{}, has_rd ? rd->data() : nullptr,
                              prefix.length, prefix.bytes};
    return bgp::append_labelled(nlri_, n, std::nullopt) || problem.set("more labels than an entry can hold");
  });
}

bool UpdateIn::route_targets(Value& v, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    Object object;
    if (item.get_object().get(object)) return problem.set("not an object with asn and target");
    std::optional<std::uint32_t> id;
    std::optional<std::uint64_t> asn, length;
    std::uint64_t number = 0;
    entry_.clear();  // what stands behind the origin AS
    const bool read = each_member(object, problem, [&](std::string_view key, Value& member) {
      if (key == "id") return read_path_id(member, id, problem);
      if (key == "asn") {
        if (!read_number(member, 0xffffffff, number)) return problem.set("asn is not a number of 32 bits");
        asn = number;
        return true;
      }
      if (key == "length") {
        if (!read_number(member, 255, number)) return problem.set("length is not a byte");
        length = number;
        return true;
      }
      if (key == "data") {
        entry_.clear();
        return read_hex(member, entry_) || problem.set("data is not hex");
      }
      if (key != "target") return true;
      Object target;
      entry_.clear();
      if (member.get_object().get(target)) return problem.set("target is not an object with type and value");
      return ext_community(target, entry_, problem);
    });
    if (!read) return false;
    if (!put_path_id(route_target_family, id, nlri_)) return false;
    base::Writer w(nlri_);
    if (length) {
      if (entry_.size() != (*length + 7) / 8) return problem.set("data is not as long as length says");
      w.u8(static_cast<std::uint8_t>(*length));
    } else {
      if (!asn) return problem.set("asn is missing");
      if (!entry_.empty() && entry_.size() != bgp::ExtCommunity::wire_size)
        return problem.set("data needs a length beside it");
      w.u8(entry_.empty() ? 32 : 96);
      w.u32(static_cast<std::uint32_t>(*asn));
    }
    w.bytes(entry_);
    return true;
  });
}

}  // namespace format
