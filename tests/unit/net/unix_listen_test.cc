#include "net/unix_listen.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "support.hh"

using net::UnixListener;

namespace {
struct Folder {
  std::string path = "/tmp/bgpiped-test-XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    ::unlink(socket().c_str());
    ::rmdir(path.c_str());
  }
  std::string socket() const { return path + "/control.sock"; }
};

const auto ignore = [](net::Fd, net::PeerCredentials) {};
}  // namespace

TEST_CASE("unix listen: has the mode asked for, knows who connects, and takes its file along") {
  TestLoop t;
  const Folder f;
  net::Fd got;
  net::PeerCredentials who;
  auto l = UnixListener::open(t.loop, {.path = f.socket(), .mode = 0640, .group = std::to_string(getgid())},
                              [&](net::Fd fd, net::PeerCredentials c) {
                                got = std::move(fd);
                                who = c;
                              });
  REQUIRE(l);
  struct stat s{};
  REQUIRE(stat(f.socket().c_str(), &s) == 0);
  CHECK((s.st_mode & 07777) == 0640);
  const auto client = net::unix_connect(f.socket());
  REQUIRE(client);
  t.until([&] { return bool(got); });
  CHECK(who.pid == getpid());
  CHECK(who.uid == getuid());
  put(client->get(), "x");
  char c = 0;
  CHECK(read(got.get(), &c, 1) == 1);
  l->reset();
  CHECK(stat(f.socket().c_str(), &s) != 0);
}

TEST_CASE("unix listen: a stale socket is replaced, a served one is not") {
  TestLoop t;
  const Folder f;
  {
    auto l = UnixListener::open(t.loop, {.path = f.socket()}, ignore);
    REQUIRE(l);
    const auto second = UnixListener::open(t.loop, {.path = f.socket()}, ignore);
    REQUIRE_FALSE(second);
    CHECK(second.error().text == f.socket() + ": another process serves this socket");
    // As a process that was killed leaves it.
    REQUIRE(rename(f.socket().c_str(), (f.path + "/aside").c_str()) == 0);
    l->reset();
    REQUIRE(rename((f.path + "/aside").c_str(), f.socket().c_str()) == 0);
  }
  CHECK_FALSE(net::unix_connect(f.socket()));
  CHECK(UnixListener::open(t.loop, {.path = f.socket()}, ignore));
}

TEST_CASE("unix listen: a file that somebody put in its place stays") {
  TestLoop t;
  const Folder f;
  auto l = UnixListener::open(t.loop, {.path = f.socket()}, ignore);
  REQUIRE(l);
  REQUIRE(::unlink(f.socket().c_str()) == 0);
  std::ofstream(f.socket()) << "mine";
  l->reset();
  CHECK(access(f.socket().c_str(), F_OK) == 0);
  const auto again = UnixListener::open(t.loop, {.path = f.socket()}, ignore);
  REQUIRE_FALSE(again);
  CHECK(again.error().text == f.socket() + ": there is a file of this name that is not a socket");
}

TEST_CASE("unix listen: what is wrong is named") {
  TestLoop t;
  const Folder f;
  const auto error = [&](const net::UnixListenSpec& spec) {
    const auto r = UnixListener::open(t.loop, spec, ignore);
    return r ? std::string() : r.error().text;
  };
  CHECK(error({.path = f.socket(), .group = "no such group"}) == "there is no group \"no such group\"");
  CHECK(error({.path = f.path + "/a/b"}) == "bind to " + f.path + "/a/b: no such file or directory");
  CHECK(error({.path = std::string(200, 'x')}).starts_with("the path of a socket has 1 to 107 bytes, not 200"));
  CHECK(error({.path = ""}).starts_with("the path of a socket has 1 to 107 bytes, not 0"));
  CHECK(net::unix_connect(f.socket()).error().text == "connect to " + f.socket() + ": no such file or directory");
}

TEST_CASE("unix listen: the handler may destroy the listener") {
  TestLoop t;
  const Folder f;
  std::unique_ptr<UnixListener> l;
  int calls = 0;
  l = *UnixListener::open(t.loop, {.path = f.socket()},
                          [&, held = std::string(100, 'x')](net::Fd, net::PeerCredentials) {
                            l.reset();
                            calls += static_cast<int>(held.size());
                          });
  const auto a = net::unix_connect(f.socket()), b = net::unix_connect(f.socket());
  t.until([&] { return calls != 0; });
  CHECK(calls == 100);
}
