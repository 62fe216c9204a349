// ATTR_SET (RFC 6368 5): attributes of a customer's route, carried as one attribute. The numbers in its paths are
// always 4 bytes wide.
#pragma once

#include <optional>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"

namespace bgp {

struct AttrSet {
  Asn origin = 0;
  base::Bytes attributes;
};
std::optional<AttrSet> parse_attr_set(base::Bytes value) noexcept;

struct RawAttr {
  AttrCode code{};
  std::uint8_t flags = 0;
  base::Bytes value;
};
// Attributes one behind the other (RFC 4271 4.3), read from the front. UpdateIndex is for those of a message.
class AttrReader {
 public:
  explicit AttrReader(base::Bytes list) noexcept : r_(list) {}
  // False at the end, or where an attribute does not fit into the rest.
  bool next(RawAttr& a) noexcept;
  bool ok() const noexcept { return r_.ok(); }

 private:
  base::Reader r_;
};

}  // namespace bgp
