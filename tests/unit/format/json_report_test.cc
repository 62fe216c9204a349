#include "bgp/report.hh"
#include "lines.hh"

using test::data;

namespace {

// Report of that kind with these data, as a line shows it; it must come back.
std::string shown(unsigned kind, std::string_view bytes) {
  char digits[3];
  std::snprintf(digits, sizeof digits, "%02x", kind);
  return data(test::message(bgp::MsgType::report, digits + std::string(bytes)));
}
const std::string marker(32, 'f');

}  // namespace

TEST_CASE("json: a change of state") {
  CHECK(shown(1, "0006 0001") == R"j({"report":"STATE_CHANGE","from":"ESTABLISHED","to":"IDLE"})j");
  CHECK(shown(1, "0006") == R"j({"report":"STATE_CHANGE","data":"0x0006"})j");
}

TEST_CASE("json: a Peer Up shows both OPENs and its information (RFC 7854 4.10)") {
  const std::string open = marker + "001d01 04fde900b40a000002 00";
  CHECK(shown(2, "000000000000000000000000c0000202 00b3 c001" + open + open + "0003 0001 61") ==
        R"j({"report":"PEER_UP","local":"192.0.2.2","local-port":179,"remote-port":49153,)j"
        R"j("sent":{"bgp":4,"asn":65001,"id":"10.0.0.2","hold":180,"caps":{}},)j"
        R"j("received":{"bgp":4,"asn":65001,"id":"10.0.0.2","hold":180,"caps":{}},)j"
        R"j("info":[{"type":"TABLE_NAME","text":"a"}]})j");
  CHECK(shown(2, "00") == R"j({"report":"PEER_UP","data":"0x00"})j");
}

TEST_CASE("json: a Peer Down shows its reason (RFC 7854 4.9)") {
  CHECK(
      shown(3, "01" + marker + "001503 0602") ==
      R"j({"report":"PEER_DOWN","reason":"LOCAL_NOTIFICATION","notification":{"code":6,"subcode":2,"name":"Cease/Administrative Shutdown"}})j");
  CHECK(shown(3, "02 0007") == R"j({"report":"PEER_DOWN","reason":"LOCAL_CLOSED","event":7})j");
  CHECK(shown(3, "04") == R"j({"report":"PEER_DOWN","reason":"REMOTE_CLOSED"})j");
  CHECK(shown(3, "09") == R"j({"report":"PEER_DOWN","reason":"Reason(9)"})j");
  CHECK(shown(3, "06 0003 0001 61") ==
        R"j({"report":"PEER_DOWN","reason":"LOCAL_CLOSED_INFO","info":[{"type":"TABLE_NAME","text":"a"}]})j");
  CHECK(shown(3, "04 00") == R"j({"report":"PEER_DOWN","data":"0x0400"})j");
  CHECK(shown(3, "") == R"j({"report":"PEER_DOWN","data":""})j");
}

TEST_CASE("json: statistics by name (RFC 7854 4.8, RFC 8671 6.2)") {
  CHECK(
      shown(4, "00000003 0000 0004 00000005 000e 0008 0000000000000006 0009 000b 0001 01 0000000000000007") ==
      R"j({"report":"STATISTICS","stats":[{"type":"REJECTED_BY_POLICY","value":5},{"type":"ADJ_RIB_OUT_PRE","value":6},)j"
      R"j({"type":"ADJ_RIB_IN_FAMILY","af":"IPV4/UNICAST","value":7}]})j");
  CHECK(
      shown(4, "00000002 fffb 0001 01 0007 0004 00000001") ==
      R"j({"report":"STATISTICS","stats":[{"type":"Stat(65531)","data":"0x01"},{"type":"ADJ_RIB_IN","data":"0x00000001"}]})j");
  CHECK(shown(4, "00000002 0000 0004 00000005") == R"j({"report":"STATISTICS","data":"0x000000020000000400000005"})j");
}

TEST_CASE("json: information of a router as text (RFC 7854 4.4, 4.5)") {
  CHECK(shown(6, "0002 0002 7231 0009 0001 ff") ==
        R"j({"report":"INITIATION","info":[{"type":"SYS_NAME","text":"r1"},{"type":"Info(9)","data":"0xff"}]})j");
  CHECK(shown(7, "0001 0002 0003 0000 0001 62") ==
        R"j({"report":"TERMINATION","info":[{"type":"REASON","value":3},{"type":"STRING","text":"b"}]})j");
  CHECK(shown(6, "") == R"j({"report":"INITIATION"})j");
  CHECK(shown(6, "0002 0003 7231") == R"j({"report":"INITIATION","data":"0x000200037231"})j");
}

TEST_CASE("json: kinds of report that are not known are hex") {
  CHECK(shown(9, "0102") == R"j({"report":"Report(9)","data":"0x0102"})j");
  CHECK(shown(5, "0102") == R"j({"report":"MIRRORING","data":"0x0102"})j");
}

TEST_CASE("json: what is wrong with a report is named") {
  const auto line = [](std::string_view object) { return R"j(["R",1,"","REPORT",)j" + std::string(object) + ",{}]"; };
  CHECK(test::error(line(R"j({"from":"IDLE"})j")) == "[4]: report is missing");
  CHECK(test::error(line(R"j({"report":"PEER_UP","sent":{}})j")) == "[4]: sent and received are missing");
  CHECK(test::error(line(R"j({"report":"STATISTICS","stats":[{"type":"ADJ_RIB_IN_FAMILY","value":1}]})j")) ==
        "[4]: stats: af is missing");
  CHECK(test::error(line(R"j({"report":"PEER_DOWN","reason":"x"})j")) == "[4]: reason: not a reason");
}
