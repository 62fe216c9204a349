// Options that `connect` and `listen` share, and the text forms of addresses they take.
#pragma once

#include <array>
#include <string>

#include "base/ip.hh"
#include "net/socket.hh"
#include "pipe/stage.hh"
#include "stages/join.hh"

namespace stages {

struct LegOptions {
  std::string address;
  conf::Secret md5;
  std::int64_t ttl = 0, gtsm = 0;
  std::string device;
  conf::Duration keepalive{15 * base::second}, closed_timeout{base::second};
};

template <class Options>
constexpr std::array<conf::Option, 6> leg_rows() {
  return {
      conf::option<&Options::md5>(
          "md5",
          "TCP-MD5 key shared with the peer (RFC 2385). A key on a command line is seen by every user of the machine: "
          "give ${env:NAME} or ${file:/PATH} instead, in single quotes for the shell",
          {.cost = conf::Cost::session,
           .value_name = "KEY",
           .check = +[](const conf::Value& v) -> base::Result<> {
             const std::string& key = std::get<conf::Secret>(v).value;
             // An empty file must not open a session that was meant to be protected.
             if (key.empty()) return base::fail("is empty: give a key, or leave it out");
             if (key.size() > net::max_md5_key)
               return base::fail("is longer than 80 bytes: the kernel takes no longer TCP-MD5 key");
             return {};
           }}),
      conf::option<&Options::ttl>("ttl", "TTL or hop limit of what is sent (0: the system's)",
                                  {.cost = conf::Cost::session, .min = 0, .max = 255}),
      conf::option<&Options::gtsm>("gtsm",
                                   "take packets from at most so many hops away, 1 is a direct link (RFC 5082; 0: any)",
                                   {.cost = conf::Cost::session, .min = 0, .max = 254, .value_name = "HOPS"}),
      conf::option<&Options::device>("device", "network device to use",
                                     {.cost = conf::Cost::session, .value_name = "NAME"}),
      conf::option<&Options::keepalive>("keepalive", "TCP keepalive interval (negative: off)",
                                        {.cost = conf::Cost::session}),
      conf::option<&Options::closed_timeout>("closed-timeout",
                                             "how long to wait for the peer to close its side after we closed ours",
                                             {.cost = conf::Cost::session, .min = 0}),
  };
}

struct HostPort {
  std::string host;  // name or address
  std::uint16_t port = 179;

  std::string text() const;  // with the port
};
// "192.0.2.1", "192.0.2.1:1790", "[2001:db8::1]:179", "rs1.example.net", "rs1.example.net:179".
base::Result<HostPort> parse_host_port(std::string_view text);
// ":179", "192.0.2.1", "[2001:db8::1]:1790": an address of this machine, or all of them.
base::Result<base::Endpoint> parse_listen_address(std::string_view text);

net::SocketOptions socket_options(const LegOptions& o);

}  // namespace stages
