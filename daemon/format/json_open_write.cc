#include <algorithm>

#include "base/ip.hh"
#include "base/text.hh"
#include "format/json_open.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Buffer;
using base::Bytes;
using bgp::Capability;
using bgp::CapCode;
using Group = std::span<const Capability>;  // all of one code

void add(Buffer& out, std::string_view s) { out.append(s); }
void add_text(Buffer& out, std::string_view bytes) {
  auto* const p = reinterpret_cast<char*>(out.reserve(6 * bytes.size() + put_slack));
  out.commit(static_cast<std::size_t>(put_text_string(p, bytes) - p));
}
void add_hex(Buffer& out, Bytes b) {
  auto* const p = reinterpret_cast<char*>(out.reserve(2 * b.size() + put_slack));
  out.commit(static_cast<std::size_t>(put_hex_string(p, b) - p));
}

void add_list(Buffer& out, std::vector<std::string>& items) {
  add(out, "[");
  for (std::size_t i = 0; i < items.size(); ++i) add(out, (i == 0 ? "\"" : ",\"") + items[i] + '"');
  add(out, "]");
}

bgp::Family family(std::uint16_t afi, std::uint16_t safi) {
  return {static_cast<bgp::Afi>(afi), static_cast<bgp::Safi>(safi)};
}

// Each of these is false, with nothing added, if an instance is malformed (RFC 5492 5).
bool add_mp(Buffer& out, Group g) {
  std::vector<bgp::Family> families;
  for (const Capability& c : g) {
    if (c.value.size() != 4 || c.value[2] != 0) return false;
    families.push_back(family(base::load<std::uint16_t>(c.value.data()), c.value[3]));
  }
  std::ranges::sort(families);
  std::vector<std::string> items;
  for (const bgp::Family f : families) items.push_back(bgp::name(f));
  add_list(out, items);
  return true;
}

bool add_extended_next_hop(Buffer& out, Group g) {
  struct Entry {
    bgp::Family family;
    bgp::Afi hop;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  for (const Capability& c : g) {
    if (c.value.size() % 6 != 0) return false;
    for (base::Reader r(c.value); !r.empty();) {
      const std::uint16_t afi = r.u16(), safi = r.u16();
      if (safi > 255) return false;
      entries.push_back({family(afi, safi), static_cast<bgp::Afi>(r.u16())});
    }
  }
  std::ranges::sort(entries);
  std::vector<std::string> items;
  for (const Entry& e : entries) items.push_back(bgp::name(e.family) + '/' + bgp::name(e.hop));
  add_list(out, items);
  return true;
}

bool add_add_path(Buffer& out, Group g) {
  static constexpr std::string_view modes[] = {"", "RECEIVE", "SEND", "BIDIR"};
  struct Entry {
    bgp::Family family;
    std::uint8_t mode;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  for (const Capability& c : g) {
    if (c.value.size() % 4 != 0) return false;
    for (base::Reader r(c.value); !r.empty();) {
      const std::uint16_t afi = r.u16();
      const std::uint8_t safi = r.u8(), mode = r.u8();
      if (mode < 1 || mode > 3) return false;
      entries.push_back({family(afi, safi), mode});
    }
  }
  std::ranges::sort(entries);
  std::vector<std::string> items;
  for (const Entry& e : entries) items.push_back(bgp::name(e.family) + '/' + std::string(modes[e.mode]));
  add_list(out, items);
  return true;
}

bool add_role(Buffer& out, Group g) {
  static constexpr std::string_view roles[] = {"PROVIDER", "RS", "RS-CLIENT", "CUSTOMER", "PEER"};  // RFC 9234 4.1
  if (g.size() != 1 || g[0].value.size() != 1) return false;
  const std::uint8_t role = g[0].value[0];
  if (role < std::size(roles))
    add(out, '"' + std::string(roles[role]) + '"');
  else
    base::append_decimal(out, role);
  return true;
}

bool add_as4(Buffer& out, Group g) {
  if (g.size() != 1 || g[0].value.size() != 4) return false;
  base::append_decimal(out, base::load<std::uint32_t>(g[0].value.data()));
  return true;
}

// draft-walton-bgp-hostname-capability: two strings with their lengths in front.
bool add_fqdn(Buffer& out, Group g) {
  if (g.size() != 1) return false;
  base::Reader r(g[0].value);
  const Bytes host = r.bytes(r.u8());
  const Bytes domain = r.bytes(r.u8());
  if (!r.ok() || !r.empty()) return false;
  add(out, "{\"host\":");
  add_text(out, base::as_text(host));
  if (!domain.empty()) {
    add(out, ",\"domain\":");
    add_text(out, base::as_text(domain));
  }
  add(out, "}");
  return true;
}

bool add_known(Buffer& out, Group g) {
  switch (g[0].code) {
    case CapCode::mp: return add_mp(out, g);
    case CapCode::extended_next_hop: return add_extended_next_hop(out, g);
    case CapCode::role: return add_role(out, g);
    case CapCode::as4: return add_as4(out, g);
    case CapCode::add_path: return add_add_path(out, g);
    case CapCode::fqdn: return add_fqdn(out, g);
    default: return false;
  }
}

void add_raw(Buffer& out, Group g) {
  if (g.size() == 1 && g[0].value.empty()) return add(out, "true");
  if (g.size() == 1) return add_hex(out, g[0].value);
  add(out, "[");
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (i != 0) add(out, ",");
    add_hex(out, g[i].value);
  }
  add(out, "]");
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

void append_capabilities(Buffer& out, const std::vector<Capability>& caps) {
  std::vector<Capability> sorted = caps;
  std::ranges::sort(sorted, {}, [](const Capability& c) { return std::pair{c.code, c.value.data()}; });
  add(out, "{");
  for (auto from = sorted.begin(); from != sorted.end();) {
    const auto to = std::find_if(from, sorted.end(), [&](const Capability& c) { return c.code != from->code; });
    if (from != sorted.begin()) add(out, ",");
    add(out, '"' + bgp::cap_name(from->code) + "\":");
    if (!add_known(out, {from, to})) add_raw(out, {from, to});
    from = to;
  }
  add(out, "}");
}

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
