// A directory that goes away, a loop that runs until something has happened, and small ways to make and read files.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "net/compress.hh"
#include "net/loop.hh"
#include "net/timer.hh"

struct TempDirectory {
  TempDirectory() {
    // In memory where there is such a place: a busy disk takes seconds for each fsync.
    char memory[] = "/dev/shm/bgpiped-test-XXXXXX", disk[] = "/tmp/bgpiped-test-XXXXXX";
    const char* const made = mkdtemp(memory);
    path = made != nullptr ? made : mkdtemp(disk);
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  // Names in it, sorted, with a space between.
  std::string list() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
  }
  std::string path;
};

inline void put_file(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
inline std::string get_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline base::Buffer packed(net::Codec codec, std::string_view text) {
  base::Buffer out;
  const auto d = net::Deflater::make(codec).value();
  REQUIRE(d->write(base::as_bytes(text), out));
  REQUIRE(d->finish(out));
  return out;
}
// What is readable, and whether it ends properly.
inline std::string unpacked(net::Codec codec, std::string_view data, bool* whole = nullptr) {
  base::Buffer out;
  base::Bytes in = base::as_bytes(data);
  const auto inflater = net::Inflater::make(codec).value();
  constexpr std::size_t room = std::size_t{1} << 20;
  bool sound = true;
  for (bool more = true; sound && more;) {
    const bool last = in.empty();
    const std::size_t before = out.size();
    sound = inflater->feed(in, out, room).has_value();
    more = !last || out.size() == before + room;
  }
  if (whole != nullptr) *whole = sound && inflater->finish().has_value();
  return std::string(out.text());
}

// Runs the loop until the condition holds; whoever changes it calls loop.stop(), or it is seen a little later. False
// after thirty seconds.
inline bool run_until(net::Loop& loop, const std::function<bool()>& condition) {
  bool late = false;
  net::Timer guard(loop, [&] {
    late = true;
    loop.stop();
  });
  guard.start(30 * base::second);
  net::Timer look(loop, [&] { loop.stop(); });
  look.start(0, 20 * base::millisecond);
  while (!late && !condition()) loop.run();
  return condition();
}
// Lets the loop run for that long, to see that nothing happens.
inline void run_for(net::Loop& loop, base::Nanos time) {
  bool over = false;
  net::Timer guard(loop, [&] {
    over = true;
    loop.stop();
  });
  guard.start(time);
  while (!over) loop.run();
}
