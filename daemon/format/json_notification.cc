#include "format/json_notification.hh"

#include "bgp/notification.hh"
#include "format/put.hh"

namespace format {

namespace {

using namespace bgp::notify;

bool takes_text(const bgp::Notification& n) {
  return n.code == cease && (n.subcode == cease_subcode::shutdown || n.subcode == cease_subcode::reset);
}

// {"code":6,"subcode":2,"name":"Cease/Administrative Shutdown","text":"maintenance"}
char* put_object(char* p, const bgp::Notification& n, bool inner) {
  p = put_decimal(put(p, "{\"code\":"), n.code);
  p = put_decimal(put(p, ",\"subcode\":"), n.subcode);
  p = put(put(put(p, ",\"name\":\""), bgp::name(n.code, n.subcode)), "\"");
  const auto reset = inner ? std::nullopt : bgp::inside_hard_reset(n);
  if (reset)
    p = put_object(put(p, ",\"reset\":"), *reset, true);
  else if (takes_text(n) && !n.data.empty() && n.data.size() == n.data[0] + 1u)
    p = put_text_string(put(p, ",\"text\":"), base::as_text(n.data.subspan(1)));
  else if (!n.data.empty())
    p = put_hex_string(put(p, ",\"data\":"), n.data);
  *p++ = '}';
  return p;
}

}  // namespace

char* put_notification(char* p, base::Bytes body) {
  const auto n = bgp::parse_notification(body);
  if (n) return put_object(p, *n, false);
  p = put_hex_string(put(p, "{\"raw\":"), body);
  *p++ = '}';
  return p;
}

}  // namespace format
