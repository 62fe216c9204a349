#include "ctl/output.hh"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.hh"

namespace ctl {

namespace {
const char* escape(Tint tint) {
  switch (tint) {
    case Tint::none: return "";
    case Tint::good: return "\033[32m";
    case Tint::busy: return "\033[33m";
    case Tint::bad: return "\033[31m";
    case Tint::dim: return "\033[90m";
    case Tint::head: return "\033[1m";
  }
  return "";
}

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != 0;
}

bool write_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      return false;
  }
  return true;
}
}  // namespace

std::string Style::paint(Tint tint, std::string_view text) const {
  if (!colour || tint == Tint::none || text.empty()) return std::string(text);
  return escape(tint) + std::string(text) + "\033[0m";
}

Style style_for(std::string_view when) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  const bool colour = when == "always" || (when != "never" && terminal && !set("NO_COLOR") && !dumb);
  return {colour, terminal};
}

bool write_out(std::string_view text) { return write_to(STDOUT_FILENO, text); }

void complain(std::string_view text) { (void)write_to(STDERR_FILENO, "bgpipectl: " + printable_lines(text) + "\n"); }

std::string printable_lines(std::string_view text) {
  std::string out;
  for (const auto line : base::split(text, '\n')) {
    if (!out.empty() || line.data() != text.data()) out += '\n';
    out += base::printable(line);
  }
  return out;
}

}  // namespace ctl
