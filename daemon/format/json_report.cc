#include "format/json_report.hh"

#include <string>

#include "base/ip.hh"
#include "bgp/header.hh"
#include "bgp/report.hh"
#include "format/bmp_names.hh"
#include "format/bmp_record.hh"
#include "format/json_notification.hh"
#include "format/json_open.hh"
#include "format/put.hh"

namespace format {

namespace {

using base::Buffer;
using base::Bytes;

void add(Buffer& out, std::string_view s) { out.append(s); }
void add_name(Buffer& out, const std::string& name) { out.append('"' + name + '"'); }
void add_hex(Buffer& out, Bytes b) {
  auto* const p = reinterpret_cast<char*>(out.reserve(2 * b.size() + put_slack));
  out.commit(static_cast<std::size_t>(put_hex_string(p, b) - p));
}
void add_text(Buffer& out, Bytes b) {
  auto* const p = reinterpret_cast<char*>(out.reserve(6 * b.size() + put_slack));
  out.commit(static_cast<std::size_t>(put_text_string(p, base::as_text(b)) - p));
}

// Each of these is false, with anything added, when the form could not give the bytes back.

bool add_state_change(Buffer& out, Bytes data) {
  const auto change = bgp::parse_state_change(data);
  if (!change) return false;
  add(out, ",\"from\":");
  add_name(out, bgp::name(change->from));
  add(out, ",\"to\":");
  add_name(out, bgp::name(change->to));
  return true;
}

bool add_info(Buffer& out, BmpInfo kind, Bytes data) {
  if (data.empty()) return true;
  if (!bmp_tlvs_sound(data)) return false;
  add(out, ",\"info\":[");
  for (base::Reader r(data); !r.empty();) {
    const BmpTlv t = *next_bmp_tlv(r);
    add(out, "{\"type\":");
    add_name(out, bmp_info_name(kind, t.type));
    if (bmp_info_is_text(kind, t.type)) {
      add(out, ",\"text\":");
      add_text(out, t.value);
    } else if (kind == BmpInfo::termination && t.type == 1 && t.value.size() == 2) {
      add(out, ",\"value\":");
      base::append_decimal(out, base::load<std::uint16_t>(t.value.data()));
    } else {
      add(out, ",\"data\":");
      add_hex(out, t.value);
    }
    add(out, r.empty() ? "}]" : "},");
  }
  return true;
}

void add_address(Buffer& out, Bytes sixteen) {
  const auto v6 = base::Address::from(sixteen);
  bool v4 = true;
  for (const std::uint8_t b : sixteen.first(12)) v4 = v4 && b == 0;
  add(out, "\"");
  base::append(out, v4 ? base::Address::from(sixteen.subspan(12)) : v6);
  add(out, "\"");
}

bool add_peer_up(Buffer& out, Bytes data) {
  const auto up = parse_bmp_peer_up(data);
  if (!up) return false;
  add(out, ",\"local\":");
  add_address(out, up->local_address);
  add(out, ",\"local-port\":");
  base::append_decimal(out, up->local_port);
  add(out, ",\"remote-port\":");
  base::append_decimal(out, up->remote_port);
  add(out, ",\"sent\":");
  append_open(out, up->sent.subspan(bgp::header_size));
  add(out, ",\"received\":");
  append_open(out, up->received.subspan(bgp::header_size));
  return add_info(out, BmpInfo::initiation, up->information);
}

// RFC 7854 4.9, RFC 9069 5.3.
bool add_peer_down(Buffer& out, Bytes data) {
  if (data.empty()) return false;
  const std::uint8_t reason = data[0];
  const Bytes rest = data.subspan(1);
  add(out, ",\"reason\":");
  add_name(out, bmp_reason_name(reason));
  switch (reason) {
    case 1:
    case 3: {
      const auto m = bgp_message_at(rest);
      if (!m || m->size() != rest.size() || static_cast<bgp::MsgType>(rest[18]) != bgp::MsgType::notification)
        return false;
      add(out, ",\"notification\":");
      append_notification_data(out, rest.subspan(bgp::header_size));
      return true;
    }
    case 2:
      if (rest.size() != 2) return false;
      add(out, ",\"event\":");
      base::append_decimal(out, base::load<std::uint16_t>(rest.data()));
      return true;
    case 6: return add_info(out, BmpInfo::initiation, rest);
    default: return rest.empty();
  }
}

void add_stat(Buffer& out, const BmpTlv& t) {
  const BmpStatForm form = bmp_stat_form(t.type);
  add(out, "{\"type\":");
  add_name(out, bmp_stat_name(t.type));
  if (form.width == 0 || t.value.size() != form.width + (form.family ? 3u : 0u)) {
    add(out, ",\"data\":");
    add_hex(out, t.value);
    return;
  }
  base::Reader r(t.value);
  if (form.family) {
    const auto afi = static_cast<bgp::Afi>(r.u16());
    const auto safi = static_cast<bgp::Safi>(r.u8());
    add(out, ",\"af\":");
    add_name(out, bgp::name(bgp::Family{afi, safi}));
  }
  add(out, ",\"value\":");
  base::append_decimal(out, form.width == 8 ? r.u64() : r.u32());
}

// RFC 7854 4.8.
bool add_statistics(Buffer& out, Bytes data) {
  base::Reader r(data);
  const std::uint32_t count = r.u32();
  if (!r.ok() || !bmp_tlvs_sound(r.rest())) return false;
  std::uint32_t found = 0;
  add(out, ",\"stats\":[");
  while (!r.empty()) {
    if (found++ != 0) add(out, ",");
    add_stat(out, *next_bmp_tlv(r));
    add(out, "}");
  }
  add(out, "]");
  return found == count;
}

bool add_readable(Buffer& out, const bgp::Report& r) {
  switch (r.kind) {
    case bgp::ReportKind::state_change: return add_state_change(out, r.data);
    case bgp::ReportKind::peer_up: return add_peer_up(out, r.data);
    case bgp::ReportKind::peer_down: return add_peer_down(out, r.data);
    case bgp::ReportKind::statistics: return add_statistics(out, r.data);
    case bgp::ReportKind::initiation: return add_info(out, BmpInfo::initiation, r.data);
    case bgp::ReportKind::termination: return add_info(out, BmpInfo::termination, r.data);
    case bgp::ReportKind::mirroring: break;
  }
  return false;
}

}  // namespace

void append_notification_data(Buffer& out, Bytes body) {
  auto* const p = reinterpret_cast<char*>(out.reserve(6 * body.size() + 512 + put_slack));
  out.commit(static_cast<std::size_t>(put_notification(p, body) - p));
}

void append_report_data(Buffer& out, Bytes body) {
  const auto report = bgp::parse_report(body);
  if (!report) return add_hex(out, body);
  add(out, "{\"report\":");
  add_name(out, bgp::name(report->kind));
  const std::size_t at = out.size();
  if (!add_readable(out, *report)) {
    out.truncate(at);
    add(out, ",\"data\":");
    add_hex(out, report->data);
  }
  add(out, "}");
}

}  // namespace format
