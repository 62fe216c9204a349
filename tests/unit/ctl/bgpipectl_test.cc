// The real program against a control server with canned answers.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rpc/schema.hh"
#include "support/fake_daemon.hh"
#include "support/program.hh"
#include "support/rpc_host.hh"

using nlohmann::json;
using support::Ran;

namespace {
std::string program() {
  const char* path = std::getenv("BGPIPECTL");
  REQUIRE_MESSAGE(path != nullptr, "BGPIPECTL is not set: run this through meson test");
  return path;
}

struct Daemon {
  Ran ctl(std::vector<std::string> words, support::RunOptions options = {}) {
    words.insert(words.begin(), {program(), "-s", host.socket()});
    return support::run(words, options);
  }
  support::RpcHost host{support::bind_canned};
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("bgpipectl: what each command prints is what the method table promises") {
  Daemon d;
  const auto check = [&](std::vector<std::string> words, const char* method) {
    words.push_back("-j");
    const Ran r = d.ctl(words);
    INFO(r.out, r.err);
    CHECK(r.code == 0);
    const json result = json::parse(r.out, nullptr, false);
    const auto sound = rpc::check_result(*rpc::find_method(method), result);
    CHECK((sound ? "" : sound.error().text) == "");
  };
  check({"status"}, "daemon.status");
  check({"list"}, "pipeline.list");
  check({"show", "twin"}, "pipeline.show");
  check({"errors", "edge"}, "pipeline.errors");
  check({"reload"}, "config.reload");
  check({"config"}, "config.show");
  check({"start", "*"}, "pipeline.start");
  check({"stop", "e*", "--reason", "maintenance"}, "pipeline.stop");
  check({"restart", "edge"}, "pipeline.restart");
  check({"log-level", "debug"}, "daemon.log_level");
  check({"describe"}, "rpc.describe");
}

TEST_CASE("bgpipectl errors: what was wrong, what was done, and the bytes behind the header") {
  Daemon d;
  const Ran r = d.ctl({"errors", "edge"});
  CHECK(r.code == 0);
  CHECK(has(r.out, " session 1 R from 192.0.2.1:33001, message 17\n"));
  CHECK(has(r.out,
            "  ORIGIN: a value that is not allowed, at byte 7 (0x0007) of the body (treat as withdraw), and 1 more\n"));
  CHECK(has(r.out, "  repaired: its routes are withdrawn\n"));
  CHECK(has(r.out, "  0x0000  00 00 00 14 40 01 01 09"));
  CHECK(has(r.out, "  0x0010  00 fd e9\n"));
  CHECK(r.out.ends_with("\n3 older ones are kept, too many to show; --session shows those of one\n"));
  CHECK_FALSE(has(d.ctl({"errors", "edge", "--session", "1"}).out, "older ones"));
  CHECK(d.ctl({"errors", "twin"}).out == "no malformed UPDATEs\n");
}

TEST_CASE("bgpipectl: tables for people") {
  Daemon d;
  CHECK(has(d.ctl({"stat"}).out, "PIPELINE  STATE"));
  CHECK(d.ctl({"list"}).out ==
        "PIPELINE  STATE        SESSIONS  STAGES\n"
        "edge      established         1       3\n"
        "twin      backoff             2       2\n"
        "broken    failed              0       1\n");
  CHECK(d.ctl({"list", "--names"}).out == "edge\ntwin\nbroken\n");
  CHECK(d.ctl({"stop", "?win"}).out == "PIPELINE  STATE\ntwin      stopped\n");
  CHECK(d.ctl({"log-level", "debug"}).out == "debug (was info)\n");
  CHECK(d.ctl({"config"}).out == "pipelines:\n  edge: {}\n");
  CHECK(has(d.ctl({"version"}).out, "\nbgpiped 0.1.0\n"));
}

TEST_CASE("bgpipectl: colour only when asked for or on a terminal") {
  Daemon d;
  CHECK_FALSE(has(d.ctl({"list"}).out, "\033"));
  CHECK(has(d.ctl({"list", "--color", "always"}).out, "\033[32mestablished"));
}

TEST_CASE("bgpipectl: text from the daemon cannot drive the terminal") {
  Daemon d;
  const Ran r = d.ctl({"show", "edge"});
  CHECK(has(r.out, "over \\x1b[31mnothing"));
  CHECK_FALSE(has(r.out, "\033"));
}

TEST_CASE("bgpipectl: exit codes") {
  Daemon d;
  CHECK(d.ctl({"status"}).code == 0);
  CHECK(d.ctl({"show", "nothing"}).code == 4);
  CHECK(d.ctl({"stop", "x*"}).code == 4);
  CHECK(d.ctl({"describe", "pipeline.fly"}).code == 4);
  CHECK(d.ctl({"show"}).code == 2);
  CHECK(d.ctl({"st"}).code == 2);
  CHECK(d.ctl({}).code == 2);
  CHECK(d.ctl({"help"}).code == 0);
  CHECK(d.ctl({"show", "-h"}).code == 0);
  const Ran away = support::run({program(), "status"}, {.environment = {"BGPIPED_SOCKET=/nonexistent/control.sock"}});
  CHECK(away.code == 3);
  CHECK(has(away.err, "bgpiped is not running"));
}

TEST_CASE("bgpipectl: the daemon's error comes with its remedy") {
  Daemon d;
  CHECK(d.ctl({"show", "nothing"}).err == "bgpipectl: there is no pipeline nothing\n  bgpipectl list\n");
}

TEST_CASE("bgpipectl: a refused configuration is exit 1 and named place by place") {
  Daemon d;
  d.host.run([](rpc::Server& s) {
    s.bind("config.reload", [](const rpc::Request&, rpc::Responder r) {
      r.result({{"changed", false},
                {"dry_run", false},
                {"plan", json::array()},
                {"problems", {{{"file", "x.yaml"}, {"line", 3}, {"column", 5}, {"text", "unknown key stagse"}}}}});
    });
  });
  const Ran r = d.ctl({"reload"});
  CHECK(r.code == 1);
  CHECK(r.err == "bgpipectl: x.yaml:3:5: unknown key stagse\nthe configuration was refused; nothing was changed\n");
  CHECK(r.out.empty());
  CHECK(d.ctl({"reload", "-j"}).code == 1);
}

TEST_CASE("bgpipectl: a daemon that does not answer is given up after --timeout") {
  Daemon d;
  d.host.run([](rpc::Server& s) {
    s.bind("daemon.status", [held = std::vector<rpc::Responder>()](const rpc::Request&, rpc::Responder r) mutable {
      held.push_back(std::move(r));
    });
  });
  const Ran r = d.ctl({"status", "--timeout", "50ms"});
  CHECK(r.code == 1);
  CHECK(has(r.err, "did not answer daemon.status in time"));
}

TEST_CASE("bgpipectl: tail ends after so many records, or when the daemon ends the stream") {
  Daemon d;
  const Ran two = d.ctl({"tail", "-n", "2"});
  CHECK(two.code == 0);
  CHECK(has(two.out, "edge/1  ESTABLISHED  192.0.2.1 R  limit: prefixes: 101\n"));
  CHECK(std::ranges::count(two.out, '\n') == 2);
  const Ran all = d.ctl({"tail", "edge", "-j"});
  CHECK(all.code == 1);
  CHECK(has(all.err, "the daemon stops"));
  CHECK(std::ranges::count(all.out, '\n') == 3);
  CHECK(json::parse(all.out.substr(0, all.out.find('\n')))["event"]["seq"] == 1);
  CHECK(d.ctl({"tail", "--messages", "-n", "1"}).out == "[\"R\",0,\"KEEPALIVE\",null]\n");
}

TEST_CASE("bgpipectl: a reader that goes away is no error") {
  Daemon d;
  CHECK(d.ctl({"status", "--watch=1ms"}, {.enough_output = 1}).code == 0);
  d.host.run([](rpc::Server& s) {
    s.bind("config.show",
           [](const rpc::Request&, rpc::Responder r) { r.result({{"yaml", std::string(1'000'000, 'x')}}); });
  });
  const Ran r = d.ctl({"config"}, {.enough_output = 1});
  CHECK(r.code == 0);
  CHECK(r.err.empty());
}

TEST_CASE("bgpipectl: check runs the bgpiped beside it and passes its verdict on") {
  char name[] = "/tmp/bgpiped-check-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::filesystem::path directory = name;
  std::filesystem::copy_file(program(), directory / "bgpipectl");
  std::ofstream(directory / "bgpiped") << "#!/bin/sh\necho \"$@\" >&2\n[ \"$3\" = good.yaml ] || exit 78\n";
  std::filesystem::permissions(directory / "bgpiped", std::filesystem::perms::owner_all);
  const std::string ctl = directory / "bgpipectl";
  const Ran good = support::run({ctl, "check", "good.yaml"}), bad = support::run({ctl, "check", "bad.yaml"});
  CHECK(good.code == 0);
  CHECK(good.err == "--check -c good.yaml\n");
  CHECK(bad.code == 1);
  const json verdict = json::parse(support::run({ctl, "check", "bad.yaml", "-j"}).out, nullptr, false);
  CHECK(verdict == json{{"ok", false}, {"file", "bad.yaml"}, {"output", "--check -c bad.yaml\n"}});
  std::filesystem::remove_all(directory);
}

TEST_CASE("bgpipectl: the bash completion script is sound and completes") {
  Daemon d;
  const std::string script = "eval \"$(" + program() + " completion bash)\"; bgpipectl() { " + program() +
                             " \"$@\"; }\n"
                             "COMP_WORDS=(bgpipectl -s " +
                             d.host.socket() +
                             " show tw); COMP_CWORD=4; _bgpipectl; echo \"${COMPREPLY[*]}\"\n"
                             "COMP_WORDS=(bgpipectl rel); COMP_CWORD=1; _bgpipectl; echo \"${COMPREPLY[*]}\"\n"
                             "COMP_WORDS=(bgpipectl stop --re); COMP_CWORD=2; _bgpipectl; echo \"${COMPREPLY[*]}\"\n";
  const Ran r = support::run({"bash", "-c", script});
  CHECK(r.err == "");
  CHECK(r.out == "twin\nreload\n--reason\n");
}
