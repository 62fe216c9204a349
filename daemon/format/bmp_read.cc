#include "format/bmp_read.hh"

#include "bgp/as_path.hh"
#include "bgp/header.hh"
#include "bgp/open.hh"
#include "bgp/report.hh"

namespace format {

namespace {

std::unexpected<base::Error> bad_message(std::uint64_t offset, std::string_view what) {
  return base::fail("BMP message at offset " + std::to_string(offset) + ": " + std::string(what));
}

constexpr std::optional<bgp::ReportKind> report_kind(BmpType t) noexcept {
  switch (t) {
    case BmpType::statistics: return bgp::ReportKind::statistics;
    case BmpType::peer_down: return bgp::ReportKind::peer_down;
    case BmpType::peer_up: return bgp::ReportKind::peer_up;
    case BmpType::initiation: return bgp::ReportKind::initiation;
    case BmpType::termination: return bgp::ReportKind::termination;
    case BmpType::route_mirroring: return bgp::ReportKind::mirroring;
    case BmpType::route_monitoring: break;
  }
  return std::nullopt;
}

// Routers are known to write 2-byte AS numbers under flags that say 4, so the flags count while the path fits them.
bool as_width(const bgp::UpdateIndex& u, bool flagged) noexcept {
  const auto path = u.value(bgp::AttrCode::as_path);
  if (!path || bgp::as_path_valid(*path, flagged) || !bgp::as_path_valid(*path, !flagged)) return flagged;
  return !flagged;
}

}  // namespace

struct BmpReader::Call {
  std::string_view scope;
  std::span<const bgp::Tag> tags;
  Sink& sink;
};

std::string_view BmpReader::read(base::Bytes message, std::string_view scope, std::span<const bgp::Tag> tags,
                                 Sink& sink, base::Nanos time) {
  const BmpHeader h = read_bmp_header(message.data());
  if (!bmp_type_known(h.type)) {
    ++skipped_;
    return {};
  }
  Call call{scope, tags, sink};
  base::Bytes body = message.subspan(bmp_header_size);
  bgp::MessageView m;
  context_ = {};
  m.type = bgp::MsgType::report;
  m.context = &context_;
  m.tags = tags;
  m.record = bgp::Record::bmp;
  m.time = time;
  if (bmp_has_peer(h.type)) {
    const BmpPeerHeader peer(body.data());
    body = body.subspan(bmp_peer_header_size);
    if (h.type == BmpType::route_monitoring)
      return h.version == 4 ? tlv_monitoring(body, peer, call) : route_monitoring(body, peer, call);
    if (h.type == BmpType::peer_up) {
      const auto up = parse_bmp_peer_up(body);
      if (!up) return "Peer Up without its two OPENs";
      peers_.up(scope, peer, *up);
    }
    m.peer = peers_.find(scope, peer).info;
    m.time = peer.time();
  }
  if (body.size() > bgp::max_extended_message - bgp::header_size - 1) return "longer than a report can be";
  report_.clear();
  bgp::append_report(report_, *report_kind(h.type), body);
  m.wire = report_.view();
  sink.message(m);
  return {};
}

std::string_view BmpReader::route_monitoring(base::Bytes body, const BmpPeerHeader& h, Call& call) {
  return deliver(body, peers_.find(call.scope, h).context, h, call);
}

// RFC 7854 4.6 has one message. More than one behind each other have been seen, and TLVs without an index behind it, as
// an early draft of version 4 had them.
std::string_view BmpReader::deliver(base::Bytes messages, const bgp::Context& context, const BmpPeerHeader& h,
                                    Call& call) {
  base::Bytes tail = messages;
  while (const auto wire = bgp_message_at(tail)) tail = tail.subspan(wire->size());
  if (tail.size() == messages.size()) return "Route Monitoring without a message";
  if (!bmp_tlvs_sound(tail)) return "what Route Monitoring holds is not a message";
  messages = messages.first(messages.size() - tail.size());
  bgp::MessageView m;
  m.time = h.time();
  m.peer = peers_.find(call.scope, h).info;
  m.local = h.has(bmp_flag::adj_rib_out);
  m.tags = call.tags;
  m.record = bgp::Record::bmp;
  m.context = &context_;
  while (!messages.empty()) {
    m.wire = *bgp_message_at(messages);
    messages = messages.subspan(m.wire.size());
    m.type = static_cast<bgp::MsgType>(m.wire[bgp::header_size - 1]);
    m.update = nullptr;
    context_ = context;
    if (m.type == bgp::MsgType::update && index_.parse(m.body())) {
      m.update = &index_;
      context_.as4 = as_width(index_, context.as4);
    }
    if (messages.empty() && !tail.empty()) {
      tags_.assign(call.tags.begin(), call.tags.end());
      tags_.push_back({std::string(bmp_tlvs_tag), "0x" + base::to_hex(tail)});
      m.tags = tags_;
    }
    call.sink.message(m);
  }
  return {};
}

// draft-ietf-grow-bmp-tlv 4.2: TLVs of type, length, index, value. A capability of the stateless parsing TLV (1) counts
// in place of the Peer Up's; the message stands in a TLV of type 4.
std::string_view BmpReader::tlv_monitoring(base::Bytes body, const BmpPeerHeader& h, Call& call) {
  constexpr std::uint16_t stateless = 1, bgp_message = 4;
  bgp::Context context = peers_.find(call.scope, h).context;
  base::Bytes message;
  base::Reader r(body);
  while (!r.empty()) {
    const std::uint16_t type = r.u16(), length = r.u16();
    r.skip(2);
    const base::Bytes value = r.bytes(length);
    if (!r.ok()) return "a TLV runs past the end";
    if (type == bgp_message && message.empty()) message = value;
    if (type != stateless || value.size() < 2 || value.size() - 2 != value[1]) continue;
    if (static_cast<bgp::CapCode>(value[0]) != bgp::CapCode::add_path) continue;
    for (base::Reader entries(value.subspan(2)); entries.left() >= 4;) {
      const auto afi = static_cast<bgp::Afi>(entries.u16());
      const auto safi = static_cast<bgp::Safi>(entries.u8());
      if ((entries.u8() & 2) != 0) context.add_path.add({afi, safi});
    }
  }
  return deliver(message, context, h, call);
}

base::Result<std::size_t> BmpDecoder::decode(base::Bytes data, Sink& sink) {
  std::size_t used = 0;
  while (data.size() - used >= bmp_header_size) {
    const base::Bytes left = data.subspan(used);
    const BmpHeader h = read_bmp_header(left.data());
    std::string_view wrong = bmp_header_fault(h);
    // A length that can be trusted leads to the next message.
    const bool framed = (h.version == 3 || h.version == 4) && h.length >= bmp_header_size && h.length <= max_record;
    if (!wrong.empty() && !framed) return bad_message(offset_, wrong);
    if (wrong.empty() && left.size() < h.length) break;
    if (!wrong.empty() && pardon_ && left.size() < h.length) break;
    if (wrong.empty()) wrong = reader_.read(left.first(h.length), {}, {}, sink);
    if (!wrong.empty()) {
      if (!pardon_) return bad_message(offset_, wrong);
      pardon(sink, offset_, h.length, wrong);
    }
    used += h.length;
    offset_ += h.length;
  }
  return used;
}

base::Result<> BmpDecoder::finish(base::Bytes rest, Sink& sink) {
  if (rest.empty()) return {};
  const std::string wrong = "the stream ends after " + std::to_string(rest.size()) + " bytes of it";
  if (!pardon_) return bad_message(offset_, wrong);
  pardon(sink, offset_, rest.size(), wrong);
  return {};
}

}  // namespace format
