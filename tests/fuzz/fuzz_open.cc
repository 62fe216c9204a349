// One OPEN body: whatever is understood is written so that it is understood the same way.
#include <cstdint>

#include "bgp/header.hh"
#include "bgp/open.hh"
#include "expect.hh"

using namespace bgp;

namespace {

void same_offer(const Offer& a, const Offer& b) {
  expect(a.asn == b.asn && a.as4 == b.as4 && a.id == b.id && a.hold_time == b.hold_time && a.role == b.role);
  expect(a.families == b.families && a.extended_next_hop == b.extended_next_hop);
  expect(a.add_path.size() == b.add_path.size());
  expect(negotiate(a, a) == negotiate(b, b));
  expect(common_families(a, b) == (a.families.empty() ? std::vector{ipv4_unicast} : a.families));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > max_message - header_size) return 0;
  const base::Bytes body(data, size);
  const auto open = parse_open(body);
  const auto offer = parse_offer(body);
  if (!open) {
    expect(!offer);
    return 0;
  }
  base::Buffer copy;
  encode(copy, *open);
  const auto again = parse_open(copy);
  expect(again && base::equal(again->parameters, open->parameters) && again->my_as == open->my_as);
  if (!offer) return 0;
  (void)check_open(*open, *offer);

  const auto caps = capabilities(*open);
  expect(caps.has_value());
  std::vector<std::pair<CapCode, base::Buffer>> list;
  for (const Capability& c : *caps) list.emplace_back(c.code, base::Buffer(c.value));
  base::Buffer built;
  // Parameters in the short form may hold more than one extended parameter can.
  if (!encode_open(built, open->hold_time, open->my_as, open->id, list)) {
    expect(built.empty());
    return 0;
  }
  const auto rebuilt = parse_offer(built);
  expect(rebuilt.has_value());
  same_offer(*offer, *rebuilt);
  return 0;
}
