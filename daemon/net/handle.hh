// Owner of one libuv handle. Destroying it closes the handle; the memory goes when libuv has let go, at the latest
// in ~Loop. While the handle is owned, `data` points to the object that its callbacks are for; afterwards it is null,
// so a callback that outlives its object, or destroys it, can tell.
#pragma once

#include <memory>

struct uv_async_s;
struct uv_check_s;
struct uv_idle_s;
struct uv_poll_s;
struct uv_prepare_s;
struct uv_process_s;
struct uv_signal_s;
struct uv_timer_s;

namespace net {

// Defined in handle.cc for the handles named above.
template <class H>
struct Closer {
  void operator()(H* handle) const noexcept;
};

// Only for handles whose uv_*_init succeeded, or did run (uv_spawn).
template <class H>
using Handle = std::unique_ptr<H, Closer<H>>;

}  // namespace net
