// What a speaker says in its OPEN and which remote OPENs it takes (RFC 4271 6.2, RFC 5492, RFC 6286, RFC 6793, RFC
// 7607). Pure functions.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/ip.hh"
#include "bgp/open.hh"
#include "bgp/types.hh"

namespace peer {

struct RawCapability {
  bgp::CapCode code{};
  std::string value;
};

struct SpeakerOptions {
  bool active = false;          // says its OPEN first, if its AS is known
  std::optional<bgp::Asn> asn;  // nothing: the remote one (iBGP)
  base::Address id;             // IPv4; empty: one off the remote id, or 0.0.0.1 when it speaks first
  std::uint16_t hold = 90;      // seconds; 0 none, 1 and 2 become 3
  std::optional<bgp::Asn> remote_asn;
  std::uint16_t remote_hold = 0;  // the least acceptable; a remote 0 is below any other
  std::vector<bgp::Family> families{bgp::ipv4_unicast, bgp::ipv6_unicast};
  std::vector<bgp::AddPathEntry> add_path;
  bool route_refresh = true, as4 = true, extended_message = true;
  std::vector<RawCapability> more;             // said as given, behind the others
  base::Nanos open_wait = 30 * base::second;   // from start() to ESTABLISHED
  base::Nanos send_hold = 480 * base::second;  // RFC 9687; at least twice the hold time is taken; 0 off
};

// The NOTIFICATION that answers a message, and why, for a person.
struct Refusal {
  std::uint8_t code = 0, subcode = 0;
  base::Buffer data;
  std::string text;
};

// Reads and judges a remote OPEN. own_id is the identifier already said or configured; empty when it will be derived.
std::expected<bgp::Offer, Refusal> judge_open(const SpeakerOptions& options, const base::Address& own_id,
                                              base::Bytes body);

// Appends the body of our OPEN; remote is the OPEN already received, or null when we speak first. False if the
// capabilities do not fit.
bool append_open_body(base::Buffer& out, const SpeakerOptions& options, const bgp::Offer* remote);

}  // namespace peer
