#include "format/obmp.hh"

#include <algorithm>

#include "format/take.hh"

namespace format {

namespace {

using base::Bytes;

constexpr std::string_view magic = "OBMP";
constexpr std::size_t fixed_size = 14;  // up to the object type
constexpr std::uint8_t major_version = 1, minor_version = 7, raw_bmp = 12;
constexpr std::uint8_t flag_router = 0x80, flag_v6 = 0x40;
constexpr std::size_t hash_size = 16;

std::unexpected<base::Error> bad_message(std::uint64_t offset, std::string_view what) {
  return base::fail("OpenBMP message at offset " + std::to_string(offset) + ": " + std::string(what));
}

bool all_zero(Bytes b) noexcept {
  return std::ranges::all_of(b, [](std::uint8_t c) { return c == 0; });
}

// An IPv4 address stands first in its 16 bytes; some writers put it last.
base::Address router_address(Bytes sixteen, bool v6) noexcept {
  if (v6) return base::Address::from(sixteen);
  return base::Address::from(all_zero(sixteen.first(12)) ? sixteen.subspan(12) : sixteen.first(4));
}

std::string_view tag(const bgp::MessageView& m, std::string_view key) noexcept {
  for (const bgp::Tag& t : m.tags)
    if (t.key == key) return t.value;
  return {};
}

// A name that its length field can tell.
void put_name(base::Writer& w, std::string_view name) {
  name = name.substr(0, 255);
  w.u16(static_cast<std::uint16_t>(name.size()));
  w.bytes(base::as_bytes(name));
}

void put_hash(base::Buffer& out, std::string_view hex) {
  static constexpr std::uint8_t zeros[hash_size] = {};
  base::Buffer hash;
  if (!take_hex(hex, hash) || hash.size() != hash_size) {
    hash.clear();
    hash.append(Bytes(zeros));
  }
  out.append(hash);
}

void put_record(base::Buffer& out, const bgp::MessageView& m, Bytes bmp) {
  const std::string_view router = tag(m, "ROUTER"), beside = tag(m, "ROUTER_IP");
  const auto in_name = base::Address::parse(router);
  const auto address = in_name ? in_name : base::Address::parse(beside);
  const std::size_t start = out.size();
  base::Writer w(out);
  out.append(magic);
  w.u8(major_version);
  w.u8(minor_version);
  const std::size_t length = w.hole<std::uint16_t>();
  w.u32(static_cast<std::uint32_t>(bmp.size()));
  w.u8(address && address->is_v6() ? flag_router | flag_v6 : flag_router);
  w.u8(raw_bmp);
  const base::Nanos at = std::max<base::Nanos>(m.time, 0);
  w.u32(static_cast<std::uint32_t>(at / base::second));
  w.u32(static_cast<std::uint32_t>(at % base::second / base::microsecond));
  put_hash(out, tag(m, "COLLECTOR_HASH"));
  put_name(w, tag(m, "COLLECTOR"));
  put_hash(out, tag(m, "ROUTER_HASH"));
  static constexpr std::uint8_t zeros[16] = {};
  if (address) w.bytes(address->bytes());
  w.bytes(Bytes(zeros).first(16 - (address ? address->size() : 0)));
  put_name(w, in_name ? std::string_view{} : router);
  w.u32(1);  // rows
  w.patch(length, static_cast<std::uint16_t>(out.size() - start));
  out.append(bmp);
}

}  // namespace

bool is_obmp(Bytes start) noexcept {
  return start.size() >= magic.size() && base::as_text(start.first(magic.size())) == magic;
}

base::Result<std::size_t> ObmpDecoder::decode(Bytes data, Sink& sink) {
  std::size_t used = 0;
  while (data.size() - used >= fixed_size) {
    const Bytes left = data.subspan(used);
    // Nothing tells where the next message starts, so these cannot be pardoned.
    if (!is_obmp(left)) return bad_message(offset_, "it does not start with OBMP");
    const std::size_t header = base::load<std::uint16_t>(left.data() + 6);
    const std::size_t body = base::load<std::uint32_t>(left.data() + 8);
    if (header < fixed_size) return bad_message(offset_, "length of the header is below 14");
    if (body > max_record)
      return bad_message(offset_, "length " + std::to_string(body) + " is over the limit of 1048576 bytes");
    if (left.size() < header + body) break;
    const std::string_view wrong = record(left.first(header), left.subspan(header, body), sink);
    if (!wrong.empty()) {
      if (!pardon_) return bad_message(offset_, wrong);
      pardon(sink, offset_, header + body, wrong);
    }
    used += header + body;
    offset_ += header + body;
  }
  return used;
}

base::Result<> ObmpDecoder::finish(Bytes rest, Sink& sink) {
  if (rest.empty()) return {};
  const std::string wrong = "the stream ends after " + std::to_string(rest.size()) + " bytes of it";
  if (!pardon_) return bad_message(offset_, wrong);
  pardon(sink, offset_, rest.size(), wrong);
  return {};
}

std::string_view ObmpDecoder::record(Bytes header, Bytes data, Sink& sink) {
  if (header[4] != major_version) return "version is not 1";
  if (header[13] != raw_bmp) return "it is not one of raw BMP";
  base::Nanos time = 0;
  if (!read_header(header, time)) return "its header ends too early";
  if (data.empty()) return "there is no BMP message in it";
  while (!data.empty()) {
    if (data.size() < bmp_header_size) return "its BMP message ends too early";
    const BmpHeader h = read_bmp_header(data.data());
    if (const auto wrong = bmp_header_fault(h); !wrong.empty()) return wrong;
    if (h.length > data.size()) return "its BMP message ends too early";
    const std::string_view wrong = reader_.read(data.first(h.length), scope_, tags_, sink, time);
    if (!wrong.empty()) return wrong;
    data = data.subspan(h.length);
  }
  return {};
}

// The fields behind the object type; what a later version adds is passed over.
bool ObmpDecoder::read_header(Bytes header, base::Nanos& time) {
  base::Reader r(header);
  r.skip(12);
  const bool v6 = (r.u8() & flag_v6) != 0;
  r.skip(1);
  time = base::Nanos{r.u32()} * base::second;
  time += base::Nanos{r.u32()} * base::microsecond;
  const Bytes behind = r.rest();
  const Bytes collector_hash = r.bytes(hash_size);
  const std::string_view collector = base::as_text(r.bytes(r.u16()));
  const Bytes router_hash = r.bytes(hash_size);
  const Bytes ip = r.bytes(16);
  const std::string_view router = base::as_text(r.bytes(r.u16()));
  r.skip(4);
  if (!r.ok()) return false;
  if (!head_.empty() && head_.data()[0] == header[12] && base::equal(head_.view().subspan(1), behind)) return true;
  head_.clear();
  head_.push(header[12]);
  head_.append(behind);
  tags_.clear();
  const auto add = [&](std::string_view key, std::string value) {
    if (!value.empty()) tags_.push_back({std::string(key), std::move(value)});
  };
  const auto add_hash = [&](std::string_view key, Bytes hash) {
    if (!all_zero(hash)) add(key, "0x" + base::to_hex(hash));
  };
  const base::Address address = router_address(ip, v6);
  const std::string address_text = address.unspecified() ? "" : address.text();
  add("COLLECTOR", std::string(collector));
  add_hash("COLLECTOR_HASH", collector_hash);
  add("ROUTER", router.empty() ? address_text : std::string(router));
  add_hash("ROUTER_HASH", router_hash);
  if (!router.empty()) add("ROUTER_IP", address_text);
  scope_.assign(base::as_text(router_hash));
  scope_.append(base::as_text(ip));
  scope_.append(router.substr(0, 255));
  return true;
}

bool ObmpEncoder::encode(const bgp::MessageView& m, base::Buffer& out) {
  std::string key;
  for (const std::string_view name : {"ROUTER", "ROUTER_IP", "ROUTER_HASH"}) {
    key.append(tag(m, name));
    key.push_back('\0');
  }
  auto at = routers_.find(key);
  if (at == routers_.end()) {
    if (routers_.size() == max_routers) return false;
    at = routers_.emplace(std::move(key), std::make_unique<BmpEncoder>()).first;
  }
  bmp_.clear();
  if (!at->second->encode(m, bmp_)) return false;
  for (Bytes left = bmp_; !left.empty();) {
    const std::size_t n = read_bmp_header(left.data()).length;
    put_record(out, m, left.first(n));
    left = left.subspan(n);
  }
  return true;
}

void ObmpEncoder::begin_stream() {
  for (auto& [key, router] : routers_) router->begin_stream();
}

}  // namespace format
