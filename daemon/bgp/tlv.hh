// Lists of type, length and value, as several attributes hold them: read from the front, nothing is copied.
#pragma once

#include "base/bytes.hh"

namespace bgp {

enum class TlvShape : std::uint8_t {
  tunnel,      // RFC 9012 2: two bytes of type, two of length
  tunnel_sub,  // RFC 9012 2: one byte of type; two of length from type 128 on, else one
  prefix_sid   // RFC 8669 3: one byte of type, two of length
};

struct Tlv {
  std::uint16_t type = 0;
  base::Bytes value;
};

class TlvReader {
 public:
  TlvReader(base::Bytes list, TlvShape shape) noexcept : r_(list), shape_(shape) {}
  // False at the end, or where an item does not fit into the rest.
  bool next(Tlv& t) noexcept {
    if (r_.empty()) return false;
    t.type = shape_ == TlvShape::tunnel ? r_.u16() : r_.u8();
    const bool narrow = shape_ == TlvShape::tunnel_sub && t.type < 128;
    t.value = r_.bytes(narrow ? r_.u8() : r_.u16());
    return r_.ok();
  }
  bool ok() const noexcept { return r_.ok(); }

 private:
  base::Reader r_;
  TlvShape shape_;
};

// Appends the head of an item and leaves room for its length; close writes that when the value stands behind it. False
// if the value is longer than its length field can say.
class TlvWriter {
 public:
  TlvWriter(base::Buffer& out, TlvShape shape, std::uint16_t type) : out_(out) {
    base::Writer w(out);
    if (shape == TlvShape::tunnel)
      w.u16(type);
    else
      w.u8(static_cast<std::uint8_t>(type));
    narrow_ = shape == TlvShape::tunnel_sub && type < 128;
    at_ = narrow_ ? w.hole<std::uint8_t>() : w.hole<std::uint16_t>();
  }
  bool close() {
    const std::size_t length = out_.size() - at_ - (narrow_ ? 1 : 2);
    if (length > (narrow_ ? 0xffu : 0xffffu)) return false;
    base::Writer w(out_);
    if (narrow_)
      w.patch(at_, static_cast<std::uint8_t>(length));
    else
      w.patch(at_, static_cast<std::uint16_t>(length));
    return true;
  }

 private:
  base::Buffer& out_;
  std::size_t at_ = 0;
  bool narrow_ = false;
};

}  // namespace bgp
