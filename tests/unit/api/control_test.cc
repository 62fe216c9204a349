// The handlers against a running supervisor: each keeps what the method table promises.
#include "api/control.hh"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "api/malformed.hh"
#include "net/socket.hh"
#include "rpc/schema.hh"
#include "stages/all.hh"
#include "support/rpc_peer.hh"

using nlohmann::json;

namespace {
// A socket that takes connections and says nothing.
struct SilentPeer {
  SilentPeer() : fd(*net::tcp_socket(base::IpFamily::v4)) {
    REQUIRE(net::bind_to(fd.get(), {*base::Address::parse("127.0.0.1"), 0}, base::IpFamily::v4).has_value());
    REQUIRE(::listen(fd.get(), 16) == 0);
  }
  std::string endpoint() const { return net::local_endpoint(fd.get()).text(); }
  net::Fd fd;
};

// One pipeline waits for a peer, one is refused by its peer.
constexpr const char* configuration = R"(pipelines:
  waits:
    stages:
      - listen: { address: "127.0.0.1:0" }
      - limit: { ipv4: true, session: 100 }
      - connect: { address: "127.0.0.1:1", wait: listen }
  refused:
    stages:
      - speaker: { active: true, asn: 65000, id: 192.0.2.9 }
      - connect: { address: "127.0.0.1:1" }
)";

struct Harness {
  Harness() : supervisor(loop, 1), server(loop) {
    char name[] = "/tmp/bgpiped-api-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    directory = name;
    write(configuration);
    stages::add_all(registry);
    auto loaded = super::load_config(path(), registry);
    REQUIRE_MESSAGE(loaded.config != nullptr, loaded.problems.text());
    control = std::make_unique<api::Control>(server, supervisor, registry, loop, path());
    supervisor.start(loaded.config);
    peer = support::connect(loop, server, rpc::Access::admin);
  }
  ~Harness() {
    supervisor.shutdown(base::second, [this] { loop.stop(); });
    loop.run();
    std::filesystem::remove_all(directory);
  }
  std::string path() const { return directory + "/bgpiped.yaml"; }
  void write(const std::string& text) const { std::ofstream(path()) << text; }
  json ask(std::string_view method, const json& params = json::object()) {
    return support::ask(loop, *peer, method, params);
  }
  // The result, checked.
  json result(std::string_view method, const json& params = json::object()) {
    const json answer = ask(method, params);
    const json got = answer.value("result", json());
    const auto sound = rpc::check_result(*rpc::find_method(method), got);
    INFO(answer.dump());
    CHECK((sound ? "" : sound.error().text) == "");
    return got;
  }
  bool failed_once() {
    const auto p = supervisor.status("refused");
    return p && !p->sessions.empty() && p->sessions[0].last_failure && p->sessions[0].retry_at;
  }

  std::string directory;
  net::Loop loop;
  pipeline::Registry registry;
  super::Supervisor supervisor;
  rpc::Server server;
  std::unique_ptr<api::Control> control;
  std::unique_ptr<support::RpcPeer> peer;
};
}  // namespace

TEST_CASE("control: every method of the table is bound") {
  Harness h;
  CHECK(h.server.unbound().empty());
}

TEST_CASE("control: results are what the table promises, to the last member") {
  Harness h;
  REQUIRE(support::until(h.loop, [&] { return h.failed_once(); }));
  h.result("daemon.info");
  const json status = h.result("daemon.status");
  REQUIRE(status["pipelines"].size() == 2);
  CHECK(status["pipelines"][0]["name"] == "waits");
  CHECK(status["pipelines"][1]["sessions"][0]["last_error"]["leg"] == "right");
  CHECK(status["pipelines"][1]["sessions"][0]["retry_in"].is_number());
  h.result("pipeline.list");
  h.result("pipeline.show", {{"name", "waits"}});
  h.result("config.show");
  h.result("pipeline.stop", {{"name", "re*"}, {"reason", "maintenance"}});
  h.result("pipeline.start", {{"name", "refused"}});
  h.result("pipeline.restart", {{"name", "*"}});
  h.result("daemon.log_level", {{"level", h.result("daemon.log_level", {{"level", "error"}})["previous"]}});
}

TEST_CASE("control: the last malformed UPDATEs, with their bytes") {
  Harness h;
  // ORIGIN 9, AS_PATH, NEXT_HOP, 192.0.2.0/24.
  const std::string hex =
      "ffffffffffffffffffffffffffffffff002f020000001440010109400206020100"
      "00fde9400304c000020118c00002";
  const std::string archive = h.directory + "/updates.raw";
  std::ofstream(archive, std::ios::binary) << base::from_hex(hex)->text();
  h.write("pipelines: { archive: { errors: repair, restart: { policy: never }, stages: [ { read: { path: " + archive +
          ", format: raw } }, { stdout: {} } ] } }\n");
  CHECK(h.result("config.reload")["changed"] == true);
  json all;
  REQUIRE(support::until(h.loop, [&] {
    const auto p = h.supervisor.status("archive");
    return p && !p->sessions.empty() && !p->sessions[0].malformed.empty();
  }));
  all = h.result("pipeline.errors", {{"name", "archive"}})["malformed"];
  REQUIRE(all.size() == 1);
  CHECK(all[0]["hex"] == hex);
  CHECK(all[0]["attribute"] == "ORIGIN");
  CHECK(all[0]["class"] == "treat as withdraw");
  CHECK(all[0]["offset"] == 7);
  CHECK(all[0]["action"] == "repaired: its routes are withdrawn");
  CHECK(all[0]["message"][3] == "UPDATE");
  const std::string id = all[0]["session"];
  CHECK(h.result("pipeline.errors", {{"name", "archive"}, {"session", id}})["malformed"].size() == 1);
  CHECK(h.ask("pipeline.errors", {{"name", "archive"}, {"session", "9" + id}})["error"]["code"] == -32001);
}

TEST_CASE("control: the last malformed UPDATEs are told newest first, and no more of them than 4 MiB") {
  // Flowspec, whose JSON is many times its bytes.
  std::string list = "09";
  for (int i = 0; i < 1950; ++i) list += "43ff";
  list += "c3ff";
  const auto number = [](std::size_t n) {
    base::Buffer b;
    base::Writer(b).u16(static_cast<std::uint16_t>(n));
    return base::to_hex(b);
  };
  list = number(0xf000 | list.size() / 2) + list;
  const std::string reach = "00018500" + std::string("00") + list;
  const std::string attributes = "40010109" + std::string("900e") + number(reach.size() / 2) + reach;
  const std::string wire =
      std::string(32, 'f') + number(23 + attributes.size() / 2) + "020000" + number(attributes.size() / 2) + attributes;
  super::PipelineStatus p;
  for (std::uint32_t s = 1; s <= 10; ++s) {
    pipeline::SessionStatus& session = p.sessions.emplace_back();
    session.id = s;
    for (unsigned i = 0; i < 16; ++i) {
      const auto m = std::make_shared<pipeline::Malformed>();
      m->time = base::second * (10 * i + s);
      m->wire.append(*base::from_hex(wire));
      session.malformed.push_back(m);
    }
  }
  const std::string text = api::malformed_text(p, "");
  CHECK(text.size() < (std::size_t{4} << 20) + 64);
  CHECK(text.size() > std::size_t{3} << 20);
  const json all = json::parse(text, nullptr, false);
  REQUIRE(all.is_object());
  const auto told = all["malformed"].size();
  CHECK(told + all["omitted"].get<std::size_t>() == 160);
  CHECK(told < 160);
  CHECK(all["malformed"][0]["session"] == "10");
  CHECK(all["malformed"][1]["session"] == "9");
  const auto sound = rpc::check_result(*rpc::find_method("pipeline.errors"), all);
  CHECK((sound ? "" : sound.error().text) == "");
  const json one = json::parse(api::malformed_text(p, "7"), nullptr, false);
  for (const json& m : one["malformed"]) CHECK(m["session"] == "7");
  CHECK(one["malformed"].size() + one["omitted"].get<std::size_t>() == 16);
}

TEST_CASE("control: what does not exist is not found") {
  Harness h;
  for (const char* method : {"pipeline.errors", "pipeline.show", "pipeline.start", "pipeline.stop", "pipeline.restart"})
    CHECK(h.ask(method, {{"name", "nothing"}})["error"]["code"] == -32001);
  for (const char* method : {"events.subscribe", "messages.subscribe"})
    CHECK(h.ask(method, {{"pipeline", "nothing"}})["error"]["code"] == -32001);
}

TEST_CASE("control: reload says what it does, and a bad file changes nothing") {
  Harness h;
  CHECK(h.result("config.reload")["changed"] == false);
  h.write(std::string(configuration) +
          "  new:\n    stages:\n      - listen: { address: \"127.0.0.1:0\" }\n      - connect: 127.0.0.1:1\n");
  const json dry = h.result("config.reload", {{"dry_run", true}});
  CHECK(dry["changed"] == false);
  CHECK(dry["plan"].size() == 3);
  CHECK(h.result("pipeline.list")["pipelines"].size() == 2);
  CHECK(h.result("config.reload")["changed"] == true);
  CHECK(h.result("pipeline.list")["pipelines"].size() == 3);
  h.write("workers: 7\n" + std::string(configuration));
  CHECK(h.result("config.reload")["warnings"] ==
        json::array({"workers 0 -> 7: takes effect when the daemon is restarted"}));
  // It still does not, however often it is read.
  CHECK(h.result("config.reload")["warnings"].size() == 1);
  h.write("pipelines:\n  new:\n    stagse: []\n");
  const json refused = h.result("config.reload");
  CHECK(refused["changed"] == false);
  REQUIRE_FALSE(refused["problems"].empty());
  CHECK(refused["problems"][0]["line"] == 3);
  CHECK(h.result("daemon.status")["daemon"]["last_reload"]["ok"] == false);
}

TEST_CASE("control: events come as the table promises, kept ones first") {
  Harness h;
  REQUIRE(support::until(h.loop, [&] { return h.failed_once(); }));
  h.ask("events.subscribe", {{"since", 0}, {"pipeline", "ref*"}, {"names", {"D*"}}, {"limit", 1}});
  REQUIRE(support::until(h.loop, [&] { return h.peer->lines.size() >= 3; }));
  json record = json::parse(h.peer->lines[1])["params"];
  CHECK(record.erase("subscription") == 1);
  const auto sound = rpc::check_record(*rpc::find_method("events.subscribe"), record);
  CHECK((sound ? "" : sound.error().text) == "");
  CHECK(record["event"]["name"] == "DOWN");
  CHECK(record["event"]["pipeline"] == "refused");
  CHECK(json::parse(h.peer->lines[2])["params"]["closed"] == "limit reached");
}

TEST_CASE("control: messages come as the table promises") {
  Harness h;
  const SilentPeer silent;
  h.write(
      "pipelines:\n  talks:\n    stages:\n      - speaker: { active: true, asn: 65000, id: 192.0.2.9 }\n"
      "      - connect: " +
      silent.endpoint() + "\n");
  h.result("config.reload");
  h.ask("messages.subscribe", {{"pipeline", "talks"}, {"direction", "R"}, {"limit", 1}});
  h.peer->call(2, "pipeline.restart", {{"name", "talks"}});
  const auto record_line = [&] {
    return std::ranges::find_if(h.peer->lines, [](const std::string& l) { return l.find("\"message\":") != l.npos; });
  };
  REQUIRE(support::until(h.loop, [&] { return record_line() != h.peer->lines.end(); }));
  json record = json::parse(*record_line())["params"];
  CHECK(record.erase("subscription") == 1);
  const auto sound = rpc::check_record(*rpc::find_method("messages.subscribe"), record);
  CHECK((sound ? "" : sound.error().text) == "");
  CHECK(record["message"]["line"][3] == "OPEN");
}
