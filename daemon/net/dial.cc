#include "net/dial.hh"

#include <sys/socket.h>
#include <uv.h>

#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/text.hh"
#include "net/resolve.hh"
#include "net/timer.hh"

namespace net {

struct Dial::Impl {
  Impl(Loop& l, DialOptions o, Done d)
      : loop(l), options(std::move(o)), done(std::move(d)), timer(l, [this] { timed_out(); }), begin(l, [this] {
          next();
        }) {}

  void start();
  void next();
  base::Result<> try_address(const base::Address& address);
  void watch();
  void on_connected();
  void failed(const std::string& why);
  void timed_out();
  void finish(base::Result<Fd> result);
  std::string target() const { return "connect to " + base::Endpoint{addresses[at], options.port}.text(); }

  Loop& loop;
  DialOptions options;
  std::string scope;  // the interface of link-local addresses
  Done done;
  Timer timer;
  Deferred begin;
  std::unique_ptr<Resolve> look_up;
  std::vector<base::Address> addresses;
  std::size_t at = 0;
  Fd fd;
  Handle<uv_poll_s> poll;
  std::string failures;
};

Dial::Dial(Loop& loop, DialOptions options, Done done)
    : impl_(std::make_unique<Impl>(loop, std::move(options), std::move(done))) {
  impl_->start();
}

Dial::~Dial() = default;

void Dial::Impl::start() {
  if (options.bind.address.family() != base::IpFamily::none) options.family = options.bind.address.family();
  scope = options.socket.device;
  std::string_view host = options.host;
  // RFC 4007 11: a link-local address names its interface.
  if (const auto percent = host.find('%'); percent != host.npos) {
    scope = host.substr(percent + 1);
    host = host.substr(0, percent);
  }
  if (const auto address = base::Address::parse(host)) {
    addresses.push_back(*address);
    begin.schedule();
    return;
  }
  if (options.timeout > 0) timer.start(options.timeout);
  look_up = std::make_unique<Resolve>(loop, options.host, options.family, [this](auto found) {
    if (!found) return finish(std::unexpected(found.error()));
    addresses = std::move(*found);
    next();
  });
}

// Begins with the next address that lets itself be tried, or ends.
void Dial::Impl::next() {
  timer.stop();
  for (; at < addresses.size(); ++at) {
    poll.reset();
    fd.reset();
    if (const auto r = try_address(addresses[at]); r)
      return;
    else
      failed(r.error().text);
  }
  finish(base::fail(std::move(failures)));
}

base::Result<> Dial::Impl::try_address(const base::Address& address) {
  const base::IpFamily family = address.family();
  if (options.family != base::IpFamily::none && options.family != family)
    return base::fail(std::string("not an ") + (options.family == base::IpFamily::v4 ? "IPv4" : "IPv6") + " address");
  auto made = tcp_socket(family);
  if (!made) return std::unexpected(made.error());
  fd = std::move(*made);
  if (auto r = apply(fd.get(), family, options.socket); !r) return r;
  const base::Prefix peer{address, static_cast<std::uint8_t>(address.bits())};
  if (!options.md5.empty())
    if (auto r = set_md5(fd.get(), peer, options.md5); !r) return r;
  if (!options.bind.address.empty() || options.bind.port != 0) {
    // The same local port again, while the last connection from it is still in TIME_WAIT.
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (auto r = bind_to(fd.get(), options.bind, family, scope); !r) return r;
  }
  const SocketAddress to = to_sockaddr({address, options.port}, family, scope);
  if (::connect(fd.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) return base::fail(error_text(errno));
  watch();
  return {};
}

void Dial::Impl::watch() {
  auto* const h = new uv_poll_t;
  if (uv_poll_init(loop.raw(), h, fd.get()) != 0) {
    // Only for want of memory; the time-out tells it.
    delete h;
  } else {
    poll.reset(h);
    h->data = this;
    uv_poll_start(h, UV_WRITABLE, [](uv_poll_t* p, int, int) {
      if (p->data != nullptr) static_cast<Impl*>(p->data)->on_connected();
    });
  }
  if (options.timeout > 0) timer.start(options.timeout);
}

void Dial::Impl::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) {
    poll.reset();
    return finish(std::move(fd));
  }
  failed(error_text(error));
  ++at;
  next();
}

void Dial::Impl::failed(const std::string& why) {
  if (!failures.empty()) failures += "; ";
  failures += target() + ": " + why;
}

void Dial::Impl::timed_out() {
  const std::string patience = "no answer within " + base::duration_text(options.timeout);
  if (addresses.empty()) return finish(base::fail("look up " + options.host + ": " + patience));
  // A wrong key is met with silence (RFC 2385 2).
  failed(patience + (options.md5.empty() ? "" : "; is the MD5 key the same on both sides?"));
  ++at;
  next();
}

void Dial::Impl::finish(base::Result<Fd> result) {
  timer.stop();
  poll.reset();
  look_up.reset();
  auto call = std::move(done);
  call(std::move(result));
}

}  // namespace net
