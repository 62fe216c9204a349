// Overlay edits of an UPDATE: what changes stands beside the original bytes; everything else is copied as it is.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hh"
#include "bgp/update.hh"

namespace bgp {

class UpdateEdit {
 public:
  bool empty() const noexcept { return !withdrawn_ && !nlri_ && changes_.empty(); }
  void set_withdrawn(base::Buffer list) { withdrawn_ = std::move(list); }
  void set_nlri(base::Buffer list) { nlri_ = std::move(list); }
  // Replaces the attribute where it stands, or adds it in the order of codes.
  void set_attribute(AttrCode code, std::uint8_t flags, base::Buffer value);
  void remove_attribute(AttrCode code);
  void remove_all_attributes();

  // Appends a whole message with the edits done, header included. The Extended Length bit of an edited attribute is set
  // when needed. False if it would be longer than 65535 bytes; then nothing is appended.
  bool apply(const UpdateIndex& original, base::Buffer& out) const;

 private:
  struct Change {
    AttrCode code{};
    std::uint8_t flags = 0;
    std::optional<base::Buffer> value;  // nothing: removed
  };
  std::optional<base::Buffer> withdrawn_, nlri_;
  std::vector<Change> changes_;
  bool drop_all_ = false;
};

}  // namespace bgp
