// What the json_*_read.cc files share. After an error other than NO_SUCH_FIELD the parser must not be asked anything
// more of that line. They include <simdjson.h> before this file, which keeps that header out of all others.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"
#include "bgp/context.hh"
#include "bgp/message.hh"
#include "bgp/open.hh"
#include "format/take.hh"

namespace format {

using Value = simdjson::ondemand::value;
using Array = simdjson::ondemand::array;
using Object = simdjson::ondemand::object;

// What is wrong with a line, and in which member.
struct Problem {
  std::string where, what;
  // Always false, to return it.
  bool set(std::string_view text) {
    if (what.empty()) what = text;
    return false;
  }
  // Called on the way out, innermost first.
  bool in(std::string_view member) {
    where = std::string(member) + ": " + where;
    return false;
  }
};

// The value as it stands in the line, strings with their quotes. Scalars only. Does not move on.
inline std::string_view token(Value& v) {
  std::string_view t = v.raw_json_token();
  while (!t.empty() && static_cast<unsigned char>(t.back()) <= ' ') t.remove_suffix(1);
  return t;
}

// What stands between the quotes, escapes and all; empty if it is no string.
inline std::string_view inner(Value& v) {
  const std::string_view t = token(v);
  return t.size() >= 2 && t.front() == '"' && t.back() == '"' ? t.substr(1, t.size() - 2) : std::string_view{};
}

// A string; asked once for a value, because the parser has room for every string once. Views the line, or the parser's
// memory where there are escapes. UTF-8.
inline bool read_string(Value& v, std::string_view& out) {
  const std::string_view t = token(v);
  if (t.size() < 2 || t.front() != '"' || t.back() != '"') return false;
  out = t.substr(1, t.size() - 2);
  if (out.find('\\') == std::string_view::npos) return true;
  return v.get_string().get(out) == simdjson::SUCCESS;
}

// A string that take(text) reads. Those texts need no escapes, so they are looked for only when it fails.
template <class Take>
bool read_text(Value& v, Take&& take) {
  std::string_view text = inner(v);
  if (!text.empty() && take(text)) return true;
  return read_string(v, text) && take(text);
}

// A number, quoted or not.
inline bool read_number(Value& v, std::uint64_t max, std::uint64_t& out) {
  std::string_view t = token(v);
  if (t.size() >= 2 && t.front() == '"' && t.back() == '"') t = t.substr(1, t.size() - 2);
  return take_number(t, max, out);
}

inline bool read_bool(Value& v, bool& out) {
  const std::string_view t = token(v);
  out = t == "true" || t == "\"true\"" || t == "1";
  return out || t == "false" || t == "\"false\"" || t == "0";
}

inline bool read_hex(Value& v, base::Buffer& out) {
  std::string_view text;
  return read_string(v, text) && take_hex(text, out);
}

inline bool is_null(Value& v) { return token(v) == "null"; }
inline bool is_string(Value& v) { return token(v).starts_with('"'); }
inline bool is_object(Value& v) { return token(v).starts_with('{'); }
inline bool is_array(Value& v) { return token(v).starts_with('['); }

// Calls each(Value&) for the elements until it returns false.
template <class Each>
bool each_element(Array& array, Problem& problem, Each&& each) {
  for (auto item : array) {
    Value element;
    if (std::move(item).get(element)) return problem.set("not well-formed JSON");
    if (!each(element)) return false;
  }
  return true;
}
template <class Each>
bool each_element(Value& v, Problem& problem, Each&& each) {
  Array array;
  if (v.get_array().get(array)) return problem.set("not a list");
  return each_element(array, problem, each);
}

// The key of a member; views the line unless there are escapes.
inline bool read_key(simdjson::ondemand::field& field, std::string_view& key) {
  const char* const start = field.key().raw();
  const char* p = start;
  while (*p != '"' && *p != '\\') ++p;  // every string is known to be closed
  if (*p == '\\') return field.unescaped_key().get(key) == simdjson::SUCCESS;
  key = {start, static_cast<std::size_t>(p - start)};
  return true;
}

// Calls each(std::string_view key, Value&) for the members until it returns false.
template <class Each>
bool each_member(Object& object, Problem& problem, Each&& each) {
  for (auto item : object) {
    simdjson::ondemand::field field;
    std::string_view key;
    if (std::move(item).get(field) || !read_key(field, key)) return problem.set("not well-formed JSON");
    if (!each(key, field.value())) return false;
  }
  return true;
}

// Appends the instances of a capability, by its name and what stands under it.
using Capabilities = std::vector<std::pair<bgp::CapCode, base::Buffer>>;
bool read_capability(Capabilities& caps, std::string_view name, Value& v, Problem& problem);

// Members of entries of NLRI: a path id, a route distinguisher. What they set is left alone when they fail.
bool read_path_id(Value& v, std::optional<std::uint32_t>& id, Problem& problem);
bool read_rd(Value& v, std::optional<std::array<std::uint8_t, 8>>& rd, Problem& problem);

// Appends the body of the NOTIFICATION in that object.
bool read_notification(Object object, base::Buffer& body, Problem& problem);
// And of the ROUTE-REFRESH.
bool read_route_refresh(Object object, base::Buffer& body, Problem& problem);

// The same of what the Go tool prints, the data behind code and subcode as text. It was most often a shutdown (RFC
// 9003) and is read as one if it has that form, else as a Cease without subcode.
void read_notification_text(std::string_view utf8, base::Buffer& body);

// Appends the body of the report in that object.
bool read_report(Object object, base::Buffer& body, Problem& problem);

// Reads the last element of a line, into tags whose memory is used again.
class TagsIn {
 public:
  void start() noexcept { count_ = 0; }
  bool read(Value& v, std::vector<bgp::Tag>& tags, Problem& problem);
  // The tags of an object whose text was read lately; false, and nothing done, for any other.
  bool recall(std::string_view text, std::vector<bgp::Tag>& tags);
  // How many of the tags are of this line.
  std::size_t size() const noexcept { return count_; }

 private:
  // The lines of a peer have the same tags, mostly; the Go tool writes them in changing order.
  struct Known {
    std::string text;
    std::vector<bgp::Tag> tags;
  };
  static constexpr std::size_t max_tags = 1000, most_kept = 1024;
  Known& known(std::string_view text) noexcept;
  bool members(Object& object, std::vector<bgp::Tag>& tags, Problem& problem);
  bool value(Value& v, Problem& problem);
  bgp::Tag& slot(std::vector<bgp::Tag>& tags);

  std::string key_, value_;
  std::size_t count_ = 0;
  std::array<Known, 64> known_;
};

// Reads times. Lines come many to a second, and only the part up to it is costly.
class TimeIn {
 public:
  bool read(std::string_view text, base::Nanos& time);

 private:
  std::string second_text_;  // the last time read, to the second
  base::Nanos second_ = 0;
};

// Reads the data object of an UPDATE into the parts of a message. One instance is used again and again.
class UpdateIn {
 public:
  // False: problem says why, unless again() says that the line must be read once more, now with what it told about its
  // context at its end.
  bool read(Object object, Problem& problem);
  bool again() const noexcept { return again_; }
  // A new line.
  void start(const bgp::Context& context) {
    wide_ = false;
    restart(context);
  }
  // The same line once more.
  void restart(const bgp::Context& context);
  const bgp::Context& context() const noexcept { return context_; }
  // Appends the body; false if a part is longer than its length field can say.
  bool append_body(base::Buffer& out) const;

 private:
  bool member(std::string_view key, Value& v, Problem& problem);
  bool prefixes(Value& v, bgp::Family f, base::Buffer& out, Problem& problem);
  bool families(Value& v, Problem& problem);
  void two_byte_as();
  bool fits_width(std::uint64_t asn, bool as4);
  bool path_ids(bgp::Family f);

  bool attributes(Value& v, Problem& problem);
  bool attribute(std::string_view name, Value& v, Problem& problem);
  bool attribute_value(bgp::AttrCode code, Value& v, Problem& problem);
  bool origin(Value& v, Problem& problem);
  bool as_path(Value& v, bool as4, Problem& problem);
  bool segment_object(Value& v, bool as4, Problem& problem);
  bool segment(Value& v, std::uint8_t type, bool as4, Problem& problem);
  bool asn(Value& v, bool as4, Problem& problem);
  bool number32(Value& v, Problem& problem);
  bool address(Value& v, Problem& problem);
  bool aggregator(Value& v, bool as4, Problem& problem);
  bool communities(Value& v, Problem& problem);
  bool large_communities(Value& v, Problem& problem);
  bool addresses(Value& v, Problem& problem);
  bool ext_communities(Value& v, Problem& problem);
  bool ipv6_ext_communities(Value& v, Problem& problem);
  bool ext_community(Object& object, base::Buffer& out, Problem& problem);
  bool unknown(Value& v, Problem& problem);
  bool mp(Value& v, bool reach, Problem& problem);
  bool put_path_id(bgp::Family f, std::optional<std::uint32_t> id, base::Buffer& out);
  bool labelled(Value& v, bgp::Family f, bool reach, Problem& problem);
  bool evpn(Value& v, Problem& problem);
  bool route_targets(Value& v, Problem& problem);
  bool flow_rules(Value& v, bgp::Family f, Problem& problem);
  bool pmsi_tunnel(Value& v, Problem& problem);
  bool tunnel_encap(Value& v, Problem& problem);
  bool prefix_sid(Value& v, Problem& problem);
  bool aigp(Value& v, Problem& problem);
  bool attr_set(Value& v, Problem& problem);
  // RFC 6368 5: inside of an attribute set AS numbers have 4 bytes, whatever the message has.
  bool four_bytes() const noexcept { return context_.as4 || depth_ > 0; }
  void note_as4() noexcept { has_as4_ = has_as4_ || depth_ == 0; }
  void note_as() noexcept { as_written_ = as_written_ || depth_ == 0; }

  bgp::Context context_;
  bgp::FamilySet without_ids_;  // families with an entry written without a path id
  bool as_written_ = false;     // AS numbers were written in the width of the context
  bool again_ = false, has_raw_ = false;
  bool wide_ = false;     // an AS number stands in this line that a 2-byte message cannot hold
  bool has_as4_ = false;  // AS4PATH or AS4AGGREGATOR
  unsigned depth_ = 0;    // of attribute sets around what is read
  base::Buffer reach_, unreach_, attrs_, raw_, nlri_, hop_, entry_, rule_;
};

}  // namespace format
