#include "stages/prefix_table.hh"

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "support/bgp_text.hh"

using stages::PrefixKey;
using stages::PrefixPages;
using stages::PrefixTable;

namespace {

using Name = std::tuple<int, int, std::string, std::uint32_t>;  // AFI, SAFI, prefix, path id
struct Route {
  PrefixKey key;
  Name name;
};

// One of any length, family and path id; near others, so that many meet.
Route route(std::mt19937& random) {
  const auto some = [&random](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  const bool v4 = some(4) != 0;
  const bgp::Family family{v4 ? bgp::Afi::ipv4 : bgp::Afi::ipv6,
                           some(8) == 0 ? bgp::Safi::multicast : bgp::Safi::unicast};
  std::uint8_t bytes[16];
  for (auto& b : bytes) b = static_cast<std::uint8_t>(some(some(2) == 0 ? 2 : 256));
  bytes[0] = bytes[0] < 128 ? 10 : 11;
  bytes[1] &= 3;
  const base::Address address = v4 ? base::Address::v4(base::load<std::uint32_t>(bytes)) : base::Address::from(bytes);
  const auto length = static_cast<std::uint8_t>(some(3) == 0 ? some(v4 ? 33 : 129) : 16 + some(9));
  const std::uint32_t path_id = some(4) == 0 ? some(3) : 0;
  base::Buffer wire;
  bgp::append_nlri(wire, {address, length}, path_id);  // with bits behind the length
  bgp::NlriReader r(wire, family.afi, true);
  bgp::Nlri n;
  REQUIRE(r.next(n));
  return {PrefixKey::of(n, family),
          {static_cast<int>(family.afi), static_cast<int>(family.safi), n.prefix(family.afi).text(), path_id}};
}

}  // namespace

TEST_CASE("prefix table: does what a map does, for any family, length and path id, as it grows and shrinks") {
  std::mt19937 random(20261124);
  PrefixTable table;
  std::map<Name, std::pair<PrefixKey, bgp::Asn>> model;
  for (int step = 0; step < 100000; ++step) {
    const Route r = route(random);
    const auto at = model.find(r.name);
    bgp::Asn* const found = table.find(r.key);
    REQUIRE((found != nullptr) == (at != model.end()));
    if (found != nullptr) REQUIRE(*found == at->second.second);
    if (random() % 10 < (step / 20000 % 2 == 0 ? 9u : 2u)) {
      const auto origin = static_cast<bgp::Asn>(random());
      if (found != nullptr)
        *found = at->second.second = origin;
      else
        table.insert(r.key, origin), model.emplace(r.name, std::pair(r.key, origin));
    } else {
      REQUIRE(table.erase(r.key) == (at != model.end()));
      if (at != model.end()) model.erase(at);
    }
    REQUIRE(table.size() == model.size());
  }
  std::size_t seen = 0;
  table.each([&](const PrefixKey& key, bgp::Asn origin) {
    ++seen;
    REQUIRE(table.find(key) != nullptr);
    CHECK(*table.find(key) == origin);
  });
  CHECK(seen == model.size());
  for (const auto& [name, entry] : model) REQUIRE(*table.find(entry.first) == entry.second);
  table.clear();
  CHECK(table.size() == 0);
  for (const auto& [name, entry] : model) REQUIRE(table.find(entry.first) == nullptr);
}

TEST_CASE("prefix pages: all prefixes of a /16 stand in one page, which can be emptied and filled again") {
  PrefixPages pages;
  for (int turn = 0; turn < 2; ++turn) {
    std::size_t size = 0;
    for (std::uint8_t length = PrefixPages::shortest; length <= PrefixPages::longest; ++length)
      for (std::uint32_t i = 0; i < 1u << (length - 16); ++i) {
        const std::uint32_t address = 0xc0a80000 | i << (32 - length);
        REQUIRE(pages.find(address, length) == nullptr);
        pages.insert(address, length, address ^ length);
        REQUIRE(pages.size() == ++size);
      }
    CHECK(size == 511);
    pages.each(
        [](std::uint32_t address, std::uint8_t length, bgp::Asn origin) { CHECK(origin == (address ^ length)); });
    // Odd ones first, so that many entries move.
    for (const std::uint32_t odd : {1u, 0u})
      for (std::uint8_t length = PrefixPages::shortest; length <= PrefixPages::longest; ++length)
        for (std::uint32_t i = odd; i < 1u << (length - 16); i += 2) {
          const std::uint32_t address = 0xc0a80000 | i << (32 - length);
          bgp::Asn* const origin = pages.find(address, length);
          REQUIRE(origin != nullptr);
          REQUIRE(*origin == (address ^ length));
          REQUIRE(pages.erase(address, length));
          REQUIRE(pages.size() == --size);
        }
    CHECK_FALSE(pages.erase(0xc0a80000, 16));
  }
}

TEST_CASE("prefix pages: of a list what stands is passed, up to the first prefix that does not stand as announced") {
  PrefixPages pages;
  pages.insert(0x0a010000, 16, 1);
  pages.insert(0x0a010200, 24, 1);
  pages.insert(0x0a018000, 17, 1);
  pages.insert(0x0a020000, 16, 2);
  const auto left = [&pages](std::string_view wire, std::size_t passed) {
    const std::string bytes = support::hex(wire);
    base::Bytes list = base::as_bytes(bytes);
    base::Bytes ahead = list;
    pages.prefetch(ahead);
    CHECK(pages.pass_known(list, 1) == passed);
    return base::to_hex(list);
  };
  CHECK(left("180a0102 100a01 110a0180 180a0102", 4).empty());
  CHECK(left("180a0102 11 0a01ff", 2).empty());                    // bits behind the length
  CHECK(left("180a0102 100a02 180a0102", 1) == "100a02180a0102");  // another origin
  CHECK(left("180a0102 180a0103", 1) == "180a0103");               // unknown
  CHECK(left("180a0102 080a 180a0102", 1) == "080a180a0102");
  CHECK(left("180a0102 200a010200", 1) == "200a010200");
  // What a list ends with is not read past its end.
  CHECK(left("180a0102 100a01", 1) == "100a01");
  CHECK(left("180a0102 180a01", 1) == "180a01");
  CHECK(left("", 0).empty());
}

TEST_CASE("prefix table: prefixes that a fixed factor would make collide are spread all the same") {
  // The factors of the hash are secret; these prefixes cancel a well-known one.
  stages::detail::HashSeed seed = stages::detail::HashSeed::random();
  std::map<std::uint64_t, int> homes;
  for (std::uint64_t i = 0; i < 4096; ++i) {
    PrefixKey k;
    k.bits = {i, 0xa0761d6478bd642fu};
    k.length = 128;
    k.family = 0x21;
    ++homes[stages::detail::hash(k, seed) & 0xffff];
  }
  int most = 0;
  for (const auto& [home, count] : homes) most = std::max(most, count);
  CHECK(most < 16);
}
