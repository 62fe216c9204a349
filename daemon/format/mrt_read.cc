#include "format/mrt_read.hh"

#include "bgp/header.hh"

namespace format {

namespace {

// RFC 8050 3: in the ADD-PATH subtypes the NLRI of every family carry a path id.
bgp::Context make_context(bool as4, bool path_ids) {
  bgp::Context c;
  c.as4 = as4;
  if (path_ids) c.add_path = bgp::FamilySet::all();
  return c;
}
const bgp::Context contexts[] = {make_context(false, false), make_context(true, false), make_context(false, true),
                                 make_context(true, true)};
const bgp::Context& context_of(MrtSubtype s) {
  return contexts[(mrt_has_as4(s) ? 1 : 0) + (mrt_has_path_ids(s) ? 2 : 0)];
}

std::unexpected<base::Error> bad_record(std::uint64_t offset, std::string_view what) {
  return base::fail("MRT record at offset " + std::to_string(offset) + ": " + std::string(what));
}

}  // namespace

base::Result<std::size_t> MrtDecoder::decode(base::Bytes data, Sink& sink) {
  std::size_t used = 0;
  while (data.size() - used >= mrt_header_size) {
    const MrtHeader h = read_mrt_header(data.data() + used);
    // Nothing tells where the next record starts, so this cannot be pardoned.
    if (h.length > max_record)
      return bad_record(offset_, "length " + std::to_string(h.length) + " is over the limit of " +
                                     std::to_string(max_record) + " bytes");
    const std::size_t size = mrt_header_size + h.length;
    if (data.size() - used < size) break;
    const std::string_view wrong = record(h, data.subspan(used + mrt_header_size, h.length), sink);
    if (!wrong.empty()) {
      if (!pardon_) return bad_record(offset_, wrong);
      ++pardoned_;
    }
    used += size;
    offset_ += size;
  }
  return used;
}

base::Result<> MrtDecoder::finish(base::Bytes rest, Sink&) {
  if (rest.empty()) return {};
  if (pardon_) {
    ++pardoned_;
    return {};
  }
  return bad_record(offset_, "the stream ends after " + std::to_string(rest.size()) + " bytes of it");
}

std::string_view MrtDecoder::record(const MrtHeader& h, base::Bytes body, Sink& sink) {
  const bool et = h.type == static_cast<std::uint16_t>(MrtType::bgp4mp_et);
  if ((!et && h.type != static_cast<std::uint16_t>(MrtType::bgp4mp)) || !mrt_has_message(h.subtype)) {
    ++skipped_;
    return {};
  }
  bgp::MessageView m;
  m.time = base::Nanos{h.seconds} * base::second;
  if (et) {
    if (body.size() < 4) return "too short for its microseconds";
    m.time += base::Nanos{base::load<std::uint32_t>(body.data())} * base::microsecond;
    body = body.subspan(4);
  }
  const auto subtype = static_cast<MrtSubtype>(h.subtype);
  const auto message = read_mrt_message(body, subtype);
  if (!message) return message.error();
  m.wire = message->wire;
  m.type = static_cast<bgp::MsgType>(m.wire[bgp::header_size - 1]);
  m.context = &context_of(subtype);
  m.peer = intern(message->peer);
  sink.message(m);
  return {};
}

const bgp::PeerInfo* MrtDecoder::intern(const MrtPeerHead& head) {
  // The width of AS numbers follows from the length and the place of the address family, so the bytes are key enough
  // with it.
  const std::string_view bytes = base::as_text(head.bytes);
  if (last_ && bytes == last_key_) return last_;
  if (const auto found = by_bytes_.find(bytes); found != by_bytes_.end()) {
    last_key_ = found->first;
    return last_ = found->second;
  }
  if (peers_.size() == max_peers) {
    spare_ = head.info();
    return &spare_;
  }
  const bgp::PeerInfo& peer = peers_.emplace_back(head.info());
  last_key_ = keys_.emplace_back(bytes);
  by_bytes_.emplace(last_key_, &peer);
  return last_ = &peer;
}

}  // namespace format
