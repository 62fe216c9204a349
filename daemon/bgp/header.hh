// The 19-byte message header (RFC 4271 4.1) and the cutting of a byte stream into messages.
#pragma once

#include "base/bytes.hh"
#include "bgp/types.hh"

namespace bgp {

inline constexpr std::size_t header_size = 19;
inline constexpr std::size_t max_message = 4096;            // RFC 4271 4.1
inline constexpr std::size_t max_extended_message = 65535;  // RFC 8654 4

enum class FrameStatus : std::uint8_t { ok, need_more, bad_marker, bad_length };

struct Frame {
  FrameStatus status = FrameStatus::need_more;
  std::uint16_t length = 0;  // of the whole message; also set with bad_length
  MsgType type{};
};

// Looks at the message that starts at p with n bytes behind it. Inline: once per relayed message.
// The limit is max_message or max_extended_message; OPEN and KEEPALIVE keep to max_message (RFC 8654 4).
inline Frame frame(const std::uint8_t* p, std::size_t n, std::size_t limit) noexcept {
  if (n < header_size) return {};
  std::uint64_t marker[2];
  std::memcpy(marker, p, sizeof marker);
  if ((marker[0] & marker[1]) != ~std::uint64_t{0}) return {FrameStatus::bad_marker, 0, {}};
  const auto length = base::load<std::uint16_t>(p + 16);
  const auto type = static_cast<MsgType>(p[18]);
  if (length < header_size || length > limit) return {FrameStatus::bad_length, length, type};
  if (length > n) return {FrameStatus::need_more, length, type};
  return {FrameStatus::ok, length, type};
}

// RFC 4271 6.1: the least length of each type, and the exact one of KEEPALIVE; max_message for OPEN and KEEPALIVE.
bool length_fits_type(MsgType type, std::uint16_t length) noexcept;

// Appends marker, length and type; finish_message sets the length of the message that starts at `at`. False if it is
// over 65535.
std::size_t begin_message(base::Buffer& out, MsgType type);
bool finish_message(base::Buffer& out, std::size_t at) noexcept;
void append_message(base::Buffer& out, MsgType type, base::Bytes body);  // body <= 65516 bytes

}  // namespace bgp
