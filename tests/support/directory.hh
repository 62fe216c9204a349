// A directory of its own for a test, gone with it.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace support {

struct Directory {
  Directory() {
    char name[] = "/tmp/bgpiped-test-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, std::string_view content = {}) const {
    if (!content.empty()) std::ofstream(path + "/" + name, std::ios::binary) << content;
    return path + "/" + name;
  }
  std::string read(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path + "/" + name, std::ios::binary).rdbuf();
    return out.str();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::directory_iterator(path)) out.push_back(e.path().filename());
    std::ranges::sort(out);
    return out;
  }
  std::string path;
};

}  // namespace support
