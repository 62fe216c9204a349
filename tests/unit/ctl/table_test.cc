#include "ctl/table.hh"

#include <doctest/doctest.h>

using namespace ctl;

TEST_CASE("table: words left, numbers right, empty cells a dash, no blanks at line ends") {
  Table t({{"NAME"}, {"N", true}, {"WHY"}});
  t.row({"a", "1", ""});
  t.row({"longer", "12345", "because"});
  CHECK(t.text({}) ==
        "NAME        N  WHY\n"
        "a           1  -\n"
        "longer  12345  because\n");
}

TEST_CASE("table: columns line up for text that is not ASCII, and control characters are made visible") {
  Table t({{"NAME"}, {"X"}});
  t.row({"m\u00fcnchen", "x"});
  t.row({"a\x1b[31mb\n", "y"});
  CHECK(t.text({}, "  ") ==
        "  NAME            X\n"
        "  m\u00fcnchen         x\n"
        "  a\\x1b[31mb\\x0a  y\n");
}

TEST_CASE("table: colour goes around the text, not around the padding") {
  Table t({{"S"}, {"X"}});
  t.row({{"up", Tint::good}, "x"});
  t.row({{"failed", Tint::bad}, "y"});
  CHECK(t.text({.colour = true}) ==
        "\033[1mS\033[0m       \033[1mX\033[0m\n"
        "\033[32mup\033[0m      x\n"
        "\033[31mfailed\033[0m  y\n");
}
