#include <simdjson.h>

#include "base/ip.hh"
#include "bgp/header.hh"
#include "bgp/report.hh"
#include "format/bmp_names.hh"
#include "format/json_in.hh"
#include "format/json_open.hh"

namespace format {

namespace {

// What the members of a report say, in any order.
struct ReportIn {
  std::optional<bgp::ReportKind> kind;
  std::optional<bgp::PeerState> from, to;
  std::optional<std::uint8_t> reason;
  std::uint64_t local_port = 0, remote_port = 0, event = 0;
  std::uint32_t stats = 0;
  bool has_data = false;
  std::uint8_t local[16] = {};
  base::Buffer data, sent, received, notification, info, counters;

  bool member(std::string_view key, Value& v, Problem& problem);
  bool state(Value& v, std::optional<bgp::PeerState>& out, Problem& problem);
  bool open(Value& v, base::Buffer& out, Problem& problem);
  bool address(Value& v, Problem& problem);
  bool notify(Value& v, Problem& problem);
  bool tlv(Value& v, Problem& problem);
  bool stat(Value& v, Problem& problem);
  bool assemble(base::Buffer& body, Problem& problem) const;
};

bool ReportIn::state(Value& v, std::optional<bgp::PeerState>& out, Problem& problem) {
  out = bgp::parse_peer_state(inner(v));
  return out || problem.set("not a state");
}

// The whole message; an object or hex, as in a line of its own.
bool ReportIn::open(Value& v, base::Buffer& out, Problem& problem) {
  base::Buffer body;
  if (is_string(v)) {
    if (!read_hex(v, body)) return problem.set("neither an object nor hex");
  } else {
    Object object;
    std::string_view text;
    if (!is_object(v) || v.get_object().get(object) || object.raw_json().get(text))
      return problem.set("neither an object nor hex");
    auto read = read_open(text);
    if (!read) return problem.set(read.error().text);
    body = std::move(*read);
  }
  if (body.size() > bgp::max_extended_message - bgp::header_size) return problem.set("longer than a message can be");
  out.clear();
  bgp::append_message(out, bgp::MsgType::open, body);
  return true;
}

bool ReportIn::notify(Value& v, Problem& problem) {
  base::Buffer body;
  if (is_string(v)) {
    if (!read_hex(v, body)) return problem.set("neither an object nor hex");
  } else {
    Object object;
    if (!is_object(v) || v.get_object().get(object)) return problem.set("neither an object nor hex");
    if (!read_notification(object, body, problem)) return false;
  }
  if (body.size() > bgp::max_extended_message - bgp::header_size) return problem.set("longer than a message can be");
  notification.clear();
  bgp::append_message(notification, bgp::MsgType::notification, body);
  return true;
}

bool ReportIn::address(Value& v, Problem& problem) {
  const auto a = base::Address::parse(inner(v));
  if (!a) return problem.set("not an address");
  std::memset(local, 0, sizeof local);
  std::memcpy(local + 16 - a->size(), a->bytes().data(), a->size());
  return true;
}

// {"type":"SYS_NAME","text":"r1"}, "data":"0x…" or, of two bytes, "value":3.
bool ReportIn::tlv(Value& v, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object");
  std::string name, text;
  base::Buffer value;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    std::string_view utf8;
    std::uint64_t number = 0;
    if (key == "type") return name.assign(inner(item)), true;
    if (key == "data") return read_hex(item, value) || problem.set("data is not hex");
    if (key == "value") {
      if (!read_number(item, 0xffff, number)) return problem.set("value is not a number up to 65535");
      base::Writer(value).u16(static_cast<std::uint16_t>(number));
    }
    if (key != "text") return true;
    if (!read_string(item, utf8)) return problem.set("text is not text");
    take_text(utf8, text);
    value.append(std::string_view(text));
    return true;
  });
  if (!done) return false;
  // The kind of report may stand behind them; the names of one registry are not those of the other.
  auto type = parse_bmp_info_name(BmpInfo::initiation, name);
  if (!type) type = parse_bmp_info_name(BmpInfo::termination, name);
  if (!type) return problem.set("not a type of information");
  if (value.size() > 0xffff) return problem.set("longer than a TLV can be");
  base::Writer w(info);
  w.u16(*type);
  w.u16(static_cast<std::uint16_t>(value.size()));
  w.bytes(value);
  return true;
}

// {"type":"ADJ_RIB_IN_FAMILY","af":"IPV4/UNICAST","value":5} or "data":"0x…".
bool ReportIn::stat(Value& v, Problem& problem) {
  Object object;
  if (v.get_object().get(object)) return problem.set("not an object");
  std::optional<std::uint16_t> type;
  std::optional<bgp::Family> family;
  std::optional<std::uint64_t> number;
  base::Buffer value;
  const bool done = each_member(object, problem, [&](std::string_view key, Value& item) {
    if (key == "type") return (type = parse_bmp_stat_name(inner(item))) || problem.set("not a type of statistic");
    if (key == "af") return (family = bgp::parse_family(inner(item))) || problem.set("not a family");
    if (key == "data") return read_hex(item, value) || problem.set("data is not hex");
    if (key != "value") return true;
    std::uint64_t n = 0;
    if (item.get_uint64().get(n)) return problem.set("value is not a number");
    number = n;
    return true;
  });
  if (!done) return false;
  if (!type) return problem.set("type is missing");
  if (number) {
    const BmpStatForm form = bmp_stat_form(*type);
    base::Writer w(value);
    if (form.family) {
      if (!family) return problem.set("af is missing");
      w.u16(static_cast<std::uint16_t>(family->afi));
      w.u8(static_cast<std::uint8_t>(family->safi));
    }
    if (form.width == 4 && *number > 0xffffffff) return problem.set("value is over 32 bits");
    if (form.width == 4)
      w.u32(static_cast<std::uint32_t>(*number));
    else
      w.u64(*number);
  }
  if (value.size() > 0xffff) return problem.set("longer than a TLV can be");
  base::Writer w(counters);
  w.u16(*type);
  w.u16(static_cast<std::uint16_t>(value.size()));
  w.bytes(value);
  ++stats;
  return true;
}

bool ReportIn::member(std::string_view key, Value& v, Problem& problem) {
  if (key == "report") return (kind = bgp::parse_report_kind(inner(v))) || problem.set("not a kind of report");
  if (key == "data") {
    has_data = true;
    return read_hex(v, data) || problem.set("not hex");
  }
  if (key == "from") return state(v, from, problem);
  if (key == "to") return state(v, to, problem);
  if (key == "local") return address(v, problem);
  if (key == "local-port") return read_number(v, 0xffff, local_port) || problem.set("not a port");
  if (key == "remote-port") return read_number(v, 0xffff, remote_port) || problem.set("not a port");
  if (key == "sent") return open(v, sent, problem);
  if (key == "received") return open(v, received, problem);
  if (key == "reason") return (reason = parse_bmp_reason_name(inner(v))) || problem.set("not a reason");
  if (key == "event") return read_number(v, 0xffff, event) || problem.set("not a number up to 65535");
  if (key == "notification") return notify(v, problem);
  if (key == "info") return each_element(v, problem, [&](Value& item) { return tlv(item, problem); });
  if (key == "stats") return each_element(v, problem, [&](Value& item) { return stat(item, problem); });
  return true;
}

bool ReportIn::assemble(base::Buffer& body, Problem& problem) const {
  if (!kind) return problem.set("report is missing");
  base::Writer w(body);
  w.u8(static_cast<std::uint8_t>(*kind));
  if (has_data) return body.append(data.view()), true;
  switch (*kind) {
    case bgp::ReportKind::state_change:
      if (!from || !to) return problem.set("from and to are missing");
      w.u16(static_cast<std::uint16_t>(*from));
      w.u16(static_cast<std::uint16_t>(*to));
      return true;
    case bgp::ReportKind::peer_up:
      if (sent.empty() || received.empty()) return problem.set("sent and received are missing");
      w.bytes(local);
      w.u16(static_cast<std::uint16_t>(local_port));
      w.u16(static_cast<std::uint16_t>(remote_port));
      w.bytes(sent);
      w.bytes(received);
      w.bytes(info);
      return true;
    case bgp::ReportKind::peer_down:
      if (!reason) return problem.set("reason is missing");
      w.u8(*reason);
      if (*reason == 2) w.u16(static_cast<std::uint16_t>(event));
      w.bytes(notification);
      w.bytes(info);
      return true;
    case bgp::ReportKind::statistics:
      w.u32(stats);
      w.bytes(counters);
      return true;
    default: w.bytes(info); return true;
  }
}

}  // namespace

bool read_report(Object object, base::Buffer& body, Problem& problem) {
  ReportIn in;
  return each_member(object, problem,
                     [&](std::string_view key, Value& v) { return in.member(key, v, problem) || problem.in(key); }) &&
         in.assemble(body, problem);
}

}  // namespace format
