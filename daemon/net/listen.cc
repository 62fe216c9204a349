#include "net/listen.hh"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/log.hh"
#include "net/acceptor.hh"
#include "net/listen_rules.hh"
#include "net/socket.hh"

namespace net {

namespace {
using base::Address;
using base::Endpoint;
using base::IpFamily;
using base::Prefix;
namespace rules = listen_rules;

bool has_ipv6() { return tcp_socket(IpFamily::v6) || errno != EAFNOSUPPORT; }

struct Socket {
  rules::Place place;
  Fd opened;  // until it listens
  std::unique_ptr<Acceptor> acceptor;
  std::map<Prefix, std::string> keys;  // in the kernel
  bool gtsm = false;

  int fd() const { return acceptor ? acceptor->fd() : opened.get(); }
  IpFamily family() const { return place.at.address.family(); }
  std::string name() const { return "listen on " + place.at.text(); }
};

struct Entry {
  ListenSpec spec;
  ListenerSet::Id id;
  ListenerSet::Handler handler;
  std::vector<std::shared_ptr<Socket>> sockets;  // its own; others may serve it too

  bool served_by(const Socket& s) const {
    return rules::serves(s.place, spec) ||
           std::ranges::any_of(sockets, [&](const auto& own) { return own.get() == &s; });
  }
};

// The TTL that the connection's SYN arrived with (TCP_SAVE_SYN); 0 when the kernel did not keep it.
int syn_ttl(int fd) {
  std::uint8_t syn[512];
  socklen_t size = sizeof syn;
  if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size) != 0 || size < 20) return 0;
  return syn[0] >> 4 == 6 ? syn[7] : syn[8];
}
}  // namespace

class ListenerSet::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Loop& loop) : loop_(loop) {}

  base::Result<Id> add(const ListenSpec& spec, Handler handler);
  void remove(Id id);
  std::vector<Endpoint> bound(Id id) const;
  std::uint64_t refused() const { return refused_; }

 private:
  base::Result<> check(const ListenSpec& spec) const;
  base::Result<> set_up(Entry& e);
  base::Result<> add_socket(Entry& e, const Address& address);
  base::Result<> open(Socket& s, const ListenSpec& spec);
  base::Result<> listen(const std::shared_ptr<Socket>& s, int backlog);
  std::vector<const ListenSpec*> served_by(const Socket& s) const;
  base::Result<> update(Socket& s);
  base::Result<> update_keys(Socket& s, const std::map<Prefix, std::string>& wanted);
  const Entry& entry_of(const ListenSpec* spec) const;
  void accepted(Socket& s, Fd fd);
  void refuse(const Accepted& connection, std::string_view why);

  Loop& loop_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::shared_ptr<Socket>> sockets_;
  Id last_ = 0;
  std::uint64_t refused_ = 0, unlogged_ = 0;
  base::Nanos quiet_until_ = 0;
};

base::Result<ListenerSet::Id> ListenerSet::Impl::add(const ListenSpec& spec, Handler handler) {
  if (auto r = check(spec); !r) return std::unexpected(r.error());
  auto& e = *entries_.emplace_back(std::make_unique<Entry>(Entry{spec, ++last_, std::move(handler), {}}));
  const Id id = e.id;
  if (auto r = set_up(e); !r) {
    remove(id);
    return std::unexpected(r.error());
  }
  return id;
}

base::Result<> ListenerSet::Impl::check(const ListenSpec& spec) const {
  const std::string name = "listen on " + spec.endpoint.text();
  if (std::ranges::any_of(entries_, [&](const auto& e) { return rules::same_key(e->spec, spec); }))
    return base::fail(name + " for " + rules::peer_name(spec) + ": this is taken already");
  if (spec.peer && !spec.endpoint.address.empty() && spec.peer->address.family() != spec.endpoint.address.family())
    return base::fail(name + ": the peer " + spec.peer->text() + " is of the other IP version");
  return {};
}

base::Result<> ListenerSet::Impl::set_up(Entry& e) {
  for (const Address& address : rules::addresses_of(e.spec))
    if (auto r = add_socket(e, address); !r && (e.sockets.empty() || address.is_v4() || has_ipv6())) return r;
  // Keys first, so that nobody gets in without one.
  for (const auto& s : sockets_) {
    if (!e.served_by(*s)) continue;
    if (auto r = rules::check_keys(served_by(*s), e.spec); !r) return base::fail(s->name() + ": " + r.error().text);
    if (auto r = update(*s); !r) return r;
  }
  for (const auto& s : e.sockets)
    if (auto r = listen(s, e.spec.backlog); !r) return r;
  return {};
}

base::Result<> ListenerSet::Impl::add_socket(Entry& e, const Address& address) {
  const Endpoint at{address, e.spec.endpoint.port};
  const auto same = std::ranges::find_if(
      sockets_, [&](const auto& s) { return at.port != 0 && s->place.at == at && s->place.device == e.spec.device; });
  if (same != sockets_.end()) {
    e.sockets.push_back(*same);
    return {};
  }
  auto s = std::make_shared<Socket>(Socket{{at, e.spec.device}, {}, {}, {}, false});
  if (auto r = open(*s, e.spec); !r) return base::fail(s->name() + ": " + r.error().text);
  sockets_.push_back(s);
  e.sockets.push_back(std::move(s));
  return {};
}

base::Result<> ListenerSet::Impl::open(Socket& s, const ListenSpec& spec) {
  auto fd = tcp_socket(s.family());
  if (!fd) return std::unexpected(fd.error());
  s.opened = std::move(*fd);
  const int on = 1;
  setsockopt(s.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // A specific address beside the wildcard (socket(7)); but the first socket of a port must find out that another
  // process has it, and not share its callers.
  const auto share = [&] { setsockopt(s.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on); };
  const bool first = std::ranges::none_of(sockets_, [&](const auto& o) { return o->place.at.port == s.place.at.port; });
  if (!first) share();
  if (s.family() == IpFamily::v6) setsockopt(s.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketOptions options;
  options.device = spec.device;
  options.transparent = spec.transparent;
  if (auto r = apply(s.fd(), s.family(), options); !r) return r;
  if (auto r = bind_to(s.fd(), s.place.at, s.family(), spec.device); !r) return r;
  if (first) share();
  return {};
}

base::Result<> ListenerSet::Impl::listen(const std::shared_ptr<Socket>& s, int backlog) {
  if (::listen(s->fd(), backlog) != 0) return fail_errno(s->name());
  if (s->acceptor) return {};
  s->acceptor = std::make_unique<Acceptor>(loop_, std::move(s->opened), "listen " + local_endpoint(s->fd()).text(),
                                           [this, socket = s.get()](Fd fd) {
                                             const auto alive = shared_from_this();
                                             accepted(*socket, std::move(fd));
                                           });
  return {};
}

std::vector<const ListenSpec*> ListenerSet::Impl::served_by(const Socket& s) const {
  std::vector<const ListenSpec*> out;
  for (const auto& e : entries_)
    if (e->served_by(s)) out.push_back(&e->spec);
  rules::keep_foremost(out);
  return out;
}

// Brings the socket's keys and TTL into line with the specs it serves.
base::Result<> ListenerSet::Impl::update(Socket& s) {
  const auto served = served_by(s);
  std::map<Prefix, std::string> wanted;
  for (const ListenSpec* spec : served)
    if (!spec->md5.empty()) wanted[spec->peer.value_or(Prefix{rules::any_of(s.family()), 0}).masked()] = spec->md5;
  if (auto r = update_keys(s, wanted); !r) return r;
  const bool gtsm = std::ranges::any_of(served, [](const ListenSpec* spec) { return spec->gtsm > 0; });
  if (gtsm == s.gtsm) return {};
  const int keep = gtsm ? 1 : 0;
  if (setsockopt(s.fd(), IPPROTO_TCP, TCP_SAVE_SYN, &keep, sizeof keep) != 0)
    return fail_errno("keep the TTL of a SYN");
  // -1 is the system's own.
  if (auto r = set_ttl(s.fd(), s.family(), gtsm ? 255 : -1); !r) return r;
  s.gtsm = gtsm;
  return {};
}

base::Result<> ListenerSet::Impl::update_keys(Socket& s, const std::map<Prefix, std::string>& wanted) {
  for (auto k = s.keys.begin(); k != s.keys.end();) {
    if (wanted.contains(k->first)) {
      ++k;
      continue;
    }
    if (auto r = clear_md5(s.fd(), k->first); !r) base::log::warn(s.name(), r.error().text);
    k = s.keys.erase(k);
  }
  for (const auto& [peers, key] : wanted) {
    const auto now = s.keys.find(peers);
    if (now != s.keys.end() && now->second == key) continue;
    if (auto r = set_md5(s.fd(), peers, key); !r) return base::fail(s.name() + ": " + r.error().text);
    s.keys[peers] = key;
  }
  return {};
}

void ListenerSet::Impl::remove(Id id) {
  const auto e = std::ranges::find_if(entries_, [&](const auto& x) { return x->id == id; });
  if (e == entries_.end()) return;
  const auto gone = std::move(*e);
  entries_.erase(e);
  // Closed when nobody else asked for it; the others that it was served by forget its key.
  std::erase_if(sockets_, [&](const auto& s) {
    return s.use_count() == 2 && std::ranges::find(gone->sockets, s) != gone->sockets.end();
  });
  for (const auto& s : sockets_)
    if (gone->served_by(*s))
      if (auto r = update(*s); !r) base::log::warn(s->name(), r.error().text);
}

std::vector<Endpoint> ListenerSet::Impl::bound(Id id) const {
  std::vector<Endpoint> out;
  for (const auto& e : entries_)
    if (e->id == id)
      for (const auto& s : e->sockets) out.push_back(local_endpoint(s->fd()));
  return out;
}

const Entry& ListenerSet::Impl::entry_of(const ListenSpec* spec) const {
  return **std::ranges::find_if(entries_, [&](const auto& e) { return &e->spec == spec; });
}

void ListenerSet::Impl::accepted(Socket& s, Fd fd) {
  Accepted c{std::move(fd), {}, {}};
  c.peer = peer_endpoint(c.fd.get());
  c.local = local_endpoint(c.fd.get());
  // It has gone again.
  if (c.peer.address.empty()) return;
  const ListenSpec* const spec = rules::find(served_by(s), c.peer.address);
  if (spec == nullptr) return refuse(c, "no one expects this peer");
  if (spec->gtsm > 0 && syn_ttl(c.fd.get()) < gtsm_min_ttl(spec->gtsm))
    return refuse(c, "its packets come from further away than GTSM allows");
  SocketOptions options;
  options.gtsm = spec->gtsm;
  if (const auto r = apply(c.fd.get(), s.family(), options); !r) return refuse(c, r.error().text);
  // It has inherited the key, unless it was waiting already when the key came.
  if (!spec->md5.empty())
    if (const auto r =
            set_md5(c.fd.get(), {c.peer.address, static_cast<std::uint8_t>(c.peer.address.bits())}, spec->md5);
        !r)
      return refuse(c, r.error().text);
  // A copy: the call may remove the entry.
  const Handler call = entry_of(spec).handler;
  call(std::move(c));
}

void ListenerSet::Impl::refuse(const Accepted& c, std::string_view why) {
  ++refused_;
  ++unlogged_;
  if (loop_.now() < quiet_until_) return;
  quiet_until_ = loop_.now() + 10 * base::second;
  std::string text = "connection from " + c.peer.text() + " refused: ";
  text += why;
  if (unlogged_ > 1) text += " (and " + std::to_string(unlogged_ - 1) + " others before)";
  unlogged_ = 0;
  base::log::warn("listen " + c.local.text(), text);
}

ListenerSet::ListenerSet(Loop& loop) : impl_(std::make_shared<Impl>(loop)) {}
ListenerSet::~ListenerSet() = default;
base::Result<ListenerSet::Id> ListenerSet::add(const ListenSpec& spec, Handler handler) {
  return impl_->add(spec, std::move(handler));
}
void ListenerSet::remove(Id id) { impl_->remove(id); }
std::vector<Endpoint> ListenerSet::bound(Id id) const { return impl_->bound(id); }
std::uint64_t ListenerSet::refused() const noexcept { return impl_->refused(); }

}  // namespace net
