// One path attribute as a member of the JSON object "attrs", straight from its bytes.
#pragma once

#include <array>

#include "bgp/context.hh"
#include "bgp/update.hh"

namespace format {

// What the reader must be told about the context, because the text of the message does not show it (JSON.md).
struct ContextMarks {
  bool two_byte_as = false;
  std::array<bgp::Family, 4> add_path{};  // families with path ids hidden in hex
  std::size_t add_path_count = 0;

  void hidden_paths(bgp::Family f) noexcept {
    for (std::size_t i = 0; i < add_path_count; ++i)
      if (add_path[i] == f) return;
    if (add_path_count < add_path.size()) add_path[add_path_count++] = f;
  }
};

// "NAME":{"flags":"OT","value":…}, or "raw":"0x…" in place of the value where its form could not restore the bytes.
// At most 20 characters a byte of the attribute with its header, and 100 more.
char* put_attribute(char* p, const bgp::AttrRef& a, base::Bytes value, const bgp::Context& c, ContextMarks& marks);

// ["192.0.2.0/24","#7#198.51.100.0/24"]; null if the list is malformed. At most 20 characters a byte.
char* put_prefixes_v4(char* p, base::Bytes list, bool add_path) noexcept;
char* put_prefixes_v6(char* p, base::Bytes list, bool add_path) noexcept;

}  // namespace format
