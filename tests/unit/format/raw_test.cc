#include "format/raw.hh"

#include "lines.hh"

using test::Collect;
using test::hex;

namespace {
const std::string keepalive = "ffffffffffffffffffffffffffffffff001304",
                  refresh = "ffffffffffffffffffffffffffffffff00170500010001";
}

TEST_CASE("raw: messages back to back, in pieces") {
  const base::Buffer data = hex(keepalive + refresh + keepalive);
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    format::RawDecoder d({});
    Collect sink;
    const auto used = d.decode(data.view().first(cut), sink);
    REQUIRE(used);
    const base::Bytes rest = data.view().subspan(*used);
    CHECK(d.decode(rest, sink).value() == rest.size());
    CHECK(d.finish({}, sink));
    CHECK(sink.wires == std::vector<std::string>{keepalive, refresh, keepalive});
  }
}

TEST_CASE("raw: they come in the context given") {
  bgp::Context c;
  c.as4 = false;
  format::RawDecoder d({.pardon = false, .context = c});
  Collect sink;
  REQUIRE(d.decode(hex(keepalive), sink));
  CHECK(sink.contexts[0] == c);
}

TEST_CASE("raw: the context is guessed from each UPDATE when asked for") {
  const std::string narrow = "ffffffffffffffffffffffffffffffff001e02000000074002040201fde8",
                    wide = "ffffffffffffffffffffffffffffffff0020020000000940020602010000fde8";
  format::RawDecoder d({.guess = true});
  Collect sink;
  REQUIRE(d.decode(hex(narrow + wide + keepalive), sink));
  CHECK_FALSE(sink.contexts[0].as4);
  CHECK(sink.contexts[1].as4);
  CHECK(sink.contexts[2] == bgp::Context{});
}

TEST_CASE("raw: a bad marker or length is an error with its offset, a half message one at the end") {
  Collect sink;
  format::RawDecoder marker({}), length({}), end({});
  CHECK(marker.decode(hex(keepalive + "00" + keepalive), sink).error().text == "BGP message at offset 19: no marker");
  CHECK(length.decode(hex("ffffffffffffffffffffffffffffffff001204"), sink).error().text ==
        "BGP message at offset 0: length 18 is not one of a message");
  CHECK(end.finish(hex("ffff"), sink).error().text == "BGP message at offset 0: the stream ends after 2 bytes of it");
}

TEST_CASE("raw: with pardon reading goes on at the next marker") {
  Collect sink;
  format::RawDecoder d({.pardon = true, .context = {}});
  const base::Buffer data =
      hex(keepalive + "00ff0102" + refresh + "ffffffffffffffffffffffffffffffff000004" + keepalive);
  CHECK(d.decode(data, sink).value() == data.size());
  CHECK(sink.wires == std::vector<std::string>{keepalive, refresh, keepalive});
  CHECK(d.pardoned() == 2);
}

TEST_CASE("raw: writing is the message itself") {
  base::Buffer out;
  format::RawEncoder e;
  const bgp::OwnedMessage m = test::message(bgp::MsgType::keepalive, "");
  CHECK(e.encode(m.view(), out));
  CHECK(base::to_hex(out) == keepalive);
}
