// The prefixes a peer has announced, each with its origin AS: a flat hash table of 32-byte entries, because `limit` asks it once for
// every announced prefix. Hashing is seeded at random, so that no peer can choose prefixes that collide.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "bgp/nlri.hh"

namespace stages {

// An IP prefix of a family, with its path id; bits behind the length are clear.
struct PrefixKey {
  std::array<std::uint64_t, 2> bits{};
  std::uint32_t path_id = 0;
  std::uint8_t length = 0;
  std::uint8_t family = 0;  // never 0 in a table
  std::uint16_t reserved = 0;
  bool operator==(const PrefixKey&) const = default;

  static PrefixKey of(const bgp::Nlri& n, bgp::Family family) noexcept;
};

class PrefixTable {
 public:
  PrefixTable();

  struct Entry {
    PrefixKey key;
    bgp::Asn origin = 0;
    std::uint32_t unused = 0;
  };

  // Null when absent; valid until the next insert or erase.
  Entry* find(const PrefixKey& key) noexcept;
  // The key must be absent.
  void insert(const PrefixKey& key, bgp::Asn origin);
  void erase(Entry* entry) noexcept;
  void clear();
  std::size_t size() const noexcept { return size_; }

  template <class F>
  void each(F f) const {
    for (std::size_t i = 0; i <= mask_; ++i)
      if (entries_[i].key.family != 0) f(entries_[i]);
  }

 private:
  std::size_t home(const PrefixKey& key) const noexcept;
  void rebuild(std::size_t capacity);

  std::unique_ptr<Entry[]> entries_;
  std::size_t mask_ = 0, size_ = 0;
  std::uint64_t seed_;
};

}  // namespace stages
