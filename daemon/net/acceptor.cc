#include "net/acceptor.hh"

#include <fcntl.h>
#include <sys/socket.h>
#include <uv.h>

#include <cerrno>
#include <utility>

#include "base/log.hh"
#include "net/socket.hh"

namespace net {

namespace {
Fd spare() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
Fd accept_one(int fd) { return Fd(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)); }
bool exhausted(int e) { return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM; }
}  // namespace

Acceptor::Acceptor(Loop& loop, Fd listening, std::string name, Handler handler)
    : loop_(loop),
      name_(std::move(name)),
      handler_(std::move(handler)),
      fd_(std::move(listening)),
      reserve_(spare()),
      resume_(loop, [this] { start(); }) {
  auto* const h = new uv_poll_t;
  if (const int e = uv_poll_init(loop.raw(), h, fd_.get()); e != 0) {
    delete h;
    base::log::error(name_, std::string("cannot watch the listening socket: ") + uv_strerror(e));
    return;
  }
  poll_.reset(h);
  h->data = this;
  start();
}

Acceptor::~Acceptor() = default;

void Acceptor::start() {
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* h, int status, int) {
    if (h->data != nullptr) static_cast<Acceptor*>(h->data)->on_readable(status);
  });
}

void Acceptor::on_readable(int status) {
  const uv_poll_t* const alive = poll_.get();
  // An error on the socket is reported over and over until accept takes it.
  if (status < 0) wait();
  for (int i = 0; i < burst; ++i) {
    Fd connection = accept_one(fd_.get());
    if (!connection) {
      if (exhausted(errno)) turn_away();
      // ECONNABORTED and its like concern one connection only (accept(2)).
      if (errno == EAGAIN || errno == EWOULDBLOCK || resume_.active()) return;
      continue;
    }
    auto handler = std::move(handler_);
    handler(std::move(connection));
    if (alive->data == nullptr) return;
    handler_ = std::move(handler);
  }
}

void Acceptor::turn_away() {
  const int e = errno;
  reserve_.reset();
  accept_one(fd_.get()).reset();
  reserve_ = spare();
  wait();
  if (loop_.now() < quiet_until_) return;
  quiet_until_ = loop_.now() + 10 * base::second;
  base::log::error(name_, "a connection was turned away: " + error_text(e));
}

void Acceptor::wait() {
  uv_poll_stop(poll_.get());
  resume_.start(pause);
}

}  // namespace net
