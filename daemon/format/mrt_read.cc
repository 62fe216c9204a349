#include "format/mrt_read.hh"

#include "bgp/header.hh"
#include "bgp/report.hh"

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
// What stands behind so many bytes is a header, or the end of what there is.
bool leads_on(base::Bytes data, std::size_t size, std::uint32_t seconds) {
  if (data.size() < size) return false;
  const base::Bytes next = data.subspan(size);
  return next.size() < mrt_header_size ? next.empty() : mrt_header_plausible(read_mrt_header(next.data()), seconds);
}

const bgp::Context& context_of(bool as4, bool path_ids) { return contexts[(as4 ? 1 : 0) + (path_ids ? 2 : 0)]; }

}  // namespace

std::unexpected<base::Error> MrtDecoder::bad_record(std::string_view what, Sink& sink) {
  flush(sink);
  return base::fail("MRT record at offset " + std::to_string(offset_) + ": " + std::string(what));
}

base::Result<std::size_t> MrtDecoder::decode(base::Bytes data, Sink& sink) {
  std::size_t used = 0;
  const auto go = [&](std::size_t bytes) {
    used += bytes;
    offset_ += bytes;
  };
  while (data.size() - used >= mrt_header_size) {
    const base::Bytes left = data.subspan(used);
    if (gap_) {
      go(seek(left, false, sink));
      if (gap_) break;
      continue;
    }
    const MrtHeader h = read_mrt_header(left.data());
    const std::size_t size = mrt_header_size + std::size_t{h.length};
    std::string wrong;
    if (h.length > max_record)
      wrong = "length " + std::to_string(h.length) + " is over the limit of " + std::to_string(max_record) + " bytes";
    else if (pardon_ && !mrt_type_known(h.type))
      wrong = "type " + std::to_string(h.type) + " is not one of a record";
    else if (left.size() < size)
      break;
    else if (const Wrong found = record(h, left.subspan(mrt_header_size, h.length), sink); !found.empty())
      wrong = found;
    else {
      seconds_ = h.seconds;
      go(size);
      continue;
    }
    if (!pardon_) return bad_record(wrong, sink);
    // If its length leads to another record, this one alone is wrong.
    if (left.size() > size && leads_on(left, size, h.seconds)) {
      pardon(sink, offset_, size, wrong);
      go(size);
    } else {
      gap_ = Gap{offset_, std::move(wrong)};
      go(1);
    }
  }
  return used;
}

// Gives how many bytes lie before the next record, or, with the gap still open, before what may be one when more has
// come; `all`: nothing more comes.
std::size_t MrtDecoder::seek(base::Bytes data, bool all, Sink& sink) {
  std::size_t at = 0;
  for (; data.size() - at >= mrt_header_size; ++at) {
    const base::Bytes left = data.subspan(at);
    const MrtHeader h = read_mrt_header(left.data());
    if (!mrt_header_plausible(h, seconds_)) continue;
    const std::size_t size = mrt_header_size + std::size_t{h.length};
    if (left.size() < size + mrt_header_size && !all) return at;
    if (!leads_on(left, size, h.seconds)) continue;
    pardon(sink, gap_->offset, offset_ + at - gap_->offset, gap_->why);
    gap_.reset();
    return at;
  }
  return at;
}

base::Result<> MrtDecoder::finish(base::Bytes rest, Sink& sink) {
  if (!rest.empty() && !pardon_)
    return bad_record("the stream ends after " + std::to_string(rest.size()) + " bytes of it", sink);
  while (!rest.empty()) {
    std::size_t used = 1;
    if (!gap_)
      gap_ = Gap{offset_, "the stream ends after " + std::to_string(rest.size()) + " bytes of it"};
    else
      used = seek(rest, true, sink);
    rest = rest.subspan(used);
    offset_ += used;
    if (gap_ && rest.size() < mrt_header_size) break;
    if (gap_) continue;
    const auto whole = decode(rest, sink);
    if (!whole) return std::unexpected(whole.error());
    rest = rest.subspan(*whole);
  }
  if (gap_) pardon(sink, gap_->offset, offset_ + rest.size() - gap_->offset, gap_->why);
  gap_.reset();
  flush(sink);
  return {};
}

MrtDecoder::Wrong MrtDecoder::record(const MrtHeader& h, base::Bytes body, Sink& sink) {
  bgp::MessageView m;
  m.time = base::Nanos{h.seconds} * base::second;
  switch (static_cast<MrtType>(h.type)) {
    case MrtType::bgp4mp_et:
      if (body.size() < 4) return "too short for its microseconds";
      m.time += base::Nanos{base::load<std::uint32_t>(body.data())} * base::microsecond;
      m.record = bgp::Record::bgp4mp_et;
      return bgp4mp(h.subtype, body.subspan(4), m, sink);
    case MrtType::bgp4mp: m.record = bgp::Record::bgp4mp; return bgp4mp(h.subtype, body, m, sink);
    case MrtType::bgp: m.record = bgp::Record::bgp; return old_bgp(h.subtype, body, m, sink);
    case MrtType::table_dump: m.record = bgp::Record::table_dump; return table_dump(h.subtype, body, m, sink);
    case MrtType::table_dump_v2:
      m.record = bgp::Record::table_dump_v2;
      if (h.subtype == 1) return peer_index(body, sink);
      if (RibReader::reads(h.subtype)) return rib(h.subtype, body, m, sink);
      break;
  }
  ++skipped_;
  return {};
}

// Routes of a table that stand before it in the stream must not come out behind it.
void MrtDecoder::pass(const bgp::MessageView& m, Sink& sink) {
  if (!bundles_.empty()) bundles_.flush(sink);
  sink.message(m);
}

MrtDecoder::Wrong MrtDecoder::bgp4mp(std::uint16_t number, base::Bytes body, bgp::MessageView& m, Sink& sink) {
  const auto subtype = static_cast<MrtSubtype>(number);
  if (mrt_has_message(number)) {
    const auto message = read_mrt_message(body, subtype);
    if (!message) return message.error();
    m.wire = message->wire;
    m.type = static_cast<bgp::MsgType>(m.wire[bgp::header_size - 1]);
    m.context = &context_of(mrt_has_as4(subtype), mrt_has_path_ids(subtype));
    m.peer = peer_of(message->peer);
    m.local = mrt_is_local(subtype);
    pass(m, sink);
    return {};
  }
  if (subtype != MrtSubtype::state_change && subtype != MrtSubtype::state_change_as4 && subtype != MrtSubtype::entry) {
    ++skipped_;
    return {};
  }
  const auto peer = read_mrt_peer(body, subtype);
  if (!peer) return peer.error();
  m.peer = peer_of(*peer);
  const base::Bytes rest = body.subspan(peer->bytes.size());
  m.context = &context_of(peer->as4, false);
  if (subtype != MrtSubtype::entry) return state_change(rest, m, sink);
  const auto entry = read_mrt_entry(rest);
  if (!entry) return entry.error();
  m.record = bgp::Record::bgp4mp_entry;
  return route(*entry, peers_.kept(m.peer), m, sink);
}

MrtDecoder::Wrong MrtDecoder::state_change(base::Bytes data, bgp::MessageView& m, Sink& sink) {
  const auto change = bgp::parse_state_change(data);
  if (!change) return "a change of state needs 4 bytes";
  made_.clear();
  bgp::append_state_change(made_, *change);
  m.wire = made_.view();
  m.type = bgp::MsgType::report;
  pass(m, sink);
  return {};
}

// RFC 6396 B.2: peer and its address; messages have the local ones too, and no header of their own.
MrtDecoder::Wrong MrtDecoder::old_bgp(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink) {
  enum { update = 1, change = 3, open = 5, notification = 6, keepalive = 7 };
  constexpr std::size_t one = 6;
  const std::size_t head = subtype == change ? one : 2 * one;
  switch (subtype) {
    case update: m.type = bgp::MsgType::update; break;
    case open: m.type = bgp::MsgType::open; break;
    case notification: m.type = bgp::MsgType::notification; break;
    case keepalive: m.type = bgp::MsgType::keepalive; break;
    case change: break;
    default: ++skipped_; return {};
  }
  if (body.size() < head) return "too short for its peer";
  m.context = &context_of(false, false);
  m.peer = old_peers_.get(body.first(head), [&] {
    base::Reader in(body);
    bgp::PeerInfo p;
    p.peer_as = in.u16();
    p.peer_ip = base::Address::from(in.bytes(4));
    if (head == one) return p;
    p.local_as = in.u16();
    p.local_ip = base::Address::from(in.bytes(4));
    return p;
  });
  const base::Bytes rest = body.subspan(head);
  if (subtype == change) return state_change(rest, m, sink);
  if (rest.size() > bgp::max_extended_message - bgp::header_size) return "longer than a message can be";
  made_.clear();
  bgp::append_message(made_, m.type, rest);
  m.wire = made_.view();
  pass(m, sink);
  return {};
}

MrtDecoder::Wrong MrtDecoder::table_dump(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink) {
  if (subtype < 1 || subtype > 4) {
    ++skipped_;
    return {};
  }
  const auto old = read_table_dump(body, subtype);
  if (!old) return old.error();
  m.context = &context_of(old->as4, false);
  m.peer = table_peers_.get(old->peer, [&] { return old->info(); });
  return route(old->route, table_peers_.kept(m.peer), m, sink);
}

MrtDecoder::Wrong MrtDecoder::peer_index(base::Bytes body, Sink& sink) {
  flush(sink);
  has_index_ = false;
  auto peers = read_peer_index(body);
  if (!peers) return peers.error();
  index_ = std::move(*peers);
  has_index_ = true;
  return {};
}

MrtDecoder::Wrong MrtDecoder::rib(std::uint16_t subtype, base::Bytes body, bgp::MessageView& m, Sink& sink) {
  if (!has_index_) return "routes without a table of peers before them";
  auto in = RibReader::start(body, subtype);
  if (!in) return in.error();
  m.context = &context_of(true, in->path_ids());
  std::uint16_t peer = 0;
  for (TableRoute r; in->next(r, peer);) {
    Wrong wrong = "peer of an entry is not in the table of peers";
    if (peer < index_.size()) {
      m.peer = &index_[peer];
      wrong = route(r, true, m, sink);
    }
    if (wrong.empty()) continue;
    if (!pardon_) return wrong;
    pardon(sink, offset_, 0, wrong);
  }
  return in->ok() ? Wrong() : "entries do not fill the record";
}

MrtDecoder::Wrong MrtDecoder::route(const TableRoute& r, bool peer_stays, bgp::MessageView& m, Sink& sink) {
  m.type = bgp::MsgType::update;
  const bool bundle = bundle_ && peer_stays;
  if (bundle && r.family == bgp::ipv4_unicast && !r.next_hop && bundles_.add_alike(r, m, sink)) return {};
  if (const Wrong wrong = route_.start(r); !wrong.empty()) return wrong;
  if (route_.head().size() + RouteMessage::size(r) > bgp::max_extended_message)
    return "attributes of an entry are longer than a message can be";
  if (bundle) {
    bundles_.add(route_, r, m, sink);
    return {};
  }
  m.originated = r.originated;
  m.wire = route_.finish(r);
  sink.message(m);
  return {};
}

}  // namespace format
