#include "super/config.hh"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "stages/connect.hh"
#include "stages/limit.hh"
#include "stages/listen.hh"
#include "stages/write.hh"
#include "super/plan.hh"
#include "support/configuration.hh"
#include "support/directory.hh"
#include "support/option_faults.hh"

using namespace support;

namespace {
constexpr std::string_view whole = R"(
workers: 2
control: { socket: /tmp/x.sock, mode: "0600" }
log: { level: debug, events: [ESTABLISHED, "limit/*"] }
templates:
  firewall:
    defaults: { max: 100, port: 1790 }
    restart: { min-delay: 2s, max-delay: 1m }
    kill: { limit/session: { retry: 30m }, exec/FAILED: never }
    stages:
      - listen: { address: ":${port}", peer: "${left}", md5: "${env:BGPIPED_TEST_KEY}" }
      - limit: { ipv4: true, max-length: 24, session: "${max}", direction: LR }
      - connect: { address: "${right}", wait: listen }
pipelines:
  one: { use: firewall, with: { left: 192.0.2.1, right: 10.0.0.1, max: 250000 } }
  two:
    use: firewall
    with: { left: 192.0.2.2, right: 10.0.0.2 }
    restart: { jitter: 0.5 }
    kill: { limit/session: never }
    max-stall: 5s
  archive:
    stop: close
    stages:
      - speaker: { active: true, asn: 65000, id: 192.0.2.9 }
      - write: { path: "/x/updates.$TIME.${2006}.mrt", every: 15m, direction: LR, name: disk }
      - connect: 198.51.100.7
)";
constexpr std::string_view one_pipeline = "pipelines: { p: { stages: [ { connect: 192.0.2.1 } ] } }\n";

// What a configuration that is taken is warned of.
std::string warnings_of(const std::string& stages) {
  const auto l = loaded("pipelines: { p: { stages: [ " + stages + " ] } }\n");
  CHECK(l.config != nullptr);
  return l.problems.text();
}
}  // namespace

TEST_CASE("configuration: templates with defaults and parameters, own keys over those of the template") {
  ::setenv("BGPIPED_TEST_KEY", "sesame", 1);
  const auto c = configured(whole);
  CHECK(c->daemon.workers == 2);
  CHECK(c->control.socket == "/tmp/x.sock");
  CHECK(c->log.events == std::vector<std::string>{"ESTABLISHED", "limit/*"});
  REQUIRE(c->pipelines.size() == 3);
  const auto& one = *c->pipelines[0];
  const auto& two = *c->pipelines[1];
  CHECK(one.stages[1].as<stages::LimitOptions>().session == 250000);
  CHECK(two.stages[1].as<stages::LimitOptions>().session == 100);
  CHECK(one.stages[0].as<stages::ListenOptions>().peer == "192.0.2.1");
  CHECK(one.stages[0].as<stages::ListenOptions>().address == ":1790");
  CHECK(one.stages[0].as<stages::ListenOptions>().md5.value == "sesame");
  CHECK(one.stages[2].common.wait == std::vector<std::string>{"listen"});
  CHECK(one.stages[1].left);
  CHECK(one.stages[1].right);
  CHECK(one.restart.min_delay.nanos == 2 * base::second);
  CHECK(two.restart.min_delay.nanos == 2 * base::second);
  CHECK(two.restart.jitter == 0.5);
  CHECK(two.options.max_stall.nanos == 5 * base::second);
  CHECK(c->pipelines[2]->find("disk") != nullptr);
  CHECK(c->pipelines[2]->stages[1].as<stages::WriteOptions>().path == "/x/updates.$TIME.${2006}.mrt");
}

TEST_CASE("configuration: a kill rule of the pipeline takes the place of the template's") {
  ::setenv("BGPIPED_TEST_KEY", "sesame", 1);
  const auto c = configured(whole);
  const auto rule = [&](std::size_t pipeline, const std::string& event) {
    std::vector<std::optional<base::Nanos>> found;
    for (const auto& k : c->pipelines[pipeline]->kill)
      if (k.event == event) found.push_back(k.retry);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  CHECK(rule(0, "limit/session") == 30 * 60 * base::second);
  CHECK(rule(0, "exec/FAILED") == std::nullopt);
  CHECK(rule(1, "limit/session") == std::nullopt);
  CHECK(rule(1, "exec/FAILED") == std::nullopt);
}

TEST_CASE("configuration: errors is one word, or a mapping by class; the pipeline's over the template's; dumped back") {
  const auto c = configured(
      "templates: { t: { errors: { withdraw: repair, discard-attributes: [ATTR_99, 28] }, stages: [ { connect: "
      "192.0.2.1 } ] } }\n"
      "pipelines:\n"
      "  one: { errors: repair, stages: [ { connect: 192.0.2.1 } ] }\n"
      "  two: { use: t, errors: { reset: relay } }\n");
  CHECK(c->pipelines[0]->errors.action == "repair");
  const auto& two = c->pipelines[1]->errors;
  CHECK(two.action.empty());
  CHECK(two.withdraw == "repair");
  CHECK(two.reset == "relay");
  CHECK(two.discard_attributes == std::vector<std::string>{"ATTR_99", "28"});
  const std::string text = super::dump_config(*c);
  CHECK(text.contains("    errors: repair\n"));
  CHECK_FALSE(super::changes(super::plan(*c, *configured(text))));
}

TEST_CASE("configuration: what is dumped reads back to the same, and names no secret") {
  ::setenv("BGPIPED_TEST_KEY", "sesame", 1);
  const auto c = configured(whole);
  const std::string text = super::dump_config(*c);
  CHECK_FALSE(text.contains("sesame"));
  CHECK(text.contains("${env:BGPIPED_TEST_KEY}"));
  const auto again = configured(text);
  CHECK_FALSE(super::changes(super::plan(*c, *again)));
  CHECK(super::dump_config(*again) == text);
  CHECK(again->daemon.workers == 2);
  CHECK(again->control.mode == "0600");
  CHECK(again->log.level == "debug");
  CHECK(super::dump_config(*configured("pipelines: {}\n")) == "pipelines: {}\n");
}

TEST_CASE("configuration: every fault has its place, and says what would be right") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"- 1\n", "1:1: the configuration is a list"},
      {"pipelines: { p: { stages: [ { conect: 192.0.2.1 } ] } }\n",
       "1:31: there is no stage 'conect': did you mean 'connect'?"},
      {"pipeline: {}\n", "1:1: unknown option \"pipeline\"; did you mean \"pipelines\"?"},
      {"pipelines: [ a ]\n", "1:12: a list stands here"},
      {"pipelines: { p: 1 }\n", "1:17: pipeline p is a value"},
      {"pipelines: { p: {} }\n", "1:17: pipeline p has no stages"},
      {"pipelines: { p: { stages: [] } }\n", "1:17: pipeline p has no stages"},
      {"pipelines: { p: { errors: ignore, stages: [ { connect: 192.0.2.1 } ] } }\n", "1:27: \"action\": "},
      {"pipelines: { p: { errors: { discard-attributes: [ORIGIN] }, stages: [ { connect: 192.0.2.1 } ] } }\n",
       "1:49: \"discard-attributes\": ORIGIN is what routes consist of"},
      {"pipelines: { p: { stages: 1 } }\n", "1:27: stages is a value: a list"},
      {"pipelines: { p: { stages: [ { a: 1, b: 2 } ] } }\n", "1:29: a stage is a mapping with one key"},
      {"pipelines: { 'a b': { stages: [ { connect: 192.0.2.1 } ] } }\n", "1:14: 'a b' is not a name"},
      {"pipelines: { p: { stages: [ connect ] } }\n", "1:29: "},
      {"pipelines: { p: { stages: [ { connect: { address: 192.0.2.1, adress: x } } ] } }\n", "1:62: unknown"},
      {"pipelines: { p: { stages: [ { connect: nonsense!! } ] } }\n", "1:40: "},
      {"pipelines: { p: { stages: [ { connect: 192.0.2.1 }, { limit: { session: many } } ] } }\n", "1:73: "},
      {"pipelines: { p: { stages: [ { connect: 192.0.2.1 }, { limit: { session: -1 } } ] } }\n", "1:73: "},
      {"pipelines: { p: { stages: [ limit, { connect: 192.0.2.1 }, stdout ] } }\n",
       "1:38: connect is an end of the pipeline"},
      {"pipelines: { p: { stages: [ { limit: { name: x } }, { limit: { name: x } } ] } }\n",
       "1:55: a second stage named 'x'"},
      {"pipelines: { p: { restart: { policy: sometimes }, stages: [ stdout ] } }\n", "1:38: "},
      {"pipelines: { p: { restart: { polcy: never }, stages: [ stdout ] } }\n", "1:30: unknown"},
      {"pipelines: { p: { kill: { x: { retry: soon } }, stages: [ stdout ] } }\n",
       "1:39: retry: 'soon' is not a duration"},
      {"pipelines: { p: { kill: { x: { after: 1s } }, stages: [ stdout ] } }\n", "1:32: unknown key 'after'"},
      {"pipelines: { p: { kill: [ x ], stages: [ stdout ] } }\n", "1:25: a list stands here"},
      {"pipelines: { p: { use: none } }\n", "1:24: there is no template 'none'"},
      {"templates: { fire: { stages: [ stdout ] } }\npipelines: { p: { use: fir } }\n",
       "2:24: there is no template 'fir': did you mean 'fire'?"},
      {"pipelines: { p: { with: { a: 1 }, stages: [ stdout ] } }\n", "1:25: 'with' without 'use'"},
      {"templates: { t: { stages: [ { connect: '${x}' } ] } }\npipelines: { p: { use: t } }\n", "1:40: "},
      {"templates: { t: { stages: [ stdout ] } }\npipelines: { p: { use: t, with: { a: [ 1 ] } } }\n",
       "2:35: a parameter has one value, not a list"},
      {"templates: { t: { defaults: { most: 5 }, stages: [ { listen: '${at}' }, { limit: { session: '${most}' } } ] } "
       "}\n"
       "pipelines: { p: { use: t, with: { at: ':1790', mst: 7 } } }\n",
       "2:48: with: template 't' has no parameter 'mst': did you mean 'most'?"},
      {"pipelines: { p: { stages: [ { connect: '${env:BGPIPED_NONE}' } ] } }\n", "1:40: "},
      {"pipelines: { p: { stages: [ { write: { path: /a/b.mrt, every: 1m } } ] } }\n", "1:31: write: every"},
      {"pipelines: { p: { stages: [ { exec: { command: [ cat ], format: auto } } ] } }\n", "1:31: exec: format"},
      {"pipelines: { p: { stages: [ { listen: { peer: 10.0.0.0/8 } }, { write: /a.mrt }, { connect: 192.0.2.1 } ] } "
       "}\n",
       "1:65: write: each peer has a session of its own here: put $PEER into the path"},
      {"pipelines: { p: { stages: [ { listen: { peer: 10.0.0.0/8 } }, { listen: { name: b, address: ':1790' } } ] } "
       "}\n",
       "1:65: both ends listen"},
      {"workers: 1000\n", "1:10: "},
      {"log: { level: loud }\n", "1:15: "},
      {"include: none.yaml\n", "1:10: there is no file"},
      {"pipelines: { p: { stages: [ stdout ] }, p: { stages: [ stdout ] } }\n", "1:41: "},
  };
  for (const auto& [yaml, expected] : cases) {
    const std::string found = faults(yaml);
    CHECK_MESSAGE(found.starts_with(expected), yaml << " -> " << found);
  }
}

TEST_CASE("configuration: faults of all pipelines are told at once, those across stages too") {
  const std::string found = faults(R"(pipelines:
  a: { stages: [ { conect: 192.0.2.1 } ] }
  b: { stages: [ limit, { connect: 192.0.2.1 }, stdout ] }
  c: { stages: [ { limit: { session: x } } ] }
)");
  CHECK(found.contains("2:20: "));
  CHECK(found.contains("3:27: connect is an end"));
  CHECK(found.contains("4:38: "));
}

TEST_CASE("configuration: two unnamed stages of a kind are a warning, which does no harm") {
  const auto l = loaded("pipelines: { p: { stages: [ { connect: 192.0.2.1 }, limit, limit ] } }\n");
  CHECK(l.config != nullptr);
  REQUIRE(l.problems.all().size() == 1);
  CHECK(l.problems.all()[0].warning);
}

TEST_CASE("configuration: that there are no pipelines must be said; an empty or cut file is a mistake") {
  CHECK(faults("pipelines: {}\n").empty());
  CHECK(faults("").contains("the file is empty; if there shall be no pipelines, write 'pipelines: {}'"));
  CHECK(faults("# all of it was taken out\n").contains("the file is empty"));
  CHECK(faults("log: { level: debug }\n").contains("1:1: the key 'pipelines' is missing; if there shall be"));
  CHECK(faults("pipelines:\n").contains("1:1: nothing stands under 'pipelines'"));
  // One mistake is told once.
  CHECK_FALSE(faults("piplines: {}\n").contains("is missing"));
}

TEST_CASE("configuration: events that nobody can raise have their place, whatever option names them") {
  const auto with = [](const std::string& pipeline, const std::string& log = "") {
    return faults(log + "pipelines:\n  p:\n" + pipeline +
                  "    stages: [ { limit: { session: 5 } }, { connect: 192.0.2.1 } ]\n");
  };
  CHECK(with("").empty());
  CHECK(with("    kill: { limit/session: 1h, limit/count: 1h, EOR: 1h }\n").empty());
  CHECK(with("    kill: { limit/sesion: 1h }\n") ==
        "3:13: kill: pipeline p: no event 'limit/sesion' can come here: did you mean 'limit/session'?");
  // A template may have it for others.
  const auto l = loaded("pipelines: { p: { kill: { exec/FAILED: 1h }, stages: [ stdout ] } }\n");
  CHECK(l.config != nullptr);
  CHECK(
      l.problems.text().contains("1:27: warning: kill: no stage of pipeline p raises exec/FAILED, so it never comes"));
  CHECK(with("", "log: { events: [ ESTABLISHED, '*/FAILED', 'exec/FAILED' ] }\n").empty());
  CHECK(with("", "log: { events: [ ESTABLISHED, exec/FALED ] }\n") ==
        "1:31: log: events: no event 'exec/FALED' can come here: did you mean 'exec/FAILED'?");
  CHECK(faults("pipelines: { p: { stages: [ { read: { path: /x, wait: EORR } }, { connect: 192.0.2.1 } ] } }\n") ==
        "1:31: read: wait: pipeline p: no event 'EORR' can come here: did you mean 'EOR'?");
}

TEST_CASE("check: credentials that only the unit has are named, and no mistake; a start needs them") {
  const Directory d;
  const std::string file =
      d.file("main.yaml",
             "templates: { t: { stages: [ { connect: { address: 192.0.2.1, md5: '${key}' } } ] } }\n"
             "pipelines:\n  a: { use: t, with: { key: '${credential:left}' } }\n"
             "  b: { stages: [ { connect: { address: 192.0.2.1, md5: '${credential:right}' } } ] }\n");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(super::load_config(file, registry()).config == nullptr);
  const auto checked = super::load_config(file, registry(), super::Purpose::check);
  REQUIRE(checked.config != nullptr);
  CHECK(checked.problems.text().contains("main.yaml: warning: credential 'left' was not looked at"));
  CHECK(checked.problems.text().contains("'right'"));
  CHECK(super::dump_config(*checked.config).contains("${credential:right}"));
  // Where there are some, one that is missing is a mistake.
  ::setenv("CREDENTIALS_DIRECTORY", d.path.c_str(), 1);
  CHECK(super::load_config(file, registry(), super::Purpose::check).config == nullptr);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("configuration: two pipelines that listen for the same peers at one place are refused") {
  const auto two = [](const std::string& a, const std::string& b) {
    return faults("pipelines:\n  a: { stages: [ { listen: " + a + " } ] }\n  b: { stages: [ { listen: " + b +
                  " } ] }\n");
  };
  CHECK(two("'[::1]:1790'", "'[::1]:1790'").starts_with("3:20: "));
  CHECK(two("{ address: ':1790', peer: 192.0.2.1 }", "{ address: ':1790', peer: 192.0.2.1/32 }").starts_with("3:20: "));
  CHECK(two("{ address: ':1790', peer: 192.0.2.1 }", "{ address: ':1790', peer: 192.0.2.2 }").empty());
  CHECK(two("'127.0.0.1:1790'", "'127.0.0.1:1791'").empty());
  CHECK(two("'127.0.0.1:1790'", "'127.0.0.2:1790'").empty());
}

TEST_CASE("configuration: a listen that anyone can call is warned of, unless it is a loopback address or has a key") {
  const auto warned = [](const std::string& options) { return warnings_of("{ listen: " + options + " }"); };
  CHECK(warned("':1790'").contains("1:31: warning: pipeline p takes a session from anyone who reaches"));
  CHECK(warned("'192.0.2.9:1790'").contains("192.0.2.9:1790: name who may call as 'peer'"));
  for (const char* narrow : {"'127.0.0.2:1790'", "'[::1]:1790'", "{ address: ':1790', peer: 192.0.2.1 }",
                             "{ address: ':1790', peer: 0.0.0.0/0 }", "{ address: ':1790', md5: key }"})
    CHECK(warned(narrow).empty());
}

TEST_CASE("include: files beside the main one add pipelines and templates, each named once") {
  const Directory d;
  d.file("a.yaml", "pipelines: { a: { use: t } }\n");
  d.file("b.yaml", "templates: { t: { stages: [ stdout ] } }\n");
  const auto good = super::load_config(
      d.file("main.yaml", "include: [ 'a.yaml', 'b.y*', 'none*.yaml' ]\n" + std::string(one_pipeline)), registry());
  INFO(good.problems.text());
  REQUIRE(good.config != nullptr);
  CHECK(good.config->pipelines.size() == 2);
  REQUIRE(good.problems.all().size() == 1);
  CHECK(conf::headline(good.problems.all()[0]).ends_with("none*.yaml': nothing is included"));
  CHECK(good.problems.all()[0].warning);
  d.file("c.yaml", "pipelines: { p: { stages: [ stdout ] } }\n");
  const auto twice =
      super::load_config(d.file("main.yaml", "include: c.yaml\n" + std::string(one_pipeline)), registry());
  CHECK(twice.config == nullptr);
  CHECK(twice.problems.text().contains("c.yaml:1:14: a second pipeline 'p'"));
  d.file("c.yaml", "pipelines: { q: { stages: [ stdot ] } }\n");
  const auto bad = super::load_config(d.path + "/main.yaml", registry());
  CHECK(bad.problems.text().contains("c.yaml:1:29: there is no stage 'stdot'"));
  d.file("c.yaml", "include: a.yaml\n");
  CHECK(super::load_config(d.path + "/main.yaml", registry()).problems.text().contains("include in an included file"));
  d.file("c.yaml", "# nothing\n");
  CHECK(super::load_config(d.path + "/main.yaml", registry()).problems.text().contains("c.yaml: the file is empty"));
  CHECK(super::load_config(d.file("only.yaml", "include: [ a.yaml, b.yaml ]\n"), registry()).config != nullptr);
  CHECK(super::load_config(d.file("only.yaml", "include: b.yaml\n"), registry())
            .problems.text()
            .contains("only.yaml:1:1: the key 'pipelines' is missing"));
  d.file("c.yaml", "pipelines: {");
  CHECK(super::load_config(d.path + "/main.yaml", registry()).config == nullptr);
  CHECK(super::load_config(d.path + "/gone.yaml", registry()).problems.failed());
}

TEST_CASE("dump: a command line's own ends stand where a daemon can take them, or are left out") {
  pipeline::PipelineSpec p = *first_of(one_pipeline);
  pipeline::StageSpec out{
      .kind = registry().find("stdout"), .options = registry().find("stdout")->make_options(), .automatic = true};
  out.common.direction = "LR";
  p.stages.push_back(out);
  const auto again = first_of("pipelines:\n" + super::dump_pipeline(p, 2));
  CHECK(again->stages.size() == 1);
  pipeline::PipelineSpec q = *first_of("pipelines: { p: { stages: [ { read: /a/b.mrt } ] } }");
  q.stages.push_back(out);
  CHECK(first_of("pipelines:\n" + super::dump_pipeline(q, 2))->stages.size() == 2);
}

TEST_CASE("tables of the configuration are sound") {
  for (const conf::OptionTable t : {super::control_options(), super::log_options(), super::daemon_options()})
    CHECK(option_faults({&t, 1}).empty());
}

TEST_CASE("configuration: a program that is not there, or cannot be run, is warned of: it may come later") {
  const auto warned = [](const std::string& program) { return warnings_of("{ exec: " + program + " }, stdout"); };
  CHECK(warned("/nowhere/policy").contains("warning: exec: cannot run /nowhere/policy: no such file or directory"));
  CHECK(warned("no-such-policy").contains("warning: exec: cannot run no-such-policy: no such file or directory"));
  CHECK(warned("/etc/passwd").contains("warning: exec: cannot run /etc/passwd: permission denied"));
  CHECK(warned("/tmp").contains("warning: exec: cannot run /tmp: permission denied"));
  CHECK(warned("/bin/cat").empty());
  CHECK(warned("cat").empty());
}
