// Valid messages of every kind, in any number and always the same: what codecs must carry there and back.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hh"
#include "bgp/attr_table.hh"
#include "bgp/context.hh"
#include "bgp/message.hh"

namespace support {

class MessageGenerator {
 public:
  explicit MessageGenerator(std::uint64_t seed) : state_(seed) {}

  // Any type; UPDATEs most often. In a context of its own.
  bgp::OwnedMessage message();
  bgp::OwnedMessage update();
  bgp::OwnedMessage open();
  bgp::OwnedMessage notification();
  bgp::OwnedMessage route_refresh();
  bgp::OwnedMessage other();

  // At least low, at most high.
  std::uint32_t number(std::uint32_t low, std::uint32_t high);
  bool one_in(std::uint32_t n) { return number(1, n) == 1; }

 private:
  using Buffer = base::Buffer;
  std::uint64_t next();
  bgp::Context context();
  void bytes(Buffer& out, std::size_t n);
  bgp::Asn asn(bool as4);
  void as_path(Buffer& out, bool as4);
  void prefix(Buffer& out, unsigned bits);
  void prefixes(Buffer& out, bgp::Afi afi, bool path_ids, std::uint32_t most);
  void distinguisher(Buffer& out);
  void labels(Buffer& out, std::uint32_t n);
  void flowspec_rule(Buffer& out, bgp::Family family);
  void flowspec_component(Buffer& out, std::uint8_t type, bool ipv6);
  void evpn_route(Buffer& out);
  void nlri(Buffer& out, bgp::Family family, bool path_ids);
  void route(Buffer& out, bgp::Family family);
  bgp::Family family();
  void mp_reach(Buffer& out, const bgp::Context& c);
  void mp_unreach(Buffer& out, const bgp::Context& c);
  void next_hop(Buffer& out, bgp::Family family);
  void ext_communities(Buffer& out, std::size_t size);
  void value(Buffer& out, bgp::AttrCode code, const bgp::Context& c);
  void attributes(Buffer& out, const bgp::Context& c);
  void capability(Buffer& out);

  std::uint64_t state_;
};

}  // namespace support
