#include "base/ip.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace base {

Address Address::v4(std::uint32_t host_order) noexcept {
  Address a;
  a.family_ = IpFamily::v4;
  store<std::uint32_t>(a.bytes_.data(), host_order);
  return a;
}

Address Address::from(Bytes b) noexcept {
  Address a;
  if (b.size() != 4 && b.size() != 16) return a;
  a.family_ = b.size() == 4 ? IpFamily::v4 : IpFamily::v6;
  std::memcpy(a.bytes_.data(), b.data(), b.size());
  return a;
}

std::optional<Address> Address::parse(std::string_view text) noexcept {
  char z[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof z) return std::nullopt;
  std::memcpy(z, text.data(), text.size());
  z[text.size()] = 0;
  Address a;
  a.family_ = text.find(':') == std::string_view::npos ? IpFamily::v4 : IpFamily::v6;
  if (inet_pton(a.is_v4() ? AF_INET : AF_INET6, z, a.bytes_.data()) != 1) return std::nullopt;
  return a;
}

bool Address::unspecified() const noexcept {
  return std::ranges::all_of(bytes_, [](std::uint8_t b) { return b == 0; });
}

std::string Address::text() const {
  Buffer out;
  append(out, *this);
  return std::string(out.text());
}

std::optional<Prefix> Prefix::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Prefix{*address, static_cast<std::uint8_t>(address->bits())};
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (ec != std::errc{} || end != digits.data() + digits.size() || length > address->bits()) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(length)};
}

Prefix Prefix::masked() const noexcept {
  std::array<std::uint8_t, 16> b{};
  const Bytes from = address.bytes();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const unsigned keep = length > i * 8 ? std::min<unsigned>(8, static_cast<unsigned>(length - i * 8)) : 0;
    b[i] = static_cast<std::uint8_t>(from[i] & (0xff00u >> keep));
  }
  return {Address::from({b.data(), from.size()}), length};
}

bool Prefix::contains(const Address& a) const noexcept {
  return a.family() == address.family() && Prefix{a, length}.masked().address == masked().address;
}

std::string Prefix::text() const {
  Buffer out;
  append(out, *this);
  return std::string(out.text());
}

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) noexcept {
  std::string_view host = text, port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const std::string_view behind = text.substr(close + 1);
    if (!behind.empty() && !behind.starts_with(':')) return std::nullopt;
    if (!behind.empty()) port = behind.substr(1);
    if (behind == ":") return std::nullopt;
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos && colon == text.find(':')) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port.empty()) return std::nullopt;
  }
  Endpoint e{{}, default_port};
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), e.port);
    if (ec != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  }
  if (host.empty()) return port.empty() ? std::nullopt : std::optional(e);
  const auto address = Address::parse(host);
  if (!address) return std::nullopt;
  e.address = *address;
  return e;
}

std::string Endpoint::text() const {
  Buffer out;
  if (address.is_v6()) out.push('[');
  append(out, address);
  if (address.is_v6()) out.push(']');
  out.push(':');
  append_decimal(out, port);
  return std::string(out.text());
}

void append_decimal(Buffer& out, std::uint64_t v) {
  auto* p = reinterpret_cast<char*>(out.reserve(20));
  out.commit(static_cast<std::size_t>(std::to_chars(p, p + 20, v).ptr - p));
}

namespace {
std::uint8_t* put_octet(std::uint8_t* p, unsigned v) {
  if (v >= 100) {
    *p++ = static_cast<std::uint8_t>('0' + v / 100);
    v %= 100;
    *p++ = static_cast<std::uint8_t>('0' + v / 10);
    v %= 10;
  } else if (v >= 10) {
    *p++ = static_cast<std::uint8_t>('0' + v / 10);
    v %= 10;
  }
  *p++ = static_cast<std::uint8_t>('0' + v);
  return p;
}
}  // namespace

void append_v4(Buffer& out, const std::uint8_t* b) {
  std::uint8_t* const start = out.reserve(15);
  std::uint8_t* p = put_octet(start, b[0]);
  for (int i = 1; i < 4; ++i) {
    *p++ = '.';
    p = put_octet(p, b[i]);
  }
  out.commit(static_cast<std::size_t>(p - start));
}

void append_v6(Buffer& out, const std::uint8_t* b) {
  // RFC 5952 4.2: the first of the longest runs of at least two zero fields becomes "::".
  int best = -1, best_length = 1;
  for (int i = 0; i < 8;) {
    int n = 0;
    while (i + n < 8 && b[2 * (i + n)] == 0 && b[2 * (i + n) + 1] == 0) ++n;
    if (n > best_length) best = i, best_length = n;
    i += n + 1;
  }
  // RFC 5952 5: an IPv4-mapped address ends in dotted decimal.
  const bool mapped = best == 0 && best_length == 5 && b[10] == 0xff && b[11] == 0xff;
  const int fields = mapped ? 6 : 8;
  for (int i = 0; i < fields;) {
    if (i == best) {
      out.append(std::string_view("::"));
      i += best_length;
      continue;
    }
    if (i != 0 && i != best + best_length) out.push(':');
    auto* p = reinterpret_cast<char*>(out.reserve(4));
    out.commit(static_cast<std::size_t>(std::to_chars(p, p + 4, load<std::uint16_t>(b + 2 * i), 16).ptr - p));
    ++i;
  }
  if (mapped) {
    out.push(':');
    append_v4(out, b + 12);
  }
}

void append(Buffer& out, const Address& a) {
  if (a.is_v4()) append_v4(out, a.bytes().data());
  if (a.is_v6()) append_v6(out, a.bytes().data());
}

void append(Buffer& out, const Prefix& p) {
  append(out, p.address);
  out.push('/');
  append_decimal(out, p.length);
}

}  // namespace base
