// YAML text to nodes. Outside input: bounded in size (16 MiB), depth (64) and number of nodes after aliases are
// followed (one million), refused otherwise; nothing throws. One document; plain YAML without tags, merge keys and keys
// that are not scalars. A key that stands twice in a mapping is an error. All that is wrong is reported, up to the
// first place where the syntax itself breaks.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "conf/node.hh"
#include "conf/problem.hh"

namespace conf {

inline constexpr std::size_t yaml_size_limit = 16 << 20;
inline constexpr std::size_t yaml_node_limit = 1'000'000;
inline constexpr int yaml_depth_limit = 64;

// The file is the name shown in problems. An empty text is a null node.
std::expected<Node, std::vector<Problem>> parse_yaml(std::string_view text, std::string_view file);
std::expected<Node, std::vector<Problem>> load_yaml(const std::string& path);

}  // namespace conf
