#include "conf/problem.hh"

#include <doctest/doctest.h>

using namespace conf;

namespace {

Mark mark(std::string text, int line, int column) {
  return {std::make_shared<const Source>(Source{"b.yaml", std::move(text)}), line, column};
}

}  // namespace

TEST_CASE("problem: place, line and caret") {
  CHECK(render({mark("one\ntwo: 2\n", 2, 6), "must be 3"}) == "b.yaml:2:6: must be 3\n  two: 2\n       ^\n");
  CHECK(render({mark("one", 0, 0), "is a directory"}) == "b.yaml: is a directory\n");
  CHECK(render({{}, "no place"}) == "no place\n");
  CHECK(headline({mark("x", 1, 1), "odd", true}) == "b.yaml:1:1: warning: odd");
}

TEST_CASE("problem: the caret stands right behind tabs, wide bytes and controls") {
  CHECK(render({mark("\tx: y", 1, 5), "e"}) == "b.yaml:1:5: e\n   x: y\n      ^\n");
  CHECK(render({mark("gr\xc3\xbc\xc3\x9f: y", 1, 9), "e"}) == "b.yaml:1:9: e\n  gr\xc3\xbc\xc3\x9f: y\n        ^\n");
  CHECK(render({mark("\x1b: y", 1, 4), "e"}) == "b.yaml:1:4: e\n  \\x1b: y\n        ^\n");
  CHECK(render({mark("a: b\r\n", 1, 9), "e"}) == "b.yaml:1:9: e\n  a: b\n      ^\n");
}

TEST_CASE("problem: of a long line only the part around the place is shown") {
  const std::string text = render({mark(std::string(100000, 'x') + "!" + std::string(100000, 'y'), 1, 100001), "e"});
  CHECK(text.size() < 300);
  CHECK(text.find("xx!yy") != std::string::npos);
  const auto first = text.find('\n'), second = text.find('\n', first + 1);
  CHECK(text.find('!') - first == text.find('^') - second);
}

TEST_CASE("problems: errors are counted, warnings are none, and both are bounded") {
  Problems p;
  p.warn({}, "odd");
  CHECK_FALSE(p.failed());
  for (int i = 0; i < 1000; ++i) p.add({}, "bad");
  CHECK(p.failed());
  CHECK(p.errors() == 1000);
  CHECK(p.all().size() == Problems::limit);
  CHECK(p.text().ends_with("and 951 more\n"));
}

TEST_CASE("problems: shown in the order of lines") {
  const Mark at = mark("a\nb\nc\n", 1, 1);
  Problems p;
  p.add({at.source, 3, 1}, "third");
  p.add({at.source, 1, 1}, "first");
  CHECK(p.text().find("first") < p.text().find("third"));
}

TEST_CASE("problems: a secret in the open is not shown, whatever else is wrong in its line") {
  const Mark at = mark("x: { md5: hunter2, tll: 5 }\n", 1, 20);
  Problems p;
  p.add(at, "unknown option \"tll\"");
  p.hide({at.source, 1, 11});
  CHECK(p.text() == "b.yaml:1:20: unknown option \"tll\"\n  x: { md5: ***\n            ^\n");
}
