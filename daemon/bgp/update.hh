// UPDATE (RFC 4271 4.3) as an index over its bytes: where the withdrawn routes, each attribute and the NLRI lie.
// Nothing is decoded or copied; the bytes belong to the caller and must outlive the index.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"
#include "bgp/error.hh"

namespace bgp {

struct AttrRef {
  AttrCode code{};
  std::uint8_t flags = 0;
  std::uint16_t offset = 0;  // of the value, in the message body
  std::uint16_t length = 0;  // of the value
};

class UpdateIndex {
 public:
  // The body is what follows the header, at most 65516 bytes. Duplicate attributes: the first one is found by find();
  // all are in attrs(). An error says the withdrawn routes or the attribute list run past their bounds; in that case
  // what could be found stays readable: withdrawn() when its own length was sound, and nlri_found() tells whether
  // nlri() can be trusted.
  Result<> parse(base::Bytes body) {
    index(body);
    return error_ ? Result<>(std::unexpected(*error_)) : Result<>();
  }

  // What the last parse found wrong, or null.
  const Error* error() const noexcept { return error_ ? &*error_ : nullptr; }

  base::Bytes body() const noexcept { return body_; }
  base::Bytes withdrawn() const noexcept { return withdrawn_; }
  base::Bytes attributes() const noexcept { return attributes_; }
  base::Bytes nlri() const noexcept { return nlri_; }
  bool nlri_found() const noexcept { return nlri_found_; }

  std::span<const AttrRef> attrs() const noexcept {
    return {count_ <= inline_size ? inline_.data() : more_.data(), count_};
  }
  bool has(AttrCode code) const noexcept {
    const auto c = static_cast<std::uint8_t>(code);
    return (present_[c >> 6] >> (c & 63) & 1) != 0;
  }
  const AttrRef* find(AttrCode code) const noexcept;
  base::Bytes value(const AttrRef& a) const noexcept { return body_.subspan(a.offset, a.length); }
  // The value of the first attribute with this code, or nothing.
  std::optional<base::Bytes> value(AttrCode code) const noexcept;

  // RFC 4724 2: an UPDATE of 23 bytes without anything (IPv4 unicast), or only an empty MP_UNREACH_NLRI.
  std::optional<Family> end_of_rib() const noexcept;

 private:
  static constexpr std::size_t inline_size = 24;
  // Results of these would cost a wait for memory each, in every message.
  void index(base::Bytes body);
  void index_attributes();
  void fail(Severity severity, std::size_t offset, std::uint8_t attribute = 0);
  void keep(const AttrRef& a);
  base::Bytes body_, withdrawn_, attributes_, nlri_;
  bool nlri_found_ = false;
  std::size_t count_ = 0;
  std::array<std::uint64_t, 4> present_{};
  std::array<AttrRef, inline_size> inline_;
  std::optional<Error> error_;
  std::vector<AttrRef> more_;  // all of them, when there are more than fit
};

}  // namespace bgp
