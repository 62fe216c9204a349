// Messages as ExaBGP's API text: a line a route, withdrawals first; End-of-RIB and ROUTE-REFRESH.
#pragma once

#include "bgp/update.hh"
#include "format/exa_route.hh"
#include "format/format.hh"

namespace format {

// Attributes that have no words, or a value or flags that words cannot say, are written as attribute [ 0x… 0x… 0x… ].
// Routes are unicast prefixes of IPv4 and IPv6, also labelled and of VPNs. Left out: the attributes beside withdrawals,
// a link-local next hop, and NEXT_HOP beside an MP_REACH_NLRI.
class ExaEncoder final : public Encoder {
 public:
  // False for messages of other types, other families, malformed ones, and announcements without ORIGIN, AS_PATH or a
  // next hop.
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
  std::string_view leaves_out() const override { return "times, directions, peers and tags"; }

 private:
  struct Routes;
  bool update(base::Bytes body, const bgp::Context&, base::Buffer& out);
  bool routes(const Routes&, base::Buffer& out);
  bool attributes(const bgp::UpdateIndex&);

  bgp::UpdateIndex index_;
  base::Buffer attributes_;  // their words
};

}  // namespace format
