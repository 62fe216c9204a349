#include "pipe/message.hh"

#include <algorithm>

namespace pipeline {

const bgp::UpdateIndex& Message::update() {
  if (!index_) {
    sound_ = index_.emplace().parse(view_.body()).has_value();
    view_.update = sound_ ? &*index_ : nullptr;
  }
  return *index_;
}

bool Message::update_sound() {
  update();
  return sound_;
}

bool Message::apply(const bgp::UpdateEdit& edit) {
  base::Buffer out;
  if (!edit.apply(update(), out)) return false;
  replace(std::move(out));
  return true;
}

void Message::replace(base::Buffer wire) {
  edited_ = std::move(wire);
  view_.wire = edited_.view();
  index_.reset();
  view_.update = nullptr;
}

void Message::set_tag(std::string_view key, std::string_view value) {
  if (own_tags_.empty()) own_tags_.assign(view_.tags.begin(), view_.tags.end());
  const auto at = std::ranges::find(own_tags_, key, &bgp::Tag::key);
  if (at != own_tags_.end())
    at->value = value;
  else
    own_tags_.push_back({std::string(key), std::string(value)});
  view_.tags = own_tags_;
}

Parked::Parked(const bgp::MessageView& v)
    : wire(v.wire),
      direction(v.direction),
      seq(v.seq),
      time(v.time),
      context(*v.context),
      families(context.add_path.list().size() + context.extended_next_hop.list().size()),
      peer(v.peer ? std::optional(*v.peer) : std::nullopt),
      record(v.record),
      local(v.local),
      originated(v.originated),
      tags(v.tags.begin(), v.tags.end()) {}

bgp::MessageView Parked::view() const noexcept {
  return {.direction = direction,
          .seq = seq,
          .time = time,
          .type = static_cast<bgp::MsgType>(wire.data()[18]),
          .wire = wire.view(),
          .context = &context,
          .peer = peer ? &*peer : nullptr,
          .tags = tags,
          .record = record,
          .local = local,
          .originated = originated};
}

}  // namespace pipeline
