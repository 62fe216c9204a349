// Path attributes of ExaBGP's API text, from words to wire form.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"
#include "format/exa_words.hh"

namespace format {

class ExaAttributes {
 public:
  void clear() noexcept { attributes_.clear(); }
  bool has(bgp::AttrCode) const noexcept;
  // Replaces it if it stands already.
  void set(bgp::AttrCode, std::uint8_t flags, base::Buffer value);
  void set(bgp::AttrCode code, base::Buffer value) { set(code, bgp::default_flags(code), std::move(value)); }
  // In the order of their codes.
  void append(base::Buffer& out) const;

  // Reads the value of the attribute with this name. known is false for a name that is none; the answer is false for a
  // value that is none.
  bool read(std::string_view name, ExaWords& words, bool& known);

 private:
  struct Attribute {
    bgp::AttrCode code;
    std::uint8_t flags;
    base::Buffer value;
  };
  std::vector<Attribute> attributes_;
};

// "65000:1", "192.0.2.1:1", "70000:1", also "70000L:1" (RFC 4364 4.2).
bool parse_exa_rd(std::string_view, std::uint64_t&) noexcept;
// "target:65000:1", "0x0002fde800000001", appended as 8 bytes.
bool append_exa_ext_community(base::Buffer& out, std::string_view);
// "65000" or "1.10" (RFC 5396).
bool parse_exa_asn(std::string_view, std::uint32_t&) noexcept;

}  // namespace format
