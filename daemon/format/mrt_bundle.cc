#include "format/mrt_bundle.hh"

#include <algorithm>
#include <bit>
#include <cstring>

#include "bgp/header.hh"

namespace format {

namespace {

constexpr std::size_t cost = 192;  // of a bundle beside its bytes, about

std::uint64_t mix(std::uint64_t h, std::uint64_t v) noexcept {
  h = (h ^ v) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}

std::uint64_t hash_of(base::Bytes b, const bgp::PeerInfo* peer) noexcept {
  std::uint64_t h = mix(b.size(), reinterpret_cast<std::uintptr_t>(peer));
  std::uint64_t v = 0;
  for (; b.size() >= sizeof v; b = b.subspan(sizeof v)) {
    std::memcpy(&v, b.data(), sizeof v);
    h = mix(h, v);
  }
  v = 0;
  if (!b.empty()) std::memcpy(&v, b.data(), b.size());
  h = mix(h, v);
  return h ^ h >> 32;
}

}  // namespace

void RouteBundles::add(const RouteMessage& head, const TableRoute& r, const bgp::MessageView& m, Sink& sink) {
  Bundle& b = find(head, m);
  const std::size_t more = RouteMessage::size(r);
  // RFC 4271 4.1, unless one route alone needs more.
  if (b.message.size() != b.head && b.message.size() + more > bgp::max_message) {
    bytes_ -= b.message.size() - b.head;
    send(b, sink);
  }
  RouteMessage::append(b.message, r);
  bytes_ += more;
  if (bytes_ > most_bytes) flush(sink);
}

RouteBundles::Bundle& RouteBundles::find(const RouteMessage& head, const bgp::MessageView& m) {
  if (bundles_.size() * 2 >= slots_.size()) grow();
  const base::Bytes key = head.head();
  const std::uint64_t hash = hash_of(key, m.peer);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    Bundle& b = bundles_[slots_[at] - 1];
    // The lengths in what was sent already are set.
    constexpr std::size_t lengths_end = bgp::header_size + 4;
    if (b.hash == hash && b.view.peer == m.peer && b.view.context == m.context && b.head == key.size() &&
        b.mp_size == head.mp_size() &&
        std::memcmp(b.message.data() + lengths_end, key.data() + lengths_end, key.size() - lengths_end) == 0)
      return b;
  }
  bundles_.push_back(
      {.message = base::Buffer(key), .head = key.size(), .mp_size = head.mp_size(), .hash = hash, .view = m});
  bundles_.back().view.originated = 0;
  bytes_ += key.size() + cost;
  slots_[at] = static_cast<std::uint32_t>(bundles_.size());
  return bundles_.back();
}

void RouteBundles::grow() {
  slots_.assign(std::bit_ceil(std::max<std::size_t>(1024, bundles_.size() * 4)), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < bundles_.size(); ++i) {
    std::size_t at = bundles_[i].hash & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

void RouteBundles::send(Bundle& b, Sink& sink) {
  RouteMessage::set_lengths(b.message, b.head, b.mp_size);
  b.view.wire = b.message.view();
  sink.message(b.view);
  b.message.truncate(b.head);
  // The next one is as if it were the first.
  if (b.mp_size != 0) base::store<std::uint16_t>(b.message.data() + b.head - b.mp_size + 2, 0);
}

void RouteBundles::flush(Sink& sink) {
  for (Bundle& b : bundles_)
    if (b.message.size() != b.head) send(b, sink);
  bundles_.clear();
  slots_.assign(slots_.size(), 0);
  bytes_ = 0;
}

}  // namespace format
