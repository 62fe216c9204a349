#include <simdjson.h>

#include <array>

#include "base/ip.hh"
#include "base/text.hh"
#include "format/json_in.hh"
#include "format/json_open.hh"

namespace format {

namespace {

using base::Buffer;
using bgp::CapCode;
using Capabilities = std::vector<std::pair<CapCode, Buffer>>;

void add(Capabilities& caps, CapCode code, Buffer value) { caps.emplace_back(code, std::move(value)); }

// What stands before the last slash; the part behind it in `last`.
std::string_view cut_last(std::string_view text, std::string_view& last) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  last = text.substr(slash + 1);
  return text.substr(0, slash);
}

void put_family(base::Writer& w, bgp::Family f) {
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(f.safi));
}

// RFC 4760 8.
bool add_mp(Capabilities& caps, std::string_view text) {
  const auto f = bgp::parse_family(text);
  if (!f) return false;
  Buffer value;
  base::Writer w(value);
  w.u16(static_cast<std::uint16_t>(f->afi));
  w.u8(0);
  w.u8(static_cast<std::uint8_t>(f->safi));
  add(caps, CapCode::mp, std::move(value));
  return true;
}

// RFC 8950 4.
bool append_next_hop(Buffer& value, std::string_view text) {
  std::string_view last;
  const auto f = bgp::parse_family(cut_last(text, last));
  const auto hop = bgp::parse_afi(last);
  if (!f || !hop) return false;
  base::Writer w(value);
  w.u16(static_cast<std::uint16_t>(f->afi));
  w.u16(static_cast<std::uint16_t>(f->safi));
  w.u16(static_cast<std::uint16_t>(*hop));
  return true;
}

// RFC 7911 4.
bool append_add_path(Buffer& value, std::string_view text) {
  std::string_view last;
  const auto f = bgp::parse_family(cut_last(text, last));
  const std::string mode = base::upper(last);
  const int number = mode == "RECEIVE" ? 1 : mode == "SEND" ? 2 : mode == "BIDIR" ? 3 : 0;
  if (!f || number == 0) return false;
  base::Writer w(value);
  put_family(w, *f);
  w.u8(static_cast<std::uint8_t>(number));
  return true;
}

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

// A list of the typed form, or of hex strings, each an instance.
bool add_list(Capabilities& caps, CapCode code, Value& v, Problem& problem) {
  Buffer joined;
  bool typed = false;
  const bool done = each_element(v, problem, [&](Value& item) {
    if (is_hex(item)) return add_raw(caps, code, item) || problem.set("not hex of at most 255 bytes");
    std::string_view text;
    if (!read_string(item, text)) return problem.set("not text");
    typed = true;
    switch (code) {
      case CapCode::mp: return add_mp(caps, text) || problem.set("not a family like \"IPV6/UNICAST\"");
      case CapCode::extended_next_hop:
        return append_next_hop(joined, text) || problem.set("not like \"IPV4/UNICAST/IPV6\"");
      case CapCode::add_path: return append_add_path(joined, text) || problem.set("not like \"IPV4/UNICAST/BIDIR\"");
      default: return problem.set("not hex");
    }
  });
  if (!done) return false;
  // RFC 5492 4: what does not fit into one capability goes on in another.
  constexpr std::size_t most = 252;  // a multiple of 4 and 6
  base::Bytes left = joined;
  while (!left.empty()) {
    const std::size_t n = std::min(most, left.size());
    add(caps, code, Buffer(left.first(n)));
    left = left.subspan(n);
  }
  return true;
}

bool read_capability(Capabilities& caps, std::string_view name, Value& v, Problem& problem) {
  const auto code = bgp::parse_cap_name(name);
  if (!code) return problem.set("not the name of a capability");
  if (is_null(v)) return true;
  if (is_array(v)) return add_list(caps, *code, v, problem);
  if (is_hex(v)) return add_raw(caps, *code, v) || problem.set("not hex of at most 255 bytes");
  switch (*code) {
    case CapCode::role: return add_role(caps, v) || problem.set("not a role");
    case CapCode::as4: return add_as4(caps, v) || problem.set("not an AS number");
    case CapCode::fqdn: return add_fqdn(caps, v, problem) || problem.set("not an object with host and domain");
    default: return problem.set("neither true nor hex");
  }
}

struct OpenIn {
  std::uint64_t version = 4, asn = 0, hold = 0;
  std::uint8_t id[4] = {};
  bool has_caps = false, has_parameters = false, extended = false;
  Capabilities caps;
  Buffer parameters;

  bool member(std::string_view key, Value& v, Problem& problem) {
    std::string_view text;
    if (key == "caps" && !is_null(v)) return capabilities(v, problem);
    if (is_null(v)) return true;
    if (key == "bgp") return read_number(v, 255, version) || problem.set("not a number up to 255");
    if (key == "asn") return read_number(v, 0xffffffff, asn) || problem.set("not an AS number");
    if (key == "hold") return read_number(v, 0xffff, hold) || problem.set("not a number up to 65535");
    if (key == "extended") return read_bool(v, extended) || problem.set("neither true nor false");
    if (key == "id") return (read_string(v, text) && take_v4(text, id)) || problem.set("not an IPv4 address");
    if (key == "params") {
      has_parameters = true;
      parameters.clear();
      return read_hex(v, parameters) || problem.set("not hex");
    }
    return true;
  }

  bool capabilities(Value& v, Problem& problem) {
    has_caps = true;
    Object object;
    if (v.get_object().get(object)) return problem.set("not an object");
    return each_member(object, problem, [&](std::string_view name, Value& item) {
      return read_capability(caps, name, item, problem) || problem.in(name);
    });
  }

  bool has(CapCode code) const {
    return std::ranges::any_of(caps, [code](const auto& c) { return c.first == code; });
  }
};

bool parse(std::string_view object, OpenIn& in, Problem& problem) {
  const simdjson::padded_string text(object);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  Object open;
  if (parser.iterate(text).get(document) || document.get_object().get(open)) return problem.set("not well-formed JSON");
  return each_member(open, problem,
                     [&](std::string_view key, Value& v) { return in.member(key, v, problem) || problem.in(key); });
}

// With the fields of `in`, and the capabilities in their plain form.
bool encode_plain(const OpenIn& in, const Capabilities& caps, Buffer& body) {
  const bgp::Asn asn = in.asn > 0xffff ? bgp::as_trans : static_cast<bgp::Asn>(in.asn);
  if (!bgp::encode_open(body, static_cast<std::uint16_t>(in.hold), asn, base::Address::from(in.id), caps)) return false;
  body.data()[0] = static_cast<std::uint8_t>(in.version);
  return true;
}

// The parameters hold the same capabilities as the line shows, so nobody has edited those.
bool parameters_stand(const OpenIn& in, base::Bytes plain) {
  if (!in.has_caps) return true;
  bgp::Open o;
  o.parameters = in.parameters;
  o.extended_parameters = in.extended;
  const auto caps = bgp::capabilities(o);
  if (!caps) return false;
  Buffer text;
  text.append(std::string_view("{\"caps\":"));
  append_capabilities(text, *caps);
  text.append(std::string_view("}"));
  OpenIn again;
  Problem problem;
  Buffer body;
  return parse(text.text(), again, problem) && encode_plain(in, again.caps, body) && base::equal(body, plain);
}

}  // namespace

base::Result<Buffer> read_open(std::string_view object) {
  OpenIn in;
  Problem problem;
  if (!parse(object, in, problem)) return base::fail(problem.where + problem.what);
  // A speaker without capability 65 stays one; without any word on capabilities the AS number decides.
  const bool invent = !in.has_parameters && (!in.has_caps || in.asn > 0xffff) && !in.has(CapCode::as4) && in.asn != 0;
  if (invent) {
    Buffer value;
    base::Writer(value).u32(static_cast<std::uint32_t>(in.asn));
    add(in.caps, CapCode::as4, std::move(value));
  }
  Buffer plain;
  if (!encode_plain(in, in.caps, plain)) return base::fail("caps: longer than a message can be");
  if (!in.has_parameters || !parameters_stand(in, plain)) return plain;
  if (in.parameters.size() > (in.extended ? 65535u : 255u)) return base::fail("params: too long");
  bgp::Open o;
  o.version = static_cast<std::uint8_t>(in.version);
  o.my_as = in.asn > 0xffff ? std::uint16_t{bgp::as_trans} : static_cast<std::uint16_t>(in.asn);
  o.hold_time = static_cast<std::uint16_t>(in.hold);
  o.id = base::Address::from(in.id);
  o.parameters = in.parameters;
  o.extended_parameters = in.extended;
  Buffer body;
  bgp::encode(body, o);
  return body;
}

}  // namespace format
