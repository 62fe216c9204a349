// Configuration text: whatever it is, it is a tree or a list of problems; and options that could be read are written in
// a form that reads back the same.
#include <cstdint>
#include <string>
#include <vector>

#include "conf/dump.hh"
#include "conf/read.hh"
#include "conf/yaml.hh"
#include "expect.hh"

namespace {

struct Options {
  bool flag = false;
  std::int64_t integer = 0;
  double number = 0;
  conf::Duration duration;
  std::string text, pattern;
  std::vector<std::string> list;
  bool operator==(const Options&) const = default;
};

constexpr conf::Option table[] = {
    conf::option<&Options::text>("text", "", {.argument = true}),
    conf::option<&Options::flag>("flag", ""),
    conf::option<&Options::integer>("integer", ""),
    conf::option<&Options::number>("number", ""),
    conf::option<&Options::duration>("duration", ""),
    conf::option<&Options::pattern>("pattern", "", {.time_pattern = true}),
    conf::option<&Options::list>("list", ""),
};

conf::Scope scope() {
  conf::Scope s;
  s.parameters["p"] = {"${v}: [1", {}};
  // No credential is found, and no file is opened, by what a fuzzer makes up.
  s.credentials = "/nonexistent";
  return s;
}

void read(const conf::Node& node) {
  static const Options defaults;
  Options first, second;
  conf::Problems problems;
  const conf::Binding one{table, &first}, two{table, &second};
  const bool good = conf::read_options(node, {&one, 1}, scope(), problems);
  expect(good == !problems.failed());
  expect(problems.failed() == !problems.text().empty());
  if (!good) return;
  const conf::Dumped dumped{table, &first, &defaults};
  const auto again = conf::parse_yaml(conf::dump_flow({&dumped, 1}), "dump");
  expect(again && conf::read_options(*again, {&two, 1}, scope(), problems) && first == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // References to files would read the machine the fuzzer runs on.
  if (text.find("file:") != std::string_view::npos) return 0;
  const auto node = conf::parse_yaml(text, "fuzz");
  if (node) {
    expect(conf::same(*node, *node));
    read(*node);
  } else {
    expect(!node.error().empty());
    for (const conf::Problem& p : node.error()) expect(conf::render(p).ends_with('\n'));
  }
  return 0;
}
