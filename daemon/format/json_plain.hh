// UPDATEs as both tools print them: no spaces of choice, no escapes, members in their usual order and form. One pass
// over the text, straight into wire form, because most lines are such. Every other line is left to the full reader,
// sound or not, so nothing is said about errors here; what is read is what that one reads.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"
#include "bgp/context.hh"

namespace format {

// The elements of a line up to its data: ["R",243,"2025-07-11T11:23:50.860","UPDATE", also with the length of 2024.
struct PlainStart {
  bgp::Direction direction{};
  std::uint64_t seq = 0;
  std::string_view time;
};
// Takes them from the front; the same is asked of the text as by PlainUpdate.
bool take_plain_start(std::string_view& text, PlainStart& start) noexcept;

// Takes what its functions are named after from the front of the text and puts it on the wire; false: it is not plain.
class PlainUpdate {
 public:
  // Behind the text `readable_behind` characters can be read, the first of which is a space or a control character:
  // everything here stops at it.
  explicit PlainUpdate(std::string_view text) noexcept : p_(text.data()), end_(text.data() + text.size()) {}
  static constexpr std::size_t readable_behind = 64;

  // {"reach":[…],"unreach":[…],"as4":false,"attrs":{…}}. Appends the body; reach is memory to work with.
  bool take(base::Buffer& body, base::Buffer& reach);
  const char* rest() const noexcept { return p_; }
  bgp::Context context() const;

 private:
  template <std::size_t N>
  bool literal(const char (&text)[N]) noexcept {
    if (std::memcmp(p_, text, N - 1) != 0) return false;
    p_ += N - 1;
    return true;
  }
  bool character(char c) noexcept {
    if (*p_ != c) return false;
    ++p_;
    return true;
  }
  // What stands behind a quote, without it and the one behind; at most `most` characters.
  std::optional<std::string_view> quoted(std::size_t most) noexcept;
  template <class One>
  bool list(One&& one);
  template <class T>
  void put(T v) noexcept {
    base::store(w_, v);
    w_ += sizeof v;
  }

  bool members(base::Buffer& reach);
  bool prefixes_v4();
  bool prefix_v6();
  bool attributes();
  bool attribute();
  bool flags(std::uint8_t& bits) noexcept;
  bool value(bgp::AttrForm form);
  bool origin() noexcept;
  bool as_path(bool as4) noexcept;
  bool as_set(bool as4) noexcept;
  bool as_number(bool as4) noexcept;
  bool number() noexcept;
  bool address() noexcept;
  bool address_v6() noexcept;
  bool aggregator(bool as4) noexcept;
  bool community() noexcept;
  bool large_community() noexcept;
  bool ext_community();
  bool mp_reach();
  bool mp_unreach();
  bool raw() noexcept;

  // Whether prefixes of a family were written with path ids.
  struct Ids {
    bool with = false, without = false;
  };

  const char* p_;
  const char* const end_;
  std::uint8_t* w_ = nullptr;
  bool as4_ = true;
  Ids v4_, v6_;
};

template <class One>
bool PlainUpdate::list(One&& one) {
  if (!character('[')) return false;
  if (character(']')) return true;
  do {
    if (!one()) return false;
  } while (character(','));
  return character(']');
}

}  // namespace format
