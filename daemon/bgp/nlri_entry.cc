#include "bgp/evpn.hh"
#include "bgp/labelled.hh"
#include "bgp/nlri.hh"

namespace bgp {

namespace {

bool is_ip(Afi afi) { return afi == Afi::ipv4 || afi == Afi::ipv6; }

// Where an entry tells its length.
enum class Size : std::uint8_t {
  none,
  bits,  // one byte, in bits
  byte_at_1,
  byte_at_3,
  two_at_2,  // in bytes, not counting themselves and what is before
  flow       // RFC 8955 4.1
};

Size size_of(Family f) {
  switch (nlri_form(f)) {
    case NlriForm::prefix:
    case NlriForm::labelled:
    case NlriForm::vpn:
    case NlriForm::route_target: return Size::bits;
    case NlriForm::flowspec:
    case NlriForm::flowspec_vpn: return Size::flow;
    case NlriForm::evpn: return Size::byte_at_1;
    case NlriForm::opaque: break;
  }
  switch (f.safi) {
    case Safi::flowspec_vpn: return f.afi == Afi::l2vpn ? Size::flow : Size::none;
    case Safi::sr_policy: return is_ip(f.afi) ? Size::bits : Size::none;
    case Safi::mcast_vpn: return is_ip(f.afi) ? Size::byte_at_1 : Size::none;
    case Safi::mup: return is_ip(f.afi) ? Size::byte_at_3 : Size::none;
    case Safi::ls:
    case Safi::ls_vpn: return f.afi == Afi::ls ? Size::two_at_2 : Size::none;
    default: return Size::none;
  }
}

void append(std::string& key, base::Bytes b) { key += base::as_text(b); }

void append_masked(std::string& key, const std::uint8_t* bytes, std::uint8_t bits) {
  if (bits == 0) return;
  append(key, {bytes, (bits + 7u) / 8});
  if (bits % 8 != 0) key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) & (0xff00u >> (bits % 8)));
}

}  // namespace

NlriForm nlri_form(Family f) noexcept {
  const auto of_ip = [f](NlriForm form) { return is_ip(f.afi) ? form : NlriForm::opaque; };
  switch (f.safi) {
    case Safi::unicast:
    case Safi::multicast: return of_ip(NlriForm::prefix);
    case Safi::mpls: return of_ip(NlriForm::labelled);
    case Safi::mpls_vpn:
    case Safi::multicast_vpn: return of_ip(NlriForm::vpn);
    case Safi::flowspec: return of_ip(NlriForm::flowspec);
    case Safi::flowspec_vpn: return of_ip(NlriForm::flowspec_vpn);
    case Safi::evpn: return f.afi == Afi::l2vpn ? NlriForm::evpn : NlriForm::opaque;
    case Safi::route_target: return f.afi == Afi::ipv4 ? NlriForm::route_target : NlriForm::opaque;
    default: return NlriForm::opaque;
  }
}

bool has_sized_nlri(Family f) noexcept { return size_of(f) != Size::none; }

std::optional<std::size_t> nlri_size(base::Bytes rest, Family family) noexcept {
  const std::size_t n = rest.size();
  std::size_t size = 0;
  switch (size_of(family)) {
    case Size::none: return std::nullopt;
    case Size::bits:
      if (n >= 1) size = 1 + (rest[0] + std::size_t{7}) / 8;
      break;
    case Size::byte_at_1:
      if (n >= 2) size = std::size_t{2} + rest[1];
      break;
    case Size::byte_at_3:
      if (n >= 4) size = std::size_t{4} + rest[3];
      break;
    case Size::two_at_2:
      if (n >= 4) size = std::size_t{4} + base::load<std::uint16_t>(rest.data() + 2);
      break;
    case Size::flow:
      // 0xf in the first four bits announces a length of twelve bits.
      if (n >= 1 && rest[0] < 0xf0)
        size = std::size_t{1} + rest[0];
      else if (n >= 2)
        size = 2 + (base::load<std::uint16_t>(rest.data()) & std::size_t{0x0fff});
      break;
  }
  if (size == 0 || size > n) return std::nullopt;
  return size;
}

bool NlriEntries::next(NlriEntry& e) noexcept {
  const std::size_t head = add_path_ ? 4 : 0;
  if (left_.size() <= head) return false;
  const auto size = nlri_size(left_.subspan(head), family_);
  if (!size) return false;
  e.path_id.reset();
  if (add_path_) e.path_id = base::load<std::uint32_t>(left_.data());
  e.bytes = left_.subspan(head, *size);
  left_ = left_.subspan(head + *size);
  return true;
}

void append_route_key(std::string& key, base::Bytes entry, Family family) {
  switch (nlri_form(family)) {
    case NlriForm::prefix:
      key += static_cast<char>(entry[0]);
      append_masked(key, entry.data() + 1, entry[0]);
      return;
    case NlriForm::labelled:
    case NlriForm::vpn:
      // Nothing but the destination is compared, so it does not matter how many labels there are.
      if (const auto n = parse_labelled(entry, family, false)) {
        if (n->rd) append(key, {n->rd, 8});
        key += static_cast<char>(n->length);
        append_masked(key, n->bytes, n->length);
        return;
      }
      break;
    case NlriForm::evpn:
      if (const auto r = parse_evpn(entry)) {
        append_route_key(key, *r);
        return;
      }
      break;
    default: break;
  }
  append(key, entry);
}

}  // namespace bgp
