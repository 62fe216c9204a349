#include "net/timer.hh"

#include <uv.h>

#include <algorithm>
#include <utility>

namespace net {

namespace {
std::uint64_t to_ms(base::Nanos t) { return t <= 0 ? 0 : static_cast<std::uint64_t>((t - 1) / base::millisecond + 1); }
}  // namespace

Timer::Timer(Loop& loop, std::move_only_function<void()> call)
    : loop_(loop), call_(std::move(call)), handle_(new uv_timer_t) {
  uv_timer_init(loop.raw(), handle_.get());
  handle_->data = this;
}

Timer::~Timer() = default;

void Timer::start(base::Nanos delay, base::Nanos repeat) {
  // libuv counts from the start of its turn, which may lie well back.
  const std::uint64_t due = to_ms(loop_.now() + std::min(delay, std::int64_t{1} << 61)), base = uv_now(loop_.raw());
  const auto call = [](uv_timer_t* h) {
    auto f = std::move(static_cast<Timer*>(h->data)->call_);
    f();
    if (h->data != nullptr) static_cast<Timer*>(h->data)->call_ = std::move(f);
  };
  uv_timer_start(handle_.get(), call, due > base ? due - base : 0, to_ms(repeat));
}

void Timer::stop() { uv_timer_stop(handle_.get()); }
bool Timer::active() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }
void Timer::unref() { uv_unref(reinterpret_cast<uv_handle_t*>(handle_.get())); }

}  // namespace net
