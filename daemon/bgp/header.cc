#include "bgp/header.hh"

#include <algorithm>

namespace bgp {

bool length_fits_type(MsgType type, std::uint16_t length) noexcept {
  switch (type) {
    case MsgType::open: return length >= 29 && length <= max_message;
    case MsgType::update: return length >= 23;
    case MsgType::notification: return length >= 21;
    case MsgType::keepalive: return length == header_size;
    case MsgType::route_refresh: return length >= 23;
    case MsgType::report: break;
  }
  return length >= header_size;
}

std::size_t begin_message(base::Buffer& out, MsgType type) {
  const std::size_t at = out.size();
  std::uint8_t* p = out.reserve(header_size);
  std::fill_n(p, 16, std::uint8_t{0xff});
  base::store<std::uint16_t>(p + 16, header_size);
  p[18] = static_cast<std::uint8_t>(type);
  out.commit(header_size);
  return at;
}

bool finish_message(base::Buffer& out, std::size_t at) noexcept {
  const std::size_t length = out.size() - at;
  if (length > max_extended_message) return false;
  base::store<std::uint16_t>(out.data() + at + 16, static_cast<std::uint16_t>(length));
  return true;
}

void append_message(base::Buffer& out, MsgType type, base::Bytes body) {
  const std::size_t at = begin_message(out, type);
  out.append(body);
  (void)finish_message(out, at);
}

}  // namespace bgp
