// IP addresses, prefixes and endpoints: values without sockets. Text is RFC 5952 for IPv6.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"

namespace base {

enum class IpFamily : std::uint8_t { none, v4, v6 };

class Address {
 public:
  Address() = default;
  static Address v4(std::uint32_t host_order) noexcept;
  // 4 or 16 bytes; any other length gives the empty address.
  static Address from(Bytes network_order) noexcept;
  static std::optional<Address> parse(std::string_view text) noexcept;

  IpFamily family() const noexcept { return family_; }
  bool is_v4() const noexcept { return family_ == IpFamily::v4; }
  bool is_v6() const noexcept { return family_ == IpFamily::v6; }
  bool empty() const noexcept { return family_ == IpFamily::none; }
  bool unspecified() const noexcept;
  // 4 or 16 bytes, or none.
  Bytes bytes() const noexcept { return {bytes_.data(), size()}; }
  std::size_t size() const noexcept { return is_v4() ? 4 : is_v6() ? 16 : 0; }
  unsigned bits() const noexcept { return static_cast<unsigned>(size()) * 8; }
  std::uint32_t v4_value() const noexcept { return load<std::uint32_t>(bytes_.data()); }
  std::string text() const;
  auto operator<=>(const Address&) const = default;

 private:
  IpFamily family_ = IpFamily::none;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Prefix {
  Address address;
  std::uint8_t length = 0;

  // "addr/len", or a bare address as a host prefix. Host bits are kept as written.
  static std::optional<Prefix> parse(std::string_view text) noexcept;
  Prefix masked() const noexcept;
  bool contains(const Address& a) const noexcept;
  std::string text() const;
  auto operator<=>(const Prefix&) const = default;
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  // "a.b.c.d:port", "[v6]:port", "addr" (default_port), ":port" (unspecified, empty address).
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port) noexcept;
  // "192.0.2.1:179" or "[2001:db8::1]:179".
  std::string text() const;
  auto operator<=>(const Endpoint&) const = default;
};

// Appends the text form; for paths that write millions of them. The bytes are 4 or 16 in network order.
void append_v4(Buffer& out, const std::uint8_t* four);
void append_v6(Buffer& out, const std::uint8_t* sixteen);
void append(Buffer& out, const Address& a);
void append(Buffer& out, const Prefix& p);
void append_decimal(Buffer& out, std::uint64_t v);

}  // namespace base
