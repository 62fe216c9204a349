// What the tests of bgp share: bytes from hex, and UPDATEs put together from pieces.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/ip.hh"
#include "bgp/header.hh"
#include "bgp/nlri.hh"
#include "bgp/update.hh"

namespace test {

// Hex with spaces between the fields.
inline base::Buffer hex(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ' ' && c != '\n') digits += c;
  auto b = base::from_hex(digits);
  REQUIRE(b);
  return std::move(*b);
}

inline std::string hex_of(base::Bytes b) { return base::to_hex(b); }

// "192.0.2.0/24 10.0.0.0/8" as a list; with a path id in front of each where ids are given.
inline base::Buffer prefixes(std::initializer_list<std::string_view> list, std::optional<std::uint32_t> first_id = {}) {
  base::Buffer out;
  for (const auto p : list) {
    bgp::append_nlri(out, *base::Prefix::parse(p), first_id);
    if (first_id) ++*first_id;
  }
  return out;
}

inline base::Buffer body(base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri) {
  base::Buffer out;
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(withdrawn.size()));
  w.bytes(withdrawn);
  w.u16(static_cast<std::uint16_t>(attributes.size()));
  w.bytes(attributes);
  w.bytes(nlri);
  return out;
}

inline base::Buffer message(base::Bytes body, bgp::MsgType type = bgp::MsgType::update) {
  base::Buffer out;
  bgp::append_message(out, type, body);
  return out;
}

// ORIGIN IGP, AS_PATH 65001 (4 bytes), NEXT_HOP 192.0.2.1.
inline constexpr std::string_view basic = "40010100 4002060201 0000fde9 400304c0000201";

}  // namespace test
