#include "ctl/help.hh"

#include <doctest/doctest.h>

#include "rpc/methods.hh"

using namespace ctl;

TEST_CASE("verbs: their methods exist, and every method but the streams' helpers has a verb") {
  for (const Verb& v : verbs()) {
    INFO(v.name);
    CHECK((v.method.empty() || rpc::find_method(v.method) != nullptr));
    CHECK_FALSE(v.help.ends_with('.'));
  }
  for (const rpc::Method& m : rpc::methods()) {
    INFO(m.name);
    bool called = m.name == "messages.subscribe" || m.name == "subscription.cancel";
    for (const Verb& v : verbs()) called = called || v.method == m.name;
    CHECK(called);
  }
}

TEST_CASE("verbs: options of one verb and the common ones do not collide") {
  for (const Verb& v : verbs())
    for (const OptionSpec& a : v.options)
      for (const OptionSpec& b : common_options()) {
        CHECK(a.name != b.name);
        CHECK((a.letter == 0 || a.letter != b.letter));
      }
}

TEST_CASE("help and completion name every verb and option") {
  const std::string help = general_help(), bash = bash_completion(), zsh = zsh_completion();
  for (const Verb& v : verbs()) {
    INFO(v.name);
    CHECK(help.find("\n  " + std::string(v.name)) != std::string::npos);
    CHECK(bash.find("\n    " + std::string(v.name) + ")") != std::string::npos);
    CHECK(zsh.find("\n    " + std::string(v.name) + ")") != std::string::npos);
    for (const OptionSpec& o : v.options) {
      CHECK(verb_help(v).find("--" + std::string(o.name)) != std::string::npos);
      CHECK(bash.find("--" + std::string(o.name)) != std::string::npos);
      CHECK(zsh.find("--" + std::string(o.name)) != std::string::npos);
    }
  }
}
