#include "ctl/args.hh"

#include <doctest/doctest.h>

using namespace ctl;

namespace {
Args parsed(std::vector<std::string> words) {
  auto a = parse_args(std::move(words));
  REQUIRE((a ? "" : a.error()) == "");
  return *a;
}
std::string refused(std::vector<std::string> words) {
  auto a = parse_args(std::move(words));
  REQUIRE_FALSE(a.has_value());
  return a.error();
}
}  // namespace

TEST_CASE("verbs: an unambiguous beginning will do, an exact name always does") {
  CHECK((*find_verb("li"))->name == "list");
  CHECK((*find_verb("rel"))->name == "reload");
  CHECK((*find_verb("start"))->name == "start");
  CHECK(find_verb("st").error() == "st may be status, start, stop");
  CHECK(find_verb("statsu").error() == "there is no command statsu, did you mean status?");
}

TEST_CASE("arguments: common options stand before or behind the verb") {
  for (const auto& a :
       {parsed({"-s", "/x", "-j", "show", "edge"}), parsed({"show", "edge", "--socket=/x", "--json"})}) {
    CHECK(a.verb->name == "show");
    CHECK(a.word() == "edge");
    CHECK(a.text("socket") == "/x");
    CHECK(a.has("json"));
  }
}

TEST_CASE("arguments: --watch alone means 2s and does not take the next word") {
  const Args a = parsed({"show", "--watch", "edge"});
  CHECK(a.duration("watch") == 2 * base::second);
  CHECK(a.word() == "edge");
  CHECK(parsed({"status", "-w"}).duration("watch") == 2 * base::second);
  CHECK(parsed({"status", "--watch=500ms"}).duration("watch") == 500 * base::millisecond);
  CHECK_FALSE(parsed({"status"}).duration("watch").has_value());
}

TEST_CASE("arguments: what does not fit is a usage error") {
  CHECK(refused({"show"}) == "show needs NAME: a pipeline");
  CHECK(refused({"show", "a", "b"}) == "show does not take b");
  CHECK(refused({"status", "--watch=0s"}).find("must be a time") != std::string::npos);
  CHECK(refused({"tail", "-n", "x"}).find("must be a number") != std::string::npos);
  CHECK(refused({"tail", "-n", "-1"}).find("must be a number") != std::string::npos);
  CHECK(refused({"log-level", "loud"}).find("trace, debug") != std::string::npos);
  CHECK(refused({"--color", "blue", "list"}).find("auto always never") != std::string::npos);
  CHECK_FALSE(refused({"list", "--reason", "x"}).empty());
  CHECK_FALSE(refused({"--bogus"}).empty());
  CHECK_FALSE(refused({"list", "-s"}).empty());
}

TEST_CASE("arguments: help needs nothing else") {
  CHECK(parsed({"show", "--help"}).has("help"));
  CHECK(parsed({"-h"}).verb == nullptr);
  for (const char* word : {"-v", "-V", "--version"}) CHECK(parsed({word}).has("version"));
}
