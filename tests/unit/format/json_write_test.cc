#include "format/json_write.hh"

#include "lines.hh"

using bgp::MsgType;
using test::message;
using test::write;

TEST_CASE("json: the envelope is direction, sequence, time, type, data, tags") {
  bgp::OwnedMessage m = message(MsgType::keepalive, "");
  m.direction = bgp::Direction::left;
  m.seq = 2;
  m.time = 1752223642'659'999'999;
  CHECK(write(m) == R"(["L",2,"2025-07-11T08:47:22.659","KEEPALIVE",null,{}])");
  m.direction = bgp::Direction::right;
  m.seq = 9'007'199'254'740'993;
  m.time = 0;
  CHECK(write(m) == R"(["R",9007199254740993,"0001-01-01T00:00:00.000","KEEPALIVE",null,{}])");
}

TEST_CASE("json7: the length of the body stands before the type, as in 2024") {
  format::JsonWriter w(format::JsonForm::with_length);
  base::Buffer out;
  const bgp::OwnedMessage m = test::update("", "18080808");
  CHECK(w.encode(m.view(), out));
  const std::string line = R"(["?",0,"0001-01-01T00:00:00.000",8,"UPDATE",{"reach":["8.8.8.0/24"]},{}])";
  CHECK(out.text() == line + "\n");
  CHECK(base::equal(test::read(line).wire, m.wire));
}

TEST_CASE("json: one writer shows changing times") {
  format::JsonWriter w;
  base::Buffer out;
  bgp::OwnedMessage m = message(MsgType::keepalive, "");
  for (const base::Nanos t : {base::millisecond, base::second, base::second, 2 * base::millisecond, base::Nanos{-1}}) {
    m.time = t;
    CHECK(w.encode(m.view(), out));
  }
  CHECK(out.text() ==
        R"(["?",0,"1970-01-01T00:00:00.001","KEEPALIVE",null,{}]
["?",0,"1970-01-01T00:00:01.000","KEEPALIVE",null,{}]
["?",0,"1970-01-01T00:00:01.000","KEEPALIVE",null,{}]
["?",0,"1970-01-01T00:00:00.002","KEEPALIVE",null,{}]
["?",0,"1969-12-31T23:59:59.999","KEEPALIVE",null,{}]
)");
}

TEST_CASE("json: tags stand in the order of their keys, as bytes") {
  bgp::OwnedMessage m = message(MsgType::keepalive, "");
  m.tags = {{"z", "1"}, {"A", "\"\\\n\xe9"}, {"empty", ""}, {"m", "x"}};
  CHECK(write(m) == R"(["?",0,"0001-01-01T00:00:00.000","KEEPALIVE",null,{"A":"\"\\\n\u00e9","m":"x","z":"1"}])");
}

TEST_CASE("json: the archive's peer is shown as tags, which the message's own replace") {
  const bgp::PeerInfo peer{*base::Address::parse("192.0.2.1"), *base::Address::parse("2001:db8::2"), 64500, 4200000000,
                           7};
  bgp::OwnedMessage m = message(MsgType::keepalive, "");
  bgp::MessageView v = m.view();
  v.peer = &peer;
  const std::string before = R"(["?",0,"0001-01-01T00:00:00.000","KEEPALIVE",null,{)";
  CHECK(
      write(v) ==
      before +
          R"("INTERFACE":"7","LOCAL_AS":"4200000000","LOCAL_IP":"2001:db8::2","PEER_AS":"64500","PEER_IP":"192.0.2.1"}])");
  m.tags = {{"PEER_AS", "1"}, {"K", "2"}, {"LOCAL_IP", ""}, {"z", "3"}};
  v.tags = m.tags;
  CHECK(write(v) ==
        before + R"("INTERFACE":"7","K":"2","LOCAL_AS":"4200000000","PEER_AS":"1","PEER_IP":"192.0.2.1","z":"3"}])");
}

TEST_CASE("json: a peer without addresses and numbers has no tags, and an address of the same place is not mistaken") {
  format::JsonWriter w;
  base::Buffer out;
  bgp::PeerInfo peer;
  const bgp::OwnedMessage m = message(MsgType::keepalive, "");
  bgp::MessageView v = m.view();
  v.peer = &peer;
  w.append(v, out);
  peer.peer_as = 5;
  w.append(v, out);
  CHECK(
      out.text() ==
      R"(["?",0,"0001-01-01T00:00:00.000","KEEPALIVE",null,{}]["?",0,"0001-01-01T00:00:00.000","KEEPALIVE",null,{"PEER_AS":"5"}])");
}

TEST_CASE("json: NOTIFICATION keeps code and subcode, says their names, and has its data as text or hex") {
  const auto notify = [](std::string_view body) { return test::data(message(MsgType::notification, body)); };
  const std::string shutdown = R"({"code":6,"subcode":2,"name":"Cease/Administrative Shutdown",)";
  CHECK(notify("0602 0b 6d61696e74656e616e6365") == shutdown + R"("text":"maintenance"})");
  CHECK(notify("0602 00") == shutdown + R"("text":""})");
  CHECK(notify("0602 02 c3a9") == shutdown + R"("text":"\u00c3\u00a9"})");
  CHECK(notify("0602 05 6d61") == shutdown + R"("data":"0x056d61"})");
  CHECK(notify("0400") == R"({"code":4,"subcode":0,"name":"Hold Timer Expired"})");
  CHECK(notify("060a") == R"({"code":6,"subcode":10,"name":"Cease/BFD Down"})");
  CHECK(notify("0303 800100") ==
        R"({"code":3,"subcode":3,"name":"UPDATE Message Error/Missing Well-known Attribute","data":"0x800100"})");
  CHECK(notify("6363") == R"({"code":99,"subcode":99,"name":"code 99/subcode 99"})");
  CHECK(notify("06") == R"({"raw":"0x06"})");
  CHECK(notify("") == R"({"raw":""})");
}

TEST_CASE("json: a hard reset shows the notification in it (RFC 8538 3.1)") {
  const auto notify = [](std::string_view body) { return test::data(message(MsgType::notification, body)); };
  const std::string hard = R"({"code":6,"subcode":9,"name":"Cease/Hard Reset")";
  CHECK(notify("0609 0602 03 627965") ==
        hard + R"(,"reset":{"code":6,"subcode":2,"name":"Cease/Administrative Shutdown","text":"bye"}})");
  CHECK(notify("0609 0400") == hard + R"(,"reset":{"code":4,"subcode":0,"name":"Hold Timer Expired"}})");
  CHECK(notify("0609") == hard + "}");
  CHECK(notify("0609 06") == hard + R"(,"data":"0x06"})");
  // Only one in another.
  CHECK(notify("0609 0609 0602") ==
        hard + R"(,"reset":{"code":6,"subcode":9,"name":"Cease/Hard Reset","data":"0x0602"}})");
}

TEST_CASE("json: what has no form of its own is hex") {
  CHECK(test::data(message(MsgType::route_refresh, "00010001")) == R"("0x00010001")");
  CHECK(test::data(message(MsgType::route_refresh, "")) == R"("")");
  CHECK(test::data(message(MsgType::keepalive, "aa")) == R"("0xaa")");
  CHECK(write(message(static_cast<MsgType>(9), "0102")) ==
        R"x(["?",0,"0001-01-01T00:00:00.000","Type(9)","0x0102",{}])x");
  CHECK(test::data(message(static_cast<MsgType>(9), "0102")) == R"("0x0102")");
  CHECK(test::data(message(static_cast<MsgType>(0), "")) == R"("")");
}
