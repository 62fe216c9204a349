#include "net/loop.hh"

#include <uv.h>

#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include "base/log.hh"

namespace net {

namespace {
template <class H, class Init>
Handle<H> make_handle(uv_loop_t* loop, Loop* owner, Init init) {
  auto* const h = new H;
  init(loop, h);
  h->data = owner;
  return Handle<H>(h);
}

// A pipe whose reader has gone must give an error and not a signal.
void ignore_sigpipe() {
  static std::once_flag once;
  std::call_once(once, [] { std::signal(SIGPIPE, SIG_IGN); });
}

Link& take(Link& list) {
  Link& l = *list.next;
  l.unlink();
  return l;
}
}  // namespace

base::Buffer BufferPool::borrow() {
  if (free_.empty()) {
    base::Buffer fresh;
    fresh.reserve(buffer_size);
    return fresh;
  }
  base::Buffer b = std::move(free_.back());
  free_.pop_back();
  return b;
}

void BufferPool::give_back(base::Buffer&& buffer) noexcept {
  base::Buffer b = std::move(buffer);
  if (free_.size() >= kept || b.capacity() < buffer_size || b.capacity() > 2 * buffer_size) return;
  b.clear();
  free_.push_back(std::move(b));
}

Loop::Loop() : loop_(std::make_unique<uv_loop_t>()) {
  ignore_sigpipe();
  if (const int e = uv_loop_init(loop_.get()); e != 0) {
    // Without epoll or an eventfd there is nothing this process could do; nothing from outside leads here.
    base::log::error("", std::string("cannot make an event loop: ") + uv_strerror(e));
    std::abort();
  }
  before_poll_ = make_handle<uv_prepare_t>(loop_.get(), this, uv_prepare_init);
  after_poll_ = make_handle<uv_check_t>(loop_.get(), this, uv_check_init);
  idle_ = make_handle<uv_idle_t>(loop_.get(), this, uv_idle_init);
  // Timers run before the poll and descriptors inside it: both begin a new burst.
  uv_prepare_start(before_poll_.get(), [](uv_prepare_t* h) { static_cast<Loop*>(h->data)->forget_time(); });
  uv_check_start(after_poll_.get(), [](uv_check_t* h) { static_cast<Loop*>(h->data)->forget_time(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(before_poll_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(after_poll_.get()));
}

Loop::~Loop() {
  while (kept_.linked()) delete static_cast<Kept*>(&take(kept_));
  before_poll_.reset();
  after_poll_.reset();
  idle_.reset();
  // A turn lets libuv call back for what is closing; a close callback may end more of it.
  int left = UV_EBUSY;
  for (int i = 0; i < 4 && left != 0; ++i) {
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    left = uv_loop_close(loop_.get());
  }
  if (left == 0) return;
  base::log::error("", "an event loop ended before what was made on it");
  // Freed, it would be used by the handles that are left.
  [[maybe_unused]] uv_loop_t* const abandoned = loop_.release();
}

void Loop::run() {
  turning_ = true;
  uv_run(loop_.get(), UV_RUN_DEFAULT);
  turning_ = false;
}
void Loop::stop() { uv_stop(loop_.get()); }

base::Nanos Loop::mono() const {
  if (mono_ == 0 || !turning_) mono_ = base::system_clock().mono();
  return mono_;
}

base::Nanos Loop::wall() const {
  if (wall_ == 0 || !turning_) wall_ = base::system_clock().wall();
  return wall_;
}

void Loop::defer(Link& l) {
  if (!deferred_.linked())
    uv_idle_start(idle_.get(), [](uv_idle_t* h) { static_cast<Loop*>(h->data)->run_deferred(); });
  deferred_.append(l);
}

void Loop::run_deferred() {
  // What these calls schedule waits for the next turn, or descriptors would never be looked at.
  Link now;
  while (deferred_.linked()) now.append(take(deferred_));
  while (now.linked()) {
    auto& d = static_cast<Deferred&>(take(now));
    auto call = std::move(d.call_);
    running_ = &d;
    call();
    if (running_ == &d) d.call_ = std::move(call);
    running_ = nullptr;
  }
  if (!deferred_.linked()) uv_idle_stop(idle_.get());
}

}  // namespace net
