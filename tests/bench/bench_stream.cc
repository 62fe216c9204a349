// How fast bytes go through two Streams: sender thread -> TCP -> relay loop -> TCP -> receiver thread, over loopback.
// Every message header is looked at, as a session does. Prints GB/s, and what the relay thread cost.
//
//   bench_stream [GiB] [message size]           the relay inside this program
//   bench_stream via PORT TARGET_PORT [GiB]     the same ends through a relay that listens on PORT and dials
//   TARGET_PORT
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.hh"
#include "net/loop.hh"
#include "net/socket.hh"
#include "net/stream.hh"

namespace {
constexpr std::size_t high_water = std::size_t{1} << 20;

double seconds() { return static_cast<double>(base::system_clock().mono()) / 1e9; }

net::Fd listen_on(std::uint16_t port) {
  net::Fd fd = *net::tcp_socket(base::IpFamily::v4);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!net::bind_to(fd.get(), {base::Address::v4(0x7f000001), port}, base::IpFamily::v4) || listen(fd.get(), 8) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  return fd;
}

void set_blocking(int fd) { (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }

net::Fd accept_from(const net::Fd& listener) {
  set_blocking(listener.get());
  return net::Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

net::Fd connect_to(std::uint16_t port) {
  net::Fd fd = *net::tcp_socket(base::IpFamily::v4);
  set_blocking(fd.get());
  const auto to = net::to_sockaddr({base::Address::v4(0x7f000001), port});
  if (connect(fd.get(), to.get(), to.size) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

// One direction of a session, as thin as it can be.
class Relay final : net::Stream::Handler {
 public:
  Relay(net::Loop& loop, net::Fd in, net::Fd out)
      : loop_(loop),
        out_end_(*this),
        in_(net::Stream::adopt(loop, std::move(in), *this)),
        out_(net::Stream::adopt(loop, std::move(out), out_end_)) {
    in_->read_start();
  }
  std::uint64_t messages = 0, reads = 0;

 private:
  struct OutEnd final : net::Stream::Handler {
    explicit OutEnd(Relay& r) : relay(r) {}
    std::size_t on_read(base::Bytes data) override { return data.size(); }
    void on_end(net::EndReason) override { relay.loop_.stop(); }
    void on_writable() override { relay.in_->read_start(); }
    Relay& relay;
  };

  std::size_t on_read(base::Bytes data) override {
    ++reads;
    std::size_t at = 0;
    while (data.size() - at >= 19) {
      const std::size_t size = base::load<std::uint16_t>(data.data() + at + 16);
      if (size < 19) std::abort();
      if (data.size() - at < size) break;
      at += size;
      ++messages;
    }
    out_->write(data.first(at));
    if (out_->pending() > high_water) in_->read_stop();
    return at;
  }
  void on_end(net::EndReason) override {
    out_->shutdown();
    if (out_->pending() == 0) loop_.stop();
  }

  net::Loop& loop_;
  OutEnd out_end_;
  std::unique_ptr<net::Stream> in_, out_;
};

std::vector<std::uint8_t> messages_of(std::size_t size, std::size_t total) {
  std::vector<std::uint8_t> out;
  while (out.size() + size <= total) {
    out.insert(out.end(), 16, 0xff);
    out.push_back(static_cast<std::uint8_t>(size >> 8));
    out.push_back(static_cast<std::uint8_t>(size));
    out.push_back(2);
    out.insert(out.end(), size - 19, 0x55);
  }
  return out;
}

void send_all(int fd, const std::vector<std::uint8_t>& block, std::uint64_t total) {
  for (std::uint64_t sent = 0; sent < total;) {
    for (std::size_t at = 0; at < block.size();) {
      const ssize_t n = send(fd, block.data() + at, block.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return;
      at += static_cast<std::size_t>(n);
    }
    sent += block.size();
  }
  shutdown(fd, SHUT_WR);
}

std::uint64_t receive_all(int fd) {
  std::vector<std::uint8_t> room(1 << 20);
  std::uint64_t total = 0;
  for (ssize_t n = 0; (n = read(fd, room.data(), room.size())) > 0;) total += static_cast<std::uint64_t>(n);
  return total;
}

struct Ends {
  std::vector<std::uint8_t> block;
  std::uint64_t total;
};

void report(const char* what, std::uint64_t bytes, double took) {
  std::printf("%-24s %.2f GB/s  (%.1f GiB in %.2f s)\n", what, static_cast<double>(bytes) / took / 1e9,
              static_cast<double>(bytes) / (1 << 30), took);
}

void through_streams(const Ends& ends) {
  const net::Fd left = listen_on(0), right = listen_on(0);
  net::Fd sender = connect_to(net::local_endpoint(left.get()).port), in = accept_from(left);
  net::Fd out = connect_to(net::local_endpoint(right.get()).port), receiver = accept_from(right);
  for (const int fd : {in.get(), out.get()}) (void)fcntl(fd, F_SETFL, O_NONBLOCK);
  net::Loop loop;
  Relay relay(loop, std::move(in), std::move(out));
  const double begin = seconds();
  std::uint64_t got = 0;
  std::thread send_thread([&] { send_all(sender.get(), ends.block, ends.total); });
  std::thread receive_thread([&] {
    got = receive_all(receiver.get());
    receiver.reset();
  });
  loop.run();
  const double took = seconds() - begin;
  rusage use{};
  getrusage(RUSAGE_THREAD, &use);
  send_thread.join();
  // The relay ends when its output has been given to the kernel.
  receive_thread.join();
  report("relay of two streams", got, took);
  std::printf("  %.1f M messages/s, %.0f KiB a read, relay thread: user %.2f s, system %.2f s\n",
              static_cast<double>(relay.messages) / took / 1e6,
              static_cast<double>(got) / static_cast<double>(std::max<std::uint64_t>(relay.reads, 1)) / 1024,
              static_cast<double>(use.ru_utime.tv_sec) + static_cast<double>(use.ru_utime.tv_usec) / 1e6,
              static_cast<double>(use.ru_stime.tv_sec) + static_cast<double>(use.ru_stime.tv_usec) / 1e6);
}

void through_other(std::uint16_t port, std::uint16_t target, const Ends& ends) {
  const net::Fd listener = listen_on(target);
  net::Fd sender = connect_to(port);
  const double begin = seconds();
  std::thread send_thread([&] { send_all(sender.get(), ends.block, ends.total); });
  const net::Fd receiver = accept_from(listener);
  const std::uint64_t got = receive_all(receiver.get());
  report("relay outside", got, seconds() - begin);
  send_thread.join();
}
}  // namespace

int main(int argc, char** argv) {
  const bool via = argc > 3 && std::string_view(argv[1]) == "via";
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const int gib = number(via ? 4 : 1, 8), size = std::clamp(number(via ? 5 : 2, 108), 19, 65535);
  const Ends ends{messages_of(static_cast<std::size_t>(size), 1 << 20), static_cast<std::uint64_t>(gib) << 30};
  if (via)
    through_other(static_cast<std::uint16_t>(number(2, 0)), static_cast<std::uint16_t>(number(3, 0)), ends);
  else
    through_streams(ends);
  return 0;
}
