// OPEN (RFC 4271 4.2) and its capabilities (RFC 5492, RFC 9072): views, a builder, and what two OPENs agree on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"

namespace bgp {

enum class CapCode : std::uint8_t {
  mp = 1,
  route_refresh = 2,
  orf = 3,
  extended_next_hop = 5,
  extended_message = 6,
  bgpsec = 7,
  multiple_labels = 8,
  role = 9,
  graceful_restart = 64,
  as4 = 65,
  dynamic = 67,
  multisession = 68,
  add_path = 69,
  enhanced_route_refresh = 70,
  llgr = 71,
  routing_policy = 72,
  fqdn = 73,
  bfd = 74,
  version = 75,
  paths_limit = 76,
  route_refresh_cisco = 128
};
// JSON names: "MP", "ROUTE_REFRESH", …, else "CAP_99".
std::string cap_name(CapCode);
std::optional<CapCode> parse_cap_name(std::string_view);

struct Capability {
  CapCode code{};
  base::Bytes value;
};

struct Open {
  std::uint8_t version = 4;
  std::uint16_t my_as = 0;           // as_trans when the AS needs 4 bytes
  std::uint16_t hold_time = 0;       // seconds
  base::Address id;                  // IPv4 form
  base::Bytes parameters;            // optional parameters without their length field
  bool extended_parameters = false;  // RFC 9072 form
};
Result<Open> parse_open(base::Bytes body);

// All capabilities in wire order; error if parameters or capabilities run past their bounds or a parameter is not
// type 2.
Result<std::vector<Capability>> capabilities(const Open&);

struct AddPathEntry {
  Family family;
  std::uint8_t mode = 0;  // RFC 7911 4: 1 receive, 2 send, 3 both
};
// What an OPEN says, typed; malformed single capabilities are left out (RFC 5492 5).
struct Offer {
  Asn asn = 0;  // from capability 65 when present
  bool as4 = false, extended_message = false, route_refresh = false, enhanced_route_refresh = false, n_bit = false,
       graceful_restart = false;
  std::vector<Family> families;  // MP; empty means IPv4 unicast only
  std::vector<AddPathEntry> add_path;
  std::vector<Family> extended_next_hop;  // families offered with an IPv6 next hop
  std::optional<std::uint8_t> role;       // RFC 9234
  std::uint16_t hold_time = 0;
  base::Address id;
};
Result<Offer> parse_offer(base::Bytes open_body);  // refuses more than 4096 bytes (RFC 8654 4) and 256 families, too

// Context of UPDATEs that the sender of `from` writes to the sender of `to`.
Context negotiate(const Offer& from, const Offer& to);
// Families both can use (RFC 4760 8).
std::vector<Family> common_families(const Offer& a, const Offer& b);

// RFC 4271 6.2, RFC 6286 2.1, RFC 7607 2: what makes an OPEN unacceptable whoever sent it: its version, AS 0,
// identifier 0, a hold time of one or two seconds. The error holds the NOTIFICATION to answer with.
Result<> check_open(const Open&, const Offer&);

// Appends an OPEN body; capabilities stand in one parameter, in RFC 9072 form when they do not fit otherwise. Each
// value is at most 255 bytes. False if the capabilities do not fit into a message; then nothing is appended.
bool encode_open(base::Buffer& out, std::uint16_t hold_time, Asn asn, const base::Address& id,
                 const std::vector<std::pair<CapCode, base::Buffer>>& caps);
// Appends the body as it was parsed, byte for byte. The parameters fit their form: at most 255 bytes, or 4062 extended.
void encode(base::Buffer& out, const Open&);

}  // namespace bgp
