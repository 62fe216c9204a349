#include "bgp_end.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace bench {

namespace {

void put(std::string& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) out.push_back(static_cast<char>(value >> (8 * bytes)));
}

sockaddr_in address_of(const std::string& endpoint) {
  const auto colon = endpoint.rfind(':');
  sockaddr_in a{};
  a.sin_family = AF_INET;
  if (colon == std::string::npos || inet_pton(AF_INET, endpoint.substr(0, colon).c_str(), &a.sin_addr) != 1)
    die("not an address and port: " + endpoint);
  a.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(colon + 1))));
  return a;
}

// No end outlives a benchmark that went wrong.
void bound_waiting(int fd) {
  const timeval bound{60, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
}

int ready(int fd) {
  bound_waiting(fd);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void read_exactly(int fd, std::uint8_t* to, std::size_t size) {
  while (size > 0) {
    const ssize_t n = read(fd, to, size);
    if (n == 0) die("the session was closed before it stood");
    if (n < 0) die(std::string("read: ") + std::strerror(errno));
    to += n;
    size -= static_cast<std::size_t>(n);
  }
}

void expect(int fd, Type type) {
  std::uint8_t m[4096];
  read_exactly(fd, m, header_size);
  if (length_of(m) < header_size || length_of(m) > sizeof m) die("a message of impossible length");
  read_exactly(fd, m + header_size, length_of(m) - header_size);
  if (m[18] == notification) die("NOTIFICATION " + std::to_string(m[19]) + "/" + std::to_string(m[20]) + " received");
  if (m[18] != type) die("message of type " + std::to_string(m[18]) + " instead of " + std::to_string(type));
}

}  // namespace

void die(std::string_view what) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) given_[argv[i]] = argv[i + 1];
  if (argc % 2 == 0) die(std::string("a value is missing: ") + argv[argc - 1]);
}

std::string Arguments::text(const std::string& name) const {
  const auto at = given_.find(name);
  if (at == given_.end()) die(name + " is needed");
  return at->second;
}

std::uint64_t Arguments::number(const std::string& name, std::uint64_t otherwise) const {
  return given_.contains(name) ? std::stoull(given_.at(name)) : otherwise;
}

double Arguments::seconds(const std::string& name, double otherwise) const {
  return given_.contains(name) ? std::stod(given_.at(name)) : otherwise;
}

int connect_to(const std::string& endpoint) {
  const sockaddr_in a = address_of(endpoint);
  for (int tries = 0; tries < 100; ++tries) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0) return ready(fd);
    close(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  die("cannot connect to " + endpoint + ": " + std::strerror(errno));
}

int accept_one(const std::string& endpoint) {
  const sockaddr_in a = address_of(endpoint);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&a), sizeof a) != 0 || listen(listener, 1) != 0)
    die("cannot listen on " + endpoint + ": " + std::strerror(errno));
  bound_waiting(listener);
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) die(std::string("accept: ") + std::strerror(errno));
  close(listener);
  return ready(fd);
}

void write_all(int fd, const void* data, std::size_t size) {
  const auto* p = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die(std::string("send: ") + std::strerror(errno));
    p += n;
    size -= static_cast<std::size_t>(n);
  }
}

std::string message(Type type, std::string_view body) {
  std::string out(16, '\xff');
  put(out, header_size + body.size(), 2);
  put(out, type, 1);
  return out.append(body);
}

std::string open_message(std::uint32_t id) {
  // Both ends are of one AS: what is sent has LOCAL_PREF, which `limit` would take out between two (RFC 7606 7.5).
  constexpr std::uint32_t asn = 64512;
  std::string capabilities;
  for (const unsigned afi : {1u, 2u}) put(capabilities, 0x0104'0000'0001 | std::uint64_t{afi} << 16, 6);
  put(capabilities, 0x4104, 2);
  put(capabilities, asn, 4);
  std::string body;
  put(body, 4, 1);
  put(body, asn, 2);
  put(body, 0, 2);
  put(body, id, 4);
  put(body, capabilities.size() + 2, 1);
  put(body, 2, 1);
  put(body, capabilities.size(), 1);
  return message(open, body + capabilities);
}

void establish(int fd, std::uint32_t id) {
  const std::string ours = open_message(id);
  write_all(fd, ours.data(), ours.size());
  expect(fd, open);
  const std::string alive = message(keepalive, "");
  write_all(fd, alive.data(), alive.size());
  expect(fd, keepalive);
}

std::string stamped_update() {
  std::string attributes;
  put(attributes, 0x40010100, 4);    // ORIGIN IGP
  put(attributes, 0x40020e0203, 5);  // AS_PATH, three in sequence
  for (const std::uint32_t asn : {64512u, 3333u, 15169u}) put(attributes, asn, 4);
  put(attributes, 0x400304c0000201, 7);  // NEXT_HOP 192.0.2.1
  put(attributes, 0x80040400000064, 7);  // MULTI_EXIT_DISC 100
  put(attributes, 0xc00820, 3);          // COMMUNITIES
  for (std::uint32_t c = 0; c < 8; ++c) put(attributes, 0xfc000000 | c, 4);
  attributes.append(std::begin(stamp_head), std::end(stamp_head));
  put(attributes, 0, 8);
  std::string body;
  put(body, 0, 2);
  put(body, attributes.size(), 2);
  body += attributes;
  put(body, 0x18c63364, 4);  // 198.51.100.0/24
  return message(update, body);
}

}  // namespace bench
