#include <algorithm>

#include "base/text.hh"
#include "format/json_cap_items.hh"
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

// Each of these is false where an instance is malformed (RFC 5492 5) or has bits that its form does not show; what was
// added is taken back.
bool add_items(Buffer& out, const CapItems& form, std::vector<Bytes> items) {
  if (form.sorted)
    std::ranges::stable_sort(items, [](Bytes a, Bytes b) { return base::as_text(a) < base::as_text(b); });
  add(out, "[");
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string text = i == 0 ? "\"" : ",\"";
    if (!form.show(items[i].data(), text)) return false;
    add(out, text + '"');
  }
  add(out, "]");
  return true;
}

bool cut_items(Bytes value, std::size_t width, std::vector<Bytes>& items) {
  for (; value.size() >= width; value = value.subspan(width)) items.push_back(value.first(width));
  return value.empty();
}

bool add_item_list(Buffer& out, const CapItems& form, Group g) {
  std::vector<Bytes> items;
  for (const Capability& c : g) {
    if (form.alone && c.value.size() != form.width) return false;
    if (!cut_items(c.value, form.width, items)) return false;
  }
  // Where the Go tool has a list, scripts expect one.
  if (items.empty() && !(form.sorted && g.size() == 1)) return false;
  return add_items(out, form, std::move(items));
}

// RFC 4724 3, RFC 8538 2.
bool add_graceful_restart(Buffer& out, Bytes v) {
  if (v.size() < 2) return false;
  const auto head = base::load<std::uint16_t>(v.data());
  std::vector<Bytes> families;
  if ((head & 0x3000) != 0 || !cut_items(v.subspan(2), restart_families.width, families)) return false;
  add(out, "{");
  if ((head & 0x8000) != 0) add(out, "\"restarting\":true,");
  if ((head & 0x4000) != 0) add(out, "\"notification\":true,");
  add(out, "\"time\":");
  base::append_decimal(out, head & 0xfff);
  add(out, ",\"families\":");
  if (!add_items(out, restart_families, std::move(families))) return false;
  add(out, "}");
  return true;
}

// RFC 5291 4.
bool add_filters(Buffer& out, Group g) {
  Buffer joined;
  for (const Capability& c : g) {
    base::Reader r(c.value);
    while (!r.empty()) {
      const Bytes family = r.bytes(4);
      const std::uint8_t count = r.u8();
      if (count == 0) return false;
      for (unsigned i = 0; i < count && r.ok(); ++i) {
        joined.append(family);
        joined.append(r.bytes(2));
      }
    }
    if (!r.ok()) return false;
  }
  std::vector<Bytes> items;
  (void)cut_items(joined, filter_items.width, items);
  return !items.empty() && add_items(out, filter_items, std::move(items));
}

// draft-ietf-idr-bgp-multisession: flags, then what tells the sessions apart.
bool add_multisession(Buffer& out, Bytes v) {
  if (v.empty()) return false;
  std::vector<Bytes> codes;
  (void)cut_items(v.subspan(1), session_codes.width, codes);
  add(out, "{\"flags\":");
  base::append_decimal(out, v[0]);
  add(out, ",\"caps\":");
  if (!add_items(out, session_codes, std::move(codes))) return false;
  add(out, "}");
  return true;
}

bool add_role(Buffer& out, Bytes v) {
  static constexpr std::string_view roles[] = {"PROVIDER", "RS", "RS-CLIENT", "CUSTOMER", "PEER"};  // RFC 9234 4.1
  if (v.size() != 1) return false;
  if (v[0] < std::size(roles))
    add(out, '"' + std::string(roles[v[0]]) + '"');
  else
    base::append_decimal(out, v[0]);
  return true;
}

bool add_as4(Buffer& out, Bytes v) {
  if (v.size() != 4) return false;
  base::append_decimal(out, base::load<std::uint32_t>(v.data()));
  return true;
}

// draft-walton-bgp-hostname-capability: two strings with their lengths in front.
bool add_fqdn(Buffer& out, Bytes v) {
  base::Reader r(v);
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

// draft-abraitis-bgp-version-capability: a string with its length in front. What would be taken for hex is shown so.
bool add_version(Buffer& out, Bytes v) {
  if (v.size() < 2 || v[0] != v.size() - 1) return false;
  const std::string_view text = base::as_text(v.subspan(1));
  if (text.starts_with("0x") || text.starts_with("0X")) return false;
  add_text(out, text);
  return true;
}

bool add_known(Buffer& out, Group g) {
  if (const CapItems* form = cap_items(g[0].code)) return add_item_list(out, *form, g);
  if (g[0].code == CapCode::orf) return add_filters(out, g);
  if (g.size() != 1) return false;
  switch (g[0].code) {
    case CapCode::graceful_restart: return add_graceful_restart(out, g[0].value);
    case CapCode::multisession: return add_multisession(out, g[0].value);
    case CapCode::role: return add_role(out, g[0].value);
    case CapCode::as4: return add_as4(out, g[0].value);
    case CapCode::fqdn: return add_fqdn(out, g[0].value);
    case CapCode::version: return add_version(out, g[0].value);
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

}  // namespace

void append_capabilities(Buffer& out, const std::vector<Capability>& caps) {
  std::vector<Capability> sorted = caps;
  std::ranges::sort(sorted, {}, [](const Capability& c) { return std::pair{c.code, c.value.data()}; });
  add(out, "{");
  for (auto from = sorted.begin(); from != sorted.end();) {
    const auto to = std::find_if(from, sorted.end(), [&](const Capability& c) { return c.code != from->code; });
    if (from != sorted.begin()) add(out, ",");
    add(out, '"' + bgp::cap_name(from->code) + "\":");
    const std::size_t value = out.size();
    if (!add_known(out, {from, to})) {
      out.truncate(value);
      add_raw(out, {from, to});
    }
    from = to;
  }
  add(out, "}");
}

}  // namespace format
