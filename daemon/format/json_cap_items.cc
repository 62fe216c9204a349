#include "format/json_cap_items.hh"

#include <algorithm>
#include <array>

#include "base/text.hh"
#include "bgp/names.hh"
#include "format/take.hh"

namespace format {

namespace {

using base::Buffer;
using bgp::CapCode;

constexpr bgp::NamedCode directions[] = {{1, "RECEIVE"}, {2, "SEND"}, {3, "BIDIR"}};  // RFC 7911 4
constexpr bgp::NamedCode bgpsec_directions[] = {{0, "RECEIVE"}, {1, "SEND"}};         // RFC 8205 2.1

// The parts of "IPV4/UNICAST/BIDIR" behind the family, and the family itself.
class Parts {
 public:
  explicit Parts(std::string_view text) {
    const auto afi_end = text.find('/');
    const auto safi_end = afi_end == std::string_view::npos ? afi_end : text.find('/', afi_end + 1);
    const auto parsed = bgp::parse_family(text.substr(0, safi_end));
    if (!parsed) return;
    family = *parsed;
    ok_ = true;
    if (safi_end != std::string_view::npos) rest_ = text.substr(safi_end + 1);
  }
  bool family_only() const { return ok_ && rest_.empty(); }
  std::string_view word() {
    const std::string_view w = rest_.substr(0, rest_.find('/'));
    rest_.remove_prefix(std::min(w.size() + 1, rest_.size()));
    return w;
  }
  bool number(std::uint64_t max, std::uint64_t& v) { return ok_ && take_number(word(), max, v); }
  bool named(std::span<const bgp::NamedCode> table, std::uint64_t& v) {
    const auto code = bgp::find_code(table, word());
    if (code) v = *code;
    return ok_ && code;
  }
  bool end() const { return rest_.empty(); }
  bgp::Family family;

 private:
  std::string_view rest_;
  bool ok_ = false;
};

bgp::Family family_of(std::uint16_t afi, std::uint8_t safi) {
  return {static_cast<bgp::Afi>(afi), static_cast<bgp::Safi>(safi)};
}

// AFI and SAFI in three bytes.
bgp::Family read_family(const std::uint8_t* p) { return family_of(base::load<std::uint16_t>(p), p[2]); }

void put_family(base::Writer& w, bgp::Family f) {
  w.u16(static_cast<std::uint16_t>(f.afi));
  w.u8(static_cast<std::uint8_t>(f.safi));
}

// RFC 4760 8: a reserved byte stands between the two.
bool show_mp(const std::uint8_t* p, std::string& out) {
  out += bgp::name(family_of(base::load<std::uint16_t>(p), p[3]));
  return p[2] == 0;
}
bool take_mp(std::string_view text, Buffer& out) {
  const auto f = bgp::parse_family(text);
  if (!f) return false;
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(f->afi));
  w.u16(static_cast<std::uint16_t>(f->safi));
  return true;
}

// RFC 8950 4: the SAFI has two bytes here.
bool show_next_hop(const std::uint8_t* p, std::string& out) {
  out += bgp::name(family_of(base::load<std::uint16_t>(p), p[3])) + '/' +
         bgp::name(static_cast<bgp::Afi>(base::load<std::uint16_t>(p + 4)));
  return p[2] == 0;
}
bool take_next_hop(std::string_view text, Buffer& out) {
  Parts parts(text);
  const auto hop = bgp::parse_afi(parts.word());
  if (!hop || !parts.end()) return false;
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(parts.family.afi));
  w.u16(static_cast<std::uint16_t>(parts.family.safi));
  w.u16(static_cast<std::uint16_t>(*hop));
  return true;
}

// RFC 7911 4.
bool show_add_path(const std::uint8_t* p, std::string& out) {
  const std::string_view mode = bgp::find_name(directions, p[3]);
  out += bgp::name(read_family(p)) + '/' + std::string(mode);
  return !mode.empty();
}
bool take_add_path(std::string_view text, Buffer& out) {
  Parts parts(text);
  std::uint64_t mode = 0;
  if (!parts.named(directions, mode) || !parts.end()) return false;
  base::Writer w(out);
  put_family(w, parts.family);
  w.u8(static_cast<std::uint8_t>(mode));
  return true;
}

// RFC 8277 2.1: how many labels a prefix may have.
bool show_labels(const std::uint8_t* p, std::string& out) {
  out += bgp::name(read_family(p)) + '/' + std::to_string(p[3]);
  return true;
}
bool take_labels(std::string_view text, Buffer& out) {
  Parts parts(text);
  std::uint64_t count = 0;
  if (!parts.number(255, count) || !parts.end()) return false;
  base::Writer w(out);
  put_family(w, parts.family);
  w.u8(static_cast<std::uint8_t>(count));
  return true;
}

// draft-abraitis-idr-addpath-paths-limit: how many paths a prefix may have.
bool show_paths(const std::uint8_t* p, std::string& out) {
  out += bgp::name(read_family(p)) + '/' + std::to_string(base::load<std::uint16_t>(p + 3));
  return true;
}
bool take_paths(std::string_view text, Buffer& out) {
  Parts parts(text);
  std::uint64_t limit = 0;
  if (!parts.number(0xffff, limit) || !parts.end()) return false;
  base::Writer w(out);
  put_family(w, parts.family);
  w.u16(static_cast<std::uint16_t>(limit));
  return true;
}

// RFC 9494 4.1: flags, and seconds in 24 bits.
constexpr std::uint8_t forwarding = 0x80;
bool show_llgr(const std::uint8_t* p, std::string& out) {
  const std::uint32_t seconds = std::uint32_t{p[4]} << 16 | base::load<std::uint16_t>(p + 5);
  out += bgp::name(read_family(p)) + '/' + std::to_string(seconds);
  if ((p[3] & forwarding) != 0) out += "/FORWARDING";
  return (p[3] & ~forwarding) == 0;
}
bool take_llgr(std::string_view text, Buffer& out) {
  Parts parts(text);
  std::uint64_t seconds = 0;
  if (!parts.number(0xffffff, seconds)) return false;
  const std::string_view flag = parts.word();
  if (!parts.end() || !(flag.empty() || bgp::same_word(flag, "FORWARDING"))) return false;
  base::Writer w(out);
  put_family(w, parts.family);
  w.u32(static_cast<std::uint32_t>((flag.empty() ? 0u : forwarding) << 24 | seconds));
  return true;
}

// RFC 4724 3: a family within a graceful restart.
bool show_restart(const std::uint8_t* p, std::string& out) {
  out += bgp::name(read_family(p));
  if ((p[3] & forwarding) != 0) out += "/FORWARDING";
  return (p[3] & ~forwarding) == 0;
}
bool take_restart(std::string_view text, Buffer& out) {
  Parts parts(text);
  const bool plain = parts.family_only();
  if (!plain && (!bgp::same_word(parts.word(), "FORWARDING") || !parts.end())) return false;
  base::Writer w(out);
  put_family(w, parts.family);
  w.u8(plain ? std::uint8_t{0} : forwarding);
  return true;
}

// RFC 8205 2.1: version 0, a direction, and an AFI.
bool show_bgpsec(const std::uint8_t* p, std::string& out) {
  out += bgp::name(static_cast<bgp::Afi>(base::load<std::uint16_t>(p + 1))) + '/';
  out += bgp::find_name(bgpsec_directions, p[0] >> 3 & 1u);
  return (p[0] & 0xf7) == 0;
}
bool take_bgpsec(std::string_view text, Buffer& out) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto afi = bgp::parse_afi(text.substr(0, slash));
  const auto direction = bgp::find_code(bgpsec_directions, text.substr(slash + 1));
  if (!afi || !direction) return false;
  base::Writer w(out);
  w.u8(static_cast<std::uint8_t>(*direction << 3));
  w.u16(static_cast<std::uint16_t>(*afi));
  return true;
}

// draft-ietf-idr-dynamic-cap: codes of capabilities that may change while the session is up.
bool show_code(const std::uint8_t* p, std::string& out) {
  out += bgp::cap_name(static_cast<CapCode>(*p));
  return true;
}
bool take_code(std::string_view text, Buffer& out) {
  const auto code = bgp::parse_cap_name(text);
  if (code) out.push(static_cast<std::uint8_t>(*code));
  return code.has_value();
}

// RFC 5291 4: family, type of filter, and which way it may be sent. On the wire the filters of a family stand together;
// an item here has the family before each.
constexpr bgp::NamedCode filters[] = {{64, "ADDRESS_PREFIX"}, {65, "CP_ORF"}, {128, "PRE_ADDRESS_PREFIX"}};
constexpr bgp::NamedCode filter_modes[] = {{1, "RECEIVE"}, {2, "SEND"}, {3, "BOTH"}};
bool show_filter(const std::uint8_t* p, std::string& out) {
  const std::string_view type = bgp::find_name(filters, p[4]), mode = bgp::find_name(filter_modes, p[5]);
  out += bgp::name(family_of(base::load<std::uint16_t>(p), p[3])) + '/';
  out += type.empty() ? std::to_string(p[4]) : std::string(type);
  out += '/' + std::string(mode);
  return p[2] == 0 && !mode.empty();
}
bool take_filter(std::string_view text, Buffer& out) {
  Parts parts(text);
  const std::string_view type = parts.word();
  std::uint64_t number = 0, mode = 0;
  const auto named = bgp::find_code(filters, type);
  if (!named && !take_number(type, 255, number)) return false;
  if (!parts.named(filter_modes, mode) || !parts.end()) return false;
  base::Writer w(out);
  w.u16(static_cast<std::uint16_t>(parts.family.afi));
  w.u16(static_cast<std::uint16_t>(parts.family.safi));
  w.u8(static_cast<std::uint8_t>(named ? *named : number));
  w.u8(static_cast<std::uint8_t>(mode));
  return true;
}

constexpr CapItems rows[] = {
    {CapCode::mp, 4, true, true, show_mp, take_mp, "not a family like \"IPV6/UNICAST\""},
    {CapCode::extended_next_hop, 6, false, true, show_next_hop, take_next_hop, "not like \"IPV4/UNICAST/IPV6\""},
    {CapCode::bgpsec, 3, true, false, show_bgpsec, take_bgpsec, "not like \"IPV4/SEND\""},
    {CapCode::multiple_labels, 4, false, false, show_labels, take_labels, "not like \"IPV4/MPLS/2\""},
    {CapCode::dynamic, 1, false, false, show_code, take_code, "not the name of a capability"},
    {CapCode::add_path, 4, false, true, show_add_path, take_add_path, "not like \"IPV4/UNICAST/BIDIR\""},
    {CapCode::llgr, 7, false, false, show_llgr, take_llgr, "not like \"IPV4/UNICAST/3600\""},
    {CapCode::paths_limit, 5, false, false, show_paths, take_paths, "not like \"IPV4/UNICAST/10\""}};

}  // namespace

constexpr CapItems restart_families{CapCode::graceful_restart,
                                    4,
                                    false,
                                    false,
                                    show_restart,
                                    take_restart,
                                    "not like \"IPV4/UNICAST\" or \"IPV4/UNICAST/FORWARDING\""};
constexpr CapItems filter_items{
    CapCode::orf, 6, false, false, show_filter, take_filter, "not like \"IPV4/UNICAST/ADDRESS_PREFIX/BOTH\""};
constexpr CapItems session_codes{CapCode::multisession,         1, false, false, show_code, take_code,
                                 "not the name of a capability"};

const CapItems* cap_items(CapCode code) noexcept {
  const auto row = std::ranges::find(rows, code, &CapItems::code);
  return row == std::end(rows) ? nullptr : &*row;
}

}  // namespace format
