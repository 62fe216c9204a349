#include "format/raw.hh"

#include <algorithm>

#include "bgp/header.hh"

namespace format {

namespace {

std::unexpected<base::Error> bad_message(std::uint64_t offset, const std::string& what) {
  return base::fail("BGP message at offset " + std::to_string(offset) + ": " + what);
}

std::string text(const bgp::Frame& f) {
  if (f.status == bgp::FrameStatus::bad_marker) return "no marker";
  if (f.status == bgp::FrameStatus::ok) return "type 0 is not one of a message";
  return "length " + std::to_string(f.length) + " is not one of a message";
}

// How many bytes to pass over until a marker may start; at least one.
std::size_t to_next_marker(base::Bytes data) {
  const auto next = std::ranges::find(data.subspan(1), std::uint8_t{0xff});
  return static_cast<std::size_t>(next - data.begin());
}

}  // namespace

base::Result<std::size_t> RawDecoder::decode(base::Bytes data, Sink& sink) {
  std::size_t used = 0;
  while (used != data.size()) {
    const base::Bytes left = data.subspan(used);
    const bgp::Frame f = bgp::frame(left.data(), left.size(), bgp::max_extended_message);
    if (f.status == bgp::FrameStatus::need_more) break;
    std::size_t step = f.length;
    if (f.status == bgp::FrameStatus::ok && f.type != bgp::MsgType::report) {
      found(offset_, sink);
      bgp::MessageView m;
      m.wire = left.first(f.length);
      m.type = f.type;
      m.context = &context_.of(m.type, m.body());
      sink.message(m);
    } else {
      if (!pardon_) return bad_message(offset_, text(f));
      if (!gap_) gap_ = Gap{offset_, text(f)};
      step = to_next_marker(left);
    }
    used += step;
    offset_ += step;
  }
  return used;
}

void RawDecoder::found(std::uint64_t offset, Sink& sink) {
  if (gap_) pardon(sink, gap_->offset, offset - gap_->offset, gap_->why);
  gap_.reset();
}

base::Result<> RawDecoder::finish(base::Bytes rest, Sink& sink) {
  if (!rest.empty() && !gap_) {
    const std::string wrong = "the stream ends after " + std::to_string(rest.size()) + " bytes of it";
    if (!pardon_) return bad_message(offset_, wrong);
    gap_ = Gap{offset_, wrong};
  }
  found(offset_ + rest.size(), sink);
  return {};
}

bool RawEncoder::encode(const bgp::MessageView& m, base::Buffer& out) {
  if (m.type == bgp::MsgType::report) return false;
  out.append(m.wire);
  return true;
}

}  // namespace format
