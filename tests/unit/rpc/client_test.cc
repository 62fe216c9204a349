#include "rpc/client.hh"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "net/unix_listen.hh"
#include "support/rpc_host.hh"

using namespace rpc;
using nlohmann::json;

namespace {
constexpr base::Nanos patience = 5 * base::second;

void bind_all(Server& s) {
  s.bind("daemon.info", [](const Request&, Responder r) { r.result({{"version", "1"}}); });
  s.bind("config.show", [](const Request&, Responder r) { r.result({{"yaml", std::string(5'000'000, 'y')}}); });
  s.bind("pipeline.show", [](const Request& q, Responder r) { r.error({Code::not_found, *q.text("name"), "list"}); });
  s.bind("events.subscribe", [](const Request&, Responder r) {
    const auto stream = r.subscribe();
    for (int i = 0; i < 3; ++i) stream->push(R"({"event":{"seq":)" + std::to_string(i) + "}}");
    stream->finish("done");
  });
  s.bind("config.reload",
         [held = std::vector<Responder>()](const Request&, Responder r) mutable { held.push_back(std::move(r)); });
}
}  // namespace

TEST_CASE("client: results of any size, and errors with their remedy") {
  support::RpcHost host(bind_all);
  auto c = Client::connect(host.socket(), patience);
  REQUIRE(c.has_value());
  CHECK((*c->call("daemon.info", json::object(), patience))["version"] == "1");
  CHECK((*c->call("config.show", json::object(), patience))["yaml"].get<std::string>().size() == 5'000'000);
  const auto error = c->call("pipeline.show", {{"name", "zz"}}, patience);
  REQUIRE_FALSE(error.has_value());
  CHECK(error.error().kind == Failure::Kind::not_found);
  CHECK(error.error().text == "zz");
  CHECK(error.error().remedy == "list");
}

TEST_CASE("client: records that come with answers are kept") {
  support::RpcHost host(bind_all);
  auto c = Client::connect(host.socket(), patience);
  REQUIRE(c.has_value());
  REQUIRE(c->call("events.subscribe", json::object(), patience).has_value());
  CHECK(c->call("daemon.info", json::object(), patience).has_value());
  for (int i = 0; i < 3; ++i) CHECK((**c->next_record(patience))["event"]["seq"] == i);
  CHECK((**c->next_record(patience))["closed"] == "done");
  const auto none = c->next_record(base::millisecond);
  REQUIRE(none.has_value());
  CHECK_FALSE(none->has_value());
}

TEST_CASE("client: a request that is not answered in time fails alone") {
  support::RpcHost host(bind_all);
  auto c = Client::connect(host.socket(), patience);
  REQUIRE(c.has_value());
  const auto late = c->call("config.reload", json::object(), 5 * base::millisecond);
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().kind == Failure::Kind::timeout);
  CHECK(c->call("daemon.info", json::object(), patience).has_value());
}

TEST_CASE("client: no socket, and a socket with nobody behind it, mean not running") {
  const auto nothing = Client::connect("/nonexistent/control.sock", patience);
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().kind == Failure::Kind::not_running);
  CHECK(Client::connect(std::string(200, 'x'), patience).error().kind == Failure::Kind::lost);

  char name[] = "/tmp/bgpiped-dead-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::string path = std::string(name) + "/dead.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(Client::connect(path, patience).error().kind == Failure::Kind::not_running);
  std::filesystem::remove_all(name);
}

TEST_CASE("client: a daemon that goes away is told from one that is silent") {
  auto host = std::make_unique<support::RpcHost>(bind_all);
  auto c = Client::connect(host->socket(), patience);
  REQUIRE(c.has_value());
  REQUIRE(c->call("daemon.info", json::object(), patience).has_value());
  host.reset();
  const auto lost = c->call("daemon.info", json::object(), patience);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().kind == Failure::Kind::lost);
}
