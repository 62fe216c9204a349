// Which listening socket serves which spec, and which spec gets a connection: the rules of listen.hh without sockets.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/ip.hh"
#include "base/result.hh"
#include "net/listen.hh"

namespace net::listen_rules {

// What a listening socket is bound to; the address's family is always told.
struct Place {
  base::Endpoint at;
  std::string device;
};

// 0.0.0.0 or ::.
base::Address any_of(base::IpFamily family);
// The addresses a spec asks sockets for.
std::vector<base::Address> addresses_of(const ListenSpec& spec);
std::string peer_name(const ListenSpec& spec);
bool same_key(const ListenSpec& a, const ListenSpec& b);

// The kernel hands a connection to the most specific socket, whoever asked for that socket: a spec is served by every
// socket that its own bind address includes. Port 0 is served by its own socket only, which the caller knows.
bool serves(const Place& socket, const ListenSpec& spec);
// Of specs that want the same peer on one socket only the one with the most specific bind address is kept.
void keep_foremost(std::vector<const ListenSpec*>& specs);
// The spec whose peers include this one by the longest prefix; null: none.
const ListenSpec* find(std::span<const ListenSpec* const> foremost, const base::Address& peer);
// The kernel asks for a key by prefix and knows no exceptions: a spec without key inside the prefix of one with key is
// the error. Looks at the one that came last, because the others were sound without it.
base::Result<> check_keys(std::span<const ListenSpec* const> foremost, const ListenSpec& last);

}  // namespace net::listen_rules
