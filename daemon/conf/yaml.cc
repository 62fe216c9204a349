#include "conf/yaml.hh"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <new>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hh"
#include "conf/file.hh"

namespace conf {

namespace {

// Text of all nodes together, so that aliases to one long scalar stay bounded too.
constexpr std::size_t text_limit = 2 * yaml_size_limit;

// A node under construction with what it weighs.
struct Frame {
  bool mapping = false;
  Mark mark;
  YAML::anchor_t anchor = 0;
  std::vector<Node> items;
  std::vector<Node::Entry> entries;
  std::unordered_set<std::string> keys;
  bool have_key = false;  // a key waits for its value: the last of entries
  bool skip = false;      // the waiting key stands a second time
  std::size_t nodes = 1, bytes = 0;
};

struct Anchored {
  Node node;
  std::size_t nodes = 0, bytes = 0;
};

// Turns the parser's events into nodes. What must stop the parser is thrown as its own exception, which is what it
// expects of its callbacks; what need not is noted.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::shared_ptr<const Source> source) : source_(std::move(source)), root_(Node::null({source_})) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (begun_) throw YAML::ParserException(mark, "a second document begins here; a file holds one");
    begun_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { take(Node::null(at(mark)), anchor, 1, 0); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    check_tag(mark, tag);
    // The parser makes single bytes of these two, which is no text.
    if (!base::valid_utf8(text))
      throw YAML::ParserException(mark, "the escapes \\N and \\_ are not used; write \\u0085 and \\u00a0");
    // The parser marks plain scalars with "?" and all quoted and block ones with "!".
    take(Node::scalar(at(mark), text, tag == "!"), anchor, 1, text.size());
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw YAML::ParserException(mark, "an alias stands inside what it names");
    take(known->second.node, 0, known->second.nodes, known->second.bytes);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, false);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, true);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  Mark at(const YAML::Mark& mark) const {
    return mark.is_null() ? Mark{source_} : Mark{source_, mark.line + 1, mark.column + 1};
  }
  Problems& problems() { return problems_; }
  Node root() { return std::move(root_); }

 private:
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      problems_.add(at(mark), "tags (\"" + tag.substr(0, 80) + "\") are not used here; write the plain value");
  }

  void charge(const Mark& mark, std::size_t nodes, std::size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ <= yaml_node_limit && bytes_ <= text_limit) return;
    YAML::Mark where;
    where.line = mark.line - 1;
    where.column = mark.column - 1;
    throw YAML::ParserException(where, "more than a million values, or too much text, after aliases are followed");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool mapping) {
    check_tag(mark, tag);
    if (frames_.size() >= static_cast<std::size_t>(yaml_depth_limit))
      throw YAML::ParserException(mark, "nested deeper than " + std::to_string(yaml_depth_limit) + " levels");
    charge(at(mark), 1, 0);
    Frame& frame = frames_.emplace_back();
    frame.mapping = mapping;
    frame.mark = at(mark);
    frame.anchor = anchor;
  }

  void close() {
    Frame done = std::move(frames_.back());
    frames_.pop_back();
    nodes_ -= done.nodes;
    bytes_ -= done.bytes;
    Node node = done.mapping ? Node::mapping(std::move(done.mark), std::move(done.entries))
                             : Node::sequence(std::move(done.mark), std::move(done.items));
    take(std::move(node), done.anchor, done.nodes, done.bytes);
  }

  void take(Node node, YAML::anchor_t anchor, std::size_t nodes, std::size_t bytes) {
    charge(node.mark(), nodes, bytes);
    if (anchor != 0) {
      charge(node.mark(), nodes, bytes);
      anchors_.insert_or_assign(anchor, Anchored{node, nodes, bytes});
    }
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    frame.nodes += nodes;
    frame.bytes += bytes;
    if (!frame.mapping) {
      frame.items.push_back(std::move(node));
    } else if (!frame.have_key) {
      take_key(frame, node);
    } else {
      take_mapped(frame, std::move(node));
    }
  }

  void take_key(Frame& frame, const Node& key) {
    frame.have_key = true;
    frame.skip = false;
    if (!key.is_scalar()) {
      problems_.add(key.mark(), "a key must be a name, not " + std::string(key.kind_name()));
      frame.skip = true;
    } else if (key.text() == "<<" && !key.quoted()) {
      problems_.add(key.mark(), "merge keys (\"<<\") are not used here; write the keys out, or use a template");
      frame.skip = true;
    } else if (!frame.keys.insert(key.text()).second) {
      problems_.add(key.mark(), "\"" + key.text().substr(0, 80) + "\" stands twice; keep one of them");
      frame.skip = true;
    }
    if (!frame.skip) frame.entries.push_back({key.text(), key.mark(), {}});
  }

  void take_mapped(Frame& frame, Node value) {
    frame.have_key = false;
    if (frame.skip) return;
    Node::Entry& entry = frame.entries.back();
    // The parser places a missing value at whatever comes next.
    entry.value = value.is_null() ? Node::null(entry.mark) : std::move(value);
  }

  std::shared_ptr<const Source> source_;
  Problems problems_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  Node root_;
  bool begun_ = false;
  std::size_t nodes_ = 0, bytes_ = 0;
};

// A stream over text that stays where it is.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* const start = const_cast<char*>(text.data());  // a get area is never written
    setg(start, start, start + text.size());
  }
};

std::string_view line_of(std::string_view text, int number) {
  for (; number > 0 && text.contains('\n'); --number) text.remove_prefix(text.find('\n') + 1);
  return text.substr(0, text.find('\n'));
}

// What the parser's own words leave unsaid of the mistakes that are made most.
std::string hint(std::string_view text, const YAML::Exception& e) {
  const YAML::Mark& mark = e.mark;
  // A reference in flow style looks like the start of a mapping.
  const auto at = static_cast<std::size_t>(std::max(mark.pos, 1)) - 1;
  if (at < text.size() && text.substr(at).starts_with("${")) return R"(; "${...}" needs quotes here)";
  const std::string_view line = line_of(text, mark.line);
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.substr(0, begin).contains('\t')) return "; indent with spaces, YAML takes no tabs";
  // The parser names the place behind the first letter as often as the one before it.
  if (e.msg.ends_with("not found") && begin > 0 && static_cast<std::size_t>(std::max(mark.column, 0)) <= begin + 1)
    return "; is this line indented like those around it?";
  return {};
}

void parse(std::string_view text, Builder& builder) {
  try {
    View view(text);
    std::istream in(&view);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::Exception& e) {
    builder.problems().add(builder.at(e.mark), e.msg + hint(text, e));
  } catch (const std::bad_alloc&) {
    builder.problems().add(builder.at(YAML::Mark::null_mark()), "too large for the memory there is");
  } catch (const std::exception& e) {
    builder.problems().add(builder.at(YAML::Mark::null_mark()), e.what());
  }
}

std::unexpected<std::vector<Problem>> refuse(Mark mark, std::string text) {
  return std::unexpected(std::vector{Problem{std::move(mark), std::move(text)}});
}

Mark place_of_bad_text(const std::shared_ptr<const Source>& source) {
  Mark mark{source, 1, 1};
  std::string_view rest = source->text;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    if (!base::valid_utf8(line) || line.find('\0') != std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    ++mark.line;
  }
  return mark;
}

}  // namespace

std::expected<Node, std::vector<Problem>> parse_yaml(std::string_view text, std::string_view file) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.size() > yaml_size_limit)
    return refuse({std::make_shared<Source>(Source{std::string(file), {}})}, "larger than 16 MiB");
  const auto source = std::make_shared<const Source>(Source{std::string(file), std::string(text)});
  if (!base::valid_utf8(text) || text.find('\0') != std::string_view::npos)
    return refuse(place_of_bad_text(source), "not UTF-8 text; write it in UTF-8 and other bytes as \"\\xNN\"");
  Builder builder(source);
  parse(source->text, builder);
  if (builder.problems().failed())
    return std::unexpected(std::vector(builder.problems().all().begin(), builder.problems().all().end()));
  return builder.root();
}

std::expected<Node, std::vector<Problem>> load_yaml(const std::string& path) {
  auto text = read_file(path, yaml_size_limit);
  if (!text) return refuse({std::make_shared<Source>(Source{path, {}})}, text.error().text);
  return parse_yaml(*text, path);
}

}  // namespace conf
