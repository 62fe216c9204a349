#include "bgp/update.hh"

#include <algorithm>

#include "bgp/notification.hh"

namespace bgp {

// RFC 4271 6.3: a malformed attribute list.
void UpdateIndex::fail(Severity severity, std::size_t offset, std::uint8_t attribute) {
  error_ = {Reason::truncated, severity, notify::update, 1, attribute, static_cast<std::uint16_t>(offset)};
}

void UpdateIndex::index(base::Bytes body) {
  body_ = body;
  withdrawn_ = attributes_ = nlri_ = {};
  nlri_found_ = false;
  count_ = 0;
  present_ = {};
  error_.reset();

  const std::size_t size = body.size();
  if (size < 4) return fail(Severity::session_reset, size);
  const std::size_t withdrawn = base::load<std::uint16_t>(body.data());
  if (withdrawn > size - 4) return fail(Severity::session_reset, 0);
  withdrawn_ = body.subspan(2, withdrawn);
  const std::size_t attributes = base::load<std::uint16_t>(body.data() + 2 + withdrawn);
  if (attributes > size - 4 - withdrawn) return fail(Severity::session_reset, 2 + withdrawn);
  attributes_ = body.subspan(4 + withdrawn, attributes);
  nlri_ = body.subspan(4 + withdrawn + attributes);
  nlri_found_ = true;
  index_attributes();
}

namespace {
// RFC 7606 4; but routes of one of these two that cannot be found can be neither used nor withdrawn (3.j).
Severity of_cut_off(std::uint8_t code) {
  const auto c = static_cast<AttrCode>(code);
  return c == AttrCode::mp_reach || c == AttrCode::mp_unreach ? Severity::session_reset : Severity::treat_as_withdraw;
}
}  // namespace

void UpdateIndex::index_attributes() {
  const std::uint8_t* const start = body_.data();
  const std::uint8_t* p = attributes_.data();
  const std::uint8_t* const end = p + attributes_.size();
  while (p != end) {
    const auto left = static_cast<std::size_t>(end - p);
    const auto offset = static_cast<std::size_t>(p - start);
    // RFC 7606 4: the total length still tells where the NLRI are.
    if (left < 3) return fail(Severity::treat_as_withdraw, offset);
    const std::uint8_t flags = p[0];
    const bool wide = (flags & attr_flag::extended) != 0;
    const std::size_t head = wide ? 4 : 3;
    if (left < head) return fail(of_cut_off(p[1]), offset, p[1]);
    const std::uint16_t length = wide ? base::load<std::uint16_t>(p + 2) : p[2];
    if (length > left - head) return fail(of_cut_off(p[1]), offset, p[1]);
    keep({static_cast<AttrCode>(p[1]), flags, static_cast<std::uint16_t>(offset + head), length});
    p += head + length;
  }
}

inline void UpdateIndex::keep(const AttrRef& a) {
  const auto c = static_cast<std::uint8_t>(a.code);
  present_[c >> 6] |= std::uint64_t{1} << (c & 63);
  if (count_ < inline_size) {
    inline_[count_++] = a;
    return;
  }
  if (count_ == inline_size) more_.assign(inline_.begin(), inline_.end());
  more_.push_back(a);
  ++count_;
}

const AttrRef* UpdateIndex::find(AttrCode code) const noexcept {
  if (!has(code)) return nullptr;
  const auto all = attrs();
  return &*std::ranges::find(all, code, &AttrRef::code);
}

std::optional<base::Bytes> UpdateIndex::value(AttrCode code) const noexcept {
  const AttrRef* a = find(code);
  if (!a) return std::nullopt;
  return value(*a);
}

std::optional<Family> UpdateIndex::end_of_rib() const noexcept {
  if (error_ || !withdrawn_.empty() || !nlri_.empty() || !nlri_found_) return std::nullopt;
  if (count_ == 0) return ipv4_unicast;
  const AttrRef& only = inline_[0];
  if (count_ != 1 || only.code != AttrCode::mp_unreach || only.length != 3) return std::nullopt;
  const std::uint8_t* p = body_.data() + only.offset;
  return Family{static_cast<Afi>(base::load<std::uint16_t>(p)), static_cast<Safi>(p[2])};
}

}  // namespace bgp
