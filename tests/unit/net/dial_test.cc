#include "net/dial.hh"

#include <memory>
#include <optional>

#include "net/resolve.hh"
#include "support.hh"

using net::Dial;
using net::Fd;

namespace {
Fd listener(base::Endpoint at, int backlog = 16) {
  Fd fd = *net::tcp_socket(base::IpFamily::v4);
  REQUIRE(net::bind_to(fd.get(), at, base::IpFamily::v4));
  REQUIRE(listen(fd.get(), backlog) == 0);
  return fd;
}

// A port of 127.0.0.1 where nobody listens: bound, so that nobody else will.
struct SilentPort {
  Fd fd = *net::tcp_socket(base::IpFamily::v4);
  SilentPort() { REQUIRE(net::bind_to(fd.get(), loopback(), base::IpFamily::v4)); }
  std::uint16_t port() const { return net::local_endpoint(fd.get()).port; }
};

struct Outcome {
  std::optional<base::Result<Fd>> result;
  Dial::Done done() {
    return [this](base::Result<Fd> r) { result = std::move(r); };
  }
};
}  // namespace

TEST_CASE("dial: connects from the address asked for") {
  TestLoop t;
  const Fd l = listener(loopback());
  Outcome o;
  Dial dial(t.loop,
            {.host = "127.0.0.1",
             .port = net::local_endpoint(l.get()).port,
             .bind = *base::Endpoint::parse("127.0.0.2:0", 0)},
            o.done());
  CHECK_FALSE(o.result);
  t.until([&] { return o.result.has_value(); });
  REQUIRE(*o.result);
  CHECK(net::local_endpoint((*o.result)->get()).address.text() == "127.0.0.2");
  CHECK(net::peer_endpoint((*o.result)->get()) == net::local_endpoint(l.get()));
}

TEST_CASE("dial: a refusal says who refused") {
  TestLoop t;
  const SilentPort p;
  Outcome o;
  Dial dial(t.loop, {.host = "127.0.0.1", .port = p.port()}, o.done());
  t.until([&] { return o.result.has_value(); });
  REQUIRE_FALSE(*o.result);
  CHECK(o.result->error().text == "connect to 127.0.0.1:" + std::to_string(p.port()) + ": connection refused");
}

TEST_CASE("dial: a name is looked up and each address tried") {
  TestLoop t;
  const Fd l = listener(loopback());
  Outcome o;
  Dial dial(t.loop, {.host = "localhost", .port = net::local_endpoint(l.get()).port}, o.done());
  t.until([&] { return o.result.has_value(); });
  CHECK(*o.result);
}

TEST_CASE("dial: the family asked for is the family used") {
  TestLoop t;
  Outcome o;
  Dial dial(t.loop, {.host = "::1", .port = 1, .family = base::IpFamily::v4}, o.done());
  t.until([&] { return o.result.has_value(); });
  REQUIRE_FALSE(*o.result);
  CHECK(o.result->error().text == "connect to [::1]:1: not an IPv4 address");
}

TEST_CASE("dial: what cannot be set is an error before anything is sent") {
  TestLoop t;
  Outcome o;
  Dial dial(t.loop, {.host = "127.0.0.1", .port = 1, .md5 = std::string(81, 'x')}, o.done());
  t.until([&] { return o.result.has_value(); });
  REQUIRE_FALSE(*o.result);
  CHECK(o.result->error().text.ends_with("has 81 bytes, at most 80 are possible"));
}

TEST_CASE("dial: without an answer it gives up in time") {
  TestLoop t;
  // The listener wants a key that the caller does not have, so the kernel drops its SYN.
  const Fd l = listener(loopback());
  REQUIRE(net::set_md5(l.get(), *base::Prefix::parse("127.0.0.1"), "secret"));
  const net::DialOptions to{
      .host = "127.0.0.1", .port = net::local_endpoint(l.get()).port, .timeout = 20 * base::millisecond};
  Outcome plain, wrong;
  Dial a(t.loop, to, plain.done());
  auto with_key = to;
  with_key.md5 = "other";
  Dial b(t.loop, with_key, wrong.done());
  t.until([&] { return plain.result && wrong.result; });
  REQUIRE_FALSE(*plain.result);
  CHECK(plain.result->error().text == "connect to " + net::local_endpoint(l.get()).text() + ": no answer within 20ms");
  REQUIRE_FALSE(*wrong.result);
  CHECK(wrong.result->error().text.ends_with("no answer within 20ms; is the MD5 key the same on both sides?"));
}

TEST_CASE("dial: destroying it cancels, at any time and in its own call") {
  TestLoop t;
  const Fd l = listener(loopback());
  const std::uint16_t port = net::local_endpoint(l.get()).port;
  bool called = false;
  for (const char* host : {"127.0.0.1", "localhost", "name.invalid"}) {
    const Dial cancelled(t.loop, {.host = host, .port = port}, [&](auto) { called = true; });
  }
  std::unique_ptr<Dial> self;
  self = std::make_unique<Dial>(t.loop, net::DialOptions{.host = "127.0.0.1", .port = port}, [&](auto r) {
    CHECK(r);
    self.reset();
    t.loop.stop();
  });
  t.run();
  CHECK_FALSE(called);
  CHECK_FALSE(self);
}

TEST_CASE("resolve: addresses without duplicates, numeric ones too") {
  TestLoop t;
  std::optional<base::Result<std::vector<base::Address>>> found, both;
  net::Resolve a(t.loop, "127.0.0.1", base::IpFamily::none, [&](auto r) { found = std::move(r); });
  net::Resolve b(t.loop, "localhost", base::IpFamily::v4, [&](auto r) { both = std::move(r); });
  t.until([&] { return found && both; });
  REQUIRE(*found);
  CHECK((*found)->size() == 1);
  REQUIRE(*both);
  for (const auto& address : **both) CHECK(address.is_v4());
}

TEST_CASE("resolve: a name that is none says so") {
  TestLoop t;
  std::string text;
  // Refused without asking anybody: a label has at most 63 bytes.
  net::Resolve a(t.loop, std::string(70, 'x'), base::IpFamily::none, [&](auto r) { text = r ? "?" : r.error().text; });
  t.until([&] { return !text.empty(); });
  CHECK(text.starts_with("look up " + std::string(70, 'x') + ": "));
}
