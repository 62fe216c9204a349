#include "cli/arguments.hh"

#include <doctest/doctest.h>

#include "stages/connect.hh"
#include "stages/exec.hh"
#include "stages/limit.hh"
#include "stages/listen.hh"
#include "stages/read.hh"
#include "stages/write.hh"
#include "support/configuration.hh"
#include "support/option_faults.hh"

using namespace support;

namespace {
base::Result<cli::CommandLine> parse(std::vector<std::string> words) { return cli::parse_arguments(words, registry()); }
// "connect listen limit": the kinds of the stages, or the error.
std::string kinds(std::vector<std::string> words) {
  const auto line = parse(std::move(words));
  if (!line) return "error: " + line.error().text;
  if (!line->pipeline) return line->global.version ? "version" : "help";
  std::string out;
  for (const auto& s : line->pipeline->stages)
    out += (out.empty() ? "" : " ") + std::string(s.kind->name) + (s.automatic ? "*" : "");
  return out;
}
cli::CommandLine sound(std::vector<std::string> words) {
  auto line = parse(std::move(words));
  INFO((line ? "" : line.error().text));
  REQUIRE(line);
  REQUIRE(line->pipeline);
  return std::move(*line);
}
template <class T>
T options_of(const cli::CommandLine& line, std::size_t i) {
  return line.pipeline->stages.at(i).as<T>();
}
bool refused(std::vector<std::string> words, std::string_view why) {
  const auto line = parse(std::move(words));
  if (line) return false;
  INFO(line.error().text);
  CHECK(line.error().text.contains(why));
  return line.error().text.contains(why);
}
}  // namespace

TEST_CASE("stages: one behind the other, with or without -- between them") {
  CHECK(kinds({"listen", ":1790", "limit", "connect", "192.0.2.1"}) == "listen limit connect");
  CHECK(kinds({"--", "listen", ":1790", "--", "limit", "--", "connect", "192.0.2.1"}) == "listen limit connect");
  CHECK(kinds({"--", "--", "listen", ":1790", "--", "--", "connect", "192.0.2.1", "--"}) == "listen connect");
}

TEST_CASE("stages: an address is connect, a port listen, a file read") {
  CHECK(kinds({":1790", "192.0.2.1"}) == "listen connect");
  CHECK(kinds({"speaker", "127.0.0.1"}) == "speaker connect");
  CHECK(kinds({"speaker", "127.0.0.1:1790"}) == "speaker connect");
  CHECK(kinds({"speaker", "[2001:db8::1]:1790"}) == "speaker connect");
  CHECK(kinds({"speaker", "2001:db8::1"}) == "speaker connect");
  CHECK(kinds({"speaker", "localhost"}) == "speaker connect");
  CHECK(kinds({"speaker", "localhost:1790"}) == "speaker connect");
  CHECK(kinds({"/dev/null", "write", "/tmp/x.json"}) == "read write");
  CHECK(kinds({"https://example.net/updates.gz", "write", "/tmp/x.json"}) == "read write");
  CHECK(options_of<stages::ReadOptions>(sound({"/dev/null", "write", "/tmp/x.json"}), 0).path == "/dev/null");
  CHECK(refused({"/tmp"}, "there is no file '/tmp', and no stage"));
  CHECK(refused({"/does/not/exist"}, "there is no file '/does/not/exist'"));
  CHECK(refused({"nosuch.mrt.gz"}, "there is no file 'nosuch.mrt.gz'"));
  CHECK(refused({"-k", "limit/sessoin", "limit", "--", "connect", "192.0.2.1"}, "did you mean 'limit/session'?"));
  CHECK(refused({"-e", "ESTABLISHD", "connect", "192.0.2.1"}, "did you mean 'ESTABLISHED'?"));
  CHECK(refused({"read", "/tmp", "--", "write", "/x.$TIEM.mrt"}, "did you mean $TIME?"));
  CHECK(refused({"limt"}, "did you mean 'limit'"));
}

TEST_CASE("flags stand before arguments, for the program and for each stage") {
  const auto line = sound({"-l", "debug", "-o", "listen", "--md5", "KEY", ":1790", "limit", "-4", "-6", "-s", "0x10",
                           "--max-length=24", "connect", "--timeout", "5s", "192.0.2.1"});
  CHECK(line.global.log == "debug");
  CHECK(options_of<stages::ListenOptions>(line, 0).md5.value == "KEY");
  CHECK(options_of<stages::ListenOptions>(line, 0).address == ":1790");
  CHECK(options_of<stages::LimitOptions>(line, 1).ipv6);
  CHECK(options_of<stages::LimitOptions>(line, 1).session == 16);
  CHECK(options_of<stages::LimitOptions>(line, 1).max_length == 24);
  CHECK(options_of<stages::ConnectOptions>(line, 2).timeout.nanos == 5 * base::second);
  CHECK(refused({"listen", ":1790", "--md5", "KEY"}, "there is no stage '--md5'"));
  CHECK(refused({"limit", "--nonsense"}, "limit: "));
  CHECK(refused({"--nonsense", "limit"}, "nonsense"));
  CHECK(refused({"connect", "--timeout", "5", "192.0.2.1"}, "connect: "));
}

TEST_CASE("flags: several in one, booleans with a value") {
  const auto line = sound({"read", "/dev/null", "limit", "-46s7", "limit", "--ipv4=false", "stdout"});
  CHECK(options_of<stages::LimitOptions>(line, 1).ipv4);
  CHECK(options_of<stages::LimitOptions>(line, 1).ipv6);
  CHECK(options_of<stages::LimitOptions>(line, 1).session == 7);
  CHECK_FALSE(options_of<stages::LimitOptions>(line, 2).ipv4);
}

TEST_CASE("arguments: what is needed must be there; a word that is left over begins the next stage") {
  CHECK(refused({"connect"}, "connect: needs an argument: address"));
  CHECK(refused({"connect", "--", "limit"}, "needs an argument"));
  CHECK(kinds({"exec", "cat", "limit", "stdout"}) == "exec limit stdout");
  CHECK(kinds({"listen", "limit", "connect", "192.0.2.1"}) == "listen limit connect");
  CHECK(kinds({"listen", "--", "connect", "192.0.2.1"}) == "listen connect");
  CHECK(refused({"exec", "cat", "-u", "stdout"}, "'-u'"));
  CHECK(refused({"connect", "not an address"}, "address"));
}

TEST_CASE("-A takes all words up to -- as arguments") {
  const auto line = sound({"exec", "-A", "/bin/sh", "-c", "limit, and more", "--", "stdout"});
  CHECK(options_of<stages::ExecOptions>(line, 0).command ==
        std::vector<std::string>{"/bin/sh", "-c", "limit, and more"});
  CHECK(line.pipeline->stages.size() == 2);
  CHECK(options_of<stages::ExecOptions>(sound({"exec", "-L", "-A", "cat", "a,b"}), 0).command ==
        std::vector<std::string>{"cat", "a,b"});
}

TEST_CASE("@name names the next stage, with its sign") {
  const auto line = sound({"listen", ":1790", "@edge", "limit", "connect", "192.0.2.1"});
  CHECK(line.pipeline->stages[1].identity == "@edge");
  CHECK(line.pipeline->find("@edge") != nullptr);
  CHECK(refused({"@edge"}, "@edge names a stage, but none follows"));
  CHECK(refused({"@edge", "--", "limit"}, "none follows"));
  CHECK(refused({"@x", "limit", "@x", "limit", "stdout"}, "names must differ"));
}

TEST_CASE("-L and -R choose the direction, both of them both") {
  const auto direction = [](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"listen", ":1790", "limit"});
    flags.insert(flags.end(), {"connect", "192.0.2.1"});
    const auto line = sound(flags);
    const auto& s = line.pipeline->stages[1];
    return std::string(s.left ? "L" : "") + (s.right ? "R" : "");
  };
  CHECK(direction({}) == "R");
  CHECK(direction({"-L"}) == "L");
  CHECK(direction({"-R"}) == "R");
  CHECK(direction({"-LR"}) == "LR");
  CHECK(direction({"--left", "--right"}) == "LR");
  CHECK(direction({"--direction", "L"}) == "L");
  CHECK(refused({"speaker", "-LR", "192.0.2.1"}, "one direction"));
}

TEST_CASE("archives alone go one way, however many, and whatever shows them") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"/dev/null"},
                                                {"-o", "/dev/null"},
                                                {"/dev/null", "/dev/null"},
                                                {"-o", "/dev/null", "/dev/null", "/dev/null"}}) {
    const auto archives = sound(words);
    for (const auto& s : archives.pipeline->stages)
      if (!s.automatic) CHECK((s.left && !s.right));
  }
  const auto line = sound({"/dev/null", "read", "-R", "/dev/null"});
  CHECK(line.pipeline->stages[0].left);
  CHECK(line.pipeline->stages[1].right);
  CHECK(sound({"/dev/null", "stdout"}).pipeline->stages[0].right);
  CHECK(sound({"/dev/null", "write", "/tmp/x.json"}).pipeline->stages[0].right);
}

TEST_CASE("write: a name that says nothing of a format is told, one that says it or nothing at all is not") {
  const auto told = [](const std::string& path) { return sound({"/dev/null", "write", path}).warnings; };
  REQUIRE(told("/tmp/x.xyz").size() == 1);
  CHECK(told("/tmp/x.xyz")[0].contains("x.xyz says nothing of a format, so JSON is written: give --format"));
  CHECK(told("/tmp/x.log.gz").size() == 1);
  for (const char* path : {"/tmp/x.json", "/tmp/x.mrt.gz", "/tmp/x.jsonl", "/tmp/x", "-", "/dev/null", "/tmp/x.$TIME",
                           "/tmp/updates.$TIME", "/tmp/rib.$TIME.bz2", "/tmp/x.20260101.1530", "/tmp.d/x"})
    CHECK_MESSAGE(told(path).empty(), path);
  CHECK(sound({"/dev/null", "write", "--format", "json", "/tmp/x.xyz"}).warnings.empty());
}

TEST_CASE("-W and -N: when a stage begins, and where its messages enter") {
  const auto line = sound(
      {"listen", ":1790", "limit", "exec", "-W", "ESTABLISHED,EOR", "-N", "limit", "cat", "connect", "192.0.2.1"});
  CHECK(line.pipeline->stages[2].common.wait == std::vector<std::string>{"ESTABLISHED", "EOR"});
  CHECK(line.pipeline->stages[2].common.inject == "limit");
  CHECK(refused({"exec", "-N", "nowhere", "cat", "stdout"}, "nowhere"));
}

TEST_CASE("-o and -i add stages for both lines behind all others; -O and -I let them wait") {
  CHECK(kinds({"-o", "speaker", "192.0.2.1"}) == "speaker connect stdout*");
  CHECK(kinds({"-i", "-o", "speaker", "192.0.2.1"}) == "speaker connect stdin* stdout*");
  const auto line = sound({"-IO", "speaker", "192.0.2.1"});
  REQUIRE(line.pipeline->stages.size() == 4);
  CHECK(line.pipeline->stages[2].common.wait == std::vector<std::string>{"ESTABLISHED"});
  CHECK(line.pipeline->stages[2].common.inject == "first");
  CHECK(line.pipeline->stages[3].common.wait == std::vector<std::string>{"EOR"});
  CHECK(line.pipeline->stages[3].sees_left);
  CHECK(line.pipeline->stages[3].sees_right);
  CHECK(line.pipeline->own_stages().size() == 2);
  CHECK(refused({"-o", "speaker", "stdout", "192.0.2.1"}, "--stdout beside a stdout stage"));
  CHECK(refused({"-i", "stdin", "192.0.2.1"}, "--stdin beside a stdin stage"));
}

TEST_CASE("a single stage shows its messages; stdin and stdout alone do not need to") {
  CHECK(kinds({"read", "/dev/null"}) == "read stdout*");
  CHECK(kinds({"/dev/null"}) == "read stdout*");
  CHECK(kinds({"connect", "192.0.2.1"}) == "connect stdout*");
  CHECK(kinds({"stdin"}) == "stdin");
  CHECK(kinds({"stdout"}) == "stdout");
}

TEST_CASE("standard input: - is read, and -i needs no stage, in the way of UNIX") {
  CHECK(kinds({"-"}) == "read stdout*");
  CHECK(kinds({"-", "write", "/tmp/x.mrt"}) == "read write");
  CHECK(options_of<stages::ReadOptions>(sound({"-"}), 0).path == "-");
  CHECK(kinds({"-i"}) == "stdin* stdout*");
  CHECK(kinds({"-io"}) == "stdin* stdout*");
  CHECK(kinds({"-i", "write", "/tmp/x.mrt"}) == "write stdin*");
}

TEST_CASE("--events: by default what a session tells; of an archive only what is wrong with it") {
  using Events = std::vector<std::string>;
  CHECK(sound({"speaker", "192.0.2.1"}).global.events == Events{"PARSE", "ESTABLISHED", "EOR"});
  CHECK(sound({"/dev/null"}).global.events == Events{"PARSE"});
  CHECK(sound({"-e", "EOR", "/dev/null"}).global.events == Events{"EOR"});
}

TEST_CASE("--kill ends the session for good, one event after the other") {
  const auto line = sound({"-k", "limit/session,DOWN", "--kill", "EOR", "speaker", "192.0.2.1"});
  REQUIRE(line.pipeline->kill.size() == 3);
  CHECK(line.pipeline->kill[0].event == "limit/session");
  CHECK(line.pipeline->kill[2].event == "EOR");
  CHECK_FALSE(line.pipeline->kill[2].retry);
  CHECK(line.pipeline->restart.policy == "never");
}

TEST_CASE("--errors and its lists are those of the pipeline, and stand in its YAML") {
  const auto line = sound({"--errors", "repair", "--discard-attributes", "28,ATTR_99", "--withdraw-attributes", "21",
                           "connect", "192.0.2.1", "connect", "192.0.2.2"});
  CHECK(line.pipeline->errors.action == "repair");
  CHECK(line.pipeline->errors.discard_attributes == std::vector<std::string>{"28", "ATTR_99"});
  CHECK(line.pipeline->errors.withdraw_attributes == std::vector<std::string>{"21"});
}

TEST_CASE("a key need not stand on the command line: it comes from the environment or a file, and stays there") {
  ::setenv("BGPIPED_TEST_MD5", "sesame", 1);
  const auto line = sound({"--yaml", "connect", "--md5", "${env:BGPIPED_TEST_MD5}", "192.0.2.1"});
  const auto& md5 = line.pipeline->stages[0].as<stages::ConnectOptions>().md5;
  CHECK(md5.value == "sesame");
  CHECK(md5.origin == "${env:BGPIPED_TEST_MD5}");
  CHECK(refused({"connect", "--md5", "${file:/no/such/key}", "192.0.2.1"}, "No such file"));
  CHECK(
      refused({"connect", "--md5=${env:BGPIPED_TEST_NONE}", "192.0.2.1"}, "the environment has no BGPIPED_TEST_NONE"));
  CHECK(sound({"connect", "--md5", "${x}", "192.0.2.1"}).pipeline->stages[0].as<stages::ConnectOptions>().md5.value ==
        "${x}");
}

TEST_CASE("help and version, before and among the stages") {
  CHECK(kinds({"-h"}) == "help");
  CHECK(kinds({"help"}) == "help");
  CHECK(kinds({"-v"}) == "version");
  CHECK(kinds({"-V"}) == "version");
  CHECK(kinds({"--version"}) == "version");
  CHECK(kinds({"version"}) == "version");
  CHECK(kinds({"limit", "-h"}) == "help");
  CHECK(parse({"limit", "--help"})->help.contains("--max-length"));
  CHECK(parse({"help", "limit"})->help.contains("--max-length"));
  CHECK(refused({}, "no stages"));
  CHECK(refused({"-o"}, "no stages"));
  CHECK(refused({"--"}, "no stages"));
}

TEST_CASE("-2, -g and --caps concern every stage that reads messages, unless it says otherwise") {
  const auto line = sound({"-2", "-g", "--caps", R"({"ADDPATH":["IPV4/UNICAST/BIDIR"]})", "-i", "read", "/dev/null"});
  const auto given = [](const stages::InputOptions& o) {
    return o.short_asn && o.guess_asn && o.caps == R"({"ADDPATH":["IPV4/UNICAST/BIDIR"]})";
  };
  CHECK(given(options_of<stages::ReadOptions>(line, 0)));
  CHECK(given(options_of<stages::StdinOptions>(line, 1)));
}

TEST_CASE("--caps: a stage's own wins, and it may stand in a file") {
  const auto line = sound({"-2", "--caps", "{}", "read", "--short-asn=false", "--caps", R"({"AS4":1})", "/dev/null"});
  CHECK_FALSE(options_of<stages::ReadOptions>(line, 0).short_asn);
  CHECK(options_of<stages::ReadOptions>(line, 0).caps == R"({"AS4":1})");
  CHECK(refused({"--caps", "@/dev/null/none", "/dev/null"}, "/dev/null/none cannot be read"));
  CHECK(refused({"--caps", "{\"AS5\":1}", "/dev/null"}, "--caps: "));
  CHECK(refused({"--caps", "7", "-i", "192.0.2.1"}, "not a JSON object"));
  CHECK(options_of<stages::ReadOptions>(sound({"--caps", "@/dev/null", "/dev/null"}), 0).caps.empty());
}

TEST_CASE("--yaml: the flags of the program stand at the stages they concern") {
  const auto line = sound({"-2", "--caps", R"({"ADDPATH":["IPV4/UNICAST/BIDIR"]})", "/dev/null"});
  const auto again = first_of("pipelines:\n" + super::dump_pipeline(*line.pipeline, 2));
  CHECK(again->stages[0].as<stages::ReadOptions>().short_asn);
  CHECK(again->stages[0].as<stages::ReadOptions>().caps == R"({"ADDPATH":["IPV4/UNICAST/BIDIR"]})");
}

TEST_CASE("a leg stands at an end") {
  CHECK(refused({"limit", "connect", "192.0.2.1", "limit"}, "put it first or last"));
}

TEST_CASE("--yaml: what is printed is what a daemon takes, a key typed in the open included") {
  const auto line =
      sound({"--yaml", "--", "listen", ":1790", "--",          "@l", "limit",   "-s",    "5",      "-LR",      "--",
             "exec",   "-A", "sh",     "-c",    "a ${b}, 'c'", "--", "connect", "--md5", "K$${EY", "192.0.2.1"});
  const std::string text = "pipelines:\n" + super::dump_pipeline(*line.pipeline, 2);
  INFO(text);
  const auto again = first_of(text);
  CHECK(again->stages.size() == 4);
  CHECK(again->stages[1].as<stages::LimitOptions>().session == 5);
  CHECK(again->stages[1].identity == "@l");
  CHECK(again->stages[1].left);
  CHECK(again->stages[2].as<stages::ExecOptions>().command == std::vector<std::string>{"sh", "-c", "a ${b}, 'c'"});
  CHECK(again->stages[3].as<stages::ConnectOptions>().md5.value == "K$${EY");
  CHECK(first_of("pipelines:\n" + super::dump_pipeline(*sound({"-o", "speaker", "192.0.2.1"}).pipeline, 2))
            ->stages.size() == 2);
  CHECK(first_of("pipelines:\n" + super::dump_pipeline(*sound({"/dev/null"}).pipeline, 2))->stages.size() == 2);
}
