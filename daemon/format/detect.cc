#include <algorithm>

#include "format/bmp_record.hh"
#include "format/exa_read.hh"
#include "format/format.hh"
#include "format/mrt_record.hh"
#include "format/obmp.hh"

namespace format {

namespace {

bool looks_like_json(base::Bytes start) {
  const auto first = std::ranges::find_if(start, [](std::uint8_t c) { return c != ' ' && (c < '\t' || c > '\r'); });
  return first != start.end() && (*first == '[' || *first == '{' || *first == '#');
}

bool looks_like_mrt(base::Bytes start) {
  if (start.size() < mrt_header_size) return false;
  const MrtHeader h = read_mrt_header(start.data());
  return mrt_type_known(h.type) && h.subtype <= 64 && h.length != 0 && h.length <= max_record;
}

bool looks_like_bmp(base::Bytes start) {
  if (start.size() < bmp_header_size) return false;
  const BmpHeader h = read_bmp_header(start.data());
  return bmp_type_known(h.type) && bmp_header_fault(h).empty();
}

}  // namespace

std::optional<Kind> detect(base::Bytes start) {
  const base::Bytes marker = start.first(std::min<std::size_t>(start.size(), 16));
  const bool all_ones = std::ranges::all_of(marker, [](std::uint8_t c) { return c == 0xff; });
  if (marker.size() == 16 && all_ones) return Kind::raw;
  if (is_obmp(start)) return Kind::obmp;
  // Before MRT, whose first bytes would be a time in 1971.
  if (looks_like_bmp(start)) return Kind::bmp;
  if (looks_like_mrt(start)) return Kind::mrt;
  if (looks_like_json(start)) return Kind::json;
  if (is_exa(base::as_text(start))) return Kind::exa;
  return std::nullopt;
}

}  // namespace format
