// What the two ends of a benchmark share: arguments, sockets, and just enough BGP to bring a session up. POSIX only; an
// end says what failed and exits with 1. Hold time 0 is offered, so that no timer runs while time is measured.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bench {

[[noreturn]] void die(std::string_view what);

// "--name value" pairs.
class Arguments {
 public:
  Arguments(int argc, char** argv);
  // The text given, or what stands for it; without that it is needed.
  std::string text(const std::string& name) const;
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const;
  double seconds(const std::string& name, double otherwise) const;

 private:
  std::map<std::string, std::string> given_;
};

// "a.b.c.d:port". Dialling goes on for five seconds while it is refused; nothing is waited for longer than a minute.
int connect_to(const std::string& endpoint);
int accept_one(const std::string& endpoint);

void write_all(int fd, const void* data, std::size_t size);

inline constexpr std::size_t header_size = 19;
enum Type : std::uint8_t { open = 1, update = 2, notification = 3, keepalive = 4 };

// The OPEN of an end with that BGP identifier: AS 64512, 4-byte AS numbers, IPv4 and IPv6 unicast.
std::string open_message(std::uint32_t id);
std::string message(Type type, std::string_view body);

inline std::size_t length_of(const std::uint8_t* p) { return std::size_t{p[16]} << 8 | p[17]; }

// Says OPEN and KEEPALIVE and waits for those of the other end.
void establish(int fd, std::uint32_t id);

// Nanoseconds on the clock that both ends share.
inline std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// An UPDATE of 108 bytes whose last attribute, unknown and optional transitive, holds eight bytes of send time.
inline constexpr std::size_t stamped_size = 108, stamp_at = 96;
inline constexpr std::uint8_t stamp_head[] = {0xc0, 250, 8};
std::string stamped_update();

}  // namespace bench
