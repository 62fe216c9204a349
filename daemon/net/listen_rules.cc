#include "net/listen_rules.hh"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace net::listen_rules {

namespace {
using base::Address;
using base::IpFamily;
using base::Prefix;

std::optional<Prefix> peers(const ListenSpec& s) { return s.peer ? std::optional(s.peer->masked()) : std::nullopt; }
int peer_length(const ListenSpec& s) { return s.peer ? s.peer->length : -1; }
bool wants(const ListenSpec& s, const Address& peer) { return !s.peer || s.peer->contains(peer); }

auto rank(const ListenSpec& s) {
  const Address& a = s.endpoint.address;
  return std::tuple(a.empty() ? 0 : a.unspecified() ? 1 : 2, !s.device.empty());
}

bool covers(const ListenSpec& wide, const ListenSpec& s) {
  return !wide.peer || (s.peer && wide.peer->length <= s.peer->length && wide.peer->contains(s.peer->address));
}
}  // namespace

Address any_of(IpFamily family) {
  static constexpr std::uint8_t zero[16] = {};
  return Address::from({zero, family == IpFamily::v6 ? 16u : 4u});
}

std::vector<Address> addresses_of(const ListenSpec& s) {
  if (!s.endpoint.address.empty()) return {s.endpoint.address};
  if (s.peer) return {any_of(s.peer->address.family())};
  return {any_of(IpFamily::v4), any_of(IpFamily::v6)};
}

std::string peer_name(const ListenSpec& s) { return s.peer ? s.peer->masked().text() : "any peer"; }

bool same_key(const ListenSpec& a, const ListenSpec& b) {
  return a.endpoint.port != 0 && a.endpoint == b.endpoint && a.device == b.device && peers(a) == peers(b);
}

bool serves(const Place& socket, const ListenSpec& s) {
  const Address &a = s.endpoint.address, &at = socket.at.address;
  return s.endpoint.port != 0 && s.endpoint.port == socket.at.port && (s.device.empty() || s.device == socket.device) &&
         (!s.peer || s.peer->address.family() == at.family()) &&
         (a.empty() || a == at || (a.unspecified() && a.family() == at.family()));
}

void keep_foremost(std::vector<const ListenSpec*>& specs) {
  // Asked for every connection, and a socket may serve a thousand specs: no pair by pair here.
  std::map<std::optional<Prefix>, decltype(rank(*specs.front()))> best;
  for (const ListenSpec* s : specs) {
    auto& top = best.try_emplace(peers(*s), rank(*s)).first->second;
    top = std::max(top, rank(*s));
  }
  std::erase_if(specs, [&](const ListenSpec* s) { return rank(*s) < best.at(peers(*s)); });
}

const ListenSpec* find(std::span<const ListenSpec* const> foremost, const Address& peer) {
  const ListenSpec* best = nullptr;
  for (const ListenSpec* s : foremost)
    if (wants(*s, peer) && (best == nullptr || peer_length(*s) > peer_length(*best))) best = s;
  return best;
}

base::Result<> check_keys(std::span<const ListenSpec* const> foremost, const ListenSpec& last) {
  if (std::ranges::find(foremost, &last) == foremost.end()) return {};
  for (const ListenSpec* other : foremost) {
    if (last.md5.empty() == other->md5.empty()) continue;
    const ListenSpec& keyed = last.md5.empty() ? *other : last;
    const ListenSpec& open = last.md5.empty() ? last : *other;
    if (covers(keyed, open))
      return base::fail(peer_name(open) + " has no MD5 key, but lies within " + peer_name(keyed) +
                        " on the same socket, which has one; give one of them an address or port of its own");
  }
  return {};
}

}  // namespace net::listen_rules
