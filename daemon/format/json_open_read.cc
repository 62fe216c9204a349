#include <simdjson.h>

#include <algorithm>

#include "base/ip.hh"
#include "format/json_in.hh"
#include "format/json_open.hh"

namespace format {

namespace {

using base::Buffer;
using bgp::CapCode;

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
    in.caps.emplace_back(CapCode::as4, std::move(value));
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
