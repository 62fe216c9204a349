#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/text.hh"
#include "format/digits.hh"
#include "format/json_in.hh"

namespace format {

bool TagsIn::read(Value& v, std::vector<bgp::Tag>& tags, Problem& problem) {
  if (token(v) == "\"\"") return true;
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object");
  std::string_view text;
  if (object.raw_json().get(text)) return problem.set("not well-formed JSON");
  if (recall(text, tags)) return true;
  if (object.reset().error() || !members(object, tags, problem)) return false;
  if (text.size() > most_kept) return true;
  Known& k = known(text);
  k.text = text;
  k.tags.assign(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(count_));
  return true;
}

bool TagsIn::recall(std::string_view text, std::vector<bgp::Tag>& tags) {
  const Known& k = known(text);
  if (text != k.text || text.empty()) return false;
  tags.resize(std::max(tags.size(), k.tags.size()));
  std::ranges::copy(k.tags, tags.begin());
  count_ = k.tags.size();
  return true;
}

// Where a text is kept if it is known.
TagsIn::Known& TagsIn::known(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  const auto mix = [&](const char* p, std::size_t n) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, n);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  };
  constexpr std::size_t step = sizeof hash;
  if (text.size() < step) {
    mix(text.data(), text.size());
  } else {
    for (std::size_t at = 0; at + step < text.size(); at += step) mix(text.data() + at, step);
    mix(text.data() + text.size() - step, step);
  }
  return known_[hash >> 58];
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

bool TimeIn::read(std::string_view text, base::Nanos& time) {
  constexpr std::size_t whole = 19;
  if (text.size() == whole + 4 && text.substr(0, whole) == second_text_ && text[whole] == '.') {
    const unsigned a = digit(text[whole + 1]), b = digit(text[whole + 2]), c = digit(text[whole + 3]);
    if (a < 10 && b < 10 && c < 10) {
      time = second_ + (a * 100 + b * 10 + c) * base::millisecond;
      return true;
    }
  }
  if (!base::parse_time(text, time)) return false;
  if (text.size() < whole || time == 0) return true;
  second_text_ = text.substr(0, whole);
  const base::Nanos behind = time % base::second;
  second_ = time - (behind < 0 ? behind + base::second : behind);
  return true;
}

}  // namespace format
