// AS_PATH (RFC 4271 4.3, RFC 5065 3, RFC 6793): a view on segments, without copies.
#pragma once

#include <optional>

#include "base/bytes.hh"
#include "bgp/attrs.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/update.hh"

namespace bgp {

enum class SegmentType : std::uint8_t { set = 1, sequence = 2, confed_sequence = 3, confed_set = 4 };

struct Segment {
  SegmentType type{};
  std::uint8_t count = 0;
  const std::uint8_t* asns{};
  std::uint8_t width = 4;
  Asn operator[](std::size_t i) const noexcept {
    return width == 4 ? base::load<std::uint32_t>(asns + 4 * i) : base::load<std::uint16_t>(asns + 2 * i);
  }
};

class SegmentReader {
 public:
  SegmentReader(base::Bytes value, bool as4) noexcept : left_(value), width_(as4 ? 4 : 2) {}
  // False at the end or at a malformed segment: overrun, unknown type, or no AS in it (RFC 7606 7.2).
  bool next(Segment& s) noexcept {
    if (left_.empty()) return false;
    if (left_.size() < 2) return ok_ = false;
    const std::uint8_t type = left_[0], count = left_[1];
    const std::size_t bytes = std::size_t{count} * width_;
    if (type < 1 || type > 4 || count == 0 || left_.size() - 2 < bytes) {
      left_ = {};
      return ok_ = false;
    }
    s = {static_cast<SegmentType>(type), count, left_.data() + 2, width_};
    left_ = left_.subspan(2 + bytes);
    return true;
  }
  bool ok() const noexcept { return ok_; }

 private:
  base::Bytes left_;
  std::uint8_t width_;
  bool ok_ = true;
};

bool as_path_valid(base::Bytes value, bool as4) noexcept;
// RFC 6811 2: the last AS of a final AS_SEQUENCE; nothing if the path is empty, malformed, or ends in a set or
// confederation.
std::optional<Asn> origin_as(base::Bytes value, bool as4) noexcept;
// The origin of an UPDATE: AS4_PATH counts when the context is 2-byte and AS_PATH is not shorter than it (RFC
// 6793 4.2.3).
std::optional<Asn> origin_as(const UpdateIndex&, const Context&) noexcept;

// AS4_PATH of an UPDATE in a 2-byte context, if it may be merged into AS_PATH (RFC 6793 4.2.3).
std::optional<base::Bytes> usable_as4_path(const UpdateIndex&) noexcept;

// The AS path that an UPDATE means, with 4-byte numbers, whatever its context: AS_PATH as it stands, or put together in
// `room` with AS4_PATH (RFC 6793 4.2.3). Nothing without a well-formed AS_PATH.
std::optional<base::Bytes> effective_as_path(const UpdateIndex&, const Context&, base::Buffer& room);
// The same for AGGREGATOR: AS4_AGGREGATOR where a 2-byte one says AS_TRANS.
std::optional<Aggregator> effective_aggregator(const UpdateIndex&, const Context&);

// 2-byte to 4-byte, merging as4_path when given (RFC 6793 4.2.3); appends an AS_PATH value with 4-byte numbers.
void widen_as_path(base::Buffer& out, base::Bytes as_path2, std::optional<base::Bytes> as4_path);
// 4-byte to 2-byte with AS_TRANS; true if an AS4_PATH is needed (RFC 6793 4.2.2). as4_path_value makes its value.
bool narrow_as_path(base::Buffer& out, base::Bytes as_path4);
void as4_path_value(base::Buffer& out, base::Bytes as_path4);

}  // namespace bgp
