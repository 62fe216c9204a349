#include <simdjson.h>

#include <algorithm>

#include "base/text.hh"
#include "format/json_in.hh"

namespace format {

bool TagsIn::read(Value& v, std::vector<bgp::Tag>& tags, Problem& problem) {
  if (token(v) == "\"\"") return true;
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object");
  // The lines of one peer have the same tags, mostly.
  std::string_view text;
  if (object.raw_json().get(text)) return problem.set("not well-formed JSON");
  if (text == last_text_) {
    tags.resize(std::max(tags.size(), last_.size()));
    std::ranges::copy(last_, tags.begin());
    count_ = last_.size();
    return true;
  }
  if (object.reset().error() || !members(object, tags, problem)) return false;
  if (text.size() > most_kept) return true;
  last_text_ = text;
  last_.assign(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(count_));
  return true;
}

bool TagsIn::members(Object& object, std::vector<bgp::Tag>& tags, Problem& problem) {
  return each_member(object, problem, [&](std::string_view key, Value& item) {
    if (is_null(item)) return true;
    take_text(key, key_);
    if (!value(item, problem)) return problem.in(key_);
    if (value_.empty()) return true;
    // The look-up in slot() is linear.
    if (count_ == max_tags) return problem.set("too many tags");
    std::swap(slot(tags).value, value_);
    return true;
  });
}

// The tag named key_. Lines follow each other with the same keys, so the one that stands next is mostly it already.
bgp::Tag& TagsIn::slot(std::vector<bgp::Tag>& tags) {
  for (std::size_t i = 0; i < count_; ++i)
    if (tags[i].key == key_) return tags[i];
  if (count_ == tags.size()) tags.emplace_back();
  bgp::Tag& next = tags[count_++];
  if (next.key != key_) next.key = key_;
  return next;
}

// Strings as their bytes, everything else as it stands in the line.
bool TagsIn::value(Value& v, Problem& problem) {
  std::string_view utf8;
  if (is_string(v)) {
    if (!read_string(v, utf8)) return problem.set("not well-formed JSON");
    take_text(utf8, value_);
    return true;
  }
  if (is_object(v)) {
    Object object;
    if (v.get_object().get(object) || object.raw_json().get(utf8)) return problem.set("not well-formed JSON");
  } else if (is_array(v)) {
    Array array;
    if (v.get_array().get(array) || array.raw_json().get(utf8)) return problem.set("not well-formed JSON");
  } else {
    utf8 = token(v);
  }
  take_text(base::trim(utf8), value_);
  return true;
}

}  // namespace format
