#include "format/json_plain.hh"

#include "bgp/header.hh"
#include "format/digits.hh"
#include "format/take.hh"

namespace format {

namespace {

// "192.0.2.0/24", "#7#192.0.2.0/24"
template <bool with_id>
inline bool prefix_v4(const char*& p, std::uint8_t*& w) noexcept {
  if (*p++ != '"') return false;
  if constexpr (with_id) {
    std::uint64_t id = 0;
    if (*p++ != '#' || !take_decimal_fast(p, id) || id > 0xffffffff || *p++ != '#') return false;
    base::store(w, static_cast<std::uint32_t>(id));
    w += 4;
  }
  if (!take_dotted_fast(p, w + 1) || *p++ != '/') return false;
  unsigned length = digit(*p++);
  if (length > 9) return false;
  if (length != 0 && digit(*p) < 10) length = length * 10 + digit(*p++);
  if (length > 32 || *p++ != '"') return false;
  *w = static_cast<std::uint8_t>(length);
  w += 1 + (length + 7) / 8;
  return true;
}

template <bool with_ids>
bool prefix_list_v4(const char*& from, std::uint8_t*& to) noexcept {
  const char* p = from;
  std::uint8_t* w = to;
  do
    if (!prefix_v4<with_ids>(p, w)) return false;
  while (*p++ == ',');
  from = p;
  to = w;
  return p[-1] == ']';
}

}  // namespace

bool take_plain_start(std::string_view& text, PlainStart& start) noexcept {
  const char* p = text.data();
  const auto literal = [&p](std::string_view what) {
    if (std::memcmp(p, what.data(), what.size()) != 0) return false;
    p += what.size();
    return true;
  };
  if (!literal("[\"")) return false;
  const char direction = *p;
  if (direction != 'R' && direction != 'L' && direction != '?') return false;
  start.direction = direction == 'R'   ? bgp::Direction::right
                    : direction == 'L' ? bgp::Direction::left
                                       : bgp::Direction::none;
  ++p;
  if (!literal("\",") || !take_decimal_fast(p, start.seq) || !literal(",\"")) return false;
  start.time = {p, sizeof "2025-07-11T11:23:50.860" - 1};
  p += start.time.size();
  if (!literal("\",")) return false;
  std::uint64_t length = 0;
  if (*p != '"' && (!take_decimal_fast(p, length) || !literal(","))) return false;
  if (!literal("\"UPDATE\",")) return false;
  text.remove_prefix(static_cast<std::size_t>(p - text.data()));
  return true;
}

bool PlainUpdate::take(base::Buffer& body, base::Buffer& reach) {
  // No form is shorter than half of what it becomes: a number of one digit in a path is two characters and four bytes.
  const std::size_t room = 2 * static_cast<std::size_t>(end_ - p_) + 64;
  const std::size_t before = body.size();
  w_ = body.reserve(room);
  reach.clear();
  (void)reach.reserve(room);
  if (!members(reach)) return false;
  body.commit(static_cast<std::size_t>(w_ - body.data()) - before);
  body.append(reach.view());
  return true;
}

bgp::Context PlainUpdate::context() const {
  bgp::Context c;
  c.as4 = as4_;
  if (v4_.with) c.add_path.add(bgp::ipv4_unicast);
  if (v6_.with) c.add_path.add(bgp::ipv6_unicast);
  return c;
}

bool PlainUpdate::members(base::Buffer& reach) {
  std::uint8_t* const unreach_size = w_;
  std::uint8_t* attrs_size = nullptr;
  const auto size = [this](const std::uint8_t* field) { return static_cast<std::size_t>(w_ - field) - 2; };
  w_ += 2;
  const auto member = [&] {
    if (literal("\"reach\":")) {
      std::uint8_t* const body = std::exchange(w_, reach.data() + reach.size());
      const bool done = prefixes_v4();
      reach.commit(static_cast<std::size_t>(w_ - reach.data()) - reach.size());
      w_ = body;
      return done;
    }
    // On the wire the attributes stand behind the others.
    if (attrs_size) return false;
    if (literal("\"unreach\":")) return prefixes_v4();
    if (literal("\"as4\":false")) return as4_ = false, true;
    if (!literal("\"attrs\":{")) return false;
    base::store(unreach_size, static_cast<std::uint16_t>(size(unreach_size)));
    if (size(unreach_size) > 0xffff) return false;
    attrs_size = std::exchange(w_, w_ + 2);
    return attributes();
  };
  if (!character('{')) return false;
  if (!character('}')) {
    do {
      if (!member()) return false;
    } while (character(','));
    if (!character('}')) return false;
  }
  if (!attrs_size) {
    base::store(unreach_size, static_cast<std::uint16_t>(size(unreach_size)));
    attrs_size = std::exchange(w_, w_ + 2);
  }
  base::store(attrs_size, static_cast<std::uint16_t>(size(attrs_size)));
  const std::size_t body = size(unreach_size) + 2 + reach.size();
  return body <= bgp::max_extended_message - bgp::header_size && !(v4_.with && v4_.without) &&
         !(v6_.with && v6_.without);
}

bool PlainUpdate::prefixes_v4() {
  if (!character('[')) return false;
  if (character(']')) return true;
  if (p_[1] == '#') {
    v4_.with = true;
    return prefix_list_v4<true>(p_, w_);
  }
  v4_.without = true;
  return prefix_list_v4<false>(p_, w_);
}

bool PlainUpdate::prefix_v6() {
  constexpr std::size_t longest = sizeof "#4294967295#" + sizeof "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128";
  const auto text = quoted(longest);
  PrefixText prefix;
  if (!text || !take_prefix(*text, bgp::Afi::ipv6, prefix)) return false;
  (prefix.has_path_id ? v6_.with : v6_.without) = true;
  if (prefix.has_path_id) put(prefix.path_id);
  *w_++ = prefix.length;
  std::memcpy(w_, prefix.bytes, sizeof prefix.bytes);
  w_ += (prefix.length + 7u) / 8;
  return true;
}

bool PlainUpdate::address_v6() noexcept {
  const auto text = quoted(sizeof "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255");
  if (!text || !take_v6(*text, w_)) return false;
  w_ += 16;
  return true;
}

// {"af":"IPV6/UNICAST","nexthop":"2001:db8::1","link-local":"fe80::1","prefixes":[…]}
bool PlainUpdate::mp_reach() {
  if (!literal("{\"af\":\"IPV6/UNICAST\",\"nexthop\":")) return false;
  put(static_cast<std::uint16_t>(bgp::Afi::ipv6));
  put(static_cast<std::uint8_t>(bgp::Safi::unicast));
  std::uint8_t* const hop_size = w_++;
  if (!address_v6()) return false;
  if (literal(",\"link-local\":") && !address_v6()) return false;
  *hop_size = static_cast<std::uint8_t>(w_ - hop_size - 1);
  *w_++ = 0;  // reserved
  return literal(",\"prefixes\":") && list([this] { return prefix_v6(); }) && character('}');
}

bool PlainUpdate::mp_unreach() {
  if (!literal("{\"af\":\"IPV6/UNICAST\"")) return false;
  put(static_cast<std::uint16_t>(bgp::Afi::ipv6));
  put(static_cast<std::uint8_t>(bgp::Safi::unicast));
  if (literal(",\"prefixes\":") && !list([this] { return prefix_v6(); })) return false;
  return character('}');
}

std::optional<std::string_view> PlainUpdate::quoted(std::size_t most) noexcept {
  if (!character('"')) return std::nullopt;
  const char* const start = p_;
  const auto* const quote = static_cast<const char*>(std::memchr(start, '"', most + 1));
  if (!quote || quote > end_) return std::nullopt;
  p_ = quote + 1;
  return std::string_view(start, quote);
}

}  // namespace format
