// Prefixes, and MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760), as JSON.
#pragma once

#include <array>

#include "base/bytes.hh"
#include "bgp/context.hh"

namespace format {

// Attribute sets may stand in each other; deeper ones are hex.
inline constexpr unsigned max_attr_set_depth = 4;

// What the reader must be told about the context, because the text of the message does not show it (JSON.md).
struct ContextMarks {
  std::array<bgp::Family, 4> add_path{};  // families with path ids hidden in hex
  std::size_t add_path_count = 0;
  unsigned depth = 0;  // of attribute sets around what is written

  void hidden_paths(bgp::Family f) noexcept {
    for (std::size_t i = 0; i < add_path_count; ++i)
      if (add_path[i] == f) return;
    if (add_path_count < add_path.size()) add_path[add_path_count++] = f;
  }
};

// ["192.0.2.0/24","#7#198.51.100.0/24"]; null if the list is malformed. At most 20 characters a byte.
char* put_prefixes_v4(char* p, base::Bytes list, bool add_path) noexcept;
char* put_prefixes_v6(char* p, base::Bytes list, bool add_path) noexcept;

// {"af":"IPV6/UNICAST",…}; null if the value is malformed. What is hidden in hex is noted in marks.
char* put_mp_reach(char* p, base::Bytes value, const bgp::Context& c, ContextMarks& marks);
char* put_mp_unreach(char* p, base::Bytes value, const bgp::Context& c, ContextMarks& marks);

}  // namespace format
