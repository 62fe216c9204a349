// A parsed YAML value with its place. Plain values, copied and moved freely; the tree is at most 64 deep, so walking it
// by recursion is safe. Scalars keep the text as written: what type it has is the reader's question.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/problem.hh"

namespace conf {

class Node {
 public:
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  struct Entry;

  Node() = default;  // null, nowhere
  static Node null(Mark);
  static Node scalar(Mark, std::string text, bool quoted);
  static Node sequence(Mark, std::vector<Node> items);
  static Node mapping(Mark, std::vector<Entry> entries);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_sequence() const { return kind_ == Kind::sequence; }
  bool is_mapping() const { return kind_ == Kind::mapping; }
  // "nothing", "a value", "a list", "a mapping": for messages.
  std::string_view kind_name() const;

  const Mark& mark() const { return mark_; }
  // Of a scalar, empty for the rest.
  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }
  // Of a sequence, empty for the rest.
  std::span<const Node> items() const { return items_; }
  // Of a mapping in the order written, empty for the rest. Keys are unique.
  std::span<const Entry> entries() const;
  // The value under the key, or null.
  const Node* find(std::string_view key) const;

 private:
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Mark mark_;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
};

struct Node::Entry {
  std::string key;
  Mark mark;  // of the key
  Node value;
};

inline std::span<const Node::Entry> Node::entries() const { return entries_; }

// Whether two trees say the same, wherever they stand and however they are quoted.
bool same(const Node&, const Node&);

}  // namespace conf
