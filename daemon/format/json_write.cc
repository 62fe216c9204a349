#include "format/json_write.hh"

#include <algorithm>
#include <vector>

#include "bgp/header.hh"
#include "format/json_notification.hh"
#include "format/json_open.hh"
#include "format/json_report.hh"
#include "format/json_update_write.hh"
#include "format/put.hh"

namespace format {

namespace {

constexpr std::size_t envelope_room = 512;  // all but data and tags

char* put_type(char* p, bgp::MsgType t) {
  switch (t) {
    case bgp::MsgType::open: return put(p, "\"OPEN\",");
    case bgp::MsgType::update: return put(p, "\"UPDATE\",");
    case bgp::MsgType::notification: return put(p, "\"NOTIFY\",");
    case bgp::MsgType::keepalive: return put(p, "\"KEEPALIVE\",");
    case bgp::MsgType::route_refresh: return put(p, "\"REFRESH\",");
    case bgp::MsgType::report: return put(p, "\"REPORT\",");
  }
  *p++ = '"';
  return put(put(p, bgp::name(t)), "\",");
}

char* put_direction(char* p, bgp::Direction d) noexcept {
  switch (d) {
    case bgp::Direction::left: return put(p, "[\"L\",");
    case bgp::Direction::right: return put(p, "[\"R\",");
    case bgp::Direction::none: break;
  }
  return put(p, "[\"?\",");
}

// A tag without a value is none; on a peer's tag it hides that.
char* put_tag(char* p, std::string_view key, std::string_view value) noexcept {
  if (value.empty()) return p;
  p = put_text_string(p, key);
  *p++ = ':';
  p = put_text_string(p, value);
  *p++ = ',';
  return p;
}

struct PeerTag {
  std::string_view key;
  char* (*put_value)(char*, const bgp::PeerInfo&);
  bool (*present)(const bgp::PeerInfo&);
};

char* put_peer_address(char* p, const base::Address& a) noexcept {
  return a.is_v4() ? put_v4(p, a.bytes().data()) : put_v6(p, a.bytes().data());
}

// 0.0.0.0 is what no address is read as; :: tells the family of one that is not known.
bool tells(const base::Address& a) noexcept { return !a.empty() && !(a.is_v4() && a.unspecified()); }

using bgp::PeerInfo;
// In the order of their names. The identifier 0 is a true one: without its tag it is not known.
constexpr PeerTag peer_tags[] = {
    {"INTERFACE", [](char* p, const PeerInfo& i) { return put_decimal(p, i.interface); },
     [](const PeerInfo& i) { return i.interface != 0; }},
    {"LOCAL_AS", [](char* p, const PeerInfo& i) { return put_decimal(p, i.local_as); },
     [](const PeerInfo& i) { return i.local_as != 0; }},
    {"LOCAL_IP", [](char* p, const PeerInfo& i) { return put_peer_address(p, i.local_ip); },
     [](const PeerInfo& i) { return tells(i.local_ip); }},
    {"PEER_AS", [](char* p, const PeerInfo& i) { return put_decimal(p, i.peer_as); },
     [](const PeerInfo& i) { return i.peer_as != 0; }},
    {"PEER_FLAGS", [](char* p, const PeerInfo& i) { return put_decimal(p, i.flags); },
     [](const PeerInfo& i) { return i.flags != 0; }},
    {"PEER_ID", [](char* p, const PeerInfo& i) { return put_peer_address(p, i.id); },
     [](const PeerInfo& i) { return !i.id.empty(); }},
    {"PEER_IP", [](char* p, const PeerInfo& i) { return put_peer_address(p, i.peer_ip); },
     [](const PeerInfo& i) { return tells(i.peer_ip); }},
    {"PEER_RD", [](char* p, const PeerInfo& i) { return put_decimal64(p, i.distinguisher); },
     [](const PeerInfo& i) { return i.distinguisher != 0; }},
    {"PEER_TYPE", [](char* p, const PeerInfo& i) { return put_decimal(p, i.type); },
     [](const PeerInfo& i) { return i.type != 0; }},
};

char* put_peer_tag(char* p, const PeerTag& t, const PeerInfo& peer) {
  p = put(put(put(p, "\""), t.key), "\":\"");
  return put(t.put_value(p, peer), "\",");
}

constexpr std::string_view originated_key = "ORIGINATED";

// Seconds, as the archive has them.
char* put_originated(char* p, base::Nanos at) noexcept {
  p = put(put(put(p, "\""), originated_key), "\":\"");
  return put(put_decimal64(p, static_cast<std::uint64_t>(at / base::second)), "\",");
}

// Both sorted by key into one; a tag of the message stands in place of the peer's.
char* put_merged_tags(char* p, const bgp::MessageView& m) {
  std::vector<const bgp::Tag*> tags;
  tags.reserve(m.tags.size());
  for (const bgp::Tag& t : m.tags) tags.push_back(&t);
  std::ranges::sort(tags, {}, [](const bgp::Tag* t) -> std::string_view { return t->key; });
  auto next = tags.begin();
  // Those before the key; true if it is not among them.
  const auto put_up_to = [&](std::string_view key) {
    for (; next != tags.end() && (*next)->key < key; ++next) p = put_tag(p, (*next)->key, (*next)->value);
    return next == tags.end() || (*next)->key != key;
  };
  bool originated = m.originated != 0;
  for (const PeerTag& t : peer_tags) {
    if (originated && t.key > originated_key) {
      if (put_up_to(originated_key)) p = put_originated(p, m.originated);
      originated = false;
    }
    if (m.peer && put_up_to(t.key) && t.present(*m.peer)) p = put_peer_tag(p, t, *m.peer);
  }
  for (; next != tags.end(); ++next) p = put_tag(p, (*next)->key, (*next)->value);
  return p;
}

std::size_t tags_room(const bgp::MessageView& m) noexcept {
  std::size_t n = 512;
  for (const bgp::Tag& t : m.tags) n += 6 * (t.key.size() + t.value.size()) + 6;
  return n;
}

}  // namespace

bool JsonWriter::encode(const bgp::MessageView& m, base::Buffer& out) {
  append(m, out);
  out.push('\n');
  return true;
}

void JsonWriter::append(const bgp::MessageView& m, base::Buffer& out) {
  base::Buffer data;  // of what is rare and not written in place
  if (m.type == bgp::MsgType::open) append_open(data, m.body());
  if (m.type == bgp::MsgType::report) append_report_data(data, m.body());
  const std::size_t room = envelope_room + update_room(m.body().size()) + data.size() + tags_room(m) + put_slack;
  auto* const start = reinterpret_cast<char*>(out.reserve(room));
  char* p = put_direction(start, m.direction);
  p = put_decimal64(p, m.seq);
  p = put_time(put(p, ",\""), m.time);
  if (form_ == JsonForm::with_length) {
    p = put_decimal(p, static_cast<std::uint32_t>(m.body().size()));
    *p++ = ',';
  }
  p = put_type(p, m.type);
  p = data.empty() ? put_data(p, m) : put(p, data.text());
  p = put(put_tags(put(p, ",{"), m), "}]");
  out.commit(static_cast<std::size_t>(p - start));
}

char* JsonWriter::put_time(char* p, base::Nanos time) {
  if (time == 0) return put(p, "0001-01-01T00:00:00.000\",");
  const base::Nanos shown = time - time % base::millisecond;
  if (shown != shown_ || time_text_.empty()) {
    time_text_.clear();
    time_.append(time_text_, time);
    time_text_.append(std::string_view("\","));
    shown_ = shown;
  }
  return put(p, time_text_.text());
}

char* JsonWriter::put_data(char* p, const bgp::MessageView& m) {
  const base::Bytes body = m.body();
  switch (m.type) {
    case bgp::MsgType::update: return put_update(p, m);
    case bgp::MsgType::keepalive:
      if (body.empty()) return put(p, "null");
      break;
    case bgp::MsgType::notification: return put_notification(p, body);
    default: break;
  }
  return put_hex_string(p, body);
}

char* JsonWriter::put_update(char* p, const bgp::MessageView& m) {
  const bgp::UpdateIndex* u = m.update;
  if (!u && index_.parse(m.body())) u = &index_;
  char* const end = u ? format::put_update(p, *u, *m.context) : nullptr;
  return end ? end : put_raw_update(p, m.body(), *m.context);
}

const JsonWriter::PeerText& JsonWriter::peer_text(const bgp::PeerInfo& peer) {
  const auto slot = reinterpret_cast<std::uintptr_t>(&peer) / alignof(bgp::PeerInfo);
  if (!peers_) peers_ = std::make_unique<PeerTexts>();
  PeerText& text = (*peers_)[(slot ^ slot >> 6) % peers_->size()];
  if (text.used && text.peer == peer) return text;
  char* p = text.text.data();
  text.before_originated = 0;
  for (const PeerTag& t : peer_tags) {
    if (t.present(peer)) p = put_peer_tag(p, t, peer);
    if (t.key < originated_key) text.before_originated = static_cast<std::uint16_t>(p - text.text.data());
  }
  text.size = static_cast<std::uint16_t>(p - text.text.data());
  text.peer = peer;
  text.used = true;
  return text;
}

// Leaves out the last comma.
char* JsonWriter::put_tags(char* p, const bgp::MessageView& m) {
  char* const first = p;
  if (!m.tags.empty()) {
    p = put_merged_tags(p, m);
  } else if (m.peer) {
    const PeerText& t = peer_text(*m.peer);
    const char* from = t.text.data();
    if (m.originated != 0) {
      p = put_originated(put(p, std::string_view(from, t.before_originated)), m.originated);
      from += t.before_originated;
    }
    p = put(p, std::string_view(from, t.text.data() + t.size));
  } else if (m.originated != 0) {
    p = put_originated(p, m.originated);
  }
  return p == first ? p : p - 1;
}

}  // namespace format
