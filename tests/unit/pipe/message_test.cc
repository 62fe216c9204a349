#include "pipe/message.hh"

#include <doctest/doctest.h>

#include "support/bgp_text.hh"

using namespace support;

namespace {
const bgp::Context canonical;
bgp::MessageView view_of(const std::string& wire) {
  return {.direction = bgp::Direction::right,
          .seq = 7,
          .time = 9,
          .type = type_of(wire),
          .wire = base::as_bytes(wire),
          .context = &canonical};
}
}  // namespace

TEST_CASE("message: an edit replaces the bytes and the index, and can be done twice") {
  const std::string wire = announce({"10.0.0.0/8", "192.0.2.0/24"});
  pipeline::Message m(view_of(wire));
  m.set_in_read_buffer();
  CHECK(m.in_read_buffer());
  bgp::UpdateEdit first;
  first.set_nlri(base::Buffer(base::as_bytes(routes({"192.0.2.0/24"}))));
  REQUIRE(m.apply(first));
  CHECK_FALSE(m.in_read_buffer());
  CHECK(said(base::as_text(m.wire())) == "+192.0.2.0/24");
  bgp::UpdateEdit second;
  second.set_withdrawn(base::Buffer(base::as_bytes(routes({"10.0.0.0/8"}))));
  REQUIRE(m.apply(second));
  CHECK(said(base::as_text(m.wire())) == "-10.0.0.0/8 +192.0.2.0/24");
  CHECK(base::equal(m.update().body(), m.wire().subspan(bgp::header_size)));
}

TEST_CASE("message: an edit that would not fit changes nothing") {
  const std::string wire = announce({"10.0.0.0/8"});
  pipeline::Message m(view_of(wire));
  bgp::UpdateEdit edit;
  edit.set_withdrawn(base::Buffer(base::as_bytes(std::string(65536, '\0'))));
  CHECK_FALSE(m.apply(edit));
  CHECK(base::as_text(m.wire()) == wire);
  CHECK(m.in_read_buffer() == false);
}

TEST_CASE("message: tags are copied when one is set, and a key stands once") {
  const std::string wire = keepalive();
  const bgp::Tag given[] = {{"a", "1"}, {"b", "2"}};
  bgp::MessageView v = view_of(wire);
  v.tags = given;
  pipeline::Message m(v);
  m.set_tag("b", "3");
  m.set_tag("c", "4");
  REQUIRE(m.tags().size() == 3);
  CHECK(m.tags()[1].value == "3");
  CHECK(given[1].value == "2");
}

TEST_CASE(
    "message: a tag on a NOTIFICATION or ROUTE-REFRESH leaves its body (others: \"tagging a NOTIFY/REFRESH discards "
    "its body\")") {
  for (const std::string& wire : {message(bgp::MsgType::notification, hex("0602 03 627965")),
                                  message(bgp::MsgType::route_refresh, hex("00010001"))}) {
    pipeline::Message m(view_of(wire));
    m.set_tag("k", "v");
    CHECK(base::as_text(m.wire()) == wire);
    CHECK(base::as_text(m.view().body()) == wire.substr(bgp::header_size));
    CHECK(pipeline::Parked(m.view()).view().tags.size() == 1);
  }
}

TEST_CASE("parked: all of a message outlives its run") {
  std::optional<pipeline::Parked> parked;
  {
    const std::string wire = announce({"10.0.0.0/8"});
    const bgp::PeerInfo peer{.peer_as = 65001};
    const bgp::Tag tags[] = {{"k", "v"}};
    bgp::MessageView v = view_of(wire);
    bgp::Context context{.as4 = false};
    for (std::uint16_t afi = 1000; afi < 2000; ++afi) context.add_path.add({static_cast<bgp::Afi>(afi), {}});
    v.context = &context;
    v.peer = &peer;
    v.tags = tags;
    parked.emplace(v);
  }
  const pipeline::Parked moved = std::move(*parked);
  const bgp::MessageView v = moved.view();
  CHECK(base::as_text(v.wire) == announce({"10.0.0.0/8"}));
  CHECK(v.seq == 7);
  CHECK(v.time == 9);
  CHECK(v.type == bgp::MsgType::update);
  CHECK_FALSE(v.context->as4);
  CHECK(v.context->add_path.has({static_cast<bgp::Afi>(1999), {}}));
  CHECK(moved.cost() > 1000 * sizeof(bgp::Family));
  CHECK(v.peer->peer_as == 65001);
  CHECK(v.tags[0].value == "v");
}
