// Small tools for the tests of formats.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bgp/header.hh"
#include "format/json_read.hh"
#include "format/json_write.hh"

namespace test {

inline base::Buffer hex(std::string_view digits) {
  std::string compact;
  for (const char c : digits)
    if (c != ' ') compact += c;
  auto bytes = base::from_hex(compact);
  REQUIRE(bytes);
  return std::move(*bytes);
}

inline bgp::OwnedMessage message(bgp::MsgType type, std::string_view body_hex, const bgp::Context& context = {}) {
  bgp::OwnedMessage m;
  m.context = context;
  bgp::append_message(m.wire, type, hex(body_hex));
  return m;
}

inline std::string write(const bgp::MessageView& m) {
  format::JsonWriter w;
  base::Buffer out;
  w.append(m, out);
  return std::string(out.text());
}
inline std::string write(const bgp::OwnedMessage& m) { return write(m.view()); }

// The message of a line that must be sound.
inline bgp::OwnedMessage read(std::string_view line) {
  format::JsonReader r;
  bgp::OwnedMessage m;
  const auto done = r.read(line, 0, m);
  INFO(line);
  if (!done) FAIL(done.error().text);
  REQUIRE(*done);
  return m;
}
// What is wrong with a line; empty if nothing is.
inline std::string error(std::string_view line) {
  format::JsonReader r;
  bgp::OwnedMessage m;
  const auto done = r.read(line, 0, m);
  return done ? std::string() : done.error().text;
}

inline std::string body_hex(const bgp::OwnedMessage& m) {
  return base::to_hex(m.wire.view().subspan(bgp::header_size));
}

// An UPDATE of these attributes, each whole, and prefixes.
inline bgp::OwnedMessage update(std::string_view attributes, std::string_view nlri = {},
                                const bgp::Context& context = {}, std::string_view withdrawn = {}) {
  const base::Buffer attrs = hex(attributes), reach = hex(nlri), unreach = hex(withdrawn);
  bgp::OwnedMessage m;
  m.context = context;
  const std::size_t at = bgp::begin_message(m.wire, bgp::MsgType::update);
  base::Writer w(m.wire);
  w.u16(static_cast<std::uint16_t>(unreach.size()));
  w.bytes(unreach);
  w.u16(static_cast<std::uint16_t>(attrs.size()));
  w.bytes(attrs);
  w.bytes(reach);
  REQUIRE(bgp::finish_message(m.wire, at));
  return m;
}

// The data in the line that shows a message, which must come back from it byte for byte.
inline std::string data(const bgp::OwnedMessage& m) {
  const std::string line = write(m);
  INFO(line);
  const bgp::OwnedMessage back = read(line);
  CHECK(base::to_hex(back.wire) == base::to_hex(m.wire));
  if (m.wire.data()[18] == 2) CHECK(write(back) == line);
  constexpr std::string_view before_type = R"(["?",0,"0001-01-01T00:00:00.000",")";
  const std::size_t from = line.find("\",", before_type.size()) + 2;
  return line.substr(from, line.rfind(",{") - from);
}

struct Collect final : format::Sink {
  void message(const bgp::MessageView& m) override {
    lines.push_back(write(m));
    wires.push_back(base::to_hex(m.wire));
    peers.push_back(m.peer);
    infos.push_back(m.peer ? *m.peer : bgp::PeerInfo{});
    contexts.push_back(*m.context);
    times.push_back(m.time);
  }
  std::vector<std::string> lines, wires;
  std::vector<const bgp::PeerInfo*> peers;  // of a decoder that still lives
  std::vector<bgp::PeerInfo> infos;
  std::vector<bgp::Context> contexts;
  std::vector<base::Nanos> times;
};

}  // namespace test
