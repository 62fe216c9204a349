#include "format/mrt_bundle.hh"

#include <algorithm>
#include <bit>
#include <cstring>

#include "bgp/header.hh"

namespace format {

namespace {

constexpr std::size_t cost = 128;  // of a bundle beside its bytes, about
// The lengths before it are set when a message is sent.
constexpr std::size_t attributes_at = bgp::header_size + 4;

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
  append(find(head, m), r, sink);
}

bool RouteBundles::add_alike(const TableRoute& r, const bgp::MessageView& m, Sink& sink) {
  const std::uint32_t at = latest(m.peer);
  if (at == 0) return false;
  Bundle& b = bundles_[at - 1];
  // A head without MP_REACH_NLRI can only equal attributes without it.
  const bool alike = b.peer == m.peer && b.mp_size == 0 && b.head == attributes_at + r.attributes.size() &&
                     b.context == m.context &&
                     base::equal(b.message.view().subspan(attributes_at, r.attributes.size()), r.attributes);
  if (alike) append(b, r, sink);
  return alike;
}

void RouteBundles::append(Bundle& b, const TableRoute& r, Sink& sink) {
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

bool RouteBundles::fits(const Bundle& b, const RouteMessage& head, const bgp::MessageView& m) noexcept {
  const base::Bytes key = head.head();
  return b.peer == m.peer && b.head == key.size() && b.context == m.context && b.mp_size == head.mp_size() &&
         std::memcmp(b.message.data() + attributes_at, key.data() + attributes_at, key.size() - attributes_at) == 0;
}

RouteBundles::Bundle& RouteBundles::find(const RouteMessage& head, const bgp::MessageView& m) {
  std::uint32_t& last = latest(m.peer);
  if (last != 0 && fits(bundles_[last - 1], head, m)) return bundles_[last - 1];
  if (count_ * 2 >= slots_.size()) grow();
  const std::uint64_t hash = hash_of(head.head().subspan(attributes_at), m.peer);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    Bundle& b = bundles_[slots_[at] - 1];
    if (b.hash != hash || !fits(b, head, m)) continue;
    last = slots_[at];
    return b;
  }
  Bundle& b = make(head, m, hash);
  last = slots_[at] = static_cast<std::uint32_t>(count_);
  return b;
}

RouteBundles::Bundle& RouteBundles::make(const RouteMessage& head, const bgp::MessageView& m, std::uint64_t hash) {
  if (count_ == bundles_.size()) bundles_.emplace_back();
  Bundle& b = bundles_[count_++];
  const base::Bytes key = head.head();
  b.message.clear();
  b.message.reserve(key.size() + 64);
  b.message.append(key);
  b.head = key.size();
  b.mp_size = head.mp_size();
  b.hash = hash;
  b.peer = m.peer;
  b.context = m.context;
  b.time = m.time;
  b.record = m.record;
  bytes_ += key.size() + cost;
  return b;
}

void RouteBundles::grow() {
  slots_.assign(std::bit_ceil(std::max<std::size_t>(1024, count_ * 4)), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < count_; ++i) {
    std::size_t at = bundles_[i].hash & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

void RouteBundles::send(Bundle& b, Sink& sink) {
  RouteMessage::set_lengths(b.message, b.head, b.mp_size);
  bgp::MessageView m;
  m.time = b.time;
  m.type = bgp::MsgType::update;
  m.wire = b.message.view();
  m.context = b.context;
  m.peer = b.peer;
  m.record = b.record;
  sink.message(m);
  b.message.truncate(b.head);
  // What comes next is compared with it as if nothing had been sent.
  if (b.mp_size != 0) base::store<std::uint16_t>(b.message.data() + b.head - b.mp_size + 2, 0);
}

void RouteBundles::flush(Sink& sink) {
  for (std::size_t i = 0; i < count_; ++i) {
    Bundle& b = bundles_[i];
    if (b.message.size() != b.head) send(b, sink);
    // Ordinary messages are what is worth keeping memory for.
    if (b.message.capacity() > 2 * bgp::max_message) b.message = base::Buffer();
  }
  count_ = 0;
  bytes_ = 0;
  std::ranges::fill(slots_, 0u);
  latest_.fill(0);
}

}  // namespace format
