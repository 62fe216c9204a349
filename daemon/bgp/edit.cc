#include "bgp/edit.hh"

#include <algorithm>
#include <bitset>
#include <utility>

#include "bgp/header.hh"
#include "bgp/mp.hh"

namespace bgp {

void append_attribute(base::Buffer& out, AttrCode code, std::uint8_t flags, base::Bytes value) {
  base::Writer w(out);
  const bool wide = value.size() > 255 || (flags & attr_flag::extended) != 0;
  w.u8(wide ? static_cast<std::uint8_t>(flags | attr_flag::extended) : flags);
  w.u8(static_cast<std::uint8_t>(code));
  if (wide)
    w.u16(static_cast<std::uint16_t>(value.size()));
  else
    w.u8(static_cast<std::uint8_t>(value.size()));
  w.bytes(value);
}

bool append_update_body(base::Buffer& out, base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri) {
  if (withdrawn.size() > 0xffff || attributes.size() > 0xffff) return false;
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(withdrawn.size()));
  w.bytes(withdrawn);
  w.u16(static_cast<std::uint16_t>(attributes.size()));
  w.bytes(attributes);
  w.bytes(nlri);
  return true;
}

bool append_update(base::Buffer& out, base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri) {
  const std::size_t size = header_size + 4 + withdrawn.size() + attributes.size() + nlri.size();
  if (size > max_extended_message) return false;
  (void)out.reserve(size);
  const std::size_t at = begin_message(out, MsgType::update);
  return append_update_body(out, withdrawn, attributes, nlri) && finish_message(out, at);
}

bool append_unreach(base::Buffer& out, Family family, base::Bytes routes) {
  base::Buffer value, attribute;
  encode(value, MpUnreach{family, routes});
  append_attribute(attribute, AttrCode::mp_unreach, attr_flag::optional, value);
  return append_update(out, {}, attribute, {});
}

namespace {
void copy_attribute(base::Buffer& out, const UpdateIndex& original, const AttrRef& a) {
  const std::size_t head = (a.flags & attr_flag::extended) != 0 ? 4 : 3;
  out.append(original.body().subspan(a.offset - head, head + a.length));
}

// Where a new attribute goes: behind the last one with a smaller code.
std::size_t place(std::span<const AttrRef> kept, AttrCode code) {
  std::size_t at = kept.size();
  while (at != 0 && kept[at - 1].code >= code) --at;
  return at;
}
}  // namespace

void UpdateEdit::set_attribute(AttrCode code, std::uint8_t flags, base::Buffer value) {
  remove_change(code);
  changes_.push_back({code, flags, false, std::move(value)});
}

void UpdateEdit::remove_attribute(AttrCode code) {
  remove_change(code);
  changes_.push_back({code, 0, true, {}});
}

void UpdateEdit::remove_all_attributes() {
  changes_.clear();
  drop_all_ = true;
}

void UpdateEdit::remove_change(AttrCode code) {
  std::erase_if(changes_, [code](const Change& c) { return c.code == code; });
}

const UpdateEdit::Change* UpdateEdit::change(AttrCode code) const noexcept {
  const auto it = std::ranges::find(changes_, code, &Change::code);
  return it == changes_.end() ? nullptr : &*it;
}

void UpdateEdit::put_attributes(const UpdateIndex& original, base::Buffer& out) const {
  if (changes_.empty() && !drop_all_) {
    out.append(original.attributes());
    return;
  }
  const auto kept = drop_all_ ? std::span<const AttrRef>{} : original.attrs();
  std::vector<Added> added;
  for (const Change& c : changes_)
    if (!c.removed && (drop_all_ || !original.has(c.code))) added.push_back({place(kept, c.code), &c});
  std::ranges::sort(added, {}, [](const Added& a) { return std::pair(a.place, a.change->code); });

  std::bitset<256> written;
  auto next = added.begin();
  for (std::size_t i = 0; i <= kept.size(); ++i) {
    for (; next != added.end() && next->place == i; ++next)
      append_attribute(out, next->change->code, next->change->flags, next->change->value);
    if (i == kept.size()) break;
    const AttrRef& a = kept[i];
    const Change* c = change(a.code);
    const auto code = static_cast<std::uint8_t>(a.code);
    if (!c)
      copy_attribute(out, original, a);
    else if (!c->removed && !written[code])
      append_attribute(out, c->code, c->flags, c->value);
    written.set(code);
  }
}

bool UpdateEdit::apply(const UpdateIndex& original, base::Buffer& out) const {
  const base::Bytes withdrawn = withdrawn_ ? withdrawn_->view() : original.withdrawn();
  const base::Bytes nlri = nlri_ ? nlri_->view() : original.nlri();
  for (const Change& c : changes_)
    if (c.value.size() > 0xffff) return false;
  if (!original.nlri_found() && !empty()) return false;
  const std::size_t at = begin_message(out, MsgType::update);
  if (empty()) {
    out.append(original.body());
  } else if (withdrawn.size() <= 0xffff) {
    base::Writer w(out);
    w.u16(static_cast<std::uint16_t>(withdrawn.size()));
    w.bytes(withdrawn);
    const std::size_t length = w.hole<std::uint16_t>();
    put_attributes(original, out);
    w.patch(length, static_cast<std::uint16_t>(out.size() - length - 2));
    w.bytes(nlri);
  }
  if (withdrawn.size() <= 0xffff && finish_message(out, at)) return true;
  out.truncate(at);
  return false;
}

}  // namespace bgp
