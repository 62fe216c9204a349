#include "format/caps.hh"

#include "base/text.hh"
#include "format/json_open.hh"

namespace format {

base::Result<bgp::Context> read_context(std::string_view caps, bool short_asn, bgp::Direction direction) {
  bgp::Context c;
  c.as4 = !short_asn;
  const std::string_view object = base::trim(caps);
  if (object.empty()) return c;
  if (object.front() != '{' || object.back() != '}')
    return base::fail(R"(not a JSON object: give for example {"ADDPATH":["IPV4/UNICAST/BIDIR"]})");
  const auto open = read_open(R"({"id":"0.0.0.1","caps":)" + std::string(object) + "}");
  if (!open) return std::unexpected(open.error());
  const auto offer = bgp::parse_offer(*open);
  if (!offer) return base::fail("too many capabilities for an OPEN");
  constexpr unsigned receives = 1, sends = 2;
  for (const bgp::AddPathEntry& e : offer->add_path)
    if ((e.mode & (direction == bgp::Direction::left ? receives : sends)) != 0) c.add_path.add(e.family);
  for (const bgp::Family f : offer->extended_next_hop) c.extended_next_hop.add(f);
  return c;
}

}  // namespace format
