#include "stages/go_time.hh"

#include <algorithm>

#include "base/text.hh"

namespace stages {

namespace {
// Longer spellings stand before those they begin with.
constexpr struct {
  std::string_view go;
  const char* strftime;
} tokens[] = {{"January", "%B"},  {"Jan", "%b"},        {"Monday", "%A"}, {"Mon", "%a"}, {"2006", "%Y"}, {"MST", "UTC"},
              {"-0700", "+0000"}, {"-07:00", "+00:00"}, {"Z07:00", "Z"},  {"002", "%j"}, {"01", "%m"},   {"02", "%d"},
              {"15", "%H"},       {"03", "%I"},         {"04", "%M"},     {"05", "%S"},  {"06", "%y"},   {"PM", "%p"}};
}  // namespace

std::string go_time(std::string_view layout, base::Nanos wall) {
  std::string out;
  while (!layout.empty()) {
    bool found = false;
    for (const auto& t : tokens) {
      if (!layout.starts_with(t.go)) continue;
      out += base::time_format(t.strftime, wall);
      layout.remove_prefix(t.go.size());
      found = true;
      break;
    }
    if (found) continue;
    out += layout.front();
    layout.remove_prefix(1);
  }
  return out;
}

base::Result<> check_layout(std::string_view layout) {
  for (std::size_t i = 0; i < layout.size(); ++i)
    for (const auto& t : tokens)
      if (layout.substr(i).starts_with(t.go)) return {};
  return base::fail("'" + base::printable(layout.substr(0, 80)) +
                    "' has no part of a time: write 2006-01-02 15:04:05 as it should look, such as 20060102.1504");
}

base::Result<> check_path(std::string_view path) {
  constexpr std::string_view known[] = {"TIME", "PEER"};
  for (std::size_t at = path.find('$'); at != std::string_view::npos; at = path.find('$', at + 1)) {
    const std::string_view rest = path.substr(at + 1);
    if (rest.starts_with('{')) {
      const auto end = rest.find('}');
      if (end == std::string_view::npos) return base::fail("'${' without '}' in the path");
      const std::string_view layout = rest.substr(1, end - 1);
      if (layout != "$")
        if (auto ok = check_layout(layout); !ok)
          return base::fail("${" + std::string(layout) + "}: " + ok.error().text);
      at += end + 1;
      continue;
    }
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    const auto end = std::ranges::find_if_not(rest, letter);
    const std::string_view name(rest.begin(), end);
    if (name.empty() || std::ranges::any_of(known, [&](std::string_view k) { return rest.starts_with(k); })) continue;
    const auto near = base::nearest(base::upper(std::string(name)), known);
    return base::fail("$" + base::printable(name.substr(0, 80)) + " is unknown: " +
                      (near ? "did you mean $" + std::string(*near) + "?" : "there are $TIME and $PEER") +
                      " (a plain $ is written ${$})");
  }
  return {};
}

bool has_time(std::string_view path) {
  return path.find("$TIME") != std::string_view::npos || path.find("${") != std::string_view::npos;
}

bool has_peer(std::string_view path) { return path.find("$PEER") != std::string_view::npos; }

base::Result<std::string> expand_path(std::string_view path, std::string_view time_layout, base::Nanos wall,
                                      std::string_view peer) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("$TIME")) {
      out += go_time(time_layout, wall);
      path.remove_prefix(5);
    } else if (path.starts_with("$PEER")) {
      out += peer;
      path.remove_prefix(5);
    } else if (path.starts_with("${")) {
      const auto end = path.find('}');
      if (end == std::string_view::npos) return base::fail("'${' without '}' in the path");
      out += go_time(path.substr(2, end - 2), wall);
      path.remove_prefix(end + 1);
    } else {
      out += path.front();
      path.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace stages
