#include "base/ip.hh"
#include "base/text.hh"
#include "format/json_open.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Buffer;
using base::Bytes;
using bgp::Capability;

void add(Buffer& out, std::string_view s) { out.append(s); }
void add_hex(Buffer& out, Bytes b) {
  auto* const p = reinterpret_cast<char*>(out.reserve(2 * b.size() + put_slack));
  out.commit(static_cast<std::size_t>(put_hex_string(p, b) - p));
}

enum class Shape { capabilities, with_parameters, parameters_only };

void append_object(Buffer& out, const bgp::Open& o, const std::vector<Capability>& caps, Shape shape) {
  add(out, "{\"bgp\":");
  base::append_decimal(out, o.version);
  add(out, ",\"asn\":");
  base::append_decimal(out, o.my_as);
  add(out, ",\"id\":\"");
  base::append(out, o.id);
  add(out, "\",\"hold\":");
  base::append_decimal(out, o.hold_time);
  if (shape != Shape::parameters_only) {
    add(out, ",\"caps\":");
    append_capabilities(out, caps);
  }
  if (shape != Shape::capabilities) {
    add(out, ",\"params\":");
    add_hex(out, o.parameters);
    if (o.extended_parameters) add(out, ",\"extended\":true");
  }
  add(out, "}");
}

}  // namespace

void append_open(Buffer& out, Bytes body) {
  const auto open = bgp::parse_open(body);
  if (!open) return add_hex(out, body);
  const std::size_t start = out.size();
  // Reading it back is the proof that nothing is lost; OPENs are rare.
  const auto restores = [&](const std::vector<Capability>& caps, Shape shape) {
    append_object(out, *open, caps, shape);
    const auto again = read_open(out.text().substr(start));
    if (again && base::equal(*again, body)) return true;
    out.truncate(start);
    return false;
  };
  const auto caps = bgp::capabilities(*open);
  if (caps && (restores(*caps, Shape::capabilities) || restores(*caps, Shape::with_parameters))) return;
  if (restores({}, Shape::parameters_only)) return;
  add_hex(out, body);
}

}  // namespace format
