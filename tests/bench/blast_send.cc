// The sending end. Floods a stream of UPDATEs in big writes (--file, with --bytes, --messages or --seconds), or sends
// stamped UPDATEs at an even pace (--rate a second, --seconds). Then a Cease, and it waits for the other side to close.
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "bgp_end.hh"

namespace {

using namespace bench;

struct Sent {
  std::uint64_t messages = 0, bytes = 0;
  double seconds = 0;
};

// A run of whole messages, written at once.
struct Chunk {
  std::size_t at = 0, size = 0, messages = 0;
};

std::string load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string data{std::istreambuf_iterator<char>(in), {}};
  if (data.empty()) die("no stream in " + path);
  return data;
}

std::vector<Chunk> cut(const std::string& stream) {
  constexpr std::size_t most = 1 << 20;
  std::vector<Chunk> chunks(1);
  for (std::size_t at = 0; at < stream.size();) {
    const auto* p = reinterpret_cast<const std::uint8_t*>(stream.data()) + at;
    if (stream.size() - at < header_size || length_of(p) > stream.size() - at) die("the stream ends inside a message");
    const std::size_t length = length_of(p);
    if (chunks.back().size + length > most) chunks.push_back({at, 0, 0});
    chunks.back().size += length;
    ++chunks.back().messages;
    at += length;
  }
  return chunks;
}

// The first `messages` messages of a chunk.
Chunk shorten(const std::string& stream, const Chunk& c, std::uint64_t messages) {
  Chunk out{c.at, 0, 0};
  for (; out.messages < messages; ++out.messages)
    out.size += length_of(reinterpret_cast<const std::uint8_t*>(stream.data()) + out.at + out.size);
  return out;
}

Sent flood(int fd, const Arguments& a) {
  const std::string stream = load(a.text("--file"));
  const std::vector<Chunk> chunks = cut(stream);
  const std::uint64_t bytes = a.number("--bytes", UINT64_MAX), messages = a.number("--messages", UINT64_MAX);
  const double seconds = a.seconds("--seconds", 3600);
  Sent sent;
  const std::int64_t start = now();
  for (std::size_t i = 0; sent.bytes < bytes && sent.messages < messages && sent.seconds < seconds;
       i = (i + 1) % chunks.size()) {
    Chunk c = chunks[i];
    if (c.messages > messages - sent.messages) c = shorten(stream, c, messages - sent.messages);
    write_all(fd, stream.data() + c.at, c.size);
    sent.messages += c.messages;
    sent.bytes += c.size;
    sent.seconds = static_cast<double>(now() - start) / 1e9;
  }
  return sent;
}

void sleep_until(std::int64_t when) {
  const timespec t{when / 1'000'000'000, when % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

Sent pace(int fd, const Arguments& a) {
  prctl(PR_SET_TIMERSLACK, 1);
  std::string m = stamped_update();
  const std::uint64_t rate = a.number("--rate", 1000);
  const auto total = static_cast<std::uint64_t>(a.seconds("--seconds", 5) * static_cast<double>(rate));
  const std::int64_t start = now();
  for (std::uint64_t i = 0; i < total; ++i) {
    sleep_until(start + static_cast<std::int64_t>(i * 1'000'000'000 / rate));
    const std::int64_t stamp = now();
    std::memcpy(m.data() + stamp_at, &stamp, sizeof stamp);
    m.back() = static_cast<char>(i);
    write_all(fd, m.data(), m.size());
  }
  return {total, total * m.size(), static_cast<double>(now() - start) / 1e9};
}

void finish(int fd) {
  const std::string cease = message(notification, std::string_view("\6\2", 2));
  write_all(fd, cease.data(), cease.size());
  char rest[4096];
  while (read(fd, rest, sizeof rest) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments a(argc, argv);
  const int fd = connect_to(a.text("--connect"));
  establish(fd, 0x7f000001);
  const Sent sent = a.number("--rate", 0) != 0 ? pace(fd, a) : flood(fd, a);
  finish(fd);
  std::printf("{\"messages\": %llu, \"bytes\": %llu, \"seconds\": %.6f}\n",
              static_cast<unsigned long long>(sent.messages), static_cast<unsigned long long>(sent.bytes),
              sent.seconds);
}
