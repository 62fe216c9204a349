#include "net/poll.hh"

#include <uv.h>

#include <string>
#include <utility>

#include "base/log.hh"

namespace net {

static_assert(Poll::readable == static_cast<int>(UV_READABLE) && Poll::writable == static_cast<int>(UV_WRITABLE));

Poll::Poll(Loop& loop, int fd, std::move_only_function<void(int)> call) : call_(std::move(call)) {
  auto* const h = new uv_poll_t;
  if (const int e = uv_poll_init(loop.raw(), h, fd); e != 0) {
    delete h;
    base::log::error("", std::string("cannot watch a descriptor: ") + uv_strerror(e));
    return;
  }
  handle_.reset(h);
  h->data = this;
}

Poll::~Poll() = default;

void Poll::watch(int events) {
  if (!handle_ || events == wanted_) return;
  wanted_ = events;
  if (events == none) {
    uv_poll_stop(handle_.get());
    return;
  }
  uv_poll_start(handle_.get(), events, [](uv_poll_t* h, int status, int happened) {
    auto* const self = static_cast<Poll*>(h->data);
    if (self == nullptr) return;
    auto call = std::move(self->call_);
    call(status < 0 ? self->wanted_ : happened);
    if (h->data != nullptr) self->call_ = std::move(call);
  });
}

}  // namespace net
