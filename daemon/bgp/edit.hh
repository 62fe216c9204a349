// Makes UPDATEs: out of parts, and by overlay edits, where what changes stands beside the original bytes and everything
// else is copied as it is.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hh"
#include "bgp/update.hh"

namespace bgp {

// Appends one attribute, its length in two bytes when it needs them or the flags say so. The value is at most 65535
// bytes.
void append_attribute(base::Buffer& out, AttrCode code, std::uint8_t flags, base::Bytes value);

// Appends the body of an UPDATE out of its three parts (RFC 4271 4.3). False, and nothing is appended, if the first or
// the second is longer than 65535 bytes.
bool append_update_body(base::Buffer& out, base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri);
// The same, header included; false also if the message would be longer than 65535 bytes.
bool append_update(base::Buffer& out, base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri);
// One that withdraws these routes with MP_UNREACH_NLRI alone (RFC 4760 4); without routes it is the family's End-of-RIB
// (RFC 4724 2).
bool append_unreach(base::Buffer& out, Family family, base::Bytes routes);

class UpdateEdit {
 public:
  bool empty() const noexcept { return !withdrawn_ && !nlri_ && changes_.empty() && !drop_all_; }
  void set_withdrawn(base::Buffer list) { withdrawn_ = std::move(list); }
  void set_nlri(base::Buffer list) { nlri_ = std::move(list); }
  // Replaces the attribute where it first stands, or adds it behind the last one with a smaller code. Duplicates of it
  // go. A second edit of the same code replaces the first one.
  void set_attribute(AttrCode code, std::uint8_t flags, base::Buffer value);
  void remove_attribute(AttrCode code);
  // Forgets earlier edits of attributes; later set_attribute calls start from nothing.
  void remove_all_attributes();

  // Appends a whole message with the edits done, header included. The Extended Length bit of an edited attribute is set
  // when needed. False if it would be longer than 65535 bytes, or if the original's NLRI could not be found and there
  // are edits; then nothing is appended.
  bool apply(const UpdateIndex& original, base::Buffer& out) const;

 private:
  struct Change {
    AttrCode code{};
    std::uint8_t flags = 0;
    bool removed = false;
    base::Buffer value;
  };
  struct Added {
    std::size_t place;  // before the original attribute with this index
    const Change* change;
  };
  const Change* change(AttrCode code) const noexcept;
  void remove_change(AttrCode code);
  void put_attributes(const UpdateIndex& original, base::Buffer& out) const;

  std::optional<base::Buffer> withdrawn_, nlri_;
  std::vector<Change> changes_;
  bool drop_all_ = false;
};

}  // namespace bgp
