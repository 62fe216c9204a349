#include "bgp/report.hh"

#include <doctest/doctest.h>

#include "bgp/header.hh"

using namespace bgp;

TEST_CASE("report: a change of state is a message of type 0 and reads back (RFC 6396 4.4.1)") {
  base::Buffer out;
  append_state_change(out, {PeerState::established, PeerState::idle});
  const Frame f = frame(out.view().data(), out.size(), max_message);
  REQUIRE(f.status == FrameStatus::ok);
  CHECK(f.type == MsgType::report);
  const auto report = parse_report(out.view().subspan(header_size));
  REQUIRE(report);
  CHECK(report->kind == ReportKind::state_change);
  const auto change = parse_state_change(report->data);
  REQUIRE(change);
  CHECK(change->from == PeerState::established);
  CHECK(change->to == PeerState::idle);
}

TEST_CASE("report: an empty body is none, and a change of state has four bytes") {
  CHECK_FALSE(parse_report({}));
  const std::uint8_t short_one[] = {0, 6, 0};
  CHECK_FALSE(parse_state_change(short_one));
}

TEST_CASE("report: names read back, those of unknown codes too") {
  for (unsigned code = 0; code < 256; ++code) {
    CHECK(parse_report_kind(name(static_cast<ReportKind>(code))) == static_cast<ReportKind>(code));
    CHECK(parse_peer_state(name(static_cast<PeerState>(code))) == static_cast<PeerState>(code));
  }
}
