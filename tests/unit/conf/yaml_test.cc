#include "conf/yaml.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

using namespace conf;

namespace {

Node good(std::string_view text) {
  auto node = parse_yaml(text, "t.yaml");
  if (!node) FAIL(headline(node.error().front()));
  return *node;
}

std::vector<std::string> wrong(std::string_view text) {
  std::vector<std::string> lines;
  const auto node = parse_yaml(text, "t.yaml");
  if (node) return {"nothing wrong"};
  for (const Problem& p : node.error()) lines.push_back(headline(p));
  return lines;
}

std::string repeat(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

}  // namespace

TEST_CASE("yaml: values in order, each with its place") {
  const Node n = good("b: [x, \"2\"]\na:\n  c: ~\n  d: 'q'\n");
  REQUIRE(n.is_mapping());
  REQUIRE(n.entries().size() == 2);
  CHECK(n.entries()[0].key == "b");
  CHECK(n.entries()[1].mark.line == 2);
  CHECK(n.entries()[1].mark.column == 1);
  const auto items = n.find("b")->items();
  REQUIRE(items.size() == 2);
  CHECK_FALSE(items[0].quoted());
  CHECK(items[1].quoted());
  CHECK(items[1].text() == "2");
  CHECK(items[1].mark().column == 8);
  CHECK(items[1].mark().file() == "t.yaml");
  CHECK(n.find("a")->find("c")->is_null());
  CHECK(n.find("a")->find("d")->mark().line == 4);
  CHECK(n.find("z") == nullptr);
}

TEST_CASE("yaml: a missing value stands where its key stands") {
  const Node n = good("a:\nb: 1\n");
  CHECK(n.find("a")->is_null());
  CHECK(n.find("a")->mark().line == 1);
}

TEST_CASE("yaml: an empty text is null, a byte order mark is none of it") {
  CHECK(good("").is_null());
  CHECK(good("# nothing\n").is_null());
  CHECK(good("").mark().file() == "t.yaml");
  CHECK(good("\xef\xbb\xbf"
             "a: 1")
            .find("a")
            ->mark()
            .column == 4);
}

TEST_CASE("yaml: a key that stands twice is an error, and so are all the others") {
  CHECK(wrong("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n") ==
        std::vector<std::string>{"t.yaml:4:3: \"c\" stands twice; keep one of them",
                                 "t.yaml:5:1: \"a\" stands twice; keep one of them"});
}

TEST_CASE("yaml: tags, merge keys, second documents and odd keys are refused with the place") {
  CHECK(wrong("a: !!str 5\n")[0].starts_with("t.yaml:1:4: tags (\"tag:yaml.org,2002:str\") are not used"));
  CHECK(wrong("a: &x {b: 1}\nc:\n  <<: *x\n")[0].starts_with("t.yaml:3:3: merge keys"));
  CHECK(wrong("a: 1\n---\nb: 2\n")[0].starts_with("t.yaml:2:1: a second document"));
  CHECK(wrong("? [a]\n: b\n")[0].find("a key must be a name, not a list") != std::string::npos);
  CHECK(wrong("~: b\n")[0].find("a key must be a name, not nothing") != std::string::npos);
  CHECK(good("---\na: 1\n...\n").is_mapping());
}

TEST_CASE("yaml: broken syntax has a place") {
  CHECK(wrong("a: b: c\n")[0] == "t.yaml:1:5: illegal map value");
  CHECK(wrong("a: [1, 2\n")[0].starts_with("t.yaml:"));
  CHECK(wrong("a: *x\n")[0].starts_with("t.yaml:1:4: "));
  CHECK(wrong("a: {b: ${c}}\n")[0].ends_with("\"${...}\" needs quotes here"));
}

TEST_CASE("yaml: wrong indentation and tabs are called so") {
  CHECK(wrong("a:\n   b:\n     - x\n    - y\n")[0].ends_with("; is this line indented like those around it?"));
  CHECK(wrong("a:\n  b: 1\n c: 2\n")[0].ends_with("; is this line indented like those around it?"));
  CHECK(wrong("a:\n\tb: 1\n")[0].ends_with("; indent with spaces, YAML takes no tabs"));
}

TEST_CASE("yaml: text that is not UTF-8 is refused with its line") {
  CHECK(wrong("a: 1\nb: \xff\n")[0].starts_with("t.yaml:2:1: not UTF-8"));
  CHECK(wrong("a: \"b\\N\"\n")[0] == "t.yaml:1:4: the escapes \\N and \\_ are not used; write \\u0085 and \\u00a0");
  CHECK(good("\"\\u0085\\u00a0\"\n").text() == "\xc2\x85\xc2\xa0");
  CHECK(wrong(std::string_view("a: \0", 4))[0].starts_with("t.yaml:1:1: not UTF-8"));
  CHECK(
      wrong(std::string_view("\xff\xfe"
                             "a\0",
                             4))[0]
          .starts_with("t.yaml:1:1: not UTF-8"));
}

TEST_CASE("yaml: an alias is the value it names") {
  const Node n = good("a: &x [1, 2]\nb: *x\n");
  CHECK(same(*n.find("a"), *n.find("b")));
  CHECK(wrong("a: &x [*x]\n")[0].find("an alias stands inside what it names") != std::string::npos);
}

TEST_CASE("yaml: aliases cannot grow without bound in number") {
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), key = "a" + std::to_string(i);
    laughs += key + ": &" + key + " [" + repeat(before + ",", 9) + before + "]\n";
  }
  CHECK(wrong(laughs)[0].find("more than a million values") != std::string::npos);
}

TEST_CASE("yaml: aliases cannot grow without bound in text") {
  const std::string text = "- &x " + std::string(1 << 20, 'x') + "\n" + repeat("- *x\n", 100);
  CHECK(wrong(text)[0].find("too much text") != std::string::npos);
}

TEST_CASE("yaml: anchors in anchors cannot multiply what is kept") {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "&a" + std::to_string(i) + " [";
  text += repeat("x,", 100000) + "x" + repeat("]", 50);
  CHECK(wrong(text)[0].find("more than a million values") != std::string::npos);
}

TEST_CASE("yaml: depth is bounded in every way of nesting") {
  for (const char* piece : {"[", "{", "- ", "? ", "[{", "{a: ", "- ? ", "a: [", "? - ", "[[a],"})
    CHECK_FALSE(parse_yaml(repeat(piece, 100000), "t.yaml"));
  CHECK(wrong(repeat("- ", 100000))[0] == "t.yaml:1:129: nested deeper than 64 levels");
  std::string stairs;
  for (int i = 0; i < 1000; ++i) stairs += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  CHECK(wrong(stairs)[0] == "t.yaml:65:65: nested deeper than 64 levels");
  CHECK(good(repeat("- ", 64) + "x").is_sequence());
}

TEST_CASE("yaml: more text than a configuration can be is refused unread") {
  CHECK(wrong(std::string(yaml_size_limit + 1, ' '))[0] == "t.yaml: larger than 16 MiB");
}

TEST_CASE("yaml: many problems stay few") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a: 1\n";
  CHECK(wrong(text).size() == Problems::limit);
}

TEST_CASE("yaml: a file that cannot be read says why") {
  const auto missing = load_yaml("/nonexistent/b.yaml");
  REQUIRE_FALSE(missing);
  CHECK(headline(missing.error()[0]) == "/nonexistent/b.yaml: No such file or directory");
  const std::string pipe = "/tmp/bgpiped-test-pipe-" + std::to_string(getpid());
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto nobody = load_yaml(pipe);
  unlink(pipe.c_str());
  REQUIRE(!nobody);
  CHECK(nobody.error()[0].text == "is a named pipe");
  const auto directory = load_yaml("/");
  REQUIRE_FALSE(directory);
  CHECK(headline(directory.error()[0]) == "/: is a directory");
}
