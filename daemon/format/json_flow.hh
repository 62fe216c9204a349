// Flowspec rules as JSON (JSON.md).
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace format {

// JSON tokens of the comparison of an operator, by its bits: less, greater, equal (RFC 8955 4.2.1.1); and of a bitmask:
// not, match (4.2.1.2).
inline constexpr std::array<std::string_view, 8> flow_comparisons{"false",  R"("==")", R"(">")",  R"(">=")",
                                                                  R"("<")", R"("<=")", R"("!=")", "true"};
inline constexpr std::array<std::string_view, 4> flow_matches{R"("ANY")", R"("ALL")", R"("NONE")", R"("NOT-ALL")"};

// [{"DST":"192.0.2.0/24","PROTO":[{"op":"==","val":6}]}]; a rule that this form could not restore is {"raw":"0x…"}.
// Null if the list is malformed. At most 25 characters a byte.
char* put_flow_rules(char* p, bgp::Family f, base::Bytes list, bool add_path) noexcept;

}  // namespace format
