#include "stages/limit_counts.hh"

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "support/bgp_text.hh"

using namespace support;
using stages::LimitCounts;
using stages::LimitOptions;
using stages::LimitVerdict;
using stages::PrefixKey;

namespace {
PrefixKey key(std::string_view text, std::uint32_t path_id = 0, bgp::Safi safi = bgp::Safi::unicast) {
  const auto p = *base::Prefix::parse(text);
  const bgp::Family f{p.address.is_v4() ? bgp::Afi::ipv4 : bgp::Afi::ipv6, safi};
  base::Buffer wire;
  bgp::append_nlri(wire, p, path_id);
  bgp::NlriReader r(wire, f.afi, true);
  bgp::Nlri n;
  REQUIRE(r.next(n));
  return PrefixKey::of(n, f);
}
struct Counts {
  LimitCounts counts;
  LimitOptions options;
  explicit Counts(LimitOptions o) : options(std::move(o)) {}
  LimitVerdict announce(std::string_view p, bgp::Asn origin = 65001, std::uint32_t id = 0) {
    const auto k = key(p, id);
    return counts.announce(k, k.is_v4() ? bgp::Afi::ipv4 : bgp::Afi::ipv6, origin, options);
  }
  bool withdraw(std::string_view p, std::uint32_t id = 0) {
    const auto k = key(p, id);
    return counts.withdraw(k, k.is_v4() ? bgp::Afi::ipv4 : bgp::Afi::ipv6, options);
  }
};
}  // namespace

TEST_CASE("prefix key: bits behind the length do not matter, path id, length and family do") {
  CHECK(key("10.1.2.3/8") == key("10.0.0.0/8"));
  CHECK(key("10.255.255.255/9") == key("10.128.0.0/9"));
  CHECK(key("2001:db8:ffff::1/33") == key("2001:db8:8000::/33"));
  CHECK_FALSE(key("10.0.0.0/8") == key("10.0.0.0/9"));
  CHECK_FALSE(key("10.0.0.0/8", 1) == key("10.0.0.0/8", 2));
  CHECK_FALSE(key("10.0.0.0/8") == key("10.0.0.0/8", 0, bgp::Safi::multicast));
  CHECK_FALSE(key("0.0.0.0/0") == key("::/0"));
}

TEST_CASE("session: exactly so many prefixes are admitted; known ones always, and a withdrawn one makes room") {
  Counts c({.session = 3});
  CHECK(c.announce("10.0.0.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.1.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.1.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.2.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.3.0/24") == LimitVerdict::over_session);
  CHECK(c.announce("10.0.0.0/24", 65002) == LimitVerdict::ok);
  CHECK(c.counts.prefixes() == 3);
  CHECK(c.withdraw("10.0.1.0/24"));
  CHECK_FALSE(c.withdraw("10.0.1.0/24"));
  CHECK(c.announce("10.0.3.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.4.0/24") == LimitVerdict::over_session);
}

TEST_CASE("session: without a limit a peer fills no more memory than 4 Mi prefixes take") {
  LimitCounts counts;
  const LimitOptions options{.min_length = 8};
  const auto announce = [&](std::uint32_t i) {
    return counts.announce(PrefixKey::plain(i << 8, 24), bgp::Afi::ipv4, 65001, options);
  };
  std::uint32_t n = 0;
  while (n < (5u << 20) && announce(n) == LimitVerdict::ok) ++n;
  CHECK(n == 4u << 20);
  CHECK(announce(n) == LimitVerdict::over_session);
  CHECK(announce(0) == LimitVerdict::ok);
}

TEST_CASE("permanent: a withdrawn prefix counts on, and may come back") {
  Counts c({.permanent = true, .session = 2});
  CHECK(c.announce("10.0.0.0/24") == LimitVerdict::ok);
  CHECK(c.withdraw("10.0.0.0/24"));
  CHECK(c.announce("10.0.1.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.2.0/24") == LimitVerdict::over_session);
  CHECK(c.announce("10.0.0.0/24") == LimitVerdict::ok);
}

TEST_CASE("length: too long and too short are told apart, whatever else the limits are") {
  Counts c({.min_length = 8, .max_length = 24, .session = 1});
  CHECK(c.announce("10.0.0.0/25") == LimitVerdict::too_long);
  CHECK(c.announce("0.0.0.0/0") == LimitVerdict::too_short);
  CHECK(c.announce("10.0.0.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.0.0/8") == LimitVerdict::over_session);
  CHECK(c.counts.prefixes() == 1);
}

TEST_CASE("origin: each AS has its own count, and a prefix moves from one to the other") {
  Counts c({.origin = 2});
  CHECK(c.announce("10.0.0.0/24", 1) == LimitVerdict::ok);
  CHECK(c.announce("10.0.1.0/24", 1) == LimitVerdict::ok);
  CHECK(c.announce("10.0.2.0/24", 1) == LimitVerdict::over_origin);
  CHECK(c.announce("10.0.2.0/24", 2) == LimitVerdict::ok);
  CHECK(c.announce("10.0.0.0/24", 2) == LimitVerdict::ok);
  CHECK(c.counts.of_origin(1) == 1);
  CHECK(c.counts.of_origin(2) == 2);
  CHECK(c.announce("10.0.1.0/24", 2) == LimitVerdict::over_origin);
  CHECK(c.counts.of_origin(1) == 1);
  CHECK(c.announce("10.0.3.0/24", 1) == LimitVerdict::ok);
  CHECK(c.withdraw("10.0.0.0/24"));
  CHECK(c.counts.of_origin(2) == 1);
}

TEST_CASE("block: prefixes of one /16 or /32 count together, families apart, other lengths as asked") {
  Counts c({.ipv4 = true, .ipv6 = true, .block = 2});
  CHECK(c.announce("10.0.0.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.255.0/24") == LimitVerdict::ok);
  CHECK(c.announce("10.0.7.0/24") == LimitVerdict::over_block);
  CHECK(c.announce("10.1.7.0/24") == LimitVerdict::ok);
  CHECK(c.announce("2001:db8:1::/48") == LimitVerdict::ok);
  CHECK(c.announce("2001:db8:2::/48") == LimitVerdict::ok);
  CHECK(c.announce("2001:db8:3::/48") == LimitVerdict::over_block);
  CHECK(c.announce("2001:db9:3::/48") == LimitVerdict::ok);
  CHECK(c.withdraw("10.0.0.0/24"));
  CHECK(c.announce("10.0.7.0/24") == LimitVerdict::ok);
  // The same first bits in both families.
  Counts d({.ipv4 = true, .ipv6 = true, .block = 1, .block_length = 16});
  CHECK(d.announce("32.1.0.0/24") == LimitVerdict::ok);
  CHECK(d.announce("2001:db8::/32") == LimitVerdict::ok);
  Counts wide({.ipv6 = true, .block = 1, .block_length = 64});
  CHECK(wide.announce("2001:db8::/64") == LimitVerdict::ok);
  CHECK(wide.announce("2001:db8:0:1::/64") == LimitVerdict::ok);
  CHECK(wide.announce("2001:db8::1/128") == LimitVerdict::over_block);
}

TEST_CASE("counts never go wrong: at every step they are what counting anew gives, and no limit is passed") {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    Counts c({.ipv4 = true,
              .permanent = random() % 4 == 0,
              .session = static_cast<std::int64_t>(random() % 40),
              .origin = static_cast<std::int64_t>(random() % 10),
              .block = static_cast<std::int64_t>(random() % 10)});
    std::map<std::string, bgp::Asn> model;
    for (int step = 0; step < 1000; ++step) {
      const std::string p = "10." + std::to_string(random() % 6) + "." + std::to_string(random() % 12) + ".0/24";
      const auto origin = static_cast<bgp::Asn>(random() % 5 + 1);
      if (random() % 4 != 0) {
        if (c.announce(p, origin) == LimitVerdict::ok) model[p] = origin;
      } else {
        CHECK(c.withdraw(p) == model.contains(p));
        if (!c.options.permanent) model.erase(p);
      }
      if (random() % 100 == 0) {
        c.options.origin = static_cast<std::int64_t>(random() % 10);
        c.options.block = static_cast<std::int64_t>(random() % 10);
        c.options.block_length = random() % 2 == 0 ? 16 : 20;
        c.counts.recount_blocks(c.options);
      }
      REQUIRE(c.counts.prefixes() == model.size());
      if (c.options.session != 0) REQUIRE(c.counts.prefixes() <= static_cast<std::size_t>(c.options.session));
      std::map<bgp::Asn, std::int64_t> origins;
      for (const auto& [text, asn] : model) ++origins[asn];
      if (c.options.origin != 0) {
        REQUIRE(c.counts.origins() == origins.size());
        for (const auto& [asn, n] : origins) REQUIRE(c.counts.of_origin(asn) == n);
      }
      if (c.options.block != 0) {
        std::map<std::string, std::int64_t> blocks;
        for (const auto& [text, asn] : model) {
          auto q = *base::Prefix::parse(text);
          q.length = static_cast<std::uint8_t>(c.options.block_length == 0 ? 16 : c.options.block_length);
          ++blocks[q.masked().text()];
        }
        REQUIRE(c.counts.blocks() == blocks.size());
      }
    }
  }
}

TEST_CASE("saved state comes back whole, counted by the options that hold then; what is damaged is refused") {
  Counts c({.ipv4 = true, .ipv6 = true, .origin = 5});
  CHECK(c.announce("10.0.0.0/24", 1) == LimitVerdict::ok);
  CHECK(c.announce("10.0.1.0/24", 2, 7) == LimitVerdict::ok);
  CHECK(c.announce("2001:db8::/32", 2) == LimitVerdict::ok);
  base::Buffer saved;
  c.counts.save(saved);
  Counts d({.ipv4 = true, .ipv6 = true, .origin = 2, .block = 4});
  REQUIRE(d.counts.restore(saved, d.options));
  CHECK(d.counts.prefixes() == 3);
  CHECK(d.counts.of_origin(2) == 2);
  CHECK(d.counts.blocks() == 2);
  CHECK(d.announce("10.0.5.0/24", 2) == LimitVerdict::over_origin);
  CHECK(d.withdraw("10.0.1.0/24", 7));
  for (std::size_t n = 2; n < saved.size(); ++n) {
    Counts broken({});
    const bool whole = (n - 1) % 26 == 0;
    CHECK(broken.counts.restore(saved.view().first(n), broken.options) == whole);
  }
  Counts other({});
  CHECK_FALSE(other.counts.restore(base::as_bytes("\x02"), other.options));
  CHECK_FALSE(other.counts.restore({}, other.options));
}

TEST_CASE("limit counts: keys that meet in the buckets of a plain map are spread") {
  const stages::detail::SeededHash hash;
  std::map<std::size_t, int> buckets;
  for (std::uint64_t i = 0; i < 4096; ++i) ++buckets[hash(i * 42043) % 42043];
  int most = 0;
  for (const auto& [bucket, count] : buckets) most = std::max(most, count);
  CHECK(most < 16);
}
