#include "format/obmp.hh"

#include "lines.hh"

using format::ObmpDecoder;
using format::ObmpEncoder;
using test::Collect;
using test::hex;

namespace {

const std::string initiation = "03 00000012 04 0001 0002 7231 0002 0002 7232";  // 18 bytes
const std::string head = "4f424d50 01 07";
const std::string hash = "00112233445566778899aabbccddeeff";
const std::string no_hash(32, '0');
// Collector "rv", at 1445570854.357218.
std::string behind(std::string_view router_ip, std::string_view name) {
  return "5629a926 00057362" + hash + "0002 7276" + no_hash + std::string(router_ip) + std::string(name) + "00000001";
}
const std::string golden =
    head + "0050 00000012 80 0c" + behind("c0000201 000000000000000000000000", "0000") + initiation;

Collect decode(std::string_view stream) {
  Collect sink;
  ObmpDecoder d({});
  const base::Buffer data = hex(stream);
  const auto used = d.decode(data, sink);
  if (!used) FAIL(used.error().text);
  CHECK(*used == data.size());
  return sink;
}
std::string error(std::string_view stream) {
  Collect sink;
  ObmpDecoder d({});
  const auto used = d.decode(hex(stream), sink);
  return used ? "" : used.error().text;
}
bool has(const Collect& sink, std::string_view text) { return sink.lines.at(0).find(text) != std::string::npos; }

}  // namespace

TEST_CASE("obmp: the header names collector and router, and gives the time where BMP has none") {
  const Collect sink = decode(golden);
  CHECK(has(sink, R"({"COLLECTOR":"rv","COLLECTOR_HASH":"0x00112233445566778899aabbccddeeff","ROUTER":"192.0.2.1"})"));
  CHECK(sink.times[0] == 1445570854'357'218'000);
}

TEST_CASE("obmp: the IPv4 address of a router stands in the first four bytes; the last four are taken, too") {
  CHECK(has(decode(head + "0050 00000012 80 0c" + behind("000000000000000000000000 c0000201", "0000") + initiation),
            R"("ROUTER":"192.0.2.1")"));
  CHECK(has(decode(head + "0050 00000012 c0 0c" + behind("20010db8000000000000000000000001", "0000") + initiation),
            R"("ROUTER":"2001:db8::1")"));
  CHECK(has(decode(head + "0051 00000012 80 0c" + behind("c0000201 000000000000000000000000", "0001 61") + initiation),
            R"("ROUTER":"a","ROUTER_IP":"192.0.2.1")"));
}

TEST_CASE("obmp: a message comes back byte for byte, also through JSON") {
  for (const std::string& stream :
       {golden, head + "0051 00000012 80 0c" + behind("c0000201 000000000000000000000000", "0001 61") + initiation}) {
    struct Again final : format::Sink {
      void message(const bgp::MessageView& m) override {
        encoder.encode(m, out);
        bgp::OwnedMessage back = test::read(test::write(m));
        back.time = m.time;
        from_json.encode(back.view(), json);
      }
      ObmpEncoder encoder, from_json;
      base::Buffer out, json;
    } again;
    ObmpDecoder d({});
    const base::Buffer data = hex(stream);
    REQUIRE(d.decode(data, again));
    CHECK(base::to_hex(again.out) == base::to_hex(data));
    CHECK(base::to_hex(again.json) == base::to_hex(data));
  }
}

TEST_CASE("obmp: what a later version has behind the known fields is passed over") {
  CHECK(decode(head + "0052 00000012 80 0c" + behind("c0000201 000000000000000000000000", "0000") + "0102" + initiation)
            .lines.size() == 1);
}

TEST_CASE("obmp: what is wrong is named, with its place") {
  CHECK(error("4f424d51 0107 0050 00000012 80 0c") == "OpenBMP message at offset 0: it does not start with OBMP");
  CHECK(error(head + "000d 00000012 80 0c").ends_with("length of the header is below 14"));
  CHECK(error(head + "0050 00100001 80 0c").ends_with("length 1048577 is over the limit of 1048576 bytes"));
  const std::string rest = behind("c0000201 000000000000000000000000", "0000");
  CHECK(error("4f424d50 02 07 0050 00000012 80 0c" + rest + initiation).ends_with("version is not 1"));
  CHECK(error(head + "0050 00000012 80 0b" + rest + initiation).ends_with("it is not one of raw BMP"));
  CHECK(error(head + "0050 00000000 80 0c" + rest).ends_with("there is no BMP message in it"));
  CHECK(error(head + "0050 00000005 80 0c" + rest + "0300000012").ends_with("its BMP message ends too early"));
}

TEST_CASE("obmp: every truncation is a clean error") {
  const base::Buffer data = hex(golden);
  for (std::size_t n = 0; n < data.size(); ++n) {
    Collect sink;
    ObmpDecoder d({});
    const base::Buffer part(data.view().first(n));
    CHECK(d.decode(part, sink).value() == 0);
    CHECK(d.finish(part, sink).has_value() == (n == 0));
  }
  // The header's length says less than its fields need.
  const std::string rest = behind("c0000201 000000000000000000000000", "0000");
  for (unsigned n = 14; n < 80; ++n) {
    const auto length = static_cast<std::uint8_t>(n);
    const std::string digits = base::to_hex(hex(rest)).substr(0, 2 * (n - 14));
    CHECK(error(head + "00" + base::to_hex({&length, 1}) + "00000012 80 0c" + digits + initiation)
              .ends_with("its header ends too early"));
  }
}
