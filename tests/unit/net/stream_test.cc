#include "net/stream.hh"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "net/linger.hh"
#include "support.hh"

using net::Stream;

namespace {
std::string pattern(std::size_t n) {
  std::string s(n, 0);
  for (std::size_t i = 0; i < n; ++i) s[i] = static_cast<char>(i * 7 + i / 251);
  return s;
}

// Everything there is to read now.
std::string drain(int fd) {
  std::string out;
  char room[65'536];
  for (ssize_t n = 0; (n = ::read(fd, room, sizeof room)) > 0;) out.append(room, static_cast<std::size_t>(n));
  return out;
}

bool readable(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}
}  // namespace

TEST_CASE("stream: reads nothing before read_start; unused bytes come again, in front of what follows") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  std::vector<std::string> seen;
  r.read = [&](base::Bytes data) {
    seen.emplace_back(base::as_text(data));
    return data.size() / 4 * 4;
  };
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  put(p.b.get(), "abcdef");
  net::Deferred second(t.loop, [&] {
    CHECK(seen.empty());
    s->read_start();
  });
  second.schedule();
  t.until([&] { return seen.size() == 1; });
  CHECK(base::as_text(s->unread()) == "ef");
  put(p.b.get(), "ghij");
  t.until([&] { return seen.size() == 2; });
  CHECK(seen == std::vector<std::string>{"abcdef", "efghij"});
  CHECK(base::as_text(s->unread()) == "ij");
  p.b.reset();
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.ends == "fin");
  CHECK(base::as_text(s->unread()) == "ij");
}

TEST_CASE("stream: what read_stop leaves unused is kept and given again after read_start, without new bytes") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  std::unique_ptr<Stream> s;
  int calls = 0;
  r.read = [&](base::Bytes data) {
    ++calls;
    r.text += static_cast<char>(data[0]);
    s->read_stop();
    return std::size_t{1};
  };
  s = Stream::adopt(t.loop, std::move(p.a), r, 4);
  // More than max_tail may wait while reading is off.
  put(p.b.get(), "0123456789");
  s->read_start();
  t.until([&] { return calls == 1; });
  CHECK(base::as_text(s->unread()) == "123456789");
  for (int i = 2; i <= 10; ++i) {
    s->read_start();
    CHECK(calls == i - 1);
    t.until([&] { return calls == i; });
  }
  CHECK(r.text == "0123456789");
  p.b.reset();
  s->read_start();
  t.until([&] { return !r.ends.empty(); });
  CHECK(calls == 10);
}

TEST_CASE("stream: a paused stream takes nothing from the kernel and does not spin at the end of the stream") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  s->read_start();
  put(p.b.get(), "a");
  t.until([&] { return r.text == "a"; });
  s->read_stop();
  put(p.b.get(), "b");
  p.b.reset();
  int turns = 0;
  net::Timer tick(t.loop, [&] { turns == 5 ? t.loop.stop() : void(++turns); });
  tick.start(0, base::millisecond);
  t.run();
  CHECK(r.text == "a");
  CHECK(r.ends.empty());
  s->read_start();
  t.until([&] { return r.ends == "fin"; });
  CHECK(r.text == "ab");
}

TEST_CASE("stream: more unused bytes than max_tail end it") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  r.read = [](base::Bytes) { return std::size_t{0}; };
  const auto s = Stream::adopt(t.loop, std::move(p.a), r, 100);
  s->read_start();
  put(p.b.get(), std::string(100, 'x'));
  t.until([&] { return s->unread().size() == 100; });
  put(p.b.get(), "x");
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.ends == "more than 100 bytes without an end of record");
  CHECK_FALSE(s->reading());
}

TEST_CASE("stream: tails as large as asked for are kept contiguous") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder in, out;
  const std::string text = pattern(3 << 20);
  bool whole = false;
  in.read = [&](base::Bytes data) {
    if (data.size() < text.size()) return std::size_t{0};
    whole = base::as_text(data) == text;
    t.loop.stop();
    return data.size();
  };
  const auto reader = Stream::adopt(t.loop, std::move(p.a), in, 4 << 20);
  const auto writer = Stream::adopt(t.loop, std::move(p.b), out);
  reader->read_start();
  writer->write(base::as_bytes(text));
  t.run();
  CHECK(whole);
}

TEST_CASE("stream: what the kernel does not take waits, arrives in order, and on_writable tells when it has gone") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder in, out;
  const auto writer = Stream::adopt(t.loop, std::move(p.a), out);
  const auto reader = Stream::adopt(t.loop, std::move(p.b), in);
  const std::string text = pattern(30 << 20);
  writer->write(base::as_bytes(text));
  const std::size_t waiting = writer->pending();
  CHECK(waiting > 0);
  const std::string more = "the end";
  writer->write(base::as_bytes(more));
  CHECK(writer->pending() == waiting + more.size());
  writer->shutdown();
  writer->write(base::as_bytes("nobody reads this"));
  reader->read_start();
  t.until([&] { return in.ends == "fin"; });
  CHECK(in.text == text + more);
  CHECK(out.writable == 1);
  CHECK(writer->pending() == 0);
}

TEST_CASE("stream: many pieces go out in one order, beyond IOV_MAX and with empty ones") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder in, out;
  const auto writer = Stream::adopt(t.loop, std::move(p.a), out);
  const auto reader = Stream::adopt(t.loop, std::move(p.b), in);
  const std::string text = pattern(2'000'000);
  std::vector<base::Bytes> pieces;
  for (std::size_t at = 0, n = 0; at < text.size(); at += n) {
    n = std::min(text.size() - at, pieces.size() * 37 % 401);
    pieces.push_back(base::as_bytes(text).subspan(at, n));
    if (pieces.size() == 1) n = 0;
  }
  REQUIRE(pieces.size() > 5000);
  writer->write(pieces);
  writer->write(std::span<const base::Bytes>());
  reader->read_start();
  t.until([&] { return in.text.size() >= text.size(); });
  CHECK(in.text == text);
}

TEST_CASE("stream: pending output does not move the time of progress, the kernel's taking does (RFC 9687)") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  const std::string text = pattern(30 << 20);
  s->write(base::as_bytes(text));
  const base::Nanos stuck = s->last_progress();
  const std::size_t first = s->pending();
  net::Timer later(t.loop, [&] {
    s->write(base::as_bytes("more"));
    t.loop.stop();
  });
  later.start(3 * base::millisecond);
  t.run();
  const std::size_t waiting = s->pending();
  // The kernel may have gone on growing its own buffer meanwhile.
  if (waiting == first + 4 && s->last_progress() == stuck) CHECK(s->pending() > 0);
  const base::Nanos before = t.loop.now();
  t.until([&] {
    drain(p.b.get());
    return s->pending() < waiting;
  });
  CHECK(s->last_progress() >= before);
}

TEST_CASE("stream: half-closed by the peer it still writes") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  s->read_start();
  put(p.b.get(), "last");
  ::shutdown(p.b.get(), SHUT_WR);
  t.until([&] { return r.ends == "fin"; });
  CHECK(r.text == "last");
  s->write(base::as_bytes("answer"));
  s->shutdown();
  std::string got;
  t.until([&] { return (got += drain(p.b.get())) == "answer"; });
  CHECK(r.ends == "fin");
}

TEST_CASE("stream: a reset is told with its text, after what came before it") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  put(p.b.get(), "notification");
  const linger at_once{1, 0};
  setsockopt(p.b.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  p.b.reset();
  s->read_start();
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.text == "notification");
  CHECK(r.ends == "connection reset by peer");
}

TEST_CASE("stream: a failed write is told in a later turn, after what was received; later writes are dropped") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  const std::string text = pattern(3 << 20);
  // Received in full before the reset, and more than one turn reads.
  std::size_t sent = 0;
  const int room = 8 << 20;
  setsockopt(s->fd(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(p.b.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  int queued = 0;
  t.until([&] {
    const ssize_t n = ::send(p.b.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    ioctl(s->fd(), FIONREAD, &queued);
    return static_cast<std::size_t>(queued) == sent && (sent == text.size() || n < 0);
  });
  const linger at_once{1, 0};
  setsockopt(p.b.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  p.b.reset();
  s->read_start();
  s->write(base::as_bytes("x"));
  s->write(base::as_bytes("y"));
  CHECK(r.ends.empty());
  CHECK(s->pending() == 0);
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.text == text.substr(0, sent));
  CHECK((r.ends == "connection reset by peer" || r.ends == "broken pipe"));
}

TEST_CASE("stream: a paused one tells a failed write too, once") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  p.b.reset();
  s->write(base::as_bytes("x"));
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.ends == "broken pipe");
  s->read_start();
  CHECK_FALSE(s->reading());
  net::Timer stop(t.loop, [&] { t.loop.stop(); });
  stop.start(2 * base::millisecond);
  t.run();
  CHECK(r.ends == "broken pipe");
}

TEST_CASE("stream: output that waits fails when the peer goes, without being read") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  s->write(base::as_bytes(pattern(30 << 20)));
  CHECK(s->pending() > 0);
  const linger at_once{1, 0};
  setsockopt(p.b.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  p.b.reset();
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.ends == "connection reset by peer");
  CHECK(s->pending() == 0);
}

TEST_CASE("stream: its handler may destroy it in every call") {
  TestLoop t;
  const std::string much = pattern(20 << 20);
  for (const std::string_view where : {"read", "fin", "reset", "writable", "error"}) {
    CAPTURE(where);
    Pair p = tcp_pair();
    Recorder r;
    std::unique_ptr<Stream> s;
    bool gone = false;
    const auto destroy = [&] {
      s.reset();
      gone = true;
    };
    r.read = [&](base::Bytes data) {
      if (where == "read") destroy();
      return where == "error" ? 0 : data.size();
    };
    r.ended = destroy;
    r.drained = destroy;
    s = Stream::adopt(t.loop, std::move(p.a), r, 2);
    if (where == "writable")
      s->write(base::as_bytes(much));
    else
      s->read_start();
    if (where == "read" || where == "error") put(p.b.get(), "abc");
    if (where == "fin") ::shutdown(p.b.get(), SHUT_WR);
    if (where == "reset") {
      const linger at_once{1, 0};
      setsockopt(p.b.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      p.b.reset();
    }
    t.until([&] {
      if (where == "writable") drain(p.b.get());
      return gone;
    });
    CHECK(s == nullptr);
  }
}

TEST_CASE("stream: at most a budget is read in one turn, so a flood does not starve timers") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder in, out;
  std::size_t total = 0, in_turn = 0, most = 0;
  net::Deferred turn(t.loop, [&] { in_turn = 0; });
  in.read = [&](base::Bytes data) {
    total += data.size();
    in_turn += data.size();
    most = std::max(most, in_turn);
    turn.schedule();
    return data.size();
  };
  const auto reader = Stream::adopt(t.loop, std::move(p.a), in);
  const auto writer = Stream::adopt(t.loop, std::move(p.b), out);
  const std::string lot = pattern(8 << 20);
  out.drained = [&] { writer->write(base::as_bytes(lot)); };
  int ticks = 0;
  net::Timer tick(t.loop, [&] {
    if (++ticks == 5) t.loop.stop();
  });
  writer->write(base::as_bytes(lot));
  reader->read_start();
  tick.start(base::millisecond, base::millisecond);
  t.run();
  CHECK(total > 0);
  CHECK(most <= Stream::turn_budget + net::BufferPool::buffer_size);
}

TEST_CASE("stream: close sends FIN, abort sends a reset, neither calls back") {
  TestLoop t;
  for (const bool abort : {false, true}) {
    Pair p = tcp_pair();
    Recorder r;
    const auto s = Stream::adopt(t.loop, std::move(p.a), r);
    s->read_start();
    abort ? s->abort() : s->close();
    CHECK(s->closed());
    s->write(base::as_bytes("dropped"));
    s->read_start();
    t.until([&] { return readable(p.b.get()); });
    char c = 0;
    CHECK(::read(p.b.get(), &c, 1) == (abort ? -1 : 0));
    CHECK(r.ends.empty());
  }
}

TEST_CASE("stream: release gives the descriptor up with the bytes that wait in the kernel") {
  TestLoop t;
  Pair p = unix_pair();
  Recorder r;
  const auto s = Stream::adopt(t.loop, std::move(p.a), r);
  s->read_start();
  put(p.b.get(), "kept");
  const net::Fd fd = s->release();
  CHECK(s->closed());
  CHECK(drain(fd.get()) == "kept");
}

TEST_CASE("stream: a descriptor that cannot be watched ends in an error") {
  TestLoop t;
  Recorder r;
  const auto s = Stream::adopt(t.loop, net::Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), r);
  s->read_start();
  s->write(base::as_bytes("x"));
  CHECK(r.ends.empty());
  t.until([&] { return !r.ends.empty(); });
  CHECK(r.ends == "operation not permitted");
}

TEST_CASE("stream: the ends of a pipe serve as well; a reader that goes is an error and not a signal") {
  TestLoop t;
  int fds[2];
  REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
  Recorder in, out;
  auto reader = Stream::adopt(t.loop, net::Fd(fds[0]), in);
  const auto writer = Stream::adopt(t.loop, net::Fd(fds[1]), out);
  const std::string text = pattern(1 << 20);
  reader->read_start();
  writer->write(base::as_bytes(text));
  CHECK(writer->pending() > 0);
  t.until([&] { return in.text.size() == text.size(); });
  CHECK(in.text == text);
  writer->write(base::as_bytes(text));
  reader.reset();
  t.until([&] { return !out.ends.empty(); });
  CHECK(out.ends == "broken pipe");
}

TEST_CASE("stream: shutdown of a pipe closes it when all is written") {
  TestLoop t;
  int fds[2];
  REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
  Recorder in, out;
  const auto reader = Stream::adopt(t.loop, net::Fd(fds[0]), in);
  const auto writer = Stream::adopt(t.loop, net::Fd(fds[1]), out);
  const std::string text = pattern(1 << 20);
  writer->write(base::as_bytes(text));
  writer->shutdown();
  CHECK_FALSE(writer->closed());
  reader->read_start();
  t.until([&] { return in.ends == "fin"; });
  CHECK(in.text == text);
  CHECK(writer->closed());
}

TEST_CASE("linger: delivers what waits, discards what comes, and is closed when the peer has finished") {
  TestLoop t;
  Pair p = tcp_pair();
  Recorder mine, theirs;
  auto s = Stream::adopt(t.loop, std::move(p.a), mine);
  const auto peer = Stream::adopt(t.loop, std::move(p.b), theirs);
  const std::string last = pattern(20 << 20);
  peer->write(base::as_bytes("unread data that would make of a close a reset"));
  s->write(base::as_bytes(last));
  CHECK(s->pending() > 0);
  net::linger(std::move(s), 30 * base::second);
  peer->read_start();
  t.until([&] { return !theirs.ends.empty(); });
  CHECK(theirs.ends == "fin");
  CHECK(theirs.text == last);
  CHECK(mine.ends.empty());
  peer->shutdown();
  // The lingering end is gone when a write fails.
  t.until([&] {
    char c = 'x';
    return ::send(peer->fd(), &c, 1, MSG_NOSIGNAL) < 0;
  });
}

TEST_CASE("linger: patience ends, and the loop's end ends it too") {
  TestLoop t;
  Pair p = tcp_pair(), q = tcp_pair();
  Recorder r;
  net::linger(Stream::adopt(t.loop, std::move(p.a), r), 2 * base::millisecond);
  net::linger(Stream::adopt(t.loop, std::move(q.a), r), 3600 * base::second);
  net::linger(nullptr, base::second);
  t.until([&] {
    char c = 'x';
    return ::send(p.b.get(), &c, 1, MSG_NOSIGNAL) < 0;
  });
}
