#include "conf/node.hh"

#include <algorithm>

namespace conf {

Node Node::null(Mark mark) {
  Node n;
  n.mark_ = std::move(mark);
  return n;
}

Node Node::scalar(Mark mark, std::string text, bool quoted) {
  Node n = null(std::move(mark));
  n.kind_ = Kind::scalar;
  n.text_ = std::move(text);
  n.quoted_ = quoted;
  return n;
}

Node Node::sequence(Mark mark, std::vector<Node> items) {
  Node n = null(std::move(mark));
  n.kind_ = Kind::sequence;
  n.items_ = std::move(items);
  return n;
}

Node Node::mapping(Mark mark, std::vector<Entry> entries) {
  Node n = null(std::move(mark));
  n.kind_ = Kind::mapping;
  n.entries_ = std::move(entries);
  return n;
}

std::string_view Node::kind_name() const {
  switch (kind_) {
    case Kind::null: return "nothing";
    case Kind::scalar: return "a value";
    case Kind::sequence: return "a list";
    case Kind::mapping: return "a mapping";
  }
  return "nothing";
}

const Node* Node::find(std::string_view key) const {
  const auto at = std::ranges::find(entries_, key, &Entry::key);
  return at == entries_.end() ? nullptr : &at->value;
}

bool same(const Node& a, const Node& b) {
  if (a.kind() != b.kind() || a.text() != b.text()) return false;
  return std::ranges::equal(a.items(), b.items(), same) &&
         std::ranges::equal(a.entries(), b.entries(), [](const Node::Entry& x, const Node::Entry& y) {
           return x.key == y.key && same(x.value, y.value);
         });
}

}  // namespace conf
