// Typed views on the values of single attributes: ORIGIN, AGGREGATOR, and the lists of fixed-size items (COMMUNITIES,
// LARGE_COMMUNITY, CLUSTER_LIST; extended communities are in ext_community.hh). Views borrow the value, nothing is
// copied.
#pragma once

#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/types.hh"

namespace bgp {

// RFC 4271 5.1.1: "IGP", "EGP", "INCOMPLETE"; empty for others. parse takes them in any case.
std::string_view origin_name(std::uint8_t value) noexcept;
std::optional<std::uint8_t> parse_origin(std::string_view) noexcept;

// RFC 4271 5.1.7, RFC 6793 4: 6 or 8 bytes by context; AS4_AGGREGATOR is always the wide form.
struct Aggregator {
  Asn asn = 0;
  base::Address address;  // IPv4
};
std::optional<Aggregator> parse_aggregator(base::Bytes value, bool as4) noexcept;
// An AS number that needs 4 bytes becomes as_trans in the narrow form.
void encode(base::Buffer& out, const Aggregator&, bool as4);

// RFC 1997: "65000:100" is two halves.
struct Community {
  static constexpr std::size_t wire_size = 4;
  std::uint16_t asn = 0, value = 0;
  static Community read(const std::uint8_t* p) noexcept {
    return {base::load<std::uint16_t>(p), base::load<std::uint16_t>(p + 2)};
  }
  auto operator<=>(const Community&) const = default;
};

// RFC 8092.
struct LargeCommunity {
  static constexpr std::size_t wire_size = 12;
  std::uint32_t global = 0, local1 = 0, local2 = 0;
  static LargeCommunity read(const std::uint8_t* p) noexcept {
    return {base::load<std::uint32_t>(p), base::load<std::uint32_t>(p + 4), base::load<std::uint32_t>(p + 8)};
  }
  auto operator<=>(const LargeCommunity&) const = default;
};

// RFC 4456 8: an item of CLUSTER_LIST.
struct ClusterId {
  static constexpr std::size_t wire_size = 4;
  base::Address id;  // IPv4 form
  static ClusterId read(const std::uint8_t* p) noexcept { return {base::Address::v4(base::load<std::uint32_t>(p))}; }
  auto operator<=>(const ClusterId&) const = default;
};

// A name of the IANA registry "BGP Well-known Communities": "no-export", "NO_EXPORT", "blackhole".
std::optional<Community> parse_well_known_community(std::string_view) noexcept;

void encode(base::Buffer& out, const Community&);
void encode(base::Buffer& out, const LargeCommunity&);

// A value that is a list of items of one size: count, index, range-for. Bytes behind the last whole item are not shown;
// whole() tells whether there are any.
template <class Item>
class Items {
 public:
  explicit Items(base::Bytes value) noexcept : value_(value) {}
  bool whole() const noexcept { return value_.size() % Item::wire_size == 0; }
  std::size_t size() const noexcept { return value_.size() / Item::wire_size; }
  bool empty() const noexcept { return size() == 0; }
  Item operator[](std::size_t i) const noexcept { return Item::read(value_.data() + i * Item::wire_size); }

  class Iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(const std::uint8_t* p) noexcept : p_(p) {}
    Item operator*() const noexcept { return Item::read(p_); }
    Iterator& operator++() noexcept {
      p_ += Item::wire_size;
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::uint8_t* p_ = nullptr;
  };
  Iterator begin() const noexcept { return Iterator(value_.data()); }
  Iterator end() const noexcept { return Iterator(value_.data() + size() * Item::wire_size); }

 private:
  base::Bytes value_;
};

using Communities = Items<Community>;
using LargeCommunities = Items<LargeCommunity>;
using ClusterList = Items<ClusterId>;

}  // namespace bgp
