#include "bgp/as_path.hh"

#include <algorithm>

namespace bgp {

namespace {

bool confederation(SegmentType t) { return t == SegmentType::confed_sequence || t == SegmentType::confed_set; }

// RFC 4271 9.1.2.2, RFC 5065 5.3: a set counts as one, confederations as nothing.
std::size_t path_length(base::Bytes value, bool as4) {
  std::size_t n = 0;
  SegmentReader r(value, as4);
  for (Segment s; r.next(s);) {
    if (s.type == SegmentType::sequence)
      n += s.count;
    else if (s.type == SegmentType::set)
      n += 1;
  }
  return n;
}

// Appends segments of either width as a path; sequences that meet become one where they fit.
class PathWriter {
 public:
  PathWriter(base::Buffer& out, bool as4) : out_(out), as4_(as4) {}

  void segment(const Segment& s, std::size_t count) {
    if (count == 0) return;
    const bool join =
        last_ != 0 && joinable_ && s.type == SegmentType::sequence && *last_type() == 2 && *last_count() + count <= 255;
    if (!join) {
      out_.push(static_cast<std::uint8_t>(s.type));
      out_.push(0);
      last_ = out_.size();
    }
    joinable_ = false;
    for (std::size_t i = 0; i < count; ++i) put(s[i]);
    *last_count() = static_cast<std::uint8_t>(*last_count() + count);
  }
  // The next segment may continue the one before.
  void may_join() { joinable_ = true; }

 private:
  std::uint8_t* last_type() { return out_.data() + last_ - 2; }
  std::uint8_t* last_count() { return out_.data() + last_ - 1; }
  void put(Asn asn) {
    base::Writer w(out_);
    if (as4_)
      w.u32(asn);
    else
      w.u16(asn > 0xffff ? std::uint16_t{as_trans} : static_cast<std::uint16_t>(asn));
  }

  base::Buffer& out_;
  bool as4_, joinable_ = false;
  std::size_t last_ = 0;  // where the numbers of the last segment start; 0 before the first
};

// RFC 6793 4.2.3: the leading part that AS4_PATH does not cover. Confederation segments go along when they lead or
// touch it.
void put_leading(PathWriter& w, base::Bytes path2, std::size_t take) {
  SegmentReader r(path2, false);
  for (Segment s; r.next(s);) {
    if (confederation(s.type)) {
      w.segment(s, s.count);
      continue;
    }
    if (take == 0) return;
    if (s.type == SegmentType::set) {
      w.segment(s, s.count);
      --take;
      continue;
    }
    const std::size_t n = std::min<std::size_t>(take, s.count);
    w.segment(s, n);
    take -= n;
    if (n < s.count) {
      w.may_join();
      return;
    }
  }
}

}  // namespace

bool as_path_valid(base::Bytes value, bool as4) noexcept {
  SegmentReader r(value, as4);
  for (Segment s; r.next(s);) {
  }
  return r.ok();
}

std::optional<Asn> origin_as(base::Bytes value, bool as4) noexcept {
  SegmentReader r(value, as4);
  Segment s, last;
  while (r.next(s)) last = s;
  if (!r.ok() || last.type != SegmentType::sequence) return std::nullopt;
  return last[std::size_t{last.count} - 1];
}

std::optional<base::Bytes> usable_as4_path(const UpdateIndex& u) noexcept {
  const auto path2 = u.value(AttrCode::as_path), path4 = u.value(AttrCode::as4_path);
  if (!path2 || !path4 || !as_path_valid(*path4, true)) return std::nullopt;
  // RFC 6793 4.2.3: a router in between that knows only 2 bytes aggregated anew.
  const auto aggregator = u.value(AttrCode::aggregator);
  if (u.has(AttrCode::as4_aggregator) && aggregator && aggregator->size() == 6 &&
      base::load<std::uint16_t>(aggregator->data()) != as_trans)
    return std::nullopt;
  if (path_length(*path2, false) < path_length(*path4, true)) return std::nullopt;
  return path4;
}

std::optional<Asn> origin_as(const UpdateIndex& u, const Context& context) noexcept {
  const auto path = u.value(AttrCode::as_path);
  if (!path) return std::nullopt;
  if (context.as4 || !u.has(AttrCode::as4_path)) return origin_as(*path, context.as4);
  const auto path4 = usable_as4_path(u);
  if (!path4) return origin_as(*path, false);
  SegmentReader r(*path4, true);
  Segment s, last;
  while (r.next(s))
    if (!confederation(s.type)) last = s;
  if (last.count == 0) return origin_as(*path, false);
  if (last.type != SegmentType::sequence) return std::nullopt;
  return last[std::size_t{last.count} - 1];
}

std::optional<base::Bytes> effective_as_path(const UpdateIndex& u, const Context& context, base::Buffer& room) {
  const auto path = u.value(AttrCode::as_path);
  if (!path || !as_path_valid(*path, context.as4)) return std::nullopt;
  if (context.as4) return path;
  room.clear();
  widen_as_path(room, *path, usable_as4_path(u));
  return room.view();
}

std::optional<Aggregator> effective_aggregator(const UpdateIndex& u, const Context& context) {
  const auto value = u.value(AttrCode::aggregator);
  if (!value) return std::nullopt;
  const auto narrow = parse_aggregator(*value, context.as4);
  if (context.as4 || !narrow || narrow->asn != as_trans) return narrow;
  const auto wide = u.value(AttrCode::as4_aggregator);
  const auto parsed = wide ? parse_aggregator(*wide, true) : std::nullopt;
  return parsed ? parsed : narrow;
}

void widen_as_path(base::Buffer& out, base::Bytes as_path2, std::optional<base::Bytes> as4_path) {
  PathWriter w(out, true);
  std::size_t covered = 0;
  if (as4_path && as_path_valid(*as4_path, true)) covered = path_length(*as4_path, true);
  const std::size_t length = path_length(as_path2, false);
  if (covered == 0 || covered > length) {
    SegmentReader r(as_path2, false);
    for (Segment s; r.next(s);) w.segment(s, s.count);
    return;
  }
  put_leading(w, as_path2, length - covered);
  SegmentReader r(*as4_path, true);
  // RFC 6793 6: confederation segments in AS4_PATH are discarded.
  for (Segment s; r.next(s);)
    if (!confederation(s.type)) w.segment(s, s.count);
}

bool narrow_as_path(base::Buffer& out, base::Bytes as_path4) {
  PathWriter w(out, false);
  bool needed = false;
  SegmentReader r(as_path4, true);
  for (Segment s; r.next(s);) {
    for (std::size_t i = 0; i < s.count; ++i) needed |= s[i] > 0xffff && !confederation(s.type);
    w.segment(s, s.count);
  }
  return needed;
}

void as4_path_value(base::Buffer& out, base::Bytes as_path4) {
  PathWriter w(out, true);
  SegmentReader r(as_path4, true);
  for (Segment s; r.next(s);)
    if (!confederation(s.type)) w.segment(s, s.count);
}

}  // namespace bgp
