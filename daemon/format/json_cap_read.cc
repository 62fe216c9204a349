#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "format/json_cap_items.hh"
#include "format/json_in.hh"

namespace format {

namespace {

using base::Buffer;
using bgp::CapCode;

void add(Capabilities& caps, CapCode code, Buffer value) { caps.emplace_back(code, std::move(value)); }

bool add_role(Capabilities& caps, Value& v) {
  static constexpr std::array<std::string_view, 5> roles{"PROVIDER", "RS", "RS-CLIENT", "CUSTOMER", "PEER"};
  std::uint64_t role = 0;
  if (!read_number(v, 255, role)) {
    std::string_view text;
    if (!read_string(v, text)) return false;
    const auto named = std::ranges::find(roles, base::upper(text));
    if (named == roles.end()) return false;
    role = static_cast<std::uint64_t>(named - roles.begin());
  }
  Buffer value;
  value.push(static_cast<std::uint8_t>(role));
  add(caps, CapCode::role, std::move(value));
  return true;
}

bool add_as4(Capabilities& caps, Value& v) {
  std::uint64_t asn = 0;
  if (!read_number(v, 0xffffffff, asn)) return false;
  Buffer value;
  base::Writer(value).u32(static_cast<std::uint32_t>(asn));
  add(caps, CapCode::as4, std::move(value));
  return true;
}

bool add_fqdn(Capabilities& caps, Value& v, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return false;
  std::string host, domain;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    std::string_view text;
    if (key != "host" && key != "domain") return true;
    if (!read_string(item, text)) return problem.set("not text");
    take_text(text, key == "host" ? host : domain);
    return true;
  });
  if (!done || host.size() + domain.size() > 253) return false;
  Buffer value;
  for (const std::string& part : {host, domain}) {
    value.push(static_cast<std::uint8_t>(part.size()));
    value.append(std::string_view(part));
  }
  add(caps, CapCode::fqdn, std::move(value));
  return true;
}

// One instance: hex, or true for none.
bool add_raw(Capabilities& caps, CapCode code, Value& v) {
  Buffer value;
  if (token(v) != "true" && !read_hex(v, value)) return false;
  if (value.size() > 255) return false;
  add(caps, code, std::move(value));
  return true;
}

bool is_hex(Value& v) {
  const std::string_view t = token(v);
  return t == "true" || t == "\"\"" || t.starts_with("\"0x");
}

// Items one behind the other.
bool read_items(Value& v, const CapItems& form, Buffer& out, Problem& problem) {
  return each_element(v, problem, [&](Value& item) {
    std::string_view text;
    return (read_string(item, text) && form.take(text, out)) || problem.set(form.wrong);
  });
}

// RFC 5492 4: what does not fit into one capability goes on in another.
void add_items(Capabilities& caps, const CapItems& form, base::Bytes items) {
  const std::size_t most = form.alone ? form.width : 255u / form.width * form.width;
  while (!items.empty()) {
    const std::size_t n = std::min(most, items.size());
    add(caps, form.code, Buffer(items.first(n)));
    items = items.subspan(n);
  }
}

// RFC 5291 4: the filters of a family under it.
void add_filters(Capabilities& caps, base::Bytes items) {
  Buffer value;
  std::size_t count_at = 0;
  for (; !items.empty(); items = items.subspan(filter_items.width)) {
    const base::Bytes family = items.first(4);
    const bool same =
        count_at != 0 && value.data()[count_at] != 255 && base::equal(value.view().subspan(count_at - 4, 4), family);
    if (value.size() + (same ? 2 : 7) > 255) {
      add(caps, CapCode::orf, std::move(value));
      value = {};
      count_at = 0;
    }
    if (!same || count_at == 0) {
      value.append(family);
      count_at = value.size();
      value.push(0);
    }
    ++value.data()[count_at];
    value.append(items.subspan(4, 2));
  }
  if (!value.empty()) add(caps, CapCode::orf, std::move(value));
}

// A list of the typed form, or of hex strings, each an instance.
bool add_list(Capabilities& caps, CapCode code, Value& v, Problem& problem) {
  const CapItems* form = code == CapCode::orf ? &filter_items : cap_items(code);
  Buffer joined;
  bool any = false;
  const bool done = each_element(v, problem, [&](Value& item) {
    any = true;
    if (is_hex(item)) return add_raw(caps, code, item) || problem.set("not hex of at most 255 bytes");
    std::string_view text;
    if (!read_string(item, text)) return problem.set("not text");
    if (!form) return problem.set("not hex");
    return form->take(text, joined) || problem.set(form->wrong);
  });
  if (!done) return false;
  if (!any && form && !form->alone) add(caps, code, {});
  if (code == CapCode::orf)
    add_filters(caps, joined);
  else if (form)
    add_items(caps, *form, joined);
  return true;
}

bool add_graceful_restart(Capabilities& caps, Value& v, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object with time and families");
  std::uint64_t time = 0;
  bool restarting = false, notification = false;
  Buffer families;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    if (key == "time") return read_number(item, 0xfff, time) || problem.set("time is not a number up to 4095");
    if (key == "restarting") return read_bool(item, restarting) || problem.set("restarting is not true or false");
    if (key == "notification") return read_bool(item, notification) || problem.set("notification is not true or false");
    return key != "families" || read_items(item, restart_families, families, problem);
  });
  if (!done) return false;
  if (families.size() > 252) return problem.set("too many families");
  Buffer value;
  base::Writer w(value);
  w.u16(static_cast<std::uint16_t>((restarting ? 0x8000 : 0) | (notification ? 0x4000 : 0) | time));
  w.bytes(families);
  add(caps, CapCode::graceful_restart, std::move(value));
  return true;
}

bool add_multisession(Capabilities& caps, Value& v, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object with flags and caps");
  std::uint64_t flags = 0;
  Buffer codes;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    if (key == "flags") return read_number(item, 255, flags) || problem.set("flags is not a number up to 255");
    return key != "caps" || read_items(item, session_codes, codes, problem);
  });
  if (!done) return false;
  if (codes.size() > 254) return problem.set("too many capabilities");
  Buffer value;
  value.push(static_cast<std::uint8_t>(flags));
  value.append(codes.view());
  add(caps, CapCode::multisession, std::move(value));
  return true;
}

bool add_version(Capabilities& caps, Value& v) {
  std::string_view utf8;
  std::string text;
  if (!read_string(v, utf8)) return false;
  take_text(utf8, text);
  if (text.size() > 254) return false;
  Buffer value;
  value.push(static_cast<std::uint8_t>(text.size()));
  value.append(std::string_view(text));
  add(caps, CapCode::version, std::move(value));
  return true;
}

}  // namespace

bool read_capability(Capabilities& caps, std::string_view name, Value& v, Problem& problem) {
  const auto code = bgp::parse_cap_name(name);
  if (!code) return problem.set("not the name of a capability");
  if (is_null(v)) return true;
  if (is_array(v)) return add_list(caps, *code, v, problem);
  if (is_hex(v)) return add_raw(caps, *code, v) || problem.set("not hex of at most 255 bytes");
  switch (*code) {
    case CapCode::graceful_restart: return add_graceful_restart(caps, v, problem);
    case CapCode::multisession: return add_multisession(caps, v, problem);
    case CapCode::role: return add_role(caps, v) || problem.set("not a role");
    case CapCode::as4: return add_as4(caps, v) || problem.set("not an AS number");
    case CapCode::fqdn: return add_fqdn(caps, v, problem) || problem.set("not an object with host and domain");
    case CapCode::version: return add_version(caps, v) || problem.set("not text of at most 254 bytes");
    default: return problem.set("neither true nor hex");
  }
}

}  // namespace format
