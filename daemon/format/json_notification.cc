#include "format/json_notification.hh"

#include "bgp/notification.hh"
#include "format/put.hh"

namespace format {

char* put_notification(char* p, base::Bytes body) {
  const auto n = bgp::parse_notification(body);
  if (!n) {
    p = put_hex_string(put(p, "{\"raw\":"), body);
    *p++ = '}';
    return p;
  }
  p = put_decimal(put(p, "{\"code\":"), n->code);
  p = put_decimal(put(p, ",\"subcode\":"), n->subcode);
  using namespace bgp::notify;
  const bool text = n->code == cease && (n->subcode == cease_subcode::shutdown || n->subcode == cease_subcode::reset) &&
                    !n->data.empty() && n->data.size() == n->data[0] + 1u;
  if (text)
    p = put_text_string(put(p, ",\"text\":"), base::as_text(n->data.subspan(1)));
  else if (!n->data.empty())
    p = put_hex_string(put(p, ",\"data\":"), n->data);
  *p++ = '}';
  return p;
}

}  // namespace format
