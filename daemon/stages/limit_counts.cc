#include "stages/limit_counts.hh"

#include <algorithm>

namespace stages {

// At most 64 bits of address, marked with the family in the lowest bit, which no block length over 62 uses twice.
LimitCounts::Block LimitCounts::block_of(const PrefixKey& key, bgp::Afi afi, const LimitOptions& o) noexcept {
  const bool v4 = afi == bgp::Afi::ipv4;
  const auto asked = static_cast<unsigned>(o.block_length);
  const unsigned bits = asked == 0 ? (v4 ? 16 : 32) : v4 ? std::min(asked, 32u) : asked;
  const auto address = base::load<std::uint64_t>(reinterpret_cast<const std::uint8_t*>(key.bits.data()));
  const std::uint64_t kept = bits == 64 ? address : address & ~(~std::uint64_t{0} >> bits);
  return v4 ? kept | 1 : bits == 64 ? kept ^ 0x9e3779b97f4a7c15u : kept;
}

void LimitCounts::decrement(auto& map, const auto& key) {
  const auto at = map.find(key);
  if (at != map.end() && --at->second <= 0) map.erase(at);
}

LimitVerdict LimitCounts::announce(const PrefixKey& key, bgp::Afi afi, bgp::Asn origin, const LimitOptions& o) {
  if (afi == bgp::Afi::ipv4 || o.judges_lengths_of_ipv6()) {
    if (o.min_length != 0 && key.length < o.min_length) return LimitVerdict::too_short;
    if (o.max_length != 0 && key.length > o.max_length) return LimitVerdict::too_long;
  }
  bgp::Asn* known = prefixes_.find(key);
  if (known != nullptr && *known == origin) return LimitVerdict::ok;
  if (o.origin != 0 && of_origin(origin) >= o.origin) return LimitVerdict::over_origin;
  if (known != nullptr) {
    if (o.origin != 0) {
      decrement(origins_, *known);
      ++origins_[origin];
    }
    *known = origin;
    return LimitVerdict::ok;
  }
  if (o.block != 0 && of_block(key, afi, o) >= o.block) return LimitVerdict::over_block;
  if (prefixes_.size() >= most(o)) return LimitVerdict::over_session;
  prefixes_.insert(key, origin);
  if (o.origin != 0) ++origins_[origin];
  if (o.block != 0) ++blocks_[block_of(key, afi, o)];
  return LimitVerdict::ok;
}

bool LimitCounts::withdraw(const PrefixKey& key, bgp::Afi afi, const LimitOptions& o) {
  const bgp::Asn* known = prefixes_.find(key);
  if (known == nullptr) return false;
  if (o.permanent) return true;
  if (o.origin != 0) decrement(origins_, *known);
  if (o.block != 0) decrement(blocks_, block_of(key, afi, o));
  prefixes_.erase(key);
  return true;
}

void LimitCounts::clear() {
  prefixes_.clear();
  origins_.clear();
  blocks_.clear();
}

std::int64_t LimitCounts::of_origin(bgp::Asn origin) const {
  const auto at = origins_.find(origin);
  return at == origins_.end() ? 0 : at->second;
}

std::int64_t LimitCounts::of_block(const PrefixKey& key, bgp::Afi afi, const LimitOptions& o) const {
  const auto at = blocks_.find(block_of(key, afi, o));
  return at == blocks_.end() ? 0 : at->second;
}

namespace {
bgp::Afi afi_of(const PrefixKey& k) { return static_cast<bgp::Afi>(k.family >> 4); }
}  // namespace

void LimitCounts::recount_blocks(const LimitOptions& o) {
  origins_.clear();
  blocks_.clear();
  prefixes_.each([&](const PrefixKey& key, bgp::Asn origin) {
    if (o.origin != 0) ++origins_[origin];
    if (o.block != 0) ++blocks_[block_of(key, afi_of(key), o)];
  });
}

void LimitCounts::save(base::Buffer& out) const {
  base::Writer w(out);
  w.u8(1);
  prefixes_.each([&](const PrefixKey& key, bgp::Asn origin) {
    w.u8(key.family);
    w.u8(key.length);
    w.u32(key.path_id);
    w.u64(key.bits[0]);
    w.u64(key.bits[1]);
    w.u32(origin);
  });
}

bool LimitCounts::restore(base::Bytes in, const LimitOptions& o) {
  base::Reader r(in);
  if (r.u8() != 1) return false;
  clear();
  while (!r.empty()) {
    PrefixKey k;
    k.family = r.u8();
    k.length = r.u8();
    k.path_id = r.u32();
    k.bits[0] = r.u64();
    k.bits[1] = r.u64();
    const bgp::Asn origin = r.u32();
    if (!r.ok() || k.family == 0) return false;
    if (prefixes_.find(k) == nullptr) prefixes_.insert(k, origin);
  }
  recount_blocks(o);
  return true;
}

}  // namespace stages
