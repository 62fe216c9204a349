#include "rpc/server.hh"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.hh"
#include "net/timer.hh"
#include "net/unix_listen.hh"
#include "support/directory.hh"
#include "support/rpc_peer.hh"

using namespace rpc;
using nlohmann::json;
using support::Directory;
using Client = support::RpcPeer;

namespace {
struct Harness {
  explicit Harness(Limits limits = {}) : server(loop, limits) {
    server.bind("daemon.info", [](const Request&, Responder r) { r.result({{"version", "1"}}); });
    server.bind("pipeline.show",
                [](const Request& q, Responder r) { r.error({Code::not_found, *q.text("name"), ""}); });
    server.bind("config.show", [this](const Request&, Responder r) { r.result({{"yaml", big}}); });
    server.bind("config.reload", [this](const Request&, Responder r) { held.push_back(std::move(r)); });
    server.bind("events.subscribe", [this](const Request&, Responder r) { stream = r.subscribe(); });
    server.bind("pipeline.list", [](const Request&, Responder) {});
    server.bind("daemon.status", [](const Request& q, Responder) { (void)q.params().at("missing"); });
  }
  std::unique_ptr<Client> connect(Access access = Access::admin, bool reads = true) {
    return support::connect(loop, server, access, reads);
  }
  bool until(const std::function<bool()>& done) { return support::until(loop, done); }
  json ask(Client& c, std::string_view method, const json& params = json::object()) {
    return support::ask(loop, c, method, params);
  }

  net::Loop loop;
  std::string big;
  std::vector<Responder> held;
  std::shared_ptr<Subscription> stream;
  Server server;
};

int code(const json& answer) { return answer["error"]["code"].get<int>(); }
}  // namespace

TEST_CASE("server: a request is answered with its id") {
  Harness h;
  auto c = h.connect();
  const json a = h.ask(*c, "daemon.info");
  CHECK(a["id"] == 1);
  CHECK(a["result"]["version"] == "1");
}

TEST_CASE("server: errors of every kind leave the connection usable") {
  Harness h;
  auto c = h.connect();
  CHECK(code(h.ask(*c, "daemon.inof")) == -32601);
  CHECK(c->last()["error"]["data"]["remedy"] == "did you mean daemon.info?");
  CHECK(code(h.ask(*c, "messages.subscribe")) == -32601);
  CHECK(code(h.ask(*c, "pipeline.show")) == -32602);
  CHECK(code(h.ask(*c, "pipeline.show", {{"name", "x"}})) == -32001);
  CHECK(code(h.ask(*c, "pipeline.list")) == -32603);
  CHECK(code(h.ask(*c, "daemon.status")) == -32603);
  c->send("not json\n");
  CHECK(h.until([&] { return c->lines.size() == 7; }));
  CHECK(code(c->last()) == -32700);
  CHECK(h.ask(*c, "daemon.info")["result"]["version"] == "1");
}

TEST_CASE("server: a read-only caller may read and nothing else") {
  Harness h;
  auto c = h.connect(Access::read);
  CHECK(code(h.ask(*c, "config.reload")) == -32002);
  CHECK(h.held.empty());
  CHECK(h.ask(*c, "daemon.info").contains("result"));
}

TEST_CASE("server: pieces of a line, several lines at once, empty lines and CRLF") {
  Harness h;
  auto c = h.connect();
  const std::string line = request_line(4, "daemon.info", json::object());
  c->send(line.substr(0, 10));
  CHECK(h.until([&] { return h.server.stats().connections == 1; }));
  c->send(line.substr(10) + "\r\n\n" + line.substr(0, line.size() - 1) + "\r\n" + line);
  CHECK(h.until([&] { return c->lines.size() == 3; }));
}

TEST_CASE("server: a notification is done and not answered") {
  Harness h;
  auto c = h.connect();
  c->send(R"({"jsonrpc":"2.0","method":"config.reload"})"
          "\n");
  CHECK(h.until([&] { return h.held.size() == 1; }));
  h.held.front().result({{"changed", true}});
  CHECK(h.ask(*c, "daemon.info")["id"] == 1);
  CHECK(c->lines.size() == 1);
}

TEST_CASE("server: an answer may come later, and after its client has gone") {
  Harness h;
  auto a = h.connect(), b = h.connect();
  a->call(1, "config.reload");
  b->call(2, "config.reload");
  CHECK(h.until([&] { return h.held.size() == 2; }));
  CHECK(h.ask(*b, "daemon.info")["id"] == 1);
  a.reset();
  CHECK(h.until([&] { return h.server.stats().connections == 1; }));
  CHECK(h.held[0].gone());
  h.held.clear();
  CHECK(h.until([&] { return b->lines.size() == 2; }));
  CHECK(code(b->last()) == -32603);
}

TEST_CASE("server: a line over 64 KiB is refused, skipped, and the next one served") {
  Harness h;
  auto c = h.connect();
  c->send(std::string(900'000, 'x') + "\n" + request_line(9, "daemon.info", json::object()));
  CHECK(h.until([&] { return c->lines.size() == 2; }));
  CHECK(code(json::parse(c->lines[0])) == -32600);
  CHECK(c->last()["id"] == 9);
}

TEST_CASE("server: a line beyond what is skipped ends the connection") {
  Harness h;
  auto c = h.connect();
  c->send(std::string(3 << 20, 'x'));
  CHECK(h.until([&] { return c->ended; }));
  REQUIRE(c->lines.size() == 1);
  CHECK(code(c->last()) == -32600);
  CHECK(h.server.stats().dropped == 1);
}

TEST_CASE("server: a client that has finished sending gets its answers, then the end") {
  Harness h;
  auto c = h.connect();
  c->call(1, "config.reload");
  c->stream->shutdown();
  CHECK(h.until([&] { return h.held.size() == 1; }));
  h.held.front().result({{"changed", false}});
  CHECK(h.until([&] { return c->ended; }));
  CHECK(c->lines.size() == 1);
  CHECK(h.server.stats().connections == 0);
}

TEST_CASE("server: who does not read gets no further requests taken, and is dropped in the end") {
  Harness h({.patience = 20 * base::millisecond});
  h.big.assign(600'000, 'x');
  auto c = h.connect(Access::admin, false);
  for (int i = 0; i < 100; ++i) c->call(i, "config.show");
  CHECK(h.until([&] { return h.server.stats().connections == 0; }));
  CHECK(h.server.stats().requests < 10);
  CHECK(h.server.stats().dropped == 1);
}

TEST_CASE("server: unread answers of all clients together are bounded") {
  Harness h({.all_answers = 1'000'000});
  h.big.assign(600'000, 'x');
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(h.connect(Access::read, false));
  for (auto& c : clients) c->call(1, "config.show");
  CHECK(h.until([&] { return h.server.stats().dropped == 2; }));
  CHECK(h.server.stats().connections == 2);
}

TEST_CASE("server: many requests in one write are all answered, in order") {
  Harness h;
  auto c = h.connect();
  std::string all;
  for (int i = 0; i < 1000; ++i) all += request_line(i, "daemon.info", json::object());
  c->send(all);
  CHECK(h.until([&] { return c->lines.size() == 1000; }));
  for (std::size_t i = 0; i < c->lines.size(); ++i) CHECK(json::parse(c->lines[i])["id"] == i);
}

TEST_CASE("server: unanswered requests of one client are bounded") {
  Harness h({.requests = 4});
  auto c = h.connect();
  for (int i = 0; i < 10; ++i) c->call(i, "config.reload");
  CHECK(h.until([&] { return h.held.size() == 4; }));
  CHECK(h.server.stats().requests == 4);
  h.held.clear();
  CHECK(h.until([&] { return h.held.size() == 4; }));
  h.held.clear();
  CHECK(h.until([&] { return c->lines.size() == 8; }));
}

TEST_CASE("server: records follow the answer, lag is told, cancel ends it") {
  Harness h({.subscription = 2000});
  auto c = h.connect();
  const json opened = h.ask(*c, "events.subscribe", {{"pipeline", "a*"}});
  REQUIRE(h.stream != nullptr);
  CHECK(opened["result"]["subscription"] == h.stream->id());
  h.stream->push(R"({"event":{"seq":1}})");
  CHECK(h.until([&] { return c->lines.size() == 2; }));
  CHECK(c->last()["params"]["event"]["seq"] == 1);
  for (int i = 0; i < 1000; ++i) h.stream->push(R"({"event":{"seq":2}})");
  CHECK(h.until([&] { return c->lines.size() > 5; }));
  CHECK(json::parse(c->lines[2])["params"]["lagged"].get<int>() > 900);
  bool told = false;
  h.stream->on_close([&] { told = true; });
  CHECK(h.ask(*c, "subscription.cancel", {{"id", h.stream->id()}})["result"]["cancelled"] == true);
  CHECK(told);
  CHECK(h.ask(*c, "subscription.cancel", {{"id", h.stream->id()}})["result"]["cancelled"] == false);
}

TEST_CASE("server: a subscriber that never reads costs a bounded queue and nobody else") {
  Harness h;
  auto stuck = h.connect(Access::read, false), other = h.connect();
  stuck->call(1, "events.subscribe");
  CHECK(h.until([&] { return h.stream != nullptr; }));
  const std::string record = R"({"event":{"text":")" + std::string(1000, 'x') + "\"}}";
  for (int turn = 0; turn < 20; ++turn) {
    for (int i = 0; i < 500; ++i) h.stream->push(record);
    CHECK(h.ask(*other, "daemon.info").contains("result"));
  }
  CHECK(h.stream->lost() > 8000);
  CHECK_FALSE(h.stream->closed());
  bool told = false;
  h.stream->on_close([&] { told = true; });
  stuck.reset();
  CHECK(h.until([&] { return told; }));
  CHECK(h.server.stats().connections == 1);
}

TEST_CASE("server: subscriptions are bounded for one client and for all") {
  Harness h({.subscriptions = 2, .all_subscriptions = 3});
  auto a = h.connect(), b = h.connect();
  CHECK(h.ask(*a, "events.subscribe").contains("result"));
  CHECK(h.ask(*a, "events.subscribe").contains("result"));
  CHECK(code(h.ask(*a, "events.subscribe")) == -32003);
  CHECK(h.ask(*b, "events.subscribe").contains("result"));
  CHECK(code(h.ask(*b, "events.subscribe")) == -32003);
  a.reset();
  CHECK(h.until([&] { return h.server.stats().connections == 1; }));
  CHECK(h.ask(*b, "events.subscribe").contains("result"));
}

TEST_CASE("server: farewell tells subscribers why and stops listening") {
  Harness h;
  auto c = h.connect();
  h.ask(*c, "events.subscribe");
  h.server.farewell("the daemon stops");
  CHECK(h.until([&] { return c->lines.size() == 2; }));
  CHECK(c->last()["params"]["closed"] == "the daemon stops");
}

TEST_CASE("server: what others hold outlives it harmlessly") {
  net::Loop loop;
  std::vector<Responder> held;
  std::shared_ptr<Subscription> stream;
  bool told = false;
  {
    Server server(loop);
    server.bind("config.reload", [&](const Request&, Responder r) { held.push_back(std::move(r)); });
    server.bind("events.subscribe", [&](const Request&, Responder r) {
      stream = r.subscribe();
      stream->on_close([&] { told = true; });
    });
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    server.adopt(net::Fd(ends[0]), {1, 0, Access::admin});
    Client c(loop, net::Fd(ends[1]));
    c.call(1, "config.reload");
    c.call(2, "events.subscribe");
    net::Timer check(loop, [&] {
      if (stream && !held.empty()) loop.stop();
    });
    check.start(0, base::millisecond);
    loop.run();
  }
  CHECK(stream->closed());
  CHECK_FALSE(told);
  stream->push("{}");
  held.clear();
}

TEST_CASE("server: a method that the table lacks cannot be bound; the unbound are listed") {
  Harness h;
  CHECK_FALSE(h.server.bind("pipeline.fly", [](const Request&, Responder) {}));
  const auto unbound = h.server.unbound();
  CHECK(std::ranges::find(unbound, "messages.subscribe") != unbound.end());
  CHECK(std::ranges::find(unbound, "rpc.describe") == unbound.end());
}

TEST_CASE("server: on a UNIX socket, at the cap the longest idle connection makes room") {
  Directory directory;
  Harness h({.connections = 3});
  const std::string path = directory.path + "/control.sock";
  REQUIRE(h.server.listen({.path = path}).has_value());
  CHECK_FALSE(h.server.listen({.path = path}).has_value());
  const auto connect = [&] { return std::make_unique<Client>(h.loop, std::move(*net::unix_connect(path))); };
  auto subscriber = connect();
  CHECK(h.ask(*subscriber, "events.subscribe").contains("result"));
  auto first = connect();
  CHECK(h.ask(*first, "daemon.info").contains("result"));
  auto second = connect();
  CHECK(h.ask(*second, "daemon.info").contains("result"));
  CHECK(h.ask(*first, "daemon.info").contains("result"));
  auto third = connect();
  CHECK(h.ask(*third, "daemon.info").contains("result"));
  CHECK(h.until([&] { return second->ended; }));
  CHECK_FALSE(first->ended);
  CHECK_FALSE(subscriber->ended);
  CHECK(h.ask(*first, "events.subscribe").contains("result"));
  CHECK(h.ask(*third, "events.subscribe").contains("result"));
  auto late = connect();
  CHECK(h.until([&] { return late->ended; }));
  REQUIRE(late->lines.size() == 1);
  CHECK(code(late->last()) == -32003);
}

TEST_CASE("server: the read-only socket gives read even to root, the admin socket gives admin to the daemon's user") {
  Directory directory;
  Harness h;
  REQUIRE(h.server.listen({.path = directory.path + "/a"}).has_value());
  REQUIRE(h.server.listen({.path = directory.path + "/r", .mode = 0666, .access = Access::read}).has_value());
  Client admin(h.loop, std::move(*net::unix_connect(directory.path + "/a")));
  Client reader(h.loop, std::move(*net::unix_connect(directory.path + "/r")));
  CHECK(code(h.ask(reader, "config.reload")) == -32002);
  admin.call(1, "config.reload");
  CHECK(h.until([&] { return h.held.size() == 1; }));
  h.server.unlisten(directory.path + "/a");
  CHECK_FALSE(net::unix_connect(directory.path + "/a").has_value());
  h.held.front().result(json::object());
  CHECK(h.until([&] { return admin.lines.size() == 1; }));
}
