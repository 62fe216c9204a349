// BGP messages by hand, for tests that stand at the far end of a session.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/notification.hh"
#include "bgp/open.hh"
#include "bgp/update.hh"

namespace support {

inline std::string hex(std::string_view digits) {
  std::string packed;
  for (const char c : digits)
    if (c != ' ') packed += c;
  return std::string(base::from_hex(packed)->text());
}

inline std::string message(bgp::MsgType type, std::string_view body = {}) {
  base::Buffer out;
  bgp::append_message(out, type, base::as_bytes(body));
  return std::string(out.text());
}
inline std::string keepalive() { return message(bgp::MsgType::keepalive); }
inline std::string notification(std::uint8_t code, std::uint8_t subcode) {
  base::Buffer out;
  bgp::append_notification(out, code, subcode);
  return std::string(out.text());
}

struct OpenText {
  bgp::Asn asn = 65001;
  std::uint16_t hold = 90;
  const char* id = "192.0.2.1";
  bool as4 = true;
  std::vector<std::pair<bgp::CapCode, std::string_view>> more = {};  // values in hex
};
inline std::string open(const OpenText& o = {}) {
  std::vector<std::pair<bgp::CapCode, base::Buffer>> caps;
  if (o.as4) {
    base::Buffer value;
    base::Writer(value).u32(o.asn);
    caps.emplace_back(bgp::CapCode::as4, std::move(value));
  }
  for (const auto& [code, digits] : o.more) caps.emplace_back(code, *base::from_hex(digits));
  base::Buffer body;
  REQUIRE(bgp::encode_open(body, o.hold, o.asn, *base::Address::parse(o.id), caps));
  return message(bgp::MsgType::open, body.text());
}

using Prefixes = std::initializer_list<std::string_view>;
// A list of routes; with path ids from first_id on where one is given.
inline std::string routes(Prefixes list, std::optional<std::uint32_t> first_id = {}) {
  base::Buffer out;
  for (const auto p : list) {
    bgp::append_nlri(out, *base::Prefix::parse(p), first_id);
    if (first_id) ++*first_id;
  }
  return std::string(out.text());
}

inline std::string attribute(bgp::AttrCode code, std::string_view value,
                             std::uint8_t flags = bgp::attr_flag::transitive) {
  base::Buffer out;
  bgp::append_attribute(out, code, flags, base::as_bytes(value));
  return std::string(out.text());
}
// ORIGIN, AS_PATH with this one AS, NEXT_HOP.
inline std::string basic(bgp::Asn origin = 65001, bool as4 = true) {
  base::Buffer path;
  base::Writer w(path);
  w.u8(2);
  w.u8(1);
  if (as4)
    w.u32(origin);
  else
    w.u16(static_cast<std::uint16_t>(origin));
  return attribute(bgp::AttrCode::origin, std::string_view("\0", 1)) + attribute(bgp::AttrCode::as_path, path.text()) +
         attribute(bgp::AttrCode::next_hop, hex("c0000201"));
}
inline std::string mp_reach(bgp::Family family, std::string_view list) {
  const std::string next_hop = hex(family.afi == bgp::Afi::ipv6 ? "20010db8000000000000000000000001" : "c0000201");
  base::Buffer value;
  bgp::encode(value, bgp::MpReach{family, base::as_bytes(next_hop), 0, base::as_bytes(list)});
  return attribute(bgp::AttrCode::mp_reach, value.text(), bgp::attr_flag::optional);
}
inline std::string mp_unreach(bgp::Family family, std::string_view list) {
  base::Buffer value;
  bgp::encode(value, bgp::MpUnreach{family, base::as_bytes(list)});
  return attribute(bgp::AttrCode::mp_unreach, value.text(), bgp::attr_flag::optional);
}

inline std::string update(std::string_view withdrawn, std::string_view attributes, std::string_view nlri) {
  base::Buffer body;
  base::Writer w(body);
  w.u16(static_cast<std::uint16_t>(withdrawn.size()));
  body.append(withdrawn);
  w.u16(static_cast<std::uint16_t>(attributes.size()));
  body.append(attributes);
  body.append(nlri);
  return message(bgp::MsgType::update, body.text());
}
inline std::string announce(Prefixes list, bgp::Asn origin = 65001) { return update({}, basic(origin), routes(list)); }
inline std::string withdraw(Prefixes list) { return update(routes(list), {}, {}); }

// The messages of a byte stream; what is left of a last half one is dropped.
inline std::vector<std::string> cut(std::string_view stream) {
  std::vector<std::string> out;
  while (true) {
    const auto f = bgp::frame(base::as_bytes(stream).data(), stream.size(), bgp::max_extended_message);
    if (f.status != bgp::FrameStatus::ok) return out;
    out.emplace_back(stream.substr(0, f.length));
    stream.remove_prefix(f.length);
  }
}
inline bgp::MsgType type_of(std::string_view m) { return static_cast<bgp::MsgType>(m.at(18)); }
inline base::Bytes body_of(std::string_view m) { return base::as_bytes(m).subspan(bgp::header_size); }

// "-10.0.0.0/8 +192.0.2.0/24": what an UPDATE says, withdrawn routes first; path ids as "#7".
inline std::string said(std::string_view m, const bgp::Context& context = {}) {
  bgp::UpdateIndex u;
  REQUIRE(u.parse(body_of(m)));
  std::string out;
  const auto list = [&](char sign, base::Bytes bytes, bgp::Family f) {
    bgp::NlriReader r(bytes, f.afi, context.add_path.has(f));
    for (bgp::Nlri n; r.next(n);)
      out += (out.empty() ? "" : " ") + std::string(1, sign) + n.prefix(f.afi).text() +
             (n.has_path_id ? "#" + std::to_string(n.path_id) : "");
    CHECK(r.ok());
  };
  list('-', u.withdrawn(), bgp::ipv4_unicast);
  if (const auto v = u.value(bgp::AttrCode::mp_unreach)) {
    const auto mp = bgp::parse_mp_unreach(*v);
    REQUIRE(mp);
    list('-', mp->nlri, mp->family);
  }
  list('+', u.nlri(), bgp::ipv4_unicast);
  if (const auto v = u.value(bgp::AttrCode::mp_reach)) {
    const auto mp = bgp::parse_mp_reach(*v);
    REQUIRE(mp);
    list('+', mp->nlri, mp->family);
  }
  return out;
}

}  // namespace support
