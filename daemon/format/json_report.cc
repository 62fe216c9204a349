#include "format/json_report.hh"

#include "bgp/report.hh"
#include "format/put.hh"

namespace format {

namespace {

char* put_name(char* p, const std::string& name) noexcept {
  *p++ = '"';
  p = put(p, name);
  *p++ = '"';
  return p;
}

}  // namespace

char* put_report(char* p, base::Bytes body) {
  const auto report = bgp::parse_report(body);
  if (!report) return put_hex_string(p, body);
  p = put_name(put(p, "{\"report\":"), bgp::name(report->kind));
  const auto change = report->kind == bgp::ReportKind::state_change ? bgp::parse_state_change(report->data)
                                                                    : std::optional<bgp::StateChange>();
  if (change) {
    p = put_name(put(p, ",\"from\":"), bgp::name(change->from));
    p = put_name(put(p, ",\"to\":"), bgp::name(change->to));
  } else {
    p = put_hex_string(put(p, ",\"data\":"), report->data);
  }
  *p++ = '}';
  return p;
}

}  // namespace format
