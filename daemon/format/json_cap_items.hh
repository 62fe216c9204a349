// Capabilities that are lists of items of one size, as JSON: one row a capability, both directions.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/open.hh"

namespace format {

struct CapItems {
  bgp::CapCode code{};
  std::uint8_t width = 0;  // bytes of an item
  bool alone = false;      // each item is a capability of its own
  bool sorted = false;     // shown in order, as the Go tool does; else as on the wire
  // Appends the text of an item, "IPV4/UNICAST/BIDIR"; false where it could not restore the bytes.
  bool (*show)(const std::uint8_t* item, std::string& out) = nullptr;
  // Appends the item.
  bool (*take)(std::string_view text, base::Buffer& out) = nullptr;
  std::string_view wrong;  // what to say of a text that is none
};
// Those within a capability of another form: families of a graceful restart, filters of ORF (with their family before
// each), capabilities of a multisession.
extern const CapItems restart_families, filter_items, session_codes;
// Null for capabilities of another form.
const CapItems* cap_items(bgp::CapCode) noexcept;

}  // namespace format
