// The prefixes a peer has announced, each with its origin AS. `limit` asks it once for every announced prefix, and a
// full table is far larger than a cache: hence pages of neighbours for what nearly all of it is, and flat entries of
// 32 bytes for the rest. Hashing is seeded at random, so that no peer can choose prefixes that collide.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "bgp/nlri.hh"
#include "stages/prefix_pages.hh"

namespace stages {

// An IP prefix of a family, with its path id; bits behind the length are clear.
struct PrefixKey {
  std::array<std::uint64_t, 2> bits{};  // as on the wire, in memory order
  std::uint32_t path_id = 0;
  std::uint8_t length = 0;
  std::uint8_t family = 0;  // AFI and SAFI; never 0 in a table
  std::uint16_t reserved = 0;
  // Written out because GCC calls memcmp for the default.
  bool operator==(const PrefixKey& o) const noexcept { return std::memcmp(this, &o, sizeof o) == 0; }

  static PrefixKey of(const bgp::Nlri& n, bgp::Family family) noexcept {
    PrefixKey k;
    if (family.afi == bgp::Afi::ipv4) {
      k.bits[0] = v4_bits(n);
    } else {
      std::memcpy(k.bits.data(), n.bytes, (std::size_t{n.length} + 7) / 8);
      if (n.length % 8 != 0)
        reinterpret_cast<std::uint8_t*>(k.bits.data())[n.length / 8] &=
            static_cast<std::uint8_t>(0xff00u >> n.length % 8);
    }
    k.path_id = n.path_id;
    k.length = n.length;
    k.family = static_cast<std::uint8_t>(static_cast<unsigned>(family.afi) << 4 | static_cast<unsigned>(family.safi));
    return k;
  }
  static PrefixKey plain(std::uint32_t address, std::uint8_t length) noexcept {
    PrefixKey k;
    base::store(reinterpret_cast<std::uint8_t*>(k.bits.data()), address);
    k.length = length;
    k.family = 0x11;
    return k;
  }
  bool is_v4() const noexcept { return family >> 4 == static_cast<unsigned>(bgp::Afi::ipv4); }
  // IPv4 unicast without a path id, of a length that pages hold, as nearly all prefixes are.
  bool is_plain() const noexcept { return family == 0x11 && path_id == 0 && PrefixPages::holds(length); }
  // The address of an IPv4 prefix.
  std::uint32_t address() const noexcept {
    return base::load<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(bits.data()));
  }

 private:
  static std::uint32_t v4_bits(const bgp::Nlri& n) noexcept {
    std::uint32_t bits = 0;
    // Most prefixes have three bytes.
    if (n.length > 16 && n.length <= 24) [[likely]] {
      std::uint16_t front;
      std::memcpy(&front, n.bytes, 2);
      bits = front | std::uint32_t{n.bytes[2]} << 16;
    } else {
      std::memcpy(&bits, n.bytes, (std::size_t{n.length} + 7) / 8);
    }
    const std::uint32_t mask = n.length == 0 ? 0 : ~std::uint32_t{0} << (32 - n.length);
    return bits & __builtin_bswap32(mask);
  }
};

namespace detail {

// Both factors hold a secret: one that a peer knows it could make zero, and then nothing else would count.
inline std::uint64_t hash(const PrefixKey& k, const HashSeed& seed) noexcept {
  const std::uint64_t tail = std::uint64_t{k.path_id} << 16 | std::uint64_t{k.length} << 8 | k.family;
  return mix(mix(k.bits[0] ^ seed.a, k.bits[1] ^ seed.b) ^ tail ^ seed.a, seed.b);
}

// Open addressing with linear probing; an erased entry's followers move back, so that no markers are left behind.
class FlatTable {
 public:
  struct Entry {
    PrefixKey key;
    bgp::Asn origin = 0;
  };

  explicit FlatTable(const HashSeed& seed) : seed_(seed) { rebuild(least_capacity); }

  [[gnu::always_inline]] void prefetch(const PrefixKey& key) const noexcept {
    __builtin_prefetch(&entries_[home(key)]);
  }
  Entry* find(const PrefixKey& key) noexcept {
    for (std::size_t i = home(key);; i = (i + 1) & mask_) {
      Entry& e = entries_[i];
      if (e.key == key) return &e;
      if (e.key.family == 0) return nullptr;
    }
  }
  void insert(const PrefixKey& key, bgp::Asn origin) {
    if ((size_ + 1) * 3 > (mask_ + 1) * 2) rebuild((mask_ + 1) * 2);
    std::size_t i = home(key);
    while (entries_[i].key.family != 0) i = (i + 1) & mask_;
    entries_[i] = {key, origin};
    ++size_;
  }
  void erase(Entry* entry) noexcept {
    auto gap = static_cast<std::size_t>(entry - entries_.get());
    for (std::size_t i = (gap + 1) & mask_; entries_[i].key.family != 0; i = (i + 1) & mask_) {
      if (((i - home(entries_[i].key)) & mask_) < ((i - gap) & mask_)) continue;
      entries_[gap] = entries_[i];
      gap = i;
    }
    entries_[gap] = {};
    --size_;
  }
  void clear() {
    size_ = 0;
    entries_.reset();
    rebuild(least_capacity);
  }
  std::size_t size() const noexcept { return size_; }
  template <class F>
  void each(F f) const {
    for (std::size_t i = 0; i <= mask_; ++i)
      if (entries_[i].key.family != 0) f(entries_[i]);
  }

 private:
  static constexpr std::size_t least_capacity = 16;
  std::size_t home(const PrefixKey& key) const noexcept { return hash(key, seed_) & mask_; }
  void rebuild(std::size_t capacity) {
    const auto old = std::move(entries_);
    const std::size_t slots = old ? mask_ + 1 : 0;
    entries_.reset(static_cast<Entry*>(allocate_table(capacity * sizeof(Entry))));
    std::uninitialized_fill_n(entries_.get(), capacity, Entry{});
    mask_ = capacity - 1;
    size_ = 0;
    for (std::size_t i = 0; i < slots; ++i)
      if (old[i].key.family != 0) insert(old[i].key, old[i].origin);
  }

  std::unique_ptr<Entry[], FreePages> entries_;
  std::size_t mask_ = 0, size_ = 0;
  HashSeed seed_;
};

}  // namespace detail

class PrefixTable {
 public:
  // The origin stored with the prefix, or null when it is absent; valid until the next change.
  bgp::Asn* find(const PrefixKey& key) noexcept {
    if (key.is_plain()) return pages_.find(key.address(), key.length);
    auto* const e = other_.find(key);
    return e != nullptr ? &e->origin : nullptr;
  }
  const PrefixPages& pages() const noexcept { return pages_; }
  // Asks memory for what look-ups of such a list will need: see PrefixPages.
  void prefetch(base::Bytes list) const noexcept {
    for (;;) {
      pages_.prefetch(list);
      bgp::NlriReader r(list, bgp::Afi::ipv4, false);
      bgp::Nlri n;
      if (!r.next(n)) break;
      other_.prefetch(PrefixKey::of(n, bgp::ipv4_unicast));
      list = r.rest();
    }
    // GCC takes a function that only prefetches for one without effect, and leaves out its calls.
    asm volatile("");
  }
  // The key must be absent.
  void insert(const PrefixKey& key, bgp::Asn origin);
  bool erase(const PrefixKey& key) noexcept;
  void clear();
  std::size_t size() const noexcept { return pages_.size() + other_.size(); }

  template <class F>
  void each(F f) const {
    pages_.each([&](std::uint32_t address, std::uint8_t length, bgp::Asn origin) {
      f(PrefixKey::plain(address, length), origin);
    });
    other_.each([&](const auto& e) { f(e.key, e.origin); });
  }

 private:
  PrefixPages pages_;
  detail::FlatTable other_{detail::HashSeed::random()};
};

}  // namespace stages
