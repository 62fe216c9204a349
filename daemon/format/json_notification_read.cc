#include <simdjson.h>

#include "bgp/notification.hh"
#include "bgp/route_refresh.hh"
#include "format/json_in.hh"

namespace format {

namespace {

// {"code":6,"subcode":2,"text":"maintenance"}, "data":"0x…", or "reset":{…} with the same in it.
bool read_object(Object object, base::Buffer& body, bool inner, Problem& problem) {
  std::uint64_t code = 0, subcode = 0;
  bool has_code = false, has_text = false, has_reset = false, has_raw = false;
  std::string text;
  base::Buffer data;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& v) {
    std::string_view utf8;
    if (key == "code") return (has_code = read_number(v, 255, code)) || problem.set("code is not a number up to 255");
    if (key == "subcode") return read_number(v, 255, subcode) || problem.set("subcode is not a number up to 255");
    if (key == "data") return read_hex(v, data) || problem.set("data is not hex");
    if (key == "raw") return (has_raw = read_hex(v, body)) || problem.set("raw is not hex");
    if (key == "reset") {
      Object reset;
      if (inner) return problem.set("stands in a reset: give it in hex");
      if (v.get_object().get(reset)) return problem.set("reset is not an object");
      has_reset = true;
      data.clear();
      return read_object(reset, data, true, problem) || problem.in(key);
    }
    if (key != "text") return true;
    if (!read_string(v, utf8)) return problem.set("text is not text");
    take_text(utf8, text);
    has_text = true;
    return text.size() <= 255 || problem.set("text is longer than 255 bytes");
  });
  if (!done || has_raw) return done;
  if (!has_code) return problem.set("code is missing");
  if (has_text && has_reset) return problem.set("has both text and a reset: the text belongs into the reset");
  body.push(static_cast<std::uint8_t>(code));
  body.push(static_cast<std::uint8_t>(subcode));
  if (has_text && data.empty()) {
    body.push(static_cast<std::uint8_t>(text.size()));
    body.append(std::string_view(text));
  } else {
    body.append(data.view());
  }
  return true;
}

}  // namespace

bool read_notification(Object object, base::Buffer& body, Problem& problem) {
  return read_object(object, body, false, problem);
}

void read_notification_text(std::string_view utf8, base::Buffer& body) {
  std::string data;
  take_text(utf8, data);
  const bool shutdown = data.size() > 1 && static_cast<unsigned char>(data[0]) == data.size() - 1;
  body.push(bgp::notify::cease);
  body.push(shutdown ? bgp::notify::cease_subcode::shutdown : std::uint8_t{0});
  body.append(std::string_view(data));
}

// {"af":"IPV4/UNICAST","subtype":"BORR","orf":"0x…"}
bool read_route_refresh(Object object, base::Buffer& body, Problem& problem) {
  bgp::RouteRefresh refresh;
  base::Buffer filters;
  bool has_family = false;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& v) {
    std::uint64_t number = 0;
    if (key == "af") {
      const auto f = bgp::parse_family(inner(v));
      if (f) refresh.family = *f;
      return (has_family = f.has_value()) || problem.set("af is not a family like \"IPV6/UNICAST\"");
    }
    if (key == "orf") return read_hex(v, filters) || problem.set("orf is not hex");
    if (key != "subtype") return true;
    const auto named = bgp::parse_refresh_subtype(inner(v));
    if (!named && !read_number(v, 255, number)) return problem.set("subtype is not known");
    refresh.subtype = named ? *named : static_cast<std::uint8_t>(number);
    return true;
  });
  if (!done) return false;
  if (!has_family) return problem.set("af is missing");
  refresh.filters = filters;
  bgp::encode(body, refresh);
  return true;
}

}  // namespace format
