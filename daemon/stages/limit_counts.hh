// What `limit` remembers and how it judges one prefix. No messages, no session: state and verdicts only.
#pragma once

#include <unordered_map>

#include "base/bytes.hh"
#include "stages/limit.hh"
#include "stages/prefix_table.hh"

namespace stages {

enum class LimitVerdict : std::uint8_t { ok, too_short, too_long, over_origin, over_block, over_session };

class LimitCounts {
 public:
  // Of a list of IPv4 unicast NLRI without path ids: see PrefixPages.
  void prefetch(base::Bytes list) const noexcept { prefixes_.prefetch(list); }
  std::size_t pass_known(base::Bytes& list, bgp::Asn origin) const noexcept {
    return prefixes_.pages().pass_known(list, origin);
  }
  // Whether the peer may announce this; counted if so. A known prefix moves to its new origin. origin 0: not known.
  LimitVerdict announce(const PrefixKey& key, bgp::Afi afi, bgp::Asn origin, const LimitOptions& options);
  // True if the prefix was known. With `permanent` it stays known.
  bool withdraw(const PrefixKey& key, bgp::Afi afi, const LimitOptions& options);
  void clear();

  std::size_t prefixes() const noexcept { return prefixes_.size(); }
  std::size_t origins() const noexcept { return origins_.size(); }
  std::size_t blocks() const noexcept { return blocks_.size(); }
  std::int64_t of_origin(bgp::Asn origin) const;
  std::int64_t of_block(const PrefixKey& key, bgp::Afi afi, const LimitOptions& options) const;

  // Counts per block depend on the block length: made anew from the prefixes when it changes.
  void recount_blocks(const LimitOptions& options);
  void save(base::Buffer& out) const;
  bool restore(base::Bytes in, const LimitOptions& options);

  // Without a limit of the session there is a bound all the same: a prefix with a block of its own takes some 140
  // bytes.
  static constexpr std::size_t most_prefixes = std::size_t{4} << 20;
  static std::size_t most(const LimitOptions& options) noexcept {
    return options.session != 0 ? static_cast<std::size_t>(options.session) : most_prefixes;
  }

 private:
  using Block = std::uint64_t;
  static Block block_of(const PrefixKey& key, bgp::Afi afi, const LimitOptions& options) noexcept;
  static void decrement(auto& map, const auto& key);

  PrefixTable prefixes_;
  std::unordered_map<bgp::Asn, std::int64_t, detail::SeededHash> origins_;
  std::unordered_map<Block, std::int64_t, detail::SeededHash> blocks_;
};

}  // namespace stages
