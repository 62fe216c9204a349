#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "stages/read.hh"
#include "stages/write.hh"
#include "support/directory.hh"
#include "support/http_server.hh"
#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using bgp::Direction;
using pipeline::State;
using stages::ReadOptions;
using stages::WriteOptions;

namespace {
pipeline::StageSpec reader(ReadOptions o, const std::string& direction = "R") {
  pipeline::StageSpec s{.kind = &stages::read_kind, .options = std::make_shared<ReadOptions>(std::move(o))};
  s.common.direction = direction;
  return s;
}
pipeline::StageSpec writer(WriteOptions o, const std::string& direction = "R") {
  pipeline::StageSpec s{.kind = &stages::write_kind, .options = std::make_shared<WriteOptions>(std::move(o))};
  s.common.direction = direction;
  return s;
}
ReadOptions from(const std::string& path, const std::string& format = "auto") {
  ReadOptions o;
  o.path = path;
  o.format = format;
  return o;
}
WriteOptions to(const std::string& path, const std::string& format = "auto") {
  WriteOptions o;
  o.path = path;
  o.format = format;
  return o;
}
// What a reading pipeline saw, and how it ended.
struct Batch {
  std::string seen, failure;
  std::optional<bool> failed;
  pipeline::SessionStatus status;
};
Batch run(std::vector<pipeline::StageSpec> stages) {
  Batch out;
  Script s;
  s.message = [&](ScriptedStage&, pipeline::Message& m) {
    out.seen += base::as_text(m.wire());
    return pipeline::Verdict::pass;
  };
  if (stages.size() == 1) stages.push_back(stage(observer_kind, "R", s));
  auto p = pipeline_of(std::move(stages));
  p->restart.policy = "never";
  SessionBench b(resolved(p));
  b.session->start();
  CHECK(b.until([&] { return !b.host.ended_calls.empty(); }));
  if (!b.host.ended_calls.empty()) out.failed = b.host.ended_calls[0];
  out.status = b.host.latest;
  if (b.session->status().last_failure) out.failure = b.session->status().last_failure->text;
  return out;
}
const std::string three = announce({"10.0.0.0/8"}) + withdraw({"10.0.0.0/8"}) + keepalive();
}  // namespace

TEST_CASE("read: finds the format by content, packed or not") {
  const Directory d;
  CHECK(run({reader(from(d.file("a", three)))}).seen == three);
  gzFile z = gzopen(d.file("b.gz").c_str(), "wb");
  gzwrite(z, three.data(), static_cast<unsigned>(three.size()));
  gzclose(z);
  CHECK(run({reader(from(d.path + "/b.gz"))}).seen == three);
  const auto r =
      run({reader(from(d.file("c", "this is no BGP at all, however long one looks at it, and more of it")))});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("its format is not known"));
}

TEST_CASE("read: a URL is a file; errors and status name it without user and password") {
  HttpServer server([](std::size_t, const std::string& request) {
    if (request.starts_with("GET /none")) return HttpServer::Answer{http_head("404 Not Found", 0)};
    return HttpServer::Answer{http_head("200 OK", three.size()) + three};
  });
  const auto whole = run({reader(from(server.url("/updates.raw")))});
  CHECK(whole.failed == false);
  CHECK(whole.seen == three);
  std::string url = server.url("/none");
  url.insert(std::string("http://").size(), "user:secret@");
  const auto none = run({reader(from(url))});
  CHECK(none.failed == true);
  CHECK(none.failure.contains(server.url("/none") + ": 404 Not Found"));
  CHECK_FALSE(none.failure.contains("secret"));
  REQUIRE_FALSE(none.status.stages.empty());
  CHECK(none.status.stages[0].text == server.url("/none"));
}

TEST_CASE("read: an empty file is no error; one that is not there is, by name") {
  const Directory d;
  std::ofstream(d.path + "/empty");
  CHECK(run({reader(from(d.path + "/empty"))}).failed == false);
  const auto r = run({reader(from(d.path + "/none"))});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("/none"));
}

TEST_CASE("read: a file that ends in the middle of a message gives what is whole, then an error with the place") {
  const Directory d;
  const auto r = run({reader(from(d.file("a", three.substr(0, three.size() - 3)), "raw"))});
  CHECK(r.seen == announce({"10.0.0.0/8"}) + withdraw({"10.0.0.0/8"}));
  CHECK(r.failed == true);
  CHECK(r.failure.contains("/a"));
}

TEST_CASE("read: a packed table that is cut gives the routes that were gathered before the cut") {
  const Directory d;
  // PEER_INDEX_TABLE and RIB_IPV4_UNICAST (RFC 6396 4.3.1 and 4.3.2), one route.
  const std::string table = hex(
      "00000001 000d 0001 00000015 c0000263 0000 0001 02 c0000201 c0000201 0000fde9"
      "00000001 000d 0002 00000024 00000000 08 0a 0001 0000 00000001 0014 40010100 4002060201 0000fde9 400304c0000201");
  std::string packed;
  {
    const std::string path = d.path + "/whole.gz";
    gzFile f = gzopen(path.c_str(), "wb");
    gzwrite(f, table.data(), static_cast<unsigned>(table.size()));
    gzclose(f);
    std::ifstream in(path, std::ios::binary);
    packed.assign(std::istreambuf_iterator<char>(in), {});
  }
  // The checksum and the length behind the data are missing (RFC 1952 2.3).
  ReadOptions o = from(d.file("cut.gz", packed.substr(0, packed.size() - 8)), "mrt");
  o.bundle = "always";
  const auto r = run({reader(o)});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("truncated"));
  CHECK(r.seen == announce({"10.0.0.0/8"}, 65001));
}

TEST_CASE("read: pardon skips what cannot be read") {
  const Directory d;
  ReadOptions o =
      from(d.file("a.json", "[\"R\",1,\"\",\"KEEPALIVE\",null,{}]\nrubbish\n[\"R\",2,\"\",\"KEEPALIVE\",null,{}]\n"),
           "json");
  const auto strict = run({reader(o)});
  CHECK(strict.failed == true);
  CHECK(strict.seen == keepalive());
  o.pardon = true;
  const auto lenient = run({reader(o)});
  CHECK(lenient.failed == false);
  CHECK(lenient.seen == keepalive() + keepalive());
}

TEST_CASE("read: all that was whole before an error is given, routes that still wait for others too") {
  const Directory d;
  const auto bytes = [](std::string hex) {
    std::erase(hex, ' ');
    return std::string(base::from_hex(hex).value().text());
  };
  // Two routes of one peer, which share a message (RFC 6396 4.3).
  const std::string attributes = "40010100 40020602010000fde9 400304c0000209";
  const auto route = [&](const std::string& peer, const std::string& prefix) {
    return "53890000 000d0002 00000024 00000000" + prefix + "0001" + peer + "5388fc00 0014" + attributes;
  };
  const std::string peers = "53890000 000d0001 00000013 0a000001 0000 0001 00 07070707 c0000201 fde9";
  const std::string table = bytes(peers + route("0000", "080a") + route("0000", "080b"));
  const std::string both = "\x08\x0a\x08\x0b", half = table.substr(0, 9);
  const auto cut = [&](const std::string& name, const std::string& content) {
    gzFile z = gzopen((d.path + "/" + name).c_str(), "wb");
    gzwrite(z, content.data(), static_cast<unsigned>(content.size()));
    gzclose(z);
    const std::string all = d.read(name);
    return d.file(name, all.substr(0, all.size() - 1));
  };

  ReadOptions o = from(cut("a.gz", table + half));
  auto r = run({reader(o)});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("a.gz: gzip: truncated"));
  CHECK(r.seen.ends_with(both));

  o.pardon = true;
  r = run({reader(o)});
  CHECK(r.failed == false);
  CHECK(r.seen.ends_with(both));
  {
    // Another source keeps the session up.
    SessionBench b(resolved(pipeline_of({reader(o), stage(source_kind, "R", {})})));
    b.session->start();
    CHECK(b.until([&] { return b.host.count("read/EOF") == 1; }));
    const auto counters = b.session->status().stages[0].counters;
    CHECK(counters == decltype(counters){{"messages", 1}, {"pardoned", 1}, {"skipped", 0}});
  }

  r = run({reader(from(d.file("b", table + bytes(route("0007", "080c")))))});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("not in the table of peers"));
  CHECK(r.seen.ends_with(both));

  // Not enough to find the format while more may come.
  CHECK(run({reader(from(cut("c.gz", keepalive())))}).seen == keepalive());
}

TEST_CASE("read: pardon is for data that is cut or wrong, not for a source that cannot be read") {
  const Directory d;
  HttpServer server([](std::size_t, const std::string&) { return HttpServer::Answer{http_head("404 Not Found", 0)}; });
  ReadOptions o = from(server.url("/none.gz"));
  o.pardon = true;
  CHECK(run({reader(o)}).failed == true);
}

TEST_CASE("read: type and skip choose, and numbers, times and tags can be left behind") {
  const Directory d;
  ReadOptions o = from(d.file("a", three));
  o.type = {"UPDATE"};
  CHECK(run({reader(o)}).seen == announce({"10.0.0.0/8"}) + withdraw({"10.0.0.0/8"}));
  o.type = {};
  o.skip = {"2"};
  CHECK(run({reader(o)}).seen == keepalive());
}

TEST_CASE("read: in a pipeline with a leg it waits for ESTABLISHED, and begins anew in each session") {
  const Directory d;
  SessionBench b(resolved(proxy({reader(from(d.file("a", three)))})));
  b.session->start();
  for (int i = 0; i < 2; ++i) {
    b.connect_left();
    b.connect_right();
    b.left.send(open() + keepalive());
    b.settle();
    CHECK(b.right.received == open() + keepalive());
    b.right.send(open({.asn = 65002}) + keepalive());
    CHECK(b.until([&] { return b.right.received == open() + keepalive() + three; }));
    CHECK(b.session->established());
    b.left.finish();
    CHECK(b.until([&] { return b.state() == State::starting; }));
  }
}

TEST_CASE("read: a held line stops the reader, whatever happens on the other line") {
  const Directory d;
  std::string much;
  while (much.size() < (8u << 20)) much += update({}, basic(), std::string(4000, '\0'));
  SessionBench b(resolved(proxy({reader(from(d.file("a", much)), "LR")})));
  b.session->start();
  b.connect_left();
  b.connect_right();
  b.right.read(true);
  b.left.send(open() + keepalive());
  b.right.send(open({.asn = 65002}) + keepalive());
  CHECK(b.until([&] { return b.session->established(); }));
  b.right.read(false);
  const int other = 0;
  b.session->block(Direction::left, &other);
  b.session->unblock(Direction::left, &other);
  b.settle(200 * base::millisecond);
  b.session->block(Direction::left, &other);
  b.session->unblock(Direction::left, &other);
  b.settle(200 * base::millisecond);
  CHECK(b.session->status().legs[1].pending < (2u << 20));
  b.right.read(true);
  CHECK(b.until([&] { return b.right.received.size() == much.size() + open().size() + keepalive().size(); }));
}

TEST_CASE("write: the file has its name when the pipeline ends, and reads back to the same messages") {
  const Directory d;
  for (const char* name : {"x.json", "x.mrt", "x.raw", "updates.x", "x.json.gz"}) {
    const auto r = run({reader(from(d.file("in", three))), writer(to(d.path + "/" + name))});
    CHECK(r.failed == false);
    CHECK_MESSAGE(run({reader(from(d.path + "/" + name))}).seen == three, name);
  }
  CHECK(d.read("x.json").starts_with("["));
  CHECK(d.read("x.raw") == three);
}

TEST_CASE("write: what cannot be opened fails the session at once, with the name") {
  const auto r = run({reader(from("/dev/null", "raw")), writer(to("/proc/none/x.json"))});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("/proc/none"));
}

TEST_CASE("write: a full disk fails a batch, and does nothing to a session between routers but say so") {
  const Directory d;
  const auto r = run({reader(from(d.file("in", three))), writer(to("/dev/full", "raw"))});
  CHECK(r.failed == true);
  CHECK(r.failure.contains("/dev/full"));

  SessionBench b(resolved(proxy({writer(to("/dev/full", "raw"))})));
  b.establish();
  b.left.send(three);
  CHECK(b.until([&] { return b.host.count("write/FAILED") == 1; }));
  CHECK(b.session->status().last_failure->stage == "write");
  b.left.send(three);
  CHECK(b.until([&] { return b.right.received == three + three; }));
  CHECK(b.session->established());
  bool done = false;
  b.session->stop(pipeline::EndMode::close, 0, "", [&] { done = true; });
  CHECK(b.until([&] { return done; }));
}

TEST_CASE("write: a batch that begins anew does not take for written what still cannot be") {
  ScriptedStage* source = nullptr;
  Script s;
  s.ready = [&](ScriptedStage& self) { source = &self; };
  SessionBench b(resolved(pipeline_of({stage(source_kind, "R", s), writer(to("/proc/none/$TIME.json"))})));
  b.session->start();
  for (std::uint64_t failures = 1; failures <= 2; ++failures) {
    source->inject(Direction::right, announce({"10.0.0.0/8"}));
    CHECK(b.state() == State::backoff);
    CHECK(b.session->status().restarts == failures);
    CHECK(b.until([&] { return b.state() == State::running; }));
  }
}

TEST_CASE("write: every begins a new file on the round time, and each is told when it is whole") {
  const Directory d;
  WriteOptions o = to(d.path + "/${150405}.raw");
  o.every = {base::second};
  SessionBench b(resolved(proxy({writer(o)})));
  b.establish();
  b.left.send(three);
  CHECK(b.until([&] { return b.host.count("write/FILE") >= 1; }, 3 * base::second));
  b.left.send(three);
  CHECK(b.until([&] { return b.host.count("write/FILE") >= 2; }, 3 * base::second));
  std::string joined;
  for (const auto& name : d.names()) {
    CHECK(name.size() == 10);
    joined += d.read(name);
  }
  CHECK(joined.ends_with(three));
  CHECK(std::ranges::count(joined, '\xff') >= 16 * 6);
}

TEST_CASE("write: a session that ends right behind a change of files loses neither, and does not come to harm") {
  const Directory d;
  WriteOptions o = to(d.path + "/${150405}.raw.gz");
  o.every = {base::second};
  for (int i = 0; i < 2; ++i) {
    SessionBench b(resolved(proxy({writer(o)})));
    b.establish();
    std::string much;
    while (much.size() < (1u << 20)) much += update({}, basic(), std::string(4000, '\0'));
    // Until the file changes, and gone at that moment.
    net::Timer feed(b.loop, [&] { b.left.send(much); });
    feed.start(0, 50 * base::millisecond);
    (void)b.until([&] { return (b.loop.wall() + base::millisecond) % base::second < 5 * base::millisecond; },
                  2 * base::second);
    (void)b.until(
        [&] {
          return b.loop.wall() % base::second >= 2 * base::millisecond &&
                 b.loop.wall() % base::second < 20 * base::millisecond;
        },
        base::second);
    bool done = false;
    if (i == 0) {
      b.session->stop(pipeline::EndMode::close, 0, "", [&] { done = true; });
      CHECK(b.until([&] { return done; }));
    }
    feed.stop();
  }
  for (const auto& name : d.names()) CHECK_MESSAGE(name.ends_with(".raw.gz"), name);
}

TEST_CASE("write: taken out of a live session the file is whole, and the line goes on") {
  const Directory d;
  SessionBench b(resolved(proxy({writer(to(d.path + "/x.raw"))})));
  b.establish();
  b.left.send(three);
  CHECK(b.until([&] { return b.right.received == three; }));
  b.session->apply(resolved(proxy()));
  CHECK(b.until([&] { return d.names() == std::vector<std::string>{"x.raw"}; }));
  CHECK(d.read("x.raw").ends_with(three));
  b.left.send(three);
  CHECK(b.until([&] { return b.right.received == three + three; }));
}

TEST_CASE("write: exchanged in a live session for one with the same file, the session stays up and the file is whole") {
  const Directory d;
  SessionBench b(resolved(proxy({writer(to(d.file("x.json")))})));
  b.establish();
  b.left.send(three);
  CHECK(b.until([&] { return b.right.received == three; }));
  auto other = to(d.file("x.json"));
  other.type = {"UPDATE"};
  b.session->apply(resolved(proxy({writer(other)})));
  b.left.send(three);
  CHECK(b.until([&] { return b.right.received == three + three; }));
  CHECK(b.session->established());
  CHECK(b.until([&] { return !d.read("x.json").empty(); }));
}

TEST_CASE("write: every needs a name that changes, and at least a second") {
  WriteOptions o = to("/a/x.mrt");
  CHECK(stages::write_kind.check(&o));
  o.every = {base::second};
  CHECK_FALSE(stages::write_kind.check(&o));
  o.path = "/a/$TIME.mrt";
  CHECK(stages::write_kind.check(&o));
  o.every = {base::millisecond};
  CHECK_FALSE(stages::write_kind.check(&o));
}

TEST_CASE(
    "write: block: what takes nothing holds two routers up for max-stall at most; then copies are dropped, counted") {
  const Directory d;
  const std::string pipe = d.path + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const net::Fd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  WriteOptions o;
  o.path = pipe;
  auto p = proxy({writer(o)});
  p->options.max_stall = {200 * base::millisecond};
  SessionBench b(resolved(p));
  b.establish();
  std::string stream;
  while (stream.size() < 2500000) stream += announce({"10.0.0.0/8"});
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }, 60 * base::second));
  CHECK(b.right.received == stream);
  CHECK(b.host.count("write/FAILED") == 1);
  CHECK(b.session->established());
  CHECK(b.session->status().stages[1].state == "stalled");
}

TEST_CASE("write: an archive of a session names the peers of its legs, and when they came and went (RFC 6396 4.4)") {
  const Directory d;
  for (const char* format : {"mrt", "bgpdump"}) {
    WriteOptions o = to(d.file(std::string("x.") + format));
    o.format = format;
    SessionBench b(resolved(proxy({writer(o, "LR")})));
    b.establish({.id = "192.0.2.1"}, {.asn = 65002, .id = "192.0.2.2"});
    b.left.send(announce({"10.0.0.0/8"}));
    b.right.send(announce({"11.0.0.0/8"}));
    CHECK(b.until([&] { return !b.left.received.empty() && !b.right.received.empty(); }));
    bool done = false;
    b.session->stop(pipeline::EndMode::close, 2, "", [&] { done = true; });
    CHECK(b.until([&] { return done; }));
  }
  // Each line but its time.
  const auto fields = [](const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      const std::size_t bar = line.find('|');
      out.push_back(line.substr(0, bar) + line.substr(line.find('|', bar + 1)));
    }
    std::ranges::sort(out);
    return out;
  };
  // The legs of this test have no addresses.
  const auto printed = fields(d.read("x.bgpdump"));
  REQUIRE(printed.size() == 6);
  CHECK(printed[0].starts_with("BGP4MP_ET|A|0.0.0.0|65001|10.0.0.0/8|"));
  CHECK(printed[1].starts_with("BGP4MP_ET|A|0.0.0.0|65002|11.0.0.0/8|"));
  CHECK(printed[2] == "BGP4MP_ET|STATE|0.0.0.0|65001|5|6");
  CHECK(printed[3] == "BGP4MP_ET|STATE|0.0.0.0|65001|6|1");
  CHECK(printed[4] == "BGP4MP_ET|STATE|0.0.0.0|65002|5|6");
  CHECK(printed[5] == "BGP4MP_ET|STATE|0.0.0.0|65002|6|1");
  // The archive says the same.
  struct Print final : format::Sink {
    void message(const bgp::MessageView& m) override {
      encoder->encode(m, out);
      locals.insert(m.peer->local_as);
    }
    std::unique_ptr<format::Encoder> encoder = format::make_encoder(format::Kind::bgpdump);
    base::Buffer out;
    std::set<bgp::Asn> locals;
  } print;
  const std::string archive = d.read("x.mrt");
  REQUIRE(format::make_decoder(format::Kind::mrt, {})->decode(base::as_bytes(archive), print));
  CHECK(fields(std::string(print.out.text())) == printed);
  CHECK(print.locals.contains(65001));
  CHECK(print.locals.contains(65002));
}

TEST_CASE("read: what stays at a reload reads nothing of the options of before, which are gone") {
  const Directory d;
  const std::string path = d.file("a.json", "[\"R\",7,\"\",\"KEEPALIVE\",null,{}]\n");
  std::uint64_t seq = 0;
  Script s;
  s.message = [&](ScriptedStage&, pipeline::Message& m) {
    seq = m.seq();
    return pipeline::Verdict::pass;
  };
  const auto with = [&](std::shared_ptr<ReadOptions> options) {
    pipeline::StageSpec r{.kind = &stages::read_kind, .options = std::move(options)};
    r.common.direction = "R";
    auto p = pipeline_of({std::move(r), stage(observer_kind, "R", s)});
    p->restart.policy = "never";
    return resolved(p);
  };
  // Memory that outlives its owner, and shows that it went.
  ReadOptions before = from(path, "json");
  SessionBench b(with({&before, [](ReadOptions* o) { o->no_seq = true; }}));
  b.session->start();
  b.session->apply(with(std::make_shared<ReadOptions>(from(path, "json"))));
  CHECK(before.no_seq);
  CHECK(b.until([&] { return !b.host.ended_calls.empty(); }));
  CHECK(seq == 7);
}

namespace {
std::uint64_t counter(const pipeline::StageStatus& s, std::string_view name) {
  for (const auto& [k, v] : s.counters)
    if (k == name) return v;
  FAIL("no counter " << name);
  return 0;
}
}  // namespace

TEST_CASE("write: messages that its form has no place for are counted") {
  const Directory d;
  SessionBench b(resolved(proxy({writer(to(d.path + "/x", "exa"))})));
  b.establish();
  b.left.send(announce({"10.0.0.0/8"}));
  CHECK(b.until([&] { return !b.right.received.empty(); }));
  const auto status = b.session->status();
  CHECK(counter(status.stages[1], "messages") == 1);
  CHECK(counter(status.stages[1], "unwritten") == 2);  // OPEN and KEEPALIVE
}

TEST_CASE("write: drop: both forms of JSON say how many are missing, and where") {
  const Directory d;
  std::string format;
  SUBCASE("json") { format = "json"; }
  SUBCASE("json7") { format = "json7"; }
  const std::string pipe = d.path + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const net::Fd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  WriteOptions o = to(pipe, format);
  o.slow = "drop";
  SessionBench b(resolved(proxy({writer(o)})));
  b.establish();
  std::string stream;
  while (stream.size() < 2500000) stream += announce({"10.0.0.0/8"});
  b.left.send(stream);
  CHECK(b.until([&] { return b.right.received.size() >= stream.size(); }, 60 * base::second));
  CHECK(counter(b.session->status().stages[1], "dropped") > 0);
  std::string text;
  CHECK(b.until(
      [&] {
        char block[65536];
        for (ssize_t n = 0; (n = ::read(reader.get(), block, sizeof block)) > 0;)
          text.append(block, static_cast<std::size_t>(n));
        b.left.send(announce({"10.0.0.0/8"}));
        return text.contains(" messages dropped here\n");
      },
      60 * base::second));
}

TEST_CASE("write: a name that is taken is told, with the name that is written instead") {
  const Directory d;
  const auto path = d.file("x.raw", "older");
  SessionBench b(resolved(pipeline_of({reader(from(d.file("in", three))), writer(to(path))})));
  b.session->start();
  CHECK(b.until([&] { return b.host.count("write/FILE") == 1; }));
  const auto told = std::ranges::find(b.host.events, "write/FILE", &pipeline::Event::name);
  REQUIRE(told != b.host.events.end());
  CHECK(told->text.contains("x_0001.raw, "));
  CHECK(told->text.ends_with(path + " exists already"));
  CHECK(d.read("x.raw") == "older");
  CHECK(d.read("x_0001.raw") == three);
}

namespace {
// A limit on the size of files acts like a full disk; the signal that comes with it must not kill.
struct FileLimit {
  explicit FileLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  rlimit before{};
};
}  // namespace

TEST_CASE(
    "write: what a full disk does not take is lost, not written; the part before is told, and that it writes again") {
  const Directory d;
  WriteOptions o = to(d.path + "/x.raw");
  o.type = {"UPDATE"};
  SessionBench b(resolved(proxy({writer(o)})));
  b.establish();
  const std::string one = update({}, basic(), std::string(4000, '\0'));
  const auto send = [&](std::size_t times) {
    const std::size_t until = b.right.received.size() + times * one.size();
    for (std::size_t i = 0; i < times; ++i) b.left.send(one);
    REQUIRE(b.until([&] { return b.right.received.size() == until; }));
  };
  const auto now = [&](std::string_view name) { return counter(b.session->status().stages[1], name); };
  {
    const FileLimit full(3'000'000);
    send(2000);
    REQUIRE(b.until([&] { return b.host.count("write/FAILED") == 1; }));
    CHECK(b.session->status().stages[1].state == "failed");
    CHECK(b.session->status().stages[1].text.contains("file too large"));
  }
  const std::string part = d.read("x.raw");
  const std::uint64_t whole = part.size() / one.size();
  CHECK(part.size() == whole * one.size());
  CHECK(whole != 0);
  CHECK(now("messages") == whole);
  CHECK(now("bytes") == part.size());
  CHECK(now("dropped") == 2000 - whole);
  const auto failed = std::ranges::find(b.host.events, "write/FAILED", &pipeline::Event::name);
  CHECK(failed->text.contains(" messages are lost; " + d.path + "/x.raw was cut off behind the " +
                              std::to_string(whole) + " before"));

  std::uint64_t sent = 2000;
  REQUIRE(b.until([&] {
    if (b.host.count("write/RESUMED") == 1) return true;
    b.left.send(one);
    ++sent;
    return false;
  }));
  REQUIRE(b.until([&] { return b.right.received.size() == sent * one.size(); }));
  CHECK(now("messages") + now("dropped") == sent);
  const std::uint64_t lost = now("dropped");
  const auto resumed = std::ranges::find(b.host.events, "write/RESUMED", &pipeline::Event::name);
  CHECK(resumed->text.starts_with("it writes again; " + std::to_string(lost) + " messages were lost since 20"));
  bool done = false;
  b.session->stop(pipeline::EndMode::close, 0, "", [&] { done = true; });
  CHECK(b.until([&] { return done; }));
  CHECK(d.read("x_0001.raw").size() == (sent - lost - whole) * one.size());
}

TEST_CASE("write: a file that is gone with its directory is lost and told, and the next is written") {
  const Directory d;
  WriteOptions o = to(d.path + "/a/$TIME.raw");
  o.type = {"UPDATE"};
  SessionBench b(resolved(proxy({writer(o)})));
  b.establish();
  const std::string one = announce({"10.0.0.0/8"});
  const auto now = [&](std::string_view name) { return counter(b.session->status().stages[1], name); };
  b.left.send(one);
  REQUIRE(b.until([&] {
    if (now("messages") == 0) return false;
    const std::filesystem::directory_iterator file(d.path + "/a");
    return file != std::filesystem::directory_iterator() && file->file_size() != 0;
  }));
  std::filesystem::remove_all(d.path + "/a");
  b.left.send(one);
  REQUIRE(b.until([&] { return b.host.count("write/FAILED") == 1; }));
  CHECK(b.session->status().stages[1].state == "failed");
  CHECK(b.session->status().stages[1].text.contains(": 2 messages are lost"));
  CHECK(now("messages") == 0);
  CHECK(now("dropped") == 2);
  REQUIRE(b.until([&] {
    b.left.send(one);
    return b.host.count("write/RESUMED") == 1;
  }));
  CHECK(b.session->status().stages[1].state == "writing");
  CHECK(std::filesystem::exists(d.path + "/a"));
}
