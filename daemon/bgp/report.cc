#include "bgp/report.hh"

#include "bgp/header.hh"
#include "bgp/names.hh"

namespace bgp {

namespace {

constexpr NamedCode kinds[] = {{1, "STATE_CHANGE"}, {2, "PEER_UP"},    {3, "PEER_DOWN"},  {4, "STATISTICS"},
                               {5, "MIRRORING"},    {6, "INITIATION"}, {7, "TERMINATION"}};
constexpr NamedCode states[] = {{1, "IDLE"},        {2, "CONNECT"},     {3, "ACTIVE"},   {4, "OPENSENT"},
                                {5, "OPENCONFIRM"}, {6, "ESTABLISHED"}, {7, "CLEARING"}, {8, "DELETED"}};

}  // namespace

std::optional<Report> parse_report(base::Bytes body) noexcept {
  if (body.empty()) return std::nullopt;
  return Report{static_cast<ReportKind>(body[0]), body.subspan(1)};
}

void append_report(base::Buffer& out, ReportKind kind, base::Bytes data) {
  const std::size_t at = begin_message(out, MsgType::report);
  out.push(static_cast<std::uint8_t>(kind));
  out.append(data);
  finish_message(out, at);
}

std::string name(ReportKind k) { return name_or_number(kinds, "Report", static_cast<unsigned>(k)); }
std::optional<ReportKind> parse_report_kind(std::string_view text) {
  return parse_code<ReportKind>(kinds, "Report(", 255, text);
}

std::optional<StateChange> parse_state_change(base::Bytes data) noexcept {
  if (data.size() != 4) return std::nullopt;
  return StateChange{static_cast<PeerState>(base::load<std::uint16_t>(data.data())),
                     static_cast<PeerState>(base::load<std::uint16_t>(data.data() + 2))};
}

void append_state_change(base::Buffer& out, StateChange change) {
  base::Buffer data;
  base::Writer w(data);
  w.u16(static_cast<std::uint16_t>(change.from));
  w.u16(static_cast<std::uint16_t>(change.to));
  append_report(out, ReportKind::state_change, data);
}

std::string name(PeerState s) { return name_or_number(states, "State", static_cast<unsigned>(s)); }
std::optional<PeerState> parse_peer_state(std::string_view text) {
  return parse_code<PeerState>(states, "State(", 65535, text);
}

}  // namespace bgp
