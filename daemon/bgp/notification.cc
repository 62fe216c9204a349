#include "bgp/notification.hh"

#include <algorithm>

#include "base/text.hh"
#include "bgp/header.hh"
#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr NamedCode codes[] = {{1, "Message Header Error"},        {2, "OPEN Message Error"},
                               {3, "UPDATE Message Error"},        {4, "Hold Timer Expired"},
                               {5, "Finite State Machine Error"},  {6, "Cease"},
                               {7, "ROUTE-REFRESH Message Error"}, {8, "Send Hold Timer Expired"}};

// Code and subcode in one number. IANA "BGP Error Subcodes", with the two of RFC 1771 that are deprecated.
constexpr NamedCode subcodes[] = {{0x0101, "Connection Not Synchronized"},
                                  {0x0102, "Bad Message Length"},
                                  {0x0103, "Bad Message Type"},
                                  {0x0201, "Unsupported Version Number"},
                                  {0x0202, "Bad Peer AS"},
                                  {0x0203, "Bad BGP Identifier"},
                                  {0x0204, "Unsupported Optional Parameter"},
                                  {0x0205, "Authentication Failure"},
                                  {0x0206, "Unacceptable Hold Time"},
                                  {0x0207, "Unsupported Capability"},
                                  {0x020b, "Role Mismatch"},
                                  {0x0301, "Malformed Attribute List"},
                                  {0x0302, "Unrecognized Well-known Attribute"},
                                  {0x0303, "Missing Well-known Attribute"},
                                  {0x0304, "Attribute Flags Error"},
                                  {0x0305, "Attribute Length Error"},
                                  {0x0306, "Invalid ORIGIN Attribute"},
                                  {0x0307, "AS Routing Loop"},
                                  {0x0308, "Invalid NEXT_HOP Attribute"},
                                  {0x0309, "Optional Attribute Error"},
                                  {0x030a, "Invalid Network Field"},
                                  {0x030b, "Malformed AS_PATH"},
                                  {0x0501, "Receive Unexpected Message in OpenSent State"},
                                  {0x0502, "Receive Unexpected Message in OpenConfirm State"},
                                  {0x0503, "Receive Unexpected Message in Established State"},
                                  {0x0601, "Maximum Number of Prefixes Reached"},
                                  {0x0602, "Administrative Shutdown"},
                                  {0x0603, "Peer De-configured"},
                                  {0x0604, "Administrative Reset"},
                                  {0x0605, "Connection Rejected"},
                                  {0x0606, "Other Configuration Change"},
                                  {0x0607, "Connection Collision Resolution"},
                                  {0x0608, "Out of Resources"},
                                  {0x0609, "Hard Reset"},
                                  {0x060a, "BFD Down"},
                                  {0x0701, "Invalid Message Length"}};

bool takes_text(std::uint8_t subcode) {
  return subcode == notify::cease_subcode::shutdown || subcode == notify::cease_subcode::reset;
}

// At most 255 bytes, not ending inside a UTF-8 character.
std::string_view cut(std::string_view text) {
  if (text.size() <= 255) return text;
  std::size_t end = 255;
  while (end > 251 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::optional<Notification> parse_notification(base::Bytes body) {
  if (body.size() < 2) return std::nullopt;
  return Notification{body[0], body[1], body.subspan(2)};
}

std::optional<Notification> inside_hard_reset(const Notification& n) {
  if (n.code != notify::cease || n.subcode != notify::cease_subcode::hard_reset) return std::nullopt;
  return parse_notification(n.data);
}

std::string name(std::uint8_t code, std::uint8_t subcode) {
  std::string out(find_name(codes, code));
  if (out.empty()) out = "code " + std::to_string(code);
  if (subcode == 0) return out;
  const std::string_view sub = find_name(subcodes, static_cast<unsigned>(code) << 8 | subcode);
  out += '/';
  return sub.empty() ? out + "subcode " + std::to_string(subcode) : out.append(sub);
}

std::optional<std::string_view> shutdown_text(const Notification& n) {
  if (const auto inner = inside_hard_reset(n))
    return inner->subcode == notify::cease_subcode::hard_reset ? std::nullopt : shutdown_text(*inner);
  if (n.code != notify::cease || !takes_text(n.subcode) || n.data.empty()) return std::nullopt;
  const std::size_t length = n.data[0];
  if (length == 0 || length > n.data.size() - 1) return std::nullopt;
  return base::as_text(n.data.subspan(1, length));
}

std::string text(const Notification& n) {
  std::string out = name(n.code, n.subcode);
  const auto inner = inside_hard_reset(n);
  if (inner) out += " (" + name(inner->code, inner->subcode) + ")";
  if (const auto words = shutdown_text(n)) return out + ": " + base::printable(*words);
  const base::Bytes data = inner ? inner->data : n.data;
  if (data.empty()) return out;
  constexpr std::size_t shown = 32;
  out += ", data 0x" + base::to_hex(data.first(std::min(data.size(), shown)));
  return data.size() > shown ? out + "..." : out;
}

void append_notification(base::Buffer& out, std::uint8_t code, std::uint8_t subcode, base::Bytes data) {
  const std::size_t at = begin_message(out, MsgType::notification);
  out.push(code);
  out.push(subcode);
  // RFC 8654 4: never longer than what a peer without extended messages takes.
  out.append(data.first(std::min(data.size(), max_message - header_size - 2)));
  (void)finish_message(out, at);
}

void append_cease(base::Buffer& out, std::uint8_t subcode, std::string_view text, bool hard_reset) {
  base::Buffer data;
  if (hard_reset) {
    data.push(notify::cease);
    data.push(subcode);
  }
  if (takes_text(subcode) && !text.empty()) {
    const std::string_view words = cut(text);
    data.push(static_cast<std::uint8_t>(words.size()));
    data.append(words);
  }
  append_notification(out, notify::cease, hard_reset ? notify::cease_subcode::hard_reset : subcode, data);
}

}  // namespace bgp
