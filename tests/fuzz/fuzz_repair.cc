// An UPDATE and what RFC 7606 leaves of it: a byte of contexts and rules, the code of an unwanted attribute, the body.
#include <cstdint>

#include "expect.hh"
#include "support/repair_rules.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size - 2 > bgp::max_extended_message - bgp::header_size) return 0;
  const unsigned bits = data[0];
  bgp::Context c{.as4 = (bits & 1) != 0};
  if ((bits & 2) != 0) c.add_path = bgp::FamilySet::all();
  bgp::Rules rules{.external = (bits & 4) != 0, .as_sets_withdrawn = (bits & 8) != 0};
  // An operator cannot ask to discard what every announcement has (pipe/errors.hh).
  const unsigned code = data[1];
  const bool may = code > 3 && code != 14 && code != 15;
  if ((bits & 16) != 0 && may) rules.discard.set(code);
  if ((bits & 32) != 0 && may) rules.withdraw.set(code);
  const std::string broken = support::broken_rule({data + 2, size - 2}, c, rules);
  if (!broken.empty()) std::fprintf(stderr, "%s\n", broken.c_str());
  expect(broken.empty());
  return 0;
}
