// Is the value of one path attribute well-formed? One function an attribute; the table in check.cc says what a fault
// means. Pure; nothing is allocated.
#pragma once

#include "base/bytes.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/types.hh"

namespace bgp::attr_check {

struct Fault {
  Reason reason{};
  std::uint16_t at = 0;    // in the value
  bool withdraws = false;  // treat-as-withdraw, whatever class a malformed value of this attribute has
};
// A fault or nothing, in one number: of an optional GCC writes the parts and reads the whole, for which the processor
// waits, some times in every message.
class Finding {
 public:
  Finding() = default;
  Finding(Fault f)
      : packed_(found | (f.withdraws ? withdraws : 0) | static_cast<std::uint32_t>(f.reason) << 16 | f.at) {}
  explicit operator bool() const noexcept { return packed_ != 0; }
  Fault operator*() const noexcept {
    return {static_cast<Reason>(packed_ >> 16 & 0xff), static_cast<std::uint16_t>(packed_), (packed_ & withdraws) != 0};
  }

 private:
  static constexpr std::uint32_t found = 1u << 24, withdraws = 1u << 25;
  std::uint32_t packed_ = 0;
};

struct Setting {
  const Context& context;
  bool as_sets_withdrawn = false;  // RFC 9774 3
};

Finding origin(base::Bytes, const Setting&);
Finding as_path(base::Bytes, const Setting&);         // RFC 4271 4.3, RFC 7607 2, RFC 9774 3
Finding aggregator(base::Bytes, const Setting&);      // RFC 7607 2
Finding as4_path(base::Bytes, const Setting&);        // RFC 6793 6
Finding as4_aggregator(base::Bytes, const Setting&);  // RFC 6793 6
Finding mp_reach(base::Bytes, const Setting&);
Finding mp_unreach(base::Bytes, const Setting&);
Finding pmsi_tunnel(base::Bytes, const Setting&);        // RFC 6514 5
Finding tunnel_encap(base::Bytes, const Setting&);       // RFC 9012 2, 13
Finding aigp(base::Bytes, const Setting&);               // RFC 7311 3
Finding pe_distinguisher(base::Bytes, const Setting&);   // RFC 6514 8
Finding bgp_ls(base::Bytes, const Setting&);             // RFC 9552 5.1
Finding bgpsec_path(base::Bytes, const Setting&);        // RFC 8205 3
Finding d_path(base::Bytes, const Setting&);             // draft-ietf-bess-evpn-ipvpn-interworking 4
Finding sfp(base::Bytes, const Setting&);                // RFC 9015 3.2
Finding bfd_discriminator(base::Bytes, const Setting&);  // RFC 9026 3.1.6
Finding prefix_sid(base::Bytes, const Setting&);         // RFC 8669 3, RFC 9252 2, 3, 7

// A list of routes of a family is well-formed, as far as its entries carry their length (RFC 7606 5.3).
Finding routes(base::Bytes list, Family, const Context&);

template <std::size_t n>
Finding length_is(base::Bytes v, const Setting&) {
  return v.size() == n ? Finding{} : Fault{Reason::bad_length};
}
template <std::size_t n>
Finding at_least(base::Bytes v, const Setting&) {
  return v.size() >= n ? Finding{} : Fault{Reason::bad_length};
}
// Whole items, and at least one.
template <std::size_t n>
Finding items_of(base::Bytes v, const Setting&) {
  return !v.empty() && v.size() % n == 0 ? Finding{} : Fault{Reason::bad_length};
}

}  // namespace bgp::attr_check
