#include "bgp/recode.hh"

#include <algorithm>
#include <string>
#include <vector>

#include "bgp/as_path.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/notification.hh"

namespace bgp {

namespace {

constexpr std::uint8_t carried = attr_flag::optional | attr_flag::transitive;

// The length decides anew whether two bytes are needed for it.
std::uint8_t without_extended(std::uint8_t flags) { return static_cast<std::uint8_t>(flags & ~attr_flag::extended); }

void remove_if_there(const UpdateIndex& u, AttrCode code, UpdateEdit& edit) {
  if (u.has(code)) edit.remove_attribute(code);
}

Result<> recode_path(const UpdateIndex& u, bool to_as4, UpdateEdit& edit) {
  const AttrRef* path = u.find(AttrCode::as_path);
  if (!path) return {};
  const base::Bytes value = u.value(*path);
  if (!as_path_valid(value, !to_as4))
    return std::unexpected(Error{Reason::bad_value, Severity::treat_as_withdraw, notify::update, 11,
                                 static_cast<std::uint8_t>(AttrCode::as_path), path->offset});
  base::Buffer recoded, wide;
  if (to_as4) {
    widen_as_path(recoded, value, usable_as4_path(u));
  } else if (narrow_as_path(recoded, value)) {
    as4_path_value(wide, value);
    edit.set_attribute(AttrCode::as4_path, carried, std::move(wide));
  }
  edit.set_attribute(AttrCode::as_path, without_extended(path->flags), std::move(recoded));
  return {};
}

// RFC 6793 4.2.3: AS_TRANS says that the wide form has the number.
void widen_aggregator(const UpdateIndex& u, const AttrRef& a, UpdateEdit& edit) {
  const base::Bytes value = u.value(a);
  const auto wide = u.value(AttrCode::as4_aggregator);
  const auto asn = base::load<std::uint16_t>(value.data());
  base::Buffer out;
  if (asn == as_trans && wide && wide->size() == 8) {
    out.append(*wide);
  } else {
    base::Writer w(out);
    w.u32(asn);
    w.bytes(value.subspan(2));
  }
  edit.set_attribute(AttrCode::aggregator, a.flags, std::move(out));
}

void narrow_aggregator(const UpdateIndex& u, const AttrRef& a, UpdateEdit& edit) {
  const base::Bytes value = u.value(a);
  const auto asn = base::load<std::uint32_t>(value.data());
  base::Buffer out;
  base::Writer w(out);
  w.u16(asn > 0xffff ? std::uint16_t{as_trans} : static_cast<std::uint16_t>(asn));
  w.bytes(value.subspan(4));
  edit.set_attribute(AttrCode::aggregator, a.flags, std::move(out));
  if (asn > 0xffff)
    edit.set_attribute(AttrCode::as4_aggregator, static_cast<std::uint8_t>(carried | (a.flags & attr_flag::partial)),
                       base::Buffer(value));
}

// The entries without those that a later one of the same route replaces; true if there were any.
bool drop_replaced(std::vector<base::Bytes>& entries, Family family) {
  std::vector<std::pair<std::string, std::size_t>> keys;
  keys.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    append_route_key(keys.emplace_back(std::string(), i).first, entries[i], family);
  std::ranges::sort(keys);
  bool any = false;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (keys[i].first != keys[i + 1].first) continue;
    entries[keys[i].second] = {};
    any = true;
  }
  if (any) std::erase_if(entries, [](base::Bytes e) { return e.empty(); });
  return any;
}

}  // namespace

Result<> recode_as_numbers(const UpdateIndex& u, bool from_as4, bool to_as4, UpdateEdit& edit) {
  if (from_as4 == to_as4) return {};
  remove_if_there(u, AttrCode::as4_path, edit);
  remove_if_there(u, AttrCode::as4_aggregator, edit);
  if (const auto done = recode_path(u, to_as4, edit); !done) return done;
  const AttrRef* a = u.find(AttrCode::aggregator);
  if (!a) return {};
  if (a->length != (from_as4 ? 8 : 6))
    edit.remove_attribute(AttrCode::aggregator);
  else if (to_as4)
    widen_aggregator(u, *a, edit);
  else
    narrow_aggregator(u, *a, edit);
  return {};
}

std::optional<bool> recode_nlri(base::Buffer& out, base::Bytes list, Family family, bool from_path_ids,
                                bool to_path_ids) {
  std::vector<base::Bytes> entries;
  NlriEntries reader(list, family, from_path_ids);
  for (NlriEntry e; reader.next(e);) entries.push_back(e.bytes);
  if (!reader.ok()) return std::nullopt;
  const bool merged = from_path_ids && !to_path_ids && drop_replaced(entries, family);
  base::Writer w(out);
  for (const base::Bytes e : entries) {
    if (to_path_ids) w.u32(0);
    w.bytes(e);
  }
  return merged;
}

}  // namespace bgp
