// A BGP message on its way through a line. Run to completion: it borrows its bytes from the buffer they were read into;
// whoever keeps it beyond the run parks it, which is the only copy ever made of an unedited message.
#pragma once

#include <optional>
#include <vector>

#include "bgp/edit.hh"
#include "bgp/message.hh"
#include "bgp/update.hh"

namespace pipeline {

class Message {
 public:
  explicit Message(const bgp::MessageView& view) : view_(view) { view_.update = nullptr; }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  bgp::MsgType type() const noexcept { return view_.type; }
  bgp::Direction direction() const noexcept { return view_.direction; }
  std::uint64_t seq() const noexcept { return view_.seq; }
  base::Nanos time() const noexcept { return view_.time; }
  base::Bytes wire() const noexcept { return view_.wire; }
  const bgp::Context& context() const noexcept { return *view_.context; }
  const bgp::PeerInfo* peer() const noexcept { return view_.peer; }
  std::span<const bgp::Tag> tags() const noexcept { return view_.tags; }
  // The bytes live in the buffer of the current read until its run ends: they may be written from there.
  bool in_read_buffer() const noexcept { return edited_.empty() && stable_; }
  void set_in_read_buffer() noexcept { stable_ = true; }

  // The index of an UPDATE, made at first need. Look at update_sound() before trusting more than withdrawn() and
  // nlri().
  const bgp::UpdateIndex& update();
  bool update_sound();
  // Nothing is wrong with it by RFC 7606, or not any more.
  bool known_sound() const noexcept { return judged_sound_; }
  void set_sound() noexcept { judged_sound_ = true; }
  // For formats: the view with the index in it, when one was made and is sound.
  const bgp::MessageView& view() const noexcept { return view_; }

  // Replaces the message by its edited form; false if that would be longer than a BGP message can be (nothing changes).
  bool apply(const bgp::UpdateEdit& edit);
  // Another message of the same type takes its place, header included.
  void replace(base::Buffer wire);
  void set_tag(std::string_view key, std::string_view value);

 private:
  friend class Line;
  bgp::MessageView view_;
  bool sound_ = false, stable_ = false, judged_sound_ = false;
  std::optional<bgp::UpdateIndex> index_;  // nothing: not needed yet, as of most messages
  base::Buffer edited_;
  std::vector<bgp::Tag> own_tags_;
};

// A message that outlives its run, in its own allocation.
struct Parked {
  explicit Parked(const bgp::MessageView& v);
  Parked(Parked&&) = default;
  Parked& operator=(Parked&&) = default;

  bgp::MessageView view() const noexcept;
  std::size_t cost() const noexcept { return wire.size() + families * sizeof(bgp::Family) + sizeof *this; }

  base::Buffer wire;
  bgp::Direction direction{};
  std::uint64_t seq = 0;
  base::Nanos time = 0;
  bgp::Context context;
  std::size_t families = 0;  // named in its context
  std::optional<bgp::PeerInfo> peer;
  bgp::Record record{};
  bool local = false;
  base::Nanos originated = 0;
  std::vector<bgp::Tag> tags;
};

}  // namespace pipeline
