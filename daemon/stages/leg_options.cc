#include "stages/leg_options.hh"

#include <algorithm>

#include "base/text.hh"

namespace stages {

namespace {
bool is_name(std::string_view s) {
  return !s.empty() && s.size() <= 253 && std::ranges::all_of(s, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}
}  // namespace

std::string HostPort::text() const {
  const bool colons = host.find(':') != std::string::npos;
  return (colons ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

base::Result<HostPort> parse_host_port(std::string_view text) {
  if (const auto e = base::Endpoint::parse(text, 179); e && !e->address.empty() && e->port != 0)
    return HostPort{e->address.text(), e->port};
  const auto colon = text.rfind(':');
  const std::string_view host = text.substr(0, colon);
  std::int64_t port = 179;
  if (colon != std::string_view::npos) port = base::parse_int(text.substr(colon + 1)).value_or(0);
  const bool digits_only = std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (!is_name(host) || digits_only || port < 1 || port > 65535)
    return base::fail("'" + std::string(text) +
                      "' is not an address: give 192.0.2.1, 192.0.2.1:179, [2001:db8::1]:179 or a host name");
  return HostPort{std::string(host), static_cast<std::uint16_t>(port)};
}

base::Result<base::Endpoint> parse_listen_address(std::string_view text) {
  if (const auto e = base::Endpoint::parse(text, 179)) return *e;
  return base::fail("'" + std::string(text) +
                    "' is not an address to listen on: give :179, 192.0.2.1, 192.0.2.1:179 or [2001:db8::1]:179");
}

net::SocketOptions socket_options(const LegOptions& o) {
  return {.ttl = static_cast<int>(o.ttl),
          .gtsm = static_cast<int>(o.gtsm),
          .keepalive = o.keepalive.nanos,
          .device = o.device};
}

}  // namespace stages
