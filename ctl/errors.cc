#include <nlohmann/json.hpp>

#include "base/text.hh"
#include "ctl/report.hh"

namespace ctl {

namespace {
// "0x0010": a number that looks like no decimal one.
std::string hex_place(std::size_t n) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[n >> 12 & 15], digits[n >> 8 & 15], digits[n >> 4 & 15], digits[n & 15]};
}

// "0x0010  40 01 01 09": the place as events count it, from the end of the header on.
std::string bytes_text(const std::string& hex) {
  constexpr std::size_t a_line = 32;
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += a_line) {
    out += "  " + hex_place(at / 2) + " ";
    for (std::size_t i = at; i < std::min(at + a_line, hex.size()); i += 2) out += " " + hex.substr(i, 2);
    out += "\n";
  }
  return out;
}

// "16 (0x0010)".
std::string place_text(const std::string& offset) {
  const auto n = base::parse_int(offset);
  return !n || *n < 0 || *n > 0xffff ? offset : offset + " (" + hex_place(static_cast<std::size_t>(*n)) + ")";
}
}  // namespace

std::string errors_text(const Json& result, const Style& style) {
  constexpr std::size_t header_digits = 38;
  std::string out;
  for (const Json& m : list_of(result, "malformed")) {
    const std::string attribute = text_of(m, "attribute"), peer = text_of(m, "peer"), more = text_of(m, "more");
    out += (out.empty() ? "" : "\n") + base::printable(text_of(m, "time")) + " session " +
           base::printable(text_of(m, "session")) + " " + base::printable(text_of(m, "direction")) +
           (peer.empty() ? "" : " from " + base::printable(peer)) + ", message " + base::printable(text_of(m, "seq")) +
           "\n  ";
    out += style.paint(
        Tint::bad, base::printable((attribute.empty() ? "" : attribute + ": ") + text_of(m, "reason") + ", at byte " +
                                   place_text(text_of(m, "offset")) + " of the body (" + text_of(m, "class") + ")"));
    if (more != "0") out += ", and " + base::printable(more) + " more";
    out += "\n  " + base::printable(text_of(m, "action")) + "\n";
    const std::string hex = base::printable(text_of(m, "hex"));
    out += bytes_text(hex.size() > header_digits ? hex.substr(header_digits) : hex);
  }
  const std::string omitted = text_of(result, "omitted");
  if (!omitted.empty() && omitted != "0")
    out += "\n" + base::printable(omitted) + " older ones are kept, too many to show; --session shows those of one\n";
  return out.empty() ? "no malformed UPDATEs\n" : out;
}

}  // namespace ctl
